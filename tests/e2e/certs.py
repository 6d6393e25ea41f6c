# SPDX-License-Identifier: ISC
"""Keys and certificates, made with openssl(1), and what is secret in them."""

import os
import re
import subprocess

P256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
RSA = ["rsa:2048"]


def openssl(*args):
    return subprocess.run(
        ["openssl", *args], check=True, capture_output=True, timeout=60
    ).stdout


class Pair:
    """A certificate of "bridge" and its key, self-signed; days may be negative."""

    def __init__(self, directory, name, kind=None, days=30):
        self.certificate = os.path.join(directory, name + ".pem")
        self.key = os.path.join(directory, name + ".key")
        self.make(kind or P256, days)

    def make(self, kind, days):
        request = self.certificate + ".req"
        names = self.certificate + ".names"
        with open(names, "w", encoding="ascii") as f:
            f.write("subjectAltName = DNS:bridge\n")
        openssl(
            *["req", "-new", "-newkey", *kind, "-nodes", "-keyout", self.key],
            *["-out", request, "-subj", "/CN=bridge"],
        )
        openssl(
            *["x509", "-req", "-in", request, "-signkey", self.key],
            *["-days", str(days), "-out", self.certificate],
            *["-extfile", names],
        )
        os.unlink(request)
        os.unlink(names)
        os.chmod(self.key, 0o600)

    def secrets(self):
        """{name: number as bytes} that nobody but the keeper may have."""
        text = openssl("pkey", "-in", self.key, "-noout", "-text").decode()
        fields = re.findall(r"^(\w+):\n((?: {4}[0-9a-f:]+\n)+)", text, re.M)
        numbers = {
            name: bytes.fromhex(re.sub(r"[\s:]", "", value)).lstrip(b"\0")
            for name, value in fields
        }
        wanted = ("priv", "privateExponent", "prime1", "prime2")
        return {name: numbers[name] for name in wanted if name in numbers}

    def lines(self):
        """The lines of the key's file that hold it, whole ones."""
        with open(self.key, "rb") as f:
            lines = f.read().split()
        return [line for line in lines if len(line) == 64]


def listen_text(address, pairs, extra=""):
    """A listener's section with these pairs."""
    certificates = ", ".join(f'"{p.certificate}"' for p in pairs)
    keys = ", ".join(f'"{p.key}"' for p in pairs)
    return (
        f'listen "{address}" {{\n\tcertificate = {{ {certificates} }}\n'
        f"\tkey = {{ {keys} }}\n{extra}}}\n"
    )
