#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""transcript_seeds.py - writes the seeds of the fuzzer transcript: handshakes
in which a client shows a certificate, made with keys that are thrown away."""

import pathlib
import ssl
import subprocess
import tempfile

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus/transcript"
HANDSHAKE, LAST = 22, 15  # a record's type; a client's CertificateVerify

KEYS = {
    "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "ed25519": ["ed25519"],
}


def pair(folder, name, key):
    stem = f"{folder}/{name}-{key}"
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-days", "1", "-subj", f"/CN={name}",
         "-newkey", *KEYS[key], "-keyout", stem + ".key", "-out", stem + ".pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return stem + ".pem", stem + ".key"


def record(server_pair, client_pair, curve=None):
    """The messages that the server has sent and got, up to LAST."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*server_pair)
    server.load_verify_locations(client_pair[0])
    server.verify_mode = ssl.CERT_REQUIRED
    if curve is not None:
        server.set_ecdh_curve(curve)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.load_cert_chain(*client_pair)
    messages = []

    def on_message(_conn, _direction, _version, content_type, msg_type, data):
        if int(content_type) == HANDSHAKE and int(msg_type) < 256:
            messages.append(bytes(data))

    server._msg_callback = on_message
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
    last = [i for i, m in enumerate(messages) if m[0] == LAST][1]
    return b"".join(messages[: last + 1])


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        server = pair(folder, "bridge", "p256")
        alice = pair(folder, "alice", "p256")
        seeds = {
            "p256": record(server, alice),
            "ed25519": record(server, pair(folder, "bob", "ed25519")),
            "again": record(server, alice, "secp384r1"),
        }
    seeds["short"] = seeds["p256"][:-1]
    seeds["long"] = seeds["p256"] + b"\0"
    seeds["twice"] = seeds["p256"] * 2
    seeds["empty"] = b""
    for name, data in seeds.items():
        (CORPUS / name).write_bytes(data)


main()
