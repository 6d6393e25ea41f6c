# SPDX-License-Identifier: ISC
"""The master when no descriptor is left."""

import os
import pwd
import shutil
import signal
import subprocess
import time

import pytest

import rfb
from daemon import IS_ROOT, user_name
from proc import cpu_seconds, kill_and_wait
from rawmode import open_raw
from wsclient import HttpClient


def set_limit(pid, soft, hard):
    """As the daemon's user: in a container root may have no right to it."""
    entry = pwd.getpwnam(user_name())
    subprocess.run(
        ["prlimit", f"--pid={pid}", f"--nofile={soft}:{hard}"],
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        check=True,
    )


def limit_of(pid):
    with open(f"/proc/{pid}/limits", encoding="ascii") as f:
        words = next(x for x in f if x.startswith("Max open files")).split()
    return int(words[3]), int(words[4])


@pytest.fixture(params=[0, 1, 2], ids="free={}".format)
def starved(request, bridge):
    """(daemon, worker killed, usual limit): some descriptors were left."""
    one = bridge(workers=1)
    known, usual = one.workers(), limit_of(one.pid)
    lowest = len(os.listdir(f"/proc/{one.pid}/fd"))
    # one is free as soon as the worker's channel is gone
    set_limit(one.pid, lowest - 1 + request.param, usual[1])
    return one, known, usual


@pytest.mark.skipif(not IS_ROOT, reason="needs to read other processes' /proc")
@pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit is not there")
def test_no_descriptor_left_is_survived(starved, testcard):
    """Without spinning; what could not start or be joined is soon after."""
    one, known, usual = starved
    card = testcard("echo")
    mark, before = one.mark(), cpu_seconds(one.pid)
    waiting = [HttpClient(one.address) for _ in range(5)]
    one.signal(signal.SIGHUP)
    # the connections may have given back by then what was left
    one.wait_line("reload failed|reloaded generation", start=mark)
    kill_and_wait(known[0])
    one.wait_line("cannot start worker|no channel between", start=mark)
    time.sleep(1)
    used = cpu_seconds(one.pid) - before
    print(f"{used:.2f} CPU seconds while no descriptor was left")
    assert used < 0.5
    set_limit(one.pid, *usual)
    one.wait_other_worker(known)
    one.wait_ready(30)  # restarts have become rarer meanwhile
    for client in waiting:
        client.close()
    with one.connect(card.target, timeout=5) as client:
        assert client.recv_exact(12) == rfb.GREETING


@pytest.mark.skipif(not IS_ROOT, reason="needs to read other processes' /proc")
@pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit is not there")
def test_a_reload_without_descriptors_ends_no_session(bridge, testcard):
    """Whatever is left: all of it is done, or it fails and nothing is."""
    one = bridge(workers=2)
    card = testcard("echo")
    with open_raw(one, card)[0] as client:
        known, (soft, hard) = one.all_pids(), limit_of(one.pid)
        outcomes = []
        for free in range(30):
            lowest = len(os.listdir(f"/proc/{one.pid}/fd"))
            mark = one.mark()
            set_limit(one.pid, lowest + free, hard)
            one.signal(signal.SIGHUP)
            line = one.wait_line("reload failed|reloaded generation", start=mark)
            outcomes.append("failed" not in line)
            client.send(b"still there")
            assert client.recv_exact(11) == b"still there"
            assert one.all_pids() == known
        set_limit(one.pid, soft, hard)
        print(f"reloaded: {outcomes}")
        assert not outcomes[0]
        assert outcomes[-1]
