# SPDX-License-Identifier: ISC
"""The testcard itself: what other tests lean on must hold."""

import hashlib
import signal
import socket
import struct

import pytest

import rfb
import vncauth
from rfb import Rfb, TcpTransport


ENOUGH_BYTES = 64 << 20  # more than the kernel takes for a deaf peer


def connect(card, **how):
    return Rfb(TcpTransport(card.address), **how)


def bar_of(x, width):
    return max(i for i in range(8) if i * width // 8 <= x)


@pytest.mark.parametrize(
    "bits,big,maxima,shifts",
    [
        (32, 0, (255, 255, 255), (16, 8, 0)),
        (32, 0, (255, 255, 255), (0, 8, 16)),
        (32, 1, (255, 255, 255), (16, 8, 0)),
        (16, 0, (31, 63, 31), (11, 5, 0)),
        (8, 0, (7, 7, 3), (0, 3, 6)),
    ],
)
def test_draws_bars_in_the_format_asked_for(testcard, bits, big, maxima, shifts):
    """RFC 6143, 7.4 and 7.5.1"""
    card = testcard(args=["-g", "203x101", "-r", "0", "-n", "bars"])
    viewer = connect(card)
    assert (viewer.width, viewer.height, viewer.name) == (203, 101, "bars")
    viewer.set_format(bits, big, maxima, shifts)
    viewer.request()
    assert viewer.read_message() == ("update", [(0, 0, 203, 101)])
    for x in range(203):
        bar = rfb.BARS[bar_of(x, 203)]
        expected = tuple(c * m // 255 for c, m in zip(bar, maxima))
        assert viewer.colour_at(x, 0) == expected, x
        assert viewer.colour_at(x, 100) == expected, x
    block = tuple(c * m // 255 for c, m in zip(rfb.BLOCK_COLOUR, maxima))
    assert viewer.colour_at(0, 34) == block
    assert viewer.colour_at(31, 65) == block
    assert viewer.colour_at(32, 65) != block
    assert viewer.colour_at(31, 66) != block


def test_moves_the_block_in_incremental_updates(testcard):
    card = testcard(args=["-g", "640x64", "-r", "50"])
    viewer = connect(card)
    viewer.request()
    viewer.read_message()
    for _ in range(3):
        viewer.request(incremental=1)
        kind, (old, new) = viewer.read_message()
        assert kind == "update" and old != new
        assert old[2:] == new[2:] == (32, 32)
        assert viewer.colour_at(new[0], new[1]) == rfb.BLOCK_COLOUR
    grey = [p for p in viewer.pixels if viewer.colour_at(*p) == rfb.BLOCK_COLOUR]
    assert len(grey) == 32 * 32


def test_reports_what_it_gets(testcard):
    card = testcard("cut=from the server")
    viewer = connect(card)
    assert viewer.read_message() == ("cut-text", b"from the server")
    viewer.key(0x61, 1)
    viewer.pointer(12, 34, 5)
    viewer.cut_text(b'a "b"\n' + b"c" * 300)
    viewer.transport.close()
    card.wait_event(1, r"version text=\"RFB 003.008\"")
    card.wait_event(1, r"security type=1")
    card.wait_event(1, r"init shared=1")
    card.wait_event(1, r"key keysym=0x61 down=1$")
    card.wait_event(1, r"pointer x=12 y=34 buttons=5$")
    card.wait_event(1, r'cut-text bytes=306 text="a \?b\?\?c{194}"$')
    sent = 12 + 1 + 1 + 8 + 6 + 8 + 306
    card.wait_event(1, rf'closed in={sent} .* reason="peer closed"')


def test_refuses_a_pixel_format_it_cannot_draw(testcard):
    card = testcard()
    viewer = connect(card)
    viewer.set_format(24, 0, (255, 255, 255), (16, 8, 0))
    assert viewer.transport.recv_to_end() == b""
    card.wait_event(1, 'closed .*reason="pixel format is not supported"')


def test_refuses_an_unknown_message(testcard):
    card = testcard()
    viewer = connect(card)
    viewer.transport.send(b"\x77xyz")
    assert viewer.transport.recv_to_end() == b""
    card.wait_event(1, "unknown type=119")


def test_asks_for_the_password(testcard):
    """RFC 6143, 7.2.2"""
    card = testcard(args=["-p", "secret12-cut"])
    viewer = connect(card, response=lambda c: vncauth.answer("secret12", c))
    assert viewer.types == [2]
    card.wait_event(1, "auth ok=1")
    with pytest.raises(PermissionError, match="wrong password"):
        connect(card, response=lambda c: vncauth.answer("Secret12", c))
    card.wait_event(2, "auth ok=0")


def test_source_is_the_documented_stream(testcard):
    card = testcard("source=200001")
    transport = TcpTransport(card.address)
    stream = rfb.raw_greet(transport, rfb.version(42))
    data = transport.recv_to_end()
    assert len(data) == 200001
    stream.check(data)
    assert data[:8] == hashlib.shake_128(b"RFB 003.042\n" + bytes(8)).digest(8)


def test_sink_reports_length_and_hash(testcard):
    card = testcard("sink")
    transport = TcpTransport(card.address)
    rfb.raw_greet(transport)
    data = bytes(range(256)) * 1000
    transport.send(data)
    transport.close()
    assert card.sink_of(1) == (len(data), hashlib.sha256(data).hexdigest())


def test_echo_gives_back_all_before_it_ends(testcard):
    card = testcard("echo")
    transport = TcpTransport(card.address)
    rfb.raw_greet(transport)
    data = bytes(range(256)) * 100
    transport.send(data)
    transport.sock.shutdown(socket.SHUT_WR)
    assert transport.recv_to_end() == data


def test_half_close_still_reads(testcard):
    card = testcard("source=5", "sink", "half-close")
    transport = TcpTransport(card.address)
    rfb.raw_greet(transport)
    assert len(transport.recv_to_end()) == 5
    transport.send(b"late")
    transport.close()
    assert card.sink_of(1) == (4, hashlib.sha256(b"late").hexdigest())


@pytest.mark.parametrize("count", [0, 5, 12, 70000])
def test_cuts_after_exactly_so_many_bytes(testcard, count):
    card = testcard("source=100000", f"cut-after={count}")
    transport = TcpTransport(card.address)
    if count > 12:  # else it goes unread, and makes a reset of the close
        transport.send(rfb.GREETING)
    assert len(transport.recv_to_end()) == count
    card.wait_event(1, f'closed in=.* out={count} .*reason="cut"')


def test_cuts_with_a_reset(testcard):
    card = testcard("source=100000", "cut-rst=70000")
    transport = TcpTransport(card.address)
    transport.send(rfb.GREETING)
    with pytest.raises(ConnectionResetError):
        transport.recv_to_end()
        transport.recv_to_end()


def test_garbage_is_no_greeting(testcard):
    card = testcard("garbage")
    transport = TcpTransport(card.address)
    assert not transport.recv_exact(256).startswith(b"RFB")
    transport.send(b"12345")
    transport.close()
    card.wait_event(1, "closed in=5 ")


def test_stalls_and_resumes(testcard):
    card = testcard("source=300000", "stall-after=100000")
    transport = TcpTransport(card.address)
    stream = rfb.raw_greet(transport)
    stream.check(transport.recv_exact(100000 - 12))
    card.wait_event(1, "stalled out=100000")
    transport.sock.settimeout(0.1)
    with pytest.raises(TimeoutError):
        transport.sock.recv(1)
    transport.sock.settimeout(10)
    card.resume()
    rest = transport.recv_to_end()
    assert len(rest) == 200000 + 12
    stream.check(rest)


def test_stall_greeting_counts_what_comes(testcard):
    card = testcard("stall-greeting")
    transport = TcpTransport(card.address)
    transport.send(b"GET / HTTP/1.1\r\n")
    transport.close()
    card.wait_event(1, "closed in=16 out=0 ")


def test_no_read_reads_after_resume_only(testcard):
    card = testcard("sink", "no-read")
    transport = TcpTransport(card.address)
    rfb.raw_greet(transport)
    card.wait_event(1, "version")
    transport.sock.settimeout(0.3)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < ENOUGH_BYTES:
            sent += transport.sock.send(bytes(65536))
    transport.sock.settimeout(10)
    card.resume()
    transport.close()
    assert card.sink_of(1)[0] == sent


def test_what_came_before_a_reset_is_reported(testcard):
    card = testcard("sink", "no-read")
    transport = TcpTransport(card.address)
    rfb.raw_greet(transport)
    card.wait_event(1, "version")
    transport.send(b"x" * 1000)
    linger = struct.pack("ii", 1, 0)
    transport.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.close()
    assert card.sink_of(1) == (1000, hashlib.sha256(b"x" * 1000).hexdigest())


def test_flood_needs_no_request(testcard):
    card = testcard("flood", args=["-g", "64x64"])
    viewer = connect(card)
    for _ in range(5):
        assert viewer.read_message() == ("update", [(0, 0, 64, 64)])


def test_serves_many_at_once(testcard):
    card = testcard("source=100000")
    transports = [TcpTransport(card.address) for _ in range(100)]
    streams = [rfb.raw_greet(t, rfb.version(i)) for i, t in enumerate(transports)]
    for transport, stream in zip(transports, streams):
        stream.check(transport.recv_to_end())
        assert stream.at == 100000


def test_ends_on_sigterm(testcard):
    card = testcard()
    viewer = connect(card)
    card.signal(signal.SIGTERM)
    assert card.wait() == 0
    viewer.transport.close()
    card.wait_event(1, 'closed .*reason="shutdown"')
