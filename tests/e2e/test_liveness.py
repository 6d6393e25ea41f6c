# SPDX-License-Identifier: ISC
"""Pings, and clients that are there no more (DESIGN 5)."""

import time

import pytest

from rawmode import open_raw
from targets import Target
from waiting import seconds, until
from wsclient import PING, WsClient


def test_pings_keep_an_idle_session(bridge, testcard):
    one = bridge(ping_interval=1)
    client, _ = open_raw(one, testcard("echo"), timeout=20)
    while client.pings < 4:
        assert client.recv_frame().opcode == PING
    client.send(b"alive")
    assert client.recv_exact(5) == b"alive"
    assert client.shut() == 1000


def test_client_that_answers_no_ping_is_let_go(bridge, testcard):
    one = bridge(ping_interval=1)
    card = testcard("echo")
    client, _ = open_raw(one, card, timeout=20)
    client.answers_pings = False
    began = time.monotonic()
    client.recv_until_close()
    assert client.close_code == 4530
    assert client.pings == 2
    assert 1.5 < time.monotonic() - began < 8
    client.close()
    card.wait_event(1, "closed")
    assert one.wait_end()["code"] == "4530"


def test_client_that_is_gone_without_a_word_is_noticed(bridge, testcard):
    """Its kernel still acknowledges; nothing is read."""
    one = bridge(ping_interval=1)
    card = testcard("echo")
    client, _ = open_raw(one, card)
    assert one.wait_end(timeout=20)["code"] == "4530"
    card.wait_event(1, "closed")
    client.close()


def test_traffic_counts_as_an_answer_or_pongs_do(bridge, testcard):
    """A busy client that also answers pings is never let go."""
    one = bridge(ping_interval=1)
    client, _ = open_raw(one, testcard("echo"), timeout=20)
    until_time = time.monotonic() + 4
    while time.monotonic() < until_time:
        client.send(b"x" * 100)
        assert client.recv_exact(100) == b"x" * 100
    assert client.shut() == 1000


class SaysMore(Target):
    """Each time more, and then waits."""

    def serve(self, conn, number):
        conn.sendall(b"RFB 003.008\n" + bytes(60_000 + 10_000 * number))
        self.swallow(conn, number)


def test_client_that_takes_nothing_is_let_go(bridge, target):
    """Whatever waits for it: pings that are queued are no progress."""
    one = bridge(ping_interval=1, socket_buffer=65536)
    says = target(SaysMore())
    clients = [
        WsClient(one.address, rcvbuf=8192).open(says.target) for _ in range(30)
    ]

    def ends():
        return [line for line in one.lines if "session ended" in line]

    until(lambda: len(ends()) == len(clients), 20, "all of them to be let go")
    assert all("code=4530" in line for line in ends())
    for client in clients:
        client.close()


class Floods(Target):
    def serve(self, conn, number):
        conn.sendall(b"RFB 003.008\n")
        while True:
            conn.sendall(bytes(65536))


@pytest.mark.alone
def test_client_on_a_slow_link_is_not_let_go(bridge, target):
    """It says nothing, and what waits for it leaves no room for a ping."""
    one = bridge(ping_interval=1)
    flood = target(Floods())
    client = WsClient(one.address, rcvbuf=8192).open(flood.target)
    until_time = time.monotonic() + seconds(8)
    while time.monotonic() < until_time:
        client.sock.recv(8192)
        time.sleep(0.1)
    client.reset()
    assert one.wait_end()["code"] == "1006"
