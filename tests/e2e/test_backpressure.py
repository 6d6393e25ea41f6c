# SPDX-License-Identifier: ISC
"""Memory stays bounded whoever stalls (DESIGN 5)."""

import os
import threading
import time

import pytest

from kernel import keeps_freed_memory
from proc import cpu_seconds, own_kib
from rawmode import check_sink, open_raw, read_stream
from waiting import seconds, until
from wsclient import BINARY, PING, encode_frame

MIB = 1 << 20
STALL_BOUND_KIB = 1024  # a stalled session's share of its worker's memory


@pytest.fixture
def one(bridge):
    return bridge(ping_interval=0)


def wait_idle(one, pid, timeout=20):
    """Until a process has used no CPU time for a while: all is stuck."""
    state = {"cpu": None, "since": 0}

    def is_idle():
        now, cpu = time.monotonic(), cpu_seconds(pid)
        if cpu != state["cpu"]:
            state.update(cpu=cpu, since=now)
        return now - state["since"] > 0.5

    until(is_idle, timeout, "the worker to be idle")


def assert_bound(worker, grown_kib, count=1):
    bound = STALL_BOUND_KIB * count
    assert grown_kib <= bound or keeps_freed_memory(worker), f"{grown_kib} KiB"


def test_client_that_reads_nothing_costs_no_memory(one, testcard):
    size = 200 * MIB
    card = testcard(f"source={size}")
    echo = testcard("echo")
    worker = one.workers()[0]
    other, _ = open_raw(one, echo)
    warm, stream = open_raw(one, card, 2)  # the buffers that all share
    stream.check(warm.recv_exact(4 * MIB))
    warm.close()
    wait_idle(one, worker)
    before = own_kib(worker)
    client, stream = open_raw(one, card, 3, rcvbuf=65536)
    wait_idle(one, worker)
    grown = own_kib(worker) - before
    assert_bound(worker, grown)
    other.send(b"still here")
    assert other.recv_exact(10) == b"still here"
    read_stream(client, stream, size)
    assert client.wait_close()[0] == 1000


def test_target_that_reads_nothing_costs_no_memory(one, testcard):
    card = testcard("sink", "no-read")
    echo = testcard("echo")
    worker = one.workers()[0]
    other, _ = open_raw(one, echo)
    other.send(bytes(MIB))
    assert other.recv_exact(MIB) == bytes(MIB)
    wait_idle(one, worker)
    before = own_kib(worker)
    client, _ = open_raw(one, card)
    data = os.urandom(40 * MIB)
    sender = threading.Thread(target=client.send_frame, args=(BINARY, data))
    client.sock.settimeout(None)
    sender.start()
    wait_idle(one, worker)
    assert sender.is_alive(), "40 MiB went into kernel buffers: no stall"
    grown = own_kib(worker) - before
    assert_bound(worker, grown)
    other.send(b"still here")
    assert other.recv_exact(10) == b"still here"
    card.resume()
    sender.join(seconds(30))
    client.sock.settimeout(seconds(20))
    assert client.shut() == 1000
    check_sink(card, data)


def test_many_stalled_sessions_stay_in_bounds(one, testcard):
    card = testcard("source=0")
    worker = one.workers()[0]
    warm, stream = open_raw(one, card)
    stream.check(warm.recv_exact(4 * MIB))
    warm.close()
    wait_idle(one, worker)
    before = own_kib(worker)
    count = 30
    stalled = [open_raw(one, card, n, rcvbuf=32768) for n in range(count)]
    wait_idle(one, worker, 60)
    grown = own_kib(worker) - before
    assert_bound(worker, grown, count)
    for client, stream in stalled:
        stream.check(client.recv_exact(3 * MIB))
        client.close()


def test_pings_to_a_client_that_reads_nothing_do_not_pile_up(one, testcard):
    """A client that pings and never reads the pongs."""
    worker = one.workers()[0]
    client, _ = open_raw(one, testcard("echo"), rcvbuf=8192)
    wait_idle(one, worker)
    before = own_kib(worker)
    client.sock.settimeout(1)
    wire = encode_frame(PING, b"p" * 125) * 1000
    try:
        for _ in range(200):  # 26 MB of pings
            client.sock.sendall(wire)
    except (TimeoutError, ConnectionError):
        pass
    assert_bound(worker, own_kib(worker) - before)
    client.close()


def test_an_old_session_table_is_empty_at_the_end(one, testcard):
    """200 sessions come and go; none is left in the worker's descriptors."""
    card = testcard("echo")
    worker = one.workers()[0]
    fds = f"/proc/{worker}/fd"
    if not os.access(fds, os.R_OK):
        pytest.skip("only root may look into the worker's descriptors")
    until(lambda: os.listdir(fds), 5, "the descriptors")
    before = None
    for number in range(200):
        client, _ = open_raw(one, card, number)
        client.send(b"x")
        assert client.recv_exact(1) == b"x"
        (client.reset, client.shut, client.close)[number % 3]()
        client.close()
        if number == 0:
            one.wait_end()
            before = len(os.listdir(fds))
    until(lambda: len(os.listdir(fds)) <= before, 10, "the descriptors to be closed")
