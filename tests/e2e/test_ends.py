# SPDX-License-Identifier: ISC
"""How a session ends, and what is delivered before it does (DESIGN 5)."""

import signal
import socket
import struct
import threading
import time

import pytest

import rfb
from rawmode import check_sink, open_raw, read_stream
from targets import Target
from waiting import seconds
from wsclient import BINARY, CLOSE, PONG, Closed, WsClient, encode_close, encode_frame

MIB = 1 << 20


@pytest.fixture
def one(bridge):
    return bridge(ping_interval=0)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4000, 4999])
def test_client_closes_in_good_order(one, testcard, code):
    card = testcard("sink")
    client, _ = open_raw(one, card)
    client.send_frame(BINARY, b"last words")
    assert client.shut(code, "bye") == code
    check_sink(card, b"last words")
    assert one.wait_end()["to_target"] == str(12 + 10)


def test_close_without_a_code_is_echoed(one, testcard):
    card = testcard("sink")
    client, _ = open_raw(one, card)
    client.send_frame(CLOSE, b"")
    client.recv_until_close()
    assert client.close_code in (1000, 1005)
    assert client.is_at_end()
    check_sink(card, b"")


def test_data_behind_a_close_is_not_looked_at(one, testcard):
    """RFC 6455, 5.5.1"""
    card = testcard("sink")
    client, _ = open_raw(one, card)
    client.send_raw(encode_close() + encode_frame(BINARY, b"late") + b"\xff" * 50)
    client.recv_until_close()
    assert client.close_code == 1000
    client.close()
    check_sink(card, b"")


def test_client_ends_without_a_close_frame(one, testcard):
    card = testcard("sink")
    client, _ = open_raw(one, card)
    client.send_frame(BINARY, b"and gone")
    client.sock.shutdown(1)
    check_sink(card, b"and gone")
    assert one.wait_end()["reason"]


def test_client_ends_in_the_middle_of_a_frame(one, testcard):
    card = testcard("sink")
    client, _ = open_raw(one, card)
    client.send_raw(encode_frame(BINARY, b"half", length=1000))
    client.sock.shutdown(1)
    check_sink(card, b"half")


def test_client_resets(one, testcard):
    card = testcard("echo", "sink")
    client, _ = open_raw(one, card)
    client.send_frame(BINARY, b"x")
    assert client.recv_exact(1) == b"x"
    client.reset()
    card.wait_event(1, "closed")
    end = one.wait_end()
    assert int(end["code"]) in (1006, 1001, 1000, 4500), end


def test_client_goes_while_the_target_floods(one, testcard):
    card = testcard("source=0")
    for abandon in (WsClient.reset, WsClient.close):
        client, stream = open_raw(one, card)
        stream.check(client.recv_exact(MIB))
        mark = one.mark()
        abandon(client)
        one.wait_end(start=mark)
    card.wait_event(2, "closed")


def test_client_closes_while_the_target_floods(one, testcard):
    client, stream = open_raw(one, testcard("source=0"))
    stream.check(client.recv_exact(MIB))
    client.send_raw(encode_close(1000))
    stream.check(client.recv_until_close())
    assert client.close_code == 1000 and client.is_at_end()


class Urgent(Target):
    """Sends much, an urgent byte, more, and ends."""

    def serve(self, conn, number):
        conn.sendall(rfb.GREETING + bytes(8 * MIB))
        conn.send(b"!", socket.MSG_OOB)
        conn.sendall(bytes(2 * MIB))
        conn.shutdown(socket.SHUT_WR)
        self.swallow(conn, number)


def test_urgent_data_stops_no_flood(one):
    """It does stop splice(2), and a recv(2) leaves it out."""
    target = Urgent()
    try:
        for _ in range(4):
            client = one.connect(target.target)
            assert client.recv_exact(12) == rfb.GREETING
            got = client.recv_until_close()
            assert len(got) == 10 * MIB and client.close_code == 1000
    finally:
        target.stop()


def test_pongs_behind_the_clients_close_reset_nothing(one, testcard):
    """RFC 6455, 5.5.2: pings are answered until the other Close has come."""
    client, stream = open_raw(one, testcard("source=0"), rcvbuf=32768)
    stream.check(client.recv_exact(MIB))
    client.send_raw(encode_close(1000))
    with pytest.raises(Closed) as closed:
        while True:
            stream.check(client.recv_some())
            client.send_frame(PONG, b"")
    assert closed.value.code == 1000
    assert client.sock.recv(1) == b""


def test_close_handshake_has_a_deadline(one, testcard):
    """A client that never answers the close frame is let go."""
    client, _ = open_raw(one, testcard("source=10"))
    assert len(client.recv_until_close()) == 10
    client.sock.settimeout(seconds(30))
    assert client.is_at_end()
    assert one.wait_end()["code"] == "1000"


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 3 * MIB + 1])
def test_target_closes_and_all_it_said_arrives(one, testcard, size):
    knob = f"source={size}" if size else "cut-after=12"
    client = one.connect(testcard(knob).target)
    assert client.recv_exact(12) == rfb.GREETING
    stream = rfb.Stream(rfb.GREETING)
    if size:
        client.send(rfb.GREETING)
    data = client.recv_until_close()
    stream.check(data)
    assert len(data) == size
    client.answer_close()
    assert client.close_code == 1000


def test_target_half_closes(one, testcard):
    card = testcard("source=1000", "sink", "half-close")
    client, stream = open_raw(one, card)
    stream.check(client.recv_until_close())
    assert stream.at == 1000 and client.close_code == 1000
    client.answer_close()
    card.wait_event(1, "closed")


def test_slow_client_gets_all_after_the_target_has_closed(one, testcard):
    size = 4 * MIB
    card = testcard(f"source={size}")
    client, stream = open_raw(one, card, rcvbuf=16384)
    stream.check(client.recv_exact(1000))
    for _ in range(20):
        stream.check(client.recv_exact(10000))
    stream.check(client.recv_until_close())
    assert stream.at == size and client.close_code == 1000


def test_target_resets(one, testcard):
    client = one.connect(testcard("source=0", f"cut-rst={MIB}").target)
    stream = rfb.raw_greet(client)
    with pytest.raises(Closed) as closed:
        read_stream(client, stream, MIB)
    assert closed.value.code == 4500
    assert "reset" in closed.value.reason.lower()
    client.answer_close()
    assert one.wait_end()["code"] == "4500"


class ResetsWhileDeaf(Target):
    """Reads nothing, and resets when it is told to."""

    def __init__(self):
        self.gate = threading.Event()
        super().__init__()

    def serve(self, conn, number):
        conn.sendall(rfb.GREETING)
        self.gate.wait(seconds(30))
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_target_resets_while_bytes_wait_for_it(one, target):
    """The write that fails takes the error: the read finds a plain end."""
    deaf = target(ResetsWhileDeaf())
    client = one.connect(deaf.target)
    assert client.recv_exact(12) == rfb.GREETING
    client.sock.settimeout(seconds(1))
    with pytest.raises(TimeoutError):
        while True:
            client.send_frame(BINARY, bytes(MIB))
    deaf.gate.set()
    client.sock.settimeout(seconds(10))
    client.recv_until_close()
    assert client.close_code == 4500
    assert "reset" in client.close_reason.lower()
    client.close()


def test_close_that_came_before_the_refusal_is_seen(one):
    """RFC 6455, 7.1.1: with both Close frames there, the server closes."""
    client = WsClient(one.address)
    client.send(client.upgrade_head("/proxy?target=10.0.0.1") + encode_close())
    began = time.monotonic()
    assert client.read_upgrade().status == 101
    client.recv_until_close()
    assert client.close_code == 4520
    assert client.is_at_end()
    assert time.monotonic() - began < seconds(3)


def test_target_is_killed(one, testcard):
    card = testcard("source=0")
    client, stream = open_raw(one, card)
    stream.check(client.recv_exact(MIB))
    card.signal(signal.SIGKILL)
    stream.check(client.recv_until_close())
    assert client.close_code in (1000, 4500)
    client.answer_close()


def test_bytes_of_the_last_line_in_the_log(one, testcard):
    card = testcard("source=70000", "sink")
    client, stream = open_raw(one, card)
    stream.check(client.recv_exact(70000))
    client.send_frame(BINARY, b"x" * 5000)
    client.shut()
    end = one.wait_end()
    assert (end["to_client"], end["to_target"]) == ("70012", "5012")
    assert end["client"].startswith("127.0.0.1")
    assert card.target in end["target"]
    assert 0 <= float(end["seconds"]) < 60
    opened = one.wait_log(conn=end["conn"], target=None, client=None)
    assert opened["target"] == end["target"]
    assert len(one.grep(rf"conn={end['conn']}\b.*code=")) == 1


def test_last_words_reach_a_target_that_floods_and_reads_late(one, testcard):
    """A close with unread bytes is a reset, and takes with it what waits."""
    card = testcard("source=0", "sink", "no-read")
    client, stream = open_raw(one, card)
    stream.check(client.recv_exact(1000))
    data = bytes(range(256)) * 1200
    client.send_frame(BINARY, data)
    assert client.shut() == 1000
    card.resume()
    check_sink(card, data)
