# SPDX-License-Identifier: ISC
"""Connections that ask for nothing, in numbers (half-open, DESIGN 4)."""

import time

from crowd import Crowd, is_over, time_to_open
from proc import cpu_seconds
from rawmode import open_raw
from waiting import seconds, until
from wsclient import HttpClient


def test_silent_connections_make_room_for_who_asks(bridge, testcard):
    """Of those without a request the oldest goes; a session never does."""
    card = testcard("echo")
    one = bridge(max_connections=4, handshake_timeout=60)
    until(lambda: one.conns() == 0, 5, "the earlier connections' end")
    session, _ = open_raw(one, card)
    silent = []
    for number in range(3):
        silent.append(HttpClient(one.address))
        if number == 1:
            silent[1].send(b"GET / HTTP/1.1\r\nHost: ")
        until(lambda: one.conns() == len(silent) + 1, 5, "it to be counted")
    with HttpClient(one.address) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 200
        until(lambda: is_over(silent[0].sock), 5, "the oldest to be closed")
        assert not is_over(silent[2].sock)
        # a request that is only begun is none
        other, _ = open_raw(one, card)
        until(lambda: is_over(silent[1].sock), 5, "the next to be closed")
        third, _ = open_raw(one, card)
        until(lambda: is_over(silent[2].sock), 5, "the last to be closed")
        # the one that was answered, and keeps the connection, is the next
        fourth, _ = open_raw(one, card)
        assert client.is_closed()
    with HttpClient(one.address) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 503
    for number, kept in enumerate((session, other, third, fourth)):
        kept.send(b"%d" % number)
        assert kept.recv_exact(1) == b"%d" % number
        kept.close()
    one.wait_log(15, process="worker", closed=4)


def test_a_crowd_is_gone_after_the_handshake_timeout(bridge, testcard):
    """Meanwhile nothing spins, and who means it gets through."""
    card = testcard("echo")
    one = bridge(max_connections=300, handshake_timeout=3)
    until(lambda: one.conns() == 0, 5, "the earlier connections' end")
    alone = max(time_to_open(one, card) for _ in range(10))
    crowd = Crowd(one.address)
    crowd.grow(600)
    crowded = max(time_to_open(one, card) for _ in range(10))
    used = sum(cpu_seconds(pid) for pid in one.all_pids())
    began = time.monotonic()
    for _ in range(10):
        crowd.drip(200)
        time.sleep(0.1)
    used = sum(cpu_seconds(pid) for pid in one.all_pids()) - used
    print(
        f"a session opens in {alone * 1000:.1f} ms alone, in {crowded * 1000:.1f}"
        f" ms in a crowd; which costs {used / (time.monotonic() - began):.2f} CPU"
    )
    assert crowded < alone + seconds(1)
    crowd.wait_end(10)
    until(lambda: one.conns() == 0, 10, "the connections to be counted off")
    crowd.close()
