# SPDX-License-Identifier: ISC
"""Certificates for a test, made with openssl(1)."""

import os
import ssl
import subprocess


def openssl(*args, **how):
    return subprocess.run(
        ["openssl", *args], check=True, capture_output=True, timeout=60, **how
    )


def key_args(kind):
    if kind == "rsa":
        return ["-newkey", "rsa:2048"]
    return ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{kind}"]


class Cert:
    """A certificate for names, and its key; by itself, or by an issuer."""

    def __init__(self, directory, name, names, kind="P-256", issuer=None, days=10):
        self.path = os.path.join(directory, f"{name}.pem")
        self.key = os.path.join(directory, f"{name}.key")
        san = "subjectAltName=" + ",".join(names)
        args = ["-nodes", "-keyout", self.key, "-subj", f"/CN={name}"]
        args += [*key_args(kind), "-addext", san]
        if issuer is None:
            openssl(
                "req", "-x509", "-days", str(days), *args, "-out", self.path
            )
        else:
            request = os.path.join(directory, f"{name}.csr")
            openssl("req", "-new", *args, "-out", request)
            openssl(
                "x509", "-req", "-in", request, "-CA", issuer.path, "-CAkey",
                issuer.key, "-CAcreateserial", "-days", str(days),
                "-copy_extensions", "copyall", "-out", self.path,
            )
        os.chmod(self.key, 0o644)  # the daemon may run as somebody else

    def context(self, **how):
        """A client that trusts it alone."""
        context = ssl.create_default_context(cafile=self.path)
        for name, value in how.items():
            setattr(context, name, value)
        return context


def listen_tls(address, certs, **more):
    """The section of a listener with these certificates."""
    lines = [
        "certificate = { %s }" % ", ".join(f'"{c.path}"' for c in certs),
        "key = { %s }" % ", ".join(f'"{c.key}"' for c in certs),
    ]
    lines += [f"{n.replace('_', '-')} = {v}" for n, v in more.items()]
    return 'listen "%s:%d" {\n  ' % address + "\n  ".join(lines) + "\n}\n"
