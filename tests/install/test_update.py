# SPDX-License-Identifier: ISC
"""Other programs at the place of those that run: the running daemon goes on
with its own, whatever has come there, and however often it needs them."""

import json
import os
import pathlib
import re
import shutil
import signal

import pytest

from place import is_alive, make, run, until

HELPERS = ["vncbridge-worker", "vncbridge-broker", "vncbridge-keeper"]


def processes(prefix):
    done = run(prefix / "sbin/vncbridgectl", "-s", prefix / "run/vncbridged.sock",
               "-j", "status")
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout)["processes"]


def pid_of(prefix, role):
    (found,) = [p for p in processes(prefix) if p["role"] == role]
    return found["pid"] if found["state"] == "ready" else None


def replace(path, how):
    """As a package manager does (rename), make install (unlink), a removal,
    and a build that failed half-way (empty)."""
    new = path.with_name(path.name + ".new")
    if how == "gone":
        path.unlink()
        return
    if how == "empty":
        new.write_bytes(b"")
    else:
        shutil.copy("/bin/false", new)
    new.chmod(0o755)
    if how == "unlink":
        path.unlink()
    new.rename(path)


@pytest.fixture
def kept(installed):
    """The programs as they are, back at the end."""
    folder = installed / "libexec/vncbridge"
    saved = installed / "libexec/saved"
    shutil.copytree(folder, saved)
    yield folder
    shutil.rmtree(folder)
    saved.rename(folder)


@pytest.mark.parametrize("how", ["rename", "unlink", "gone", "empty", "folder"])
def test_what_dies_is_replaced_by_the_program_of_the_start(service, kept, how):
    assert service("start").returncode == 0
    if how == "folder":
        shutil.rmtree(kept)
        kept.mkdir()
    else:
        for name in HELPERS:
            replace(kept / name, how)
    for name in HELPERS * 2:
        role = name.rpartition("-")[2]
        old = pid_of(service.prefix, role)
        os.kill(old, signal.SIGKILL)
        until(lambda: not is_alive(old))
        until(lambda role=role: pid_of(service.prefix, role))
        new = pid_of(service.prefix, role)
        assert new != old
        # ps(1) tells them apart as before
        proc = pathlib.Path(f"/proc/{new}")
        assert (proc / "comm").read_text() == name[:15] + "\n"
        assert (proc / "cmdline").read_bytes().startswith(name.encode() + b"\0")
        held = sorted(int(fd) for fd in os.listdir(proc / "fd"))
        assert held[:4] == [0, 1, 2, 3]
        assert not re.search(
            rb"vncbridge-", b" ".join(os.readlink(proc / "fd" / str(fd)).encode()
                                      for fd in held))
    assert service.get("/healthz").strip() == "ok"
    assert service("stop").returncode == 0


def test_make_install_over_a_running_daemon(service, tree):
    assert service("start").returncode == 0
    pid = service.pid()
    saved = service.config.read_text()
    make(tree, "install")
    assert service.config.read_text() == saved
    old = pid_of(service.prefix, "worker")
    os.kill(old, signal.SIGKILL)
    until(lambda: not is_alive(old))
    until(lambda: pid_of(service.prefix, "worker"))
    assert service("reload").returncode == 0
    assert service.pid() == pid
    assert service("restart").returncode == 0
    assert service.pid() != pid


def test_a_program_that_is_missing_at_the_start_is_named(service, kept):
    (kept / "vncbridge-keeper").unlink()
    done = service("start")
    assert done.returncode == 1
    assert f"{kept}/vncbridge-keeper: No such file" in done.stdout, done.stdout
