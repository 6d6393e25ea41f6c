# SPDX-License-Identifier: ISC
"""A process that hangs is replaced as if it had died: watchdog-timeout."""

import json
import os
import signal

import pytest

import rfb
from proc import is_alive
from waiting import PATIENCE, process_end, seconds, until
from wsclient import Closed

TIMEOUT = int(seconds(1))  # 1 is the least there is


@pytest.fixture
def watched(bridge, testcard):
    """A daemon with two workers that watches them, and a testcard."""
    return bridge(workers=2, watchdog_timeout=TIMEOUT), testcard("echo")


def open_session(one, target):
    client = one.connect(target, timeout=20)
    rfb.raw_greet(client)
    return client


def echoes(client, data=b"still there"):
    client.send(data)
    return client.recv_exact(len(data)) == data


def sessions_of(one):
    return json.loads(one.ctl("-j", "sessions").stdout)["sessions"]


def restarts(one, role):
    return [p["restarts"] for p in one.status()["processes"] if p["role"] == role]


def lives_on(pid, timeouts=2):
    """For longer than the watchdog would need; patience makes it no longer."""
    return not process_end(pid, TIMEOUT * timeouts / PATIENCE)


def stop_and_wait_end(one, pid):
    """It stands still; the daemon notices, says so, and ends it."""
    mark = one.mark()
    os.kill(pid, signal.SIGSTOP)
    one.wait_line(rf"pid={pid} hangs: no answer for {TIMEOUT} s", start=mark)
    assert process_end(pid), "it was to be killed, stopped or not"
    one.wait_line(rf"died pid={pid} signal=9", start=mark)


def test_a_broker_that_hangs_is_replaced_and_no_session_ends(watched):
    one, card = watched
    sessions = [open_session(one, card.target) for _ in range(4)]
    old = one.broker()
    os.kill(old, signal.SIGSTOP)
    # asked of the one that hangs, answered by the next
    late = one.connect(card.target, timeout=20)
    assert echoes(sessions[0])
    stop_and_wait_end(one, old)
    assert late.recv_exact(12) == rfb.GREETING
    one.wait_other_broker(old)
    assert all(echoes(client) for client in sessions)
    sessions += [late, open_session(one, card.target)]
    assert echoes(sessions[-1])
    until(lambda: len(sessions_of(one)) == 6, 10, "all six to be known again")
    assert restarts(one, "broker") == [1] and restarts(one, "worker") == [0, 0]


def test_a_lease_that_ended_while_the_broker_hung_is_free(bridge, testcard):
    """CLOSED went to the one that hangs; the next must not know the lease."""
    card = testcard("echo")
    one = bridge(
        workers=2,
        watchdog_timeout=TIMEOUT,
        extra=f'target "x" {{ address = "{card.target}" exclusive = yes }}',
    )
    holder = open_session(one, "x")
    with one.connect("x", timeout=20) as client:
        with pytest.raises(Closed) as closed:
            client.recv_exact(1)
        assert closed.value.code == 4510
    old = one.broker()
    os.kill(old, signal.SIGSTOP)
    mark = one.mark()
    holder.close()
    one.wait_end(start=mark)
    stop_and_wait_end(one, old)
    one.wait_other_broker(old)
    assert echoes(open_session(one, "x"))


def test_a_worker_that_hangs_takes_only_its_own_sessions(watched):
    one, card = watched
    workers = one.workers()
    clients = [open_session(one, card.target) for _ in range(4)]
    stop_and_wait_end(one, workers[0])
    new = one.wait_other_worker(workers)

    def is_over(client):
        try:
            return not echoes(client)
        except (Closed, OSError, EOFError):
            return True

    assert sum(is_over(client) for client in clients) == 2
    until(lambda: len(sessions_of(one)) == 2, 10, "the dead one's to be forgotten")
    # and the new one serves
    until(
        lambda: any(
            p["pid"] == new and p["state"] == "ready"
            for p in one.status()["processes"]
        ),
        10,
        "the new worker to be ready",
    )
    assert all(echoes(open_session(one, card.target)) for _ in range(4))
    assert restarts(one, "broker") == [0]


def test_a_daemon_that_slept_kills_nobody(watched):
    """All stand still, as on a machine that sleeps, and wake up again."""
    one, card = watched
    client = open_session(one, card.target)
    pids = one.all_pids()
    mark = one.mark()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    # longer than the timeout; nobody could notice
    assert lives_on(pids[1])
    # the master first: it finds that all have been silent for long
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    assert echoes(client)
    # a round or two later all have answered
    assert lives_on(pids[1])
    assert all(is_alive(pid) for pid in pids)
    assert one.grep("hangs", mark) == []
    assert echoes(client)


def test_a_short_stop_is_no_fault(bridge, testcard):
    one = bridge(workers=2, watchdog_timeout=60)
    card = testcard("echo")
    client = open_session(one, card.target)
    for pid in one.all_pids()[1:]:
        os.kill(pid, signal.SIGSTOP)
        assert lives_on(pid, 0.3)
        os.kill(pid, signal.SIGCONT)
    assert echoes(client)
    assert restarts(one, "broker") == [0] and restarts(one, "worker") == [0, 0]


def test_a_reload_switches_the_watchdog_on_and_off(bridge, testcard):
    one = bridge(workers=1, watchdog_timeout=0)
    card = testcard("echo")
    client = open_session(one, card.target)
    broker = one.broker()
    os.kill(broker, signal.SIGSTOP)
    assert lives_on(broker), "it was switched off"
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    mark = one.mark()
    one.write_conf(
        text.replace("watchdog-timeout = 0", f"watchdog-timeout = {TIMEOUT}")
    )
    one.signal(signal.SIGHUP)
    one.wait_line(rf"pid={broker} hangs", start=mark)
    one.wait_other_broker(broker)
    assert echoes(client)
    assert echoes(open_session(one, card.target))
