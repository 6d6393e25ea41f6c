# SPDX-License-Identifier: ISC
"""vncbridgectl, the operator's tool."""

import contextlib
import datetime
import json
import os
import socket
import stat
import subprocess
import time

import pytest

import rfb
from daemon import IS_ROOT, VNCBRIDGECTL, as_ordinary_user, user_name
from proc import kill_and_wait
from waiting import until


def as_json(one, command):
    done = one.ctl("-j", command)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_status_lists_every_process(bridge):
    one = bridge(workers=2)
    done = one.ctl("status")
    assert done.returncode == 0, done.stderr
    for pid in one.all_pids():
        assert str(pid) in done.stdout.split(), (pid, done.stdout)


def test_status_as_json(bridge):
    one = bridge(workers=2, max_connections=321)
    status = as_json(one, "status")
    assert sorted(p["pid"] for p in status["processes"]) == sorted(one.all_pids())
    roles = sorted(p["role"] for p in status["processes"])
    assert roles == ["broker", "keeper", "master", "worker", "worker"]
    assert status["max_connections"] == 321
    assert status["version"]
    assert all(p["restarts"] == 0 for p in status["processes"])


def test_status_counts_restarts(bridge):
    one = bridge(workers=1)
    old = one.workers()
    kill_and_wait(old[0])
    new = one.wait_other_worker(old)

    def is_counted():
        found = [p for p in as_json(one, "status")["processes"] if p["pid"] == new]
        return found and found[0]["restarts"] == 1

    until(is_counted, 5, "the restart to be counted")


def test_sessions_say_who_where_since_and_how_much(bridge, testcard):
    card = testcard("source=100000", "sink")
    one = bridge(workers=2)
    assert as_json(one, "sessions")["sessions"] == []
    client = one.connect(card.target)
    stream = rfb.raw_greet(client)
    stream.check(client.recv_exact(100000))
    client.send(b"x" * 1000)

    def is_counted():
        (found,) = as_json(one, "sessions")["sessions"]
        return found["to_client"] == 100012 and found["to_target"] == 1012 and found

    found = until(is_counted, 10, "the bytes to be counted")
    port = client.sock.getsockname()[1]
    assert found["client"] == f"127.0.0.1:{port}"
    assert found["target"] == card.target
    since = datetime.datetime.fromisoformat(found["since"].replace("Z", "+00:00"))
    assert abs(since.timestamp() - time.time()) < 60
    assert found["worker"] in (0, 1)
    assert found["address"] == card.target
    text = one.ctl("sessions").stdout
    assert card.target in text and f"127.0.0.1:{port}" in text
    client.shut()
    until(lambda: as_json(one, "sessions")["sessions"] == [], 10, "an empty list")


def test_many_sessions_are_all_listed(bridge, testcard):
    """More than fit into one message."""
    card = testcard("echo")
    one = bridge(workers=2)
    clients = [one.connect(card.target) for _ in range(70)]
    for client in clients:
        assert client.recv_exact(12) == rfb.GREETING
    listed = as_json(one, "sessions")["sessions"]
    assert len(listed) == 70
    assert len({s["conn"] for s in listed}) == 70
    assert {s["client"] for s in listed} == {
        "127.0.0.1:%d" % c.sock.getsockname()[1] for c in clients
    }
    lines = one.ctl("sessions").stdout.strip().split("\n")
    assert sum(card.target in line for line in lines) == 70


def test_without_a_daemon_it_says_so(bridge):
    one = bridge()
    one.stop()
    done = one.ctl("status")
    assert done.returncode > 0
    assert one.control_socket in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("args", [[], ["nonsense"], ["status", "surplus"], ["-q"]])
def test_wrong_usage_is_told(bridge, args):
    done = bridge().ctl(*args)
    assert done.returncode != 0
    assert "usage" in done.stderr.lower() or args[-1:] == ["nonsense"]


def test_the_socket_is_not_for_everybody(bridge):
    one = bridge()
    mode = os.stat(one.control_socket).st_mode
    assert stat.S_ISSOCK(mode)
    assert mode & 0o007 == 0


@pytest.mark.skipif(not IS_ROOT, reason="needs another user")
def test_another_user_is_refused(bridge):
    one = bridge()
    other = "daemon" if user_name() == "nobody" else "nobody"
    prefix = [x.replace("nobody", other) for x in as_ordinary_user()]
    argv = [*prefix, VNCBRIDGECTL, "-s", one.control_socket, "status"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode > 0
    assert done.stdout == ""


def test_nonsense_on_the_socket_harms_nobody(bridge):
    one = bridge()
    for junk in (b"", b"x", b"\0" * 8, b"\xff" * 1000, b"\x01\0\0\0" * 50):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.connect(one.control_socket)
            sock.settimeout(5)
            if junk:
                sock.send(junk)
                assert sock.recv(100) == b""
    held = []
    for _ in range(100):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock.setblocking(False)
        sock.connect_ex(one.control_socket)
        held.append(sock)
    assert one.get("/healthz").status == 200
    for sock in held:
        sock.close()
    until(lambda: one.ctl("status").returncode == 0, 5, "ctl to work again")


def test_a_daemon_that_accepts_nobody_is_given_up(directory):
    """Its queue is full: the kernel would have us wait for ever."""
    path = os.path.join(directory, "stopped.sock")
    waiting = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen(0)
        with contextlib.suppress(BlockingIOError):
            while len(waiting) < 100:
                one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                waiting.append(one)
                one.setblocking(False)
                one.connect(path)
        assert len(waiting) < 100
        argv = [VNCBRIDGECTL, "-s", path, "status"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    for one in waiting:
        one.close()
    assert done.returncode == 2
    assert "the daemon does not answer" in done.stderr


def test_sessions_without_a_broker_is_no_hang(bridge):
    one = bridge()
    old = one.broker()
    kill_and_wait(old)
    done = one.ctl("sessions")
    assert done.returncode in (0, 1)
    one.wait_other_broker(old)
    until(lambda: one.ctl("sessions").returncode == 0, 5, "the new broker's answer")
