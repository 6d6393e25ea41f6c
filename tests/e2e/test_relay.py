# SPDX-License-Identifier: ISC
"""The relay: every byte both ways, in any framing, to any end (DESIGN 5)."""

import hashlib
import os
import random
import threading
import time

import pytest

from rawmode import check_sink, open_raw, read_stream
from waiting import seconds
from wsclient import BINARY, CONT, PING, PONG, encode_close, encode_frame

MIB = 1 << 20


@pytest.fixture
def one(bridge):
    return bridge(ping_interval=0)


# bytes


def test_to_the_client_not_a_byte_is_missing(one, testcard):
    size = 50 * MIB + 12345
    client, stream = open_raw(one, testcard(f"source={size}"))
    read_stream(client, stream, size)
    assert client.wait_close() == (1000, client.close_reason)
    end = one.wait_end(code="1000")
    assert int(end["to_client"]) == size + 12
    assert int(end["to_target"]) == 12


FRAME_SIZES = [0, 1, 2, 3, 5, 124, 125, 126, 127, 128, 4095, 4096, 4097, 65534]
FRAME_SIZES += [65535, 65536, 65537, 131072, MIB - 1, 5 * MIB + 3, 0, 7]


def test_to_the_target_frames_of_every_size(one, testcard):
    card = testcard("sink")
    client, _ = open_raw(one, card)
    data = os.urandom(sum(FRAME_SIZES))
    at = 0
    for size in FRAME_SIZES:
        client.send_frame(BINARY, data[at : at + size])
        at += size
    assert client.shut() == 1000
    check_sink(card, data)


def test_to_the_target_a_great_frame(one, testcard):
    card = testcard("sink")
    client, _ = open_raw(one, card)
    data = os.urandom(64 * MIB)
    client.send_frame(BINARY, data)
    assert client.shut() == 1000
    check_sink(card, data)


def test_to_the_target_frames_cut_anywhere(one, testcard):
    """Every cut of a small conversation, then cuts at random in a large one."""
    card = testcard("sink")
    dice = random.Random(6455)
    small = encode_frame(BINARY, b"0123456789" * 13) + encode_frame(BINARY, b"abc")
    for cut in range(1, len(small)):
        client, _ = open_raw(one, card)
        client.send_raw(small[:cut])
        client.send_raw(small[cut:] + encode_close())
        client.recv_until_close()
        client.close()
        check_sink(card, b"0123456789" * 13 + b"abc", cut)
    data = dice.randbytes(300000)
    wire, at = b"", 0
    while at < len(data):
        size = dice.choice([0, 1, 7, 125, 126, 3000, 70000])
        wire += encode_frame(BINARY, data[at : at + size])
        at += size
    client, _ = open_raw(one, card)
    at = 0
    while at < len(wire):
        size = dice.choice([1, 2, 3, 9, 14, 1000, 5000])
        client.send_raw(wire[at : at + size])
        at += size
    client.shut()
    check_sink(card, data, len(small))


def test_to_the_target_many_small_frames(one, testcard):
    card = testcard("sink")
    client, _ = open_raw(one, card)
    data = os.urandom(32 * 20000)
    client.send_raw(
        b"".join(
            encode_frame(BINARY, data[i : i + 32]) for i in range(0, len(data), 32)
        )
    )
    client.shut()
    check_sink(card, data)


def test_echo_of_both_ways_at_once(one, testcard):
    client, _ = open_raw(one, testcard("echo"))
    data = os.urandom(16 * MIB)

    def send():
        dice = random.Random(1)
        at = 0
        while at < len(data):
            size = dice.randint(1, 200000)
            client.send_frame(BINARY, data[at : at + size])
            at += size

    sender = threading.Thread(target=send)
    sender.start()
    got = client.recv_exact(len(data))
    sender.join()
    assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()
    assert client.shut() == 1000


def test_one_byte_is_not_held_back(one, testcard):
    client, _ = open_raw(one, testcard("echo"))
    times = []
    for _ in range(200):
        began = time.monotonic()
        client.send(b"x")
        assert client.recv_exact(1) == b"x"
        times.append(time.monotonic() - began)
    # Nagle and delayed ACKs together would make 40 ms of it
    assert sorted(times)[100] < seconds(0.02), times


def test_fragments_with_pings_between(one, testcard):
    client, _ = open_raw(one, testcard("echo"))
    client.send_frame(BINARY, b"one ", fin=False)
    client.send_frame(PING, b"first")
    client.send_frame(CONT, b"", fin=False)
    client.send_frame(CONT, b"two ", fin=False)
    client.send_frame(PING, b"p" * 125)
    client.send_frame(PONG, b"nobody asked")
    client.send_frame(CONT, b"three", fin=True)
    client.send_frame(PING, b"")
    pongs, data = [], b""
    while len(pongs) < 3 or len(data) < 13:
        frame = client.recv_frame()
        if frame.opcode == PONG:
            pongs.append(frame.payload)
        else:
            assert frame.opcode == BINARY and frame.fin
            data += frame.payload
    assert pongs == [b"first", b"p" * 125, b""]
    assert data == b"one two three"
    assert client.shut() == 1000


def test_flood_of_pings_is_not_answered_one_by_one(one, testcard):
    """Each pong is a write: RFC 6455, 5.5.3 lets the last one do."""
    client, _ = open_raw(one, testcard("echo"))
    wire = b"".join(encode_frame(PING, b"%d" % i) for i in range(5000))
    client.send_raw(wire)
    pongs = 0
    while True:
        frame = client.recv_frame()
        pongs += frame.opcode == PONG
        if frame.payload == b"4999":
            break
    assert pongs < 2500
    assert client.shut() == 1000


def test_ping_inside_a_slow_frame_waits_its_turn(one, testcard):
    client, _ = open_raw(one, testcard("echo"))
    wire = encode_frame(BINARY, b"0123456789") + encode_frame(PING, b"now")
    client.send_raw(wire[:10])
    assert client.recv_exact(4) == b"0123"
    client.send_raw(wire[10:])
    frames = [client.recv_frame() for _ in range(2)]
    assert {f.opcode for f in frames} == {BINARY, PONG}
