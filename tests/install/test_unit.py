# SPDX-License-Identifier: ISC
"""What the systemd unit takes from the daemon, and what it must leave it."""

import pathlib
import re
import shutil

import pytest

from place import SOURCE, run

UNIT = SOURCE / "etc/vncbridged.service.in"
WORST = 2.7  # of 10, as "systemd-analyze security" counts; 4.3 before
TABLES = ["daemon/master/sandbox.c", "common/sandbox_rows.h", "worker/sandbox.c",
          "daemon/broker/sandbox.c", "daemon/keeper/sandbox.c"]
# of the start as root, before the master's own filter
START = """execve capset setgroups setresuid setresgid setuid setgid lchown fchownat
    flock umask chdir setsid setrlimit prlimit64 clone clone3 wait4 memfd_create
    openat bind listen getdents64 mlock unlink close_range""".split()

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="no systemd-analyze here"
)


def expand(group):
    names = set()
    for line in run("systemd-analyze", "syscall-filter", group).stdout.split("\n")[1:]:
        name = line.strip()
        if name.startswith("@"):
            names |= expand(name)
        elif name and not name.startswith("#"):
            names.add(name)
    return names


def test_its_filter_has_all_calls_that_the_daemon_needs():
    allowed = expand("@default")
    lines = re.findall(r"^SystemCallFilter=(~?)(.*)$", UNIT.read_text(), re.M)
    assert lines
    for is_taken, words in lines:
        for word in words.split():
            names = expand(word) if word.startswith("@") else {word}
            allowed = allowed - names if is_taken else allowed | names
    needed = set(START)
    for name in TABLES:
        text = pathlib.Path(SOURCE / name).read_text()
        needed |= set(re.findall(r'\.name = "(\w+)"', text))
    assert len(needed) > 100
    assert not needed - allowed


def test_systemd_finds_little_left_to_take(tmp_path):
    unit = tmp_path / "vncbridged.service"
    unit.write_text(re.sub(r"@\w+@", "/usr/sbin", UNIT.read_text()))
    done = run("systemd-analyze", "security", "--offline=yes", unit)
    (level,) = re.findall(r"exposure level for \S+: (\d+\.\d+)", done.stdout)
    assert float(level) <= WORST, done.stdout
