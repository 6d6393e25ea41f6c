# SPDX-License-Identifier: ISC
"""A small RFB 3.8 client, and the streams of the testcard's raw mode.

A transport is anything with send(bytes) and recv_exact(count).
"""

import hashlib
import socket
import struct

from waiting import seconds

GREETING = b"RFB 003.008\n"
BLOCK_BYTES = 65536

BARS = [
    (255, 255, 255),
    (255, 255, 0),
    (0, 255, 255),
    (0, 255, 0),
    (255, 0, 255),
    (255, 0, 0),
    (0, 0, 255),
    (0, 0, 0),
]
BLOCK_COLOUR = (128, 128, 128)
BLOCK_PIXELS = 32


def refusal_of(data):
    """The reason of a server that greets and refuses (RFC 6143, 7.1.2), or None."""
    head = GREETING + b"\0"
    (length,) = struct.unpack(">I", data[13:17]) if len(data) >= 17 else (-1,)
    if not data.startswith(head) or len(data) != 17 + length:
        return None
    return bytes(data[17:]).decode("ascii")


class TcpTransport:
    def __init__(self, address, timeout=10):
        self.sock = socket.create_connection(address, seconds(timeout))

    def send(self, data):
        self.sock.sendall(data)

    def recv_exact(self, count):
        parts = []
        while count > 0:
            part = self.sock.recv(min(count, 1 << 18))
            if not part:
                raise EOFError(f"{count} bytes short")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def recv_to_end(self):
        parts = []
        while True:
            part = self.sock.recv(1 << 18)
            if not part:
                return b"".join(parts)
            parts.append(part)

    def close(self):
        self.sock.close()


def version(number):
    """A client's version of its own, so that its stream is its own."""
    return b"RFB 003.%03d\n" % number


class Stream:
    """What the testcard's source sends to a client with this version."""

    def __init__(self, seed):
        self.seed = seed
        self.at = 0
        self._number = -1
        self._block = b""

    def read(self, count):
        parts = []
        while count > 0:
            number, offset = divmod(self.at, BLOCK_BYTES)
            if number != self._number:
                self._number = number
                self._block = hashlib.shake_128(
                    self.seed + struct.pack("<Q", number)
                ).digest(BLOCK_BYTES)
            part = self._block[offset : offset + count]
            parts.append(part)
            self.at += len(part)
            count -= len(part)
        return b"".join(parts)

    def check(self, data):
        """Compares the next bytes; says where they first differ."""
        at = self.at
        expected = self.read(len(data))
        if expected != data:
            for i, (a, b) in enumerate(zip(expected, data)):
                if a != b:
                    raise AssertionError(f"byte {at + i} is wrong")


def raw_greet(transport, seed=GREETING):
    """The two greetings of the raw mode; gives the stream to expect."""
    assert transport.recv_exact(12) == GREETING
    transport.send(seed)
    return Stream(seed)


class Rfb:
    """An RFB client; connects, logs in, and is then ready for updates."""

    def __init__(self, transport, response=None, shared=1):
        """response(challenge) gives the 16 bytes of VNC authentication."""
        self.transport = transport
        self.pixels = {}
        assert transport.recv_exact(12) == GREETING
        transport.send(GREETING)
        count = transport.recv_exact(1)[0]
        self.types = list(transport.recv_exact(count))
        transport.send(bytes([2 if response else 1]))
        if response:
            transport.send(response(transport.recv_exact(16)))
        (failed,) = struct.unpack(">I", transport.recv_exact(4))
        if failed:
            (length,) = struct.unpack(">I", transport.recv_exact(4))
            raise PermissionError(transport.recv_exact(length).decode())
        transport.send(bytes([shared]))
        head = transport.recv_exact(24)
        self.width, self.height = struct.unpack(">HH", head[:4])
        self.format = head[4:20]
        (length,) = struct.unpack(">I", head[20:])
        self.name = transport.recv_exact(length).decode()
        self._layout = ("little", 4, (255, 255, 255), (16, 8, 0))

    def set_format(self, bits, big, maxima, shifts):
        self.transport.send(
            struct.pack(">B3xBBBBHHHBBB3x", 0, bits, 24, big, 1, *maxima, *shifts)
        )
        self._layout = ("big" if big else "little", bits // 8, maxima, shifts)

    def request(self, incremental=0, x=0, y=0, w=None, h=None):
        self.transport.send(
            struct.pack(
                ">BBHHHH", 3, incremental, x, y, w or self.width, h or self.height
            )
        )

    def key(self, keysym, down):
        self.transport.send(struct.pack(">BB2xI", 4, down, keysym))

    def pointer(self, x, y, buttons):
        self.transport.send(struct.pack(">BBHH", 5, buttons, x, y))

    def cut_text(self, text):
        self.transport.send(struct.pack(">B3xI", 6, len(text)) + text)

    def _colour(self, pixel):
        order, _, maxima, shifts = self._layout
        value = int.from_bytes(pixel, order)
        return tuple((value >> s) & m for m, s in zip(maxima, shifts))

    def read_message(self):
        """("update", [rectangles]) or ("cut-text", bytes)."""
        kind = self.transport.recv_exact(1)[0]
        if kind == 3:
            (length,) = struct.unpack(">3xI", self.transport.recv_exact(7))
            return "cut-text", self.transport.recv_exact(length)
        assert kind == 0, f"message type {kind}"
        (count,) = struct.unpack(">xH", self.transport.recv_exact(3))
        return "update", [self._read_rectangle() for _ in range(count)]

    def _read_rectangle(self):
        x, y, w, h, encoding = struct.unpack(">HHHHi", self.transport.recv_exact(12))
        assert encoding == 0
        size = self._layout[1]
        data = self.transport.recv_exact(w * h * size)
        for row in range(h):
            for column in range(w):
                at = (row * w + column) * size
                self.pixels[x + column, y + row] = data[at : at + size]
        return x, y, w, h

    def colour_at(self, x, y):
        return self._colour(self.pixels[x, y])
