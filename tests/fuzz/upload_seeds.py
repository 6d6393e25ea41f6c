#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Writes the seeds of fuzz_upload.c into a folder: upload_seeds.py FOLDER."""

import pathlib
import struct
import subprocess
import sys
import tempfile

TEXT, LISTENER, PAGES, FILE, END = range(5)
(SEALED, UNSEALED, NOTHING, DEVICE, DIRECTORY, PATH_ONLY, PIPE, LISTENS_0,
 LISTENS_1, DEAF, DATAGRAMS) = range(11)
BAD_TEXT = 0xFF
PAGES_MAGIC = 0x56425047


def op(kind, carried=NOTHING, arg=0, content=b""):
    return struct.pack(">BBBH", kind, carried, arg, len(content)) + content


def key_and_certificate():
    with tempfile.TemporaryDirectory() as d:
        subprocess.run(
            ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-subj", "/CN=a", "-days", "20000",
             "-keyout", f"{d}/key", "-out", f"{d}/cert"],
            check=True, capture_output=True,
        )
        return [(pathlib.Path(d) / n).read_bytes() for n in ("key", "cert")]


def main():
    key, cert = key_and_certificate()
    pages = op(PAGES, SEALED, 0, struct.pack("=II", PAGES_MAGIC, 0))
    plain = op(TEXT, SEALED, 0, b'listen "@0" { }\n')
    place = op(LISTENER, LISTENS_0, 0)
    tls = op(TEXT, SEALED, 0, b'listen "@1" { certificate = { "/a.pem" } '
             b'key = { "/b.pem" } }\n')
    files = op(FILE, UNSEALED, 0, cert) + op(FILE, UNSEALED, 1, key)
    seeds = {
        "plain": plain + place + pages + op(END),
        "tls": tls + op(LISTENER, LISTENS_1, 1) + pages + files + op(END),
        "tls_ca": op(TEXT, SEALED, 0, b'listen "@1" { certificate = { "/a.pem" }'
                     b' key = { "/b.pem" } client-ca = "/a.pem" '
                     b'verify-client = "require" }\n')
        + op(LISTENER, LISTENS_1, 1) + pages + files + op(END),
        "tls_no_key": tls + op(LISTENER, LISTENS_1, 1) + pages + op(END),
        "no_pages": plain + place + op(END),
        "no_listener": plain + pages + op(END),
        "no_text": place + pages + op(FILE, SEALED, 0, b"x") + op(END),
        "wrong_count": plain + place + pages + op(END, NOTHING, 1),
        "bad_text": op(TEXT, SEALED, 0, b"nonsense = 1\n") + op(END),
        "twice": (plain + place + pages + op(FILE, SEALED, 2, b"x")) * 2
        + op(END),
        "unended": op(TEXT, SEALED, BAD_TEXT, b"x") + plain
        + op(FILE, SEALED, BAD_TEXT, b"x"),
        "pages_size": plain + b"".join(
            op(PAGES, SEALED, n, struct.pack("=II", PAGES_MAGIC, 1))
            for n in (0, 1, 255)),
    }
    for kind, name in enumerate(("text", "listener", "pages", "file")):
        seeds[f"any_{name}"] = (b"" if kind == TEXT else plain) + b"".join(
            op(kind, carried, 0, b"x") for carried in range(11))
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name, content in seeds.items():
        (out / name).write_bytes(content)


main()
