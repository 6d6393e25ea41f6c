# SPDX-License-Identifier: ISC
"""vncbridgectl user: what happens to files: writers at once, locks, full disks."""

import os
import stat
import subprocess

import pytest

from daemon import IS_ROOT, VNCBRIDGECTL, as_ordinary_user
from usersfile import (
    BCRYPT,
    SECRET,
    add,
    content,
    done,
    line_of,
    listed,
    refused,
    user,
    write,
)
from waiting import seconds


def test_two_writers_at_once(directory):
    """Each change is there: none is made of a text that is old."""
    names = [f"user{i}" for i in range(12)]
    argv = [VNCBRIDGECTL, "user", "add", "-F", f"{directory}/users", "--fd", "0"]
    programs = [
        subprocess.Popen(
            [*argv, name], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        for name in names
    ]
    for program in programs:
        program.stdin.write(SECRET.encode() + b"\n")
        program.stdin.close()
    assert [p.wait(seconds(60)) for p in programs] == [0] * len(names)
    assert sorted(u["name"] for u in listed(directory)) == sorted(names)
    assert sorted(os.listdir(directory)) == ["users", "users.lock"]


def test_a_reader_finds_the_old_or_the_new_one(directory):
    """While others write, as the daemon would at a reload."""
    write(directory, f"alice:{BCRYPT}::\n")
    script = 'for v in lock unlock lock unlock; do "$0" user $v -F "$1" alice; done'
    with subprocess.Popen(
        ["sh", "-c", script, VNCBRIDGECTL, os.path.join(directory, "users")],
        stdout=subprocess.DEVNULL,
    ) as program:
        while program.poll() is None:
            assert content(directory) in (f"alice:{m}{BCRYPT}::\n" for m in ("", "!"))
    assert program.returncode == 0

SMALL = 'mount -t tmpfs -o size=16k none "$0" && cp "$1" "$0/users" && shift && '
FULL = 'cat /dev/zero >"$0/ballast" 2>/dev/null; '
AFTER = 'echo "status=$?"; ls "$0"; cat "$0/users"'


def _no_tmpfs(directory):
    """Why there can be none, if there can be none."""
    if not IS_ROOT:
        return "needs root for a disk of its own"
    tried = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", directory],
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    return f"no mount namespaces: {tried.stderr}" if tried.returncode else None


def test_a_full_disk(directory):
    if reason := _no_tmpfs(directory):
        pytest.skip(reason)
    mount = os.path.join(directory, "small")
    os.mkdir(mount)
    path = write(directory, f"alice:{BCRYPT}::\n")
    change = f'"{VNCBRIDGECTL}" user lock -F "$0/users" alice; '
    script = SMALL + FULL + change + AFTER
    result = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, mount, path],
        capture_output=True, text=True, timeout=seconds(30), check=True,
    )  # fmt: skip
    assert "No space left on device" in result.stderr
    lines = result.stdout.split("\n")
    assert "status=1" in lines and f"alice:{BCRYPT}::" in lines
    assert "users.new" not in lines


def test_a_folder_that_is_read_only(directory):
    as_user = as_ordinary_user() if IS_ROOT else []
    write(directory, f"alice:{BCRYPT}::\n")
    os.chmod(os.path.join(directory, "users"), 0o644)
    os.chmod(directory, 0o555)
    for verb, name in (("lock", "alice"), ("add", "bob"), ("passwd", "alice")):
        result = user(directory, verb, name, prefix=as_user,
                      password=SECRET if verb != "lock" else None)  # fmt: skip
        refused(result, "Permission denied")
    assert len(listed(directory)) == 1
    assert os.listdir(directory) == ["users"]
    os.chmod(directory, 0o755)


def test_a_lock_that_another_one_has(directory):
    """Nothing is written before it is free; and it is its owner's alone."""
    add(directory, "alice")
    lock = os.path.join(directory, "users.lock")
    assert stat.S_IMODE(os.stat(lock).st_mode) == 0o600
    argv = [VNCBRIDGECTL, "user", "lock", "-F", f"{directory}/users", "alice"]
    with subprocess.Popen(
        ["flock", lock, "sh", "-c", "echo has it; read x"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as holder:  # fmt: skip
        assert holder.stdout.readline() == b"has it\n"
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as program:
            assert line_of(directory, "alice")[1].startswith("$y$")
            holder.communicate(b"\n")
            assert program.wait(seconds(20)) == 0
    assert line_of(directory, "alice")[1].startswith("!$y$")


def test_a_link_stays_and_leads_to_the_new_one(directory):
    os.mkdir(os.path.join(directory, "shared"))
    path = write(os.path.join(directory, "shared"), f"alice:{BCRYPT}::\n")
    os.symlink("shared/users", os.path.join(directory, "users"))
    done(user(directory, "lock", "alice"))
    assert os.readlink(os.path.join(directory, "users")) == "shared/users"
    with open(path, encoding="utf-8") as f:
        assert f.read() == f"alice:!{BCRYPT}::\n"
