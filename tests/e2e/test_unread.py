# SPDX-License-Identifier: ISC
"""Clients that ask and read nothing: what the kernel keeps for them, and for
how long."""

import os
import re
import signal
import socket

import pytest

from certs import self_signed
from daemon import free_port
from kernel import HAS_SS, client_bytes
from loads import Stalling
from tlsclient import Listen, client_context, listen_body
from waiting import until
from wsclient import BINARY, HttpClient, WsClient, connect, encode_close, encode_frame

pytestmark = [
    pytest.mark.alone,  # they look at what the kernel has for TCP
    pytest.mark.skipif(not HAS_SS, reason="ss is not there"),
]

COUNT = 50
EACH_BYTES = 288 * 1024  # both ways, with what the kernel adds to a packet
PIPELINED = 200
SMALL = 2048  # of a client's receive buffer


def largest_asset(one):
    page = one.get("/").body.decode()
    paths = set(re.findall(r"assets/[\w./-]+", page))
    return max(paths, key=lambda path: len(one.get("/" + path).body))


def ask_much(client, path):
    """Until nothing more of it is taken."""
    line = f"GET /{path} HTTP/1.1\r\nHost: {client.authority}\r\n\r\n"
    client.sock.settimeout(0.2)
    try:
        client.send(line.encode() * 20 * PIPELINED)
    except (TimeoutError, socket.timeout):
        pass


def secure(bridge, directory):
    pair = self_signed(directory)
    address = Listen(f"127.0.0.1:{free_port()}", listen_body([pair]))
    return bridge(listen=[address], context=client_context(pair))


@pytest.mark.parametrize("is_tls", [False, True])
def test_who_asks_and_does_not_read_costs_little_and_not_for_long(
    bridge, directory, is_tls
):
    """One that reads slowly gets all of it meanwhile."""
    one = secure(bridge, directory) if is_tls else bridge()
    path = largest_asset(one)
    size = len(one.get("/" + path).body)
    until(lambda: not [s for s, _ in client_bytes(one) if s == "ESTAB"], 10)
    clients = [
        HttpClient(one.address, rcvbuf=SMALL, timeout=60, **one.tls)
        for _ in range(COUNT)
    ]
    for client in clients:
        ask_much(client, path)

    def kept():
        return sum(kept for _, kept in client_bytes(one)) // COUNT

    until(lambda: kept() > EACH_BYTES // 4, 10, "all that must wait to do so")
    print(f"each of {COUNT} has {kept() // 1024} KiB of the kernel")
    assert kept() <= EACH_BYTES
    slow = HttpClient(one.address, rcvbuf=SMALL, timeout=60, **one.tls)
    for _ in range(PIPELINED):
        slow.request("GET", "/" + path)

    def are_gone():
        slow.buffer += slow.sock.recv(SMALL)
        return len(client_bytes(one)) == 1

    # twice without progress, and what a busy machine adds
    until(are_gone, 60, "all others' sockets to be gone, with what was in them")
    for _ in range(PIPELINED):
        assert len(slow.read_response().body) == size
    slow.close()
    for client in clients:
        client.close()


def test_what_comes_before_its_worker_looks_costs_as_little(bridge):
    """A worker that is slow to accept: the kernel takes it meanwhile."""
    one = bridge(workers=1)
    pids = one.workers()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        client = HttpClient(one.address)
        client.sock.settimeout(0.5)
        with pytest.raises((TimeoutError, socket.timeout)):
            client.send(b"x" * (8 << 20))
        assert max(kept for _, kept in client_bytes(one)) <= EACH_BYTES
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    client.close()


@pytest.mark.parametrize("end", ["close", "shutdown", "silence"])
def test_a_session_that_ends_unread_is_not_kept_by_the_kernel(bridge, target, end):
    """The client says Close, ends its half, or the daemon ends the session."""
    one = bridge(ping_interval=0, session_timeout=3 if end == "silence" else 0)
    card = target(Stalling(floods=True))
    client = connect(one.address, card.target, timeout=30, rcvbuf=SMALL)
    client.recv_exact(12)
    until(lambda: max(kept for _, kept in client_bytes(one)) > 1 << 20, 20)
    if end == "close":
        client.send_raw(encode_close())
    elif end == "shutdown":
        client.sock.shutdown(socket.SHUT_WR)
    one.wait_end(timeout=20)
    until(lambda: not client_bytes(one), 30, "the kernel to forget it")
    client.close()


def test_what_comes_before_its_session_is_bounded_too(bridge, target):
    """Frames for a target that has not greeted yet."""
    one = bridge(ping_interval=0)
    silent = target(Stalling(floods=False, greets=False))
    client = WsClient(one.address).open(silent.target)
    client.sock.setblocking(False)
    wire = encode_frame(BINARY, bytes(65536))
    sent = 0
    try:
        while sent < 64 << 20:
            sent += client.sock.send(wire)
    except BlockingIOError:
        pass
    assert max(kept for _, kept in client_bytes(one)) <= EACH_BYTES
    client.close()
