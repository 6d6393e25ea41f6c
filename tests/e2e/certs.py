# SPDX-License-Identifier: ISC
"""Certificates of all kinds, good and bad, made by the openssl command.

    authority = Authority(folder)
    pair = authority.server("lab", ["DNS:lab.example", "IP:127.0.0.1"], key="rsa2048")
    pair.certificate, pair.key                 # two files, PEM
    authority.server("old", days=(-30, -1))    # has expired; (1, 30): not yet valid
    Pair(one.certificate, other.key)           # a key that does not match
    authority.client("alice"); authority.revoke(pair); authority.crl()
    self_signed(folder, "lab")                 # needs no authority: lab.pem, lab.key
    pair.replace(other)                        # as a renewal does, by rename
"""

import datetime
import os
import re
import shutil
import subprocess
from dataclasses import dataclass

KEYS = {
    "p256": ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "p384": ("ec", "-pkeyopt", "ec_paramgen_curve:P-384"),
    "rsa2048": ("rsa:2048",),
    "ed25519": ("ed25519",),
}
VALID_DAYS = (-1, 90)
LOOPBACK = ("DNS:localhost", "IP:127.0.0.1", "IP:::1")

CONF = """\
[req]
distinguished_name = names
x509_extensions = root
[names]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ca]
default_ca = this
[this]
database = index
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
x509_extensions = issued
[any]
commonName = optional
organizationName = optional
organizationalUnitName = optional
UID = optional
emailAddress = optional
[issued]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Pair:
    """Paths of a certificate (with those between it and the root) and key."""

    certificate: str
    key: str

    def both(self):
        """The path of one file that holds the two."""
        path = self.certificate + ".both"
        with open(path, "w", encoding="ascii", opener=private) as file:
            for part in (self.certificate, self.key):
                file.write(read(part))
        return path

    def replace(self, other):
        """Puts the files of another pair where these are; rights and owner
        of these stay."""
        for mine, its in ((self.certificate, other.certificate), (self.key, other.key)):
            replace_file(mine, its)

    def secrets(self):
        """{name: number as bytes} that nobody but the keeper may have."""
        text = openssl(None, "pkey", "-in", self.key, "-noout", "-text")
        fields = re.findall(r"^(\w+):\n((?: {4}[0-9a-f:]+\n)+)", text, re.M)
        numbers = {
            name: bytes.fromhex(re.sub(r"[\s:]", "", value)).lstrip(b"\0")
            for name, value in fields
        }
        wanted = ("priv", "privateExponent", "prime1", "prime2")
        return {name: numbers[name] for name in wanted if name in numbers}

    def key_lines(self):
        """The lines of the key's file that hold it, whole ones."""
        lines = read(self.key).encode().split()
        return [line for line in lines if len(line) == 64]


def replace_file(path, source):
    """By rename: whoever has the old file open keeps it."""
    status = os.stat(path)
    shutil.copyfile(source, path + ".new")
    os.chmod(path + ".new", status.st_mode & 0o777)
    if os.geteuid() == 0:
        os.chown(path + ".new", status.st_uid, status.st_gid)
    os.rename(path + ".new", path)


def private(path, flags):
    return os.open(path, flags, 0o600)


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def openssl(folder, *args):
    done = subprocess.run(
        ["openssl", *args],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"openssl {args}: {done.stderr}"
    return done.stdout


def moment(days):
    """So many days from now, as openssl ca wants it."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


def self_signed(folder, name="own", sans=LOOPBACK, key="p256", days=90):
    """Without a CA: folder/NAME.pem and .key, of CN=NAME. days from now on,
    or before now."""
    pair = Pair(*(os.path.join(folder, name + end) for end in (".pem", ".key")))
    request = os.path.join(folder, name + ".csr")
    openssl(
        folder,
        *("req", "-new", "-nodes", "-subj", f"/CN={name}", "-newkey", *KEYS[key]),
        *("-addext", "subjectAltName=" + ",".join(sans)),
        *("-keyout", pair.key, "-out", request),
    )
    openssl(
        folder,
        *("x509", "-req", "-in", request, "-signkey", pair.key, "-days", str(days)),
        *("-copy_extensions", "copyall", "-out", pair.certificate),
    )
    os.unlink(request)
    os.chmod(pair.key, 0o600)
    return pair


class Authority:
    """A CA with its files in a folder of its own below folder; a root, or
    what issuer, another one, has signed."""

    def __init__(self, folder, name="ca", issuer=None, key="p256"):
        self.name = name
        self.issuer = issuer
        self.folder = os.path.join(folder, name)
        self.certificate = os.path.join(self.folder, "ca.pem")
        self.count = 0
        os.mkdir(self.folder)
        for file, text in (
            ("ca.cnf", CONF), ("index", ""), ("serial", "01\n"), ("crlnumber", "01\n"),
        ):  # fmt: skip
            with open(os.path.join(self.folder, file), "w", encoding="ascii") as f:
                f.write(text)
        if issuer is None:
            openssl(
                self.folder,
                *("req", "-x509", "-nodes", "-config", "ca.cnf", "-days", "3650"),
                *("-subj", f"/CN={name}", "-newkey", *KEYS[key]),
                *("-keyout", "ca.key", "-out", "ca.pem"),
            )
            return
        pair = issuer.issue(
            name,
            ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign,cRLSign"],
            key=key,
        )
        os.rename(pair.certificate, self.certificate)
        os.rename(pair.key, os.path.join(self.folder, "ca.key"))

    def issue(self, name, extensions, key="p256", days=VALID_DAYS, subject=None):
        """A pair with any extensions, as openssl.cnf writes them."""
        self.count += 1
        stem = os.path.join(self.folder, f"{self.count}-{name}")
        added = [word for text in extensions for word in ("-addext", text)]
        openssl(
            self.folder,
            *("req", "-new", "-nodes", "-config", "ca.cnf", *added),
            *("-subj", subject or f"/CN={name}", "-newkey", *KEYS[key]),
            *("-keyout", f"{stem}.key", "-out", f"{stem}.csr"),
        )
        openssl(
            self.folder,
            *("ca", "-batch", "-notext", "-config", "ca.cnf"),
            *("-startdate", moment(days[0]), "-enddate", moment(days[1])),
            *("-in", f"{stem}.csr", "-out", f"{stem}.pem"),
        )
        if self.issuer is not None:
            with open(f"{stem}.pem", "a", encoding="ascii") as file:
                file.write(read(self.certificate))  # and those above it
        return Pair(f"{stem}.pem", f"{stem}.key")

    def server(self, name="localhost", sans=LOOPBACK, **how):
        """For a listener; sans as in subjectAltName. how: see issue()."""
        return self.issue(
            name,
            [
                "subjectAltName=" + ",".join(sans),
                "keyUsage=digitalSignature",
                "extendedKeyUsage=serverAuth",
            ],
            **how,
        )

    def client(self, name, sans=(), **how):
        """For a client, who is subject (CN=name) and sans."""
        extensions = ["keyUsage=digitalSignature", "extendedKeyUsage=clientAuth"]
        if sans:
            extensions.append("subjectAltName=" + ",".join(sans))
        return self.issue(name, extensions, **how)

    def revoke(self, pair):
        openssl(
            self.folder, "ca", "-config", "ca.cnf", "-revoke", pair.certificate
        )

    def crl(self, days=VALID_DAYS):
        """The path of a new list of all that was revoked till now."""
        self.count += 1
        path = os.path.join(self.folder, f"{self.count}-crl.pem")
        openssl(
            self.folder,
            *("ca", "-config", "ca.cnf", "-gencrl", "-out", path),
            *("-crl_lastupdate", moment(days[0]), "-crl_nextupdate", moment(days[1])),
        )
        return path
