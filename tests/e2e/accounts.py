# SPDX-License-Identifier: ISC
"""Real accounts of this machine, and services of its PAM: made by root, with
names that nobody else has, and removed again."""

import os
import pwd
import shutil
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = "/usr/include/security/pam_modules.h"
UNIX = "auth required pam_unix.so\naccount required pam_unix.so\n"


def run(*argv, text=None):
    done = subprocess.run(
        argv, input=text, text=True, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, (argv, done.stderr)
    return done.stdout


def need():
    """Skips where there is no PAM, or nobody may make accounts."""
    if os.geteuid() != 0 or not shutil.which("useradd") or not os.path.exists(HEADER):
        pytest.skip("needs root, useradd, and libpam's headers")


class Accounts:
    def __init__(self, directory):
        self.mark = f"vb{os.getpid() % 100000:05}"
        self.directory = directory
        self.users, self.groups, self.services = [], [], []
        self.daemon = self.add("d", groups="shadow")
        self.module = os.path.join(directory, "pam_vbtest.so")
        run("cc", "-shared", "-fPIC", "-O1", "-o", self.module,
            os.path.join(HERE, "pam_module.c"), "-lpam")  # fmt: skip

    def add(self, name, password=None, groups=None):
        """Its whole name."""
        name = self.mark + name
        more = [] if groups is None else ["-G", groups]
        run("useradd", "--no-create-home", "--shell", "/usr/sbin/nologin", *more, name)
        self.users.append(name)
        if password is not None:
            run("chpasswd", text=f"{name}:{password}\n")
        return name

    def add_group(self, name, *members):
        name = self.mark + name
        run("groupadd", name)
        self.groups.append(name)
        for member in members:
            run("usermod", "-aG", name, member)
        return name

    def service(self, text=UNIX, name="s"):
        """Its name: the file's in /etc/pam.d."""
        name = self.mark + name
        with open(f"/etc/pam.d/{name}", "w", encoding="utf-8") as f:
            f.write(text)
        if name not in self.services:
            self.services.append(name)
        return name

    def remove(self):
        for name in self.services:
            os.unlink(f"/etc/pam.d/{name}")
        for name in self.users:
            # -f: a process of theirs may be just ending
            subprocess.run(["userdel", "-f", name], check=False, capture_output=True)
        for name in self.groups:
            subprocess.run(["groupdel", name], check=False, capture_output=True)
        left = [p.pw_name for p in pwd.getpwall() if p.pw_name.startswith(self.mark)]
        assert not left, left
