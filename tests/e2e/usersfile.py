# SPDX-License-Identifier: ISC
"""vncbridgectl user, run on the users' file of a folder, and what is in it then."""

import ctypes
import json
import os
import subprocess

from daemon import VNCBRIDGECTL
from terminal import Terminal
from waiting import seconds

SECRET = "correct horse battery staple"
APPLIES = '"vncbridgectl reload" puts it into force'  # ends what was done
BCRYPT = "$2y$05$" + "abcdefghij" * 5 + "abc"
UTF8 = {**os.environ, "LC_ALL": "C.UTF-8"}


def user(directory, verb, *args, password=None, env=None, prefix=()):
    """Runs it on the file "users"; a password goes to descriptor 0."""
    path = os.path.join(directory, "users")
    argv = [*prefix, VNCBRIDGECTL, "user", verb, "-F", path]
    if password is not None:
        argv += ["--fd", "0"]
    return subprocess.run(
        [*argv, *args],
        input=(password + "\n") if password is not None else "",
        capture_output=True,
        text=True,
        timeout=seconds(30),
        check=False,
        env=env,
        start_new_session=True,  # without a terminal
    )


def done(result, words=""):
    assert result.returncode == 0, result.stderr
    assert words in result.stdout
    return result.stdout


def refused(result, words, status=1):
    assert result.returncode == status, (result.stdout, result.stderr)
    assert words in result.stderr, result.stderr
    assert SECRET not in result.stderr + result.stdout


def content(directory):
    path = os.path.join(directory, "users")
    with open(path, encoding="utf-8", newline="") as f:
        return f.read()


def write(directory, text):
    path = os.path.join(directory, "users")
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)
    return path


def line_of(directory, name):
    (line,) = [x for x in content(directory).split("\n") if x.startswith(name + ":")]
    return line.split(":")


def is_hash_of(hashed, password):
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), hashed.encode()).decode() == hashed


def listed(directory, *args):
    return json.loads(done(user(directory, "list", "-j", *args)))["users"]


def add(directory, name="alice", *args, password=SECRET):
    return done(user(directory, "add", name, *args, password=password), APPLIES)


def at_terminal(directory, verb, *args):
    path = os.path.join(directory, "users")
    return Terminal([VNCBRIDGECTL, "user", verb, "-F", path, *args], env=UTF8)
