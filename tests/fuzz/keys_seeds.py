#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Writes the seeds of fuzz_keys.c into a folder: keys_seeds.py FOLDER.

The keys are new each time, of these files' own, and used for nothing else.
"""

import pathlib
import subprocess
import sys
import tempfile

CERT_IS_DER, KEY_IS_DER, KEY_KNOWN = 1, 2, 4
PKCS8, EC, RSA = 0, 8, 16  # which label a key in DER gets
DAYS = "20000"  # behind the fuzzer's clock


def openssl(*args):
    return subprocess.run(
        ["openssl", *args], check=True, capture_output=True
    ).stdout


class Pair:
    def __init__(self, directory, name, kind, days=DAYS):
        self.key = f"{directory}/{name}.key"
        self.cert = f"{directory}/{name}.pem"
        how = ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{kind}"]
        if kind.isdigit():
            how = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind}"]
        elif kind == "ED25519":
            how = ["-algorithm", kind]
        openssl("genpkey", *how, "-out", self.key)
        openssl("req", "-x509", "-key", self.key, "-subj", "/CN=a", "-days",
                days, "-out", self.cert)

    def cert_bytes(self, form):
        return openssl("x509", "-in", self.cert, "-outform", form)

    def key_bytes(self, form, *how):
        return openssl("pkey", "-in", self.key, "-outform", form, *how)

    def pkcs8(self):
        return openssl("pkcs8", "-topk8", "-nocrypt", "-in", self.key,
                       "-outform", "DER")


def seed(how, cert, key):
    return bytes([how, len(cert) >> 8, len(cert) & 255]) + cert + key


def main():
    out = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as d:
        pairs = {k: Pair(d, k, k) for k in
                 ("P-256", "P-384", "P-521", "2048", "1024", "ED25519",
                  "secp256k1")}
        old = Pair(d, "old", "P-256", "1")
        other = Pair(d, "other", "P-256")
        seeds = {}
        for kind, p in pairs.items():
            cert, key = p.cert_bytes("DER"), p.pkcs8()
            seeds[f"der_{kind}"] = seed(CERT_IS_DER | KEY_IS_DER, cert, key)
            label = RSA if kind.isdigit() else EC
            old_form = p.key_bytes("DER", "-traditional")
            seeds[f"der_old_form_{kind}"] = seed(
                CERT_IS_DER | KEY_IS_DER | label, cert, old_form)
        p = pairs["P-256"]
        cert, key = p.cert_bytes("PEM"), p.key_bytes("PEM")
        locked = openssl("pkey", "-in", p.key, "-aes128", "-passout", "pass:x")
        locked_old = openssl("ec", "-in", p.key, "-aes128", "-passout",
                             "pass:x")
        seeds["pem"] = seed(0, cert, key)
        seeds["pem_chain"] = seed(0, cert + cert, key)
        seeds["pem_both"] = seed(0, cert, cert + key)
        seeds["pem_locked"] = seed(0, cert, locked)
        seeds["pem_locked_old_form"] = seed(0, cert, locked_old)
        seeds["pem_public"] = seed(
            0, cert, p.key_bytes("PEM", "-pubout"))
        seeds["pem_no_key"] = seed(0, cert, b"")
        seeds["pem_no_cert"] = seed(0, b"", key)
        seeds["pem_other_key"] = seed(0, cert, other.key_bytes("PEM"))
        seeds["pem_expired"] = seed(0, old.cert_bytes("PEM"),
                                    old.key_bytes("PEM"))
        seeds["pem_expired_known"] = seed(KEY_KNOWN, old.cert_bytes("PEM"),
                                          old.key_bytes("PEM"))
        explicit = openssl("ec", "-in", p.key, "-param_enc", "explicit",
                           "-outform", "DER")
        seeds["der_explicit_curve"] = seed(
            CERT_IS_DER | KEY_IS_DER | EC, p.cert_bytes("DER"), explicit)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in seeds.items():
        (out / name).write_bytes(content)


main()
