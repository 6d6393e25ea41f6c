# SPDX-License-Identifier: ISC
"""The pid file and its lock among the other users of a host."""

import fcntl
import os
import re

import pytest

import daemon
from daemon import IS_ROOT, conf_text, free_port, give_to_daemon, run_to_end


def refuse(place, text, wanted):
    status, err, _ = run_to_end(place, text)
    assert status == 1, (status, err)
    assert re.search(wanted, err), (wanted, err)


@pytest.mark.parametrize("how", [fcntl.LOCK_EX, fcntl.LOCK_SH])
@pytest.mark.parametrize("lock", [fcntl.flock, fcntl.lockf])
def test_what_others_lock_is_no_hindrance(place, lock, how):
    """All may read the pid file, and so lock it: that must not be its lock."""
    path = os.path.join(place, "vncbridged.pid")
    with open(path, "w", encoding="ascii") as f:
        f.write("1\n")
    give_to_daemon(path)
    is_write = lock is fcntl.lockf and how == fcntl.LOCK_EX
    with open(path, "r+" if is_write else "r", encoding="ascii") as held:
        folder = os.open(place, os.O_RDONLY)
        lock(held, how)
        fcntl.flock(folder, fcntl.LOCK_EX)
        port = free_port()
        one = daemon.Daemon(
            place, conf_text(place, [f"127.0.0.1:{port}"]), address=("127.0.0.1", port)
        )
        try:
            with open(path, encoding="ascii") as f:
                assert int(f.read()) == one.pid
        finally:
            one.stop()
            os.close(folder)


def test_the_lock_is_for_its_owner_alone(bridge):
    one = bridge()
    path = os.path.join(one.directory, "vncbridged.pid.lock")
    st = os.stat(path)
    assert (st.st_uid, st.st_mode & 0o777) == (os.geteuid(), 0o600)
    one.stop()
    if not IS_ROOT:
        assert not os.path.exists(path)


@pytest.mark.parametrize("make", ["for-all", "others", "symlink", "link", "fifo"])
def test_a_lock_that_a_stranger_could_hold_is_refused(place, make):
    path = os.path.join(place, "vncbridged.pid.lock")
    victim = os.path.join(place, "victim")
    with open(victim, "w", encoding="ascii") as f:
        f.write("precious")
    if make == "symlink":
        os.symlink(victim, path)
    elif make == "link":
        os.link(victim, path)
    elif make == "fifo":
        os.mkfifo(path, 0o600)
    else:
        with open(path, "w", encoding="ascii"):
            pass
        os.chmod(path, 0o644 if make == "for-all" else 0o600)
        if make == "others":
            if not IS_ROOT:
                pytest.skip("needs root to give a file away")
            os.chown(path, 2, 2)
    refuse(place, conf_text(place, [f"127.0.0.1:{free_port()}"]), re.escape(path))
    with open(victim, encoding="ascii") as f:
        assert f.read() == "precious"
