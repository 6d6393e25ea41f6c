# SPDX-License-Identifier: ISC
"""A WebSocket client for asyncio, on bare sockets: what is not read stays in
the kernel, and what is sent is what the caller asked for.

Frames come through tests/e2e/wsclient.py, which checks them against RFC 6455.
"""

import asyncio
import base64
import os
import random
import socket
import ssl
import struct

from asynctls import SecureAddress, Tls
from rfb import GREETING, refusal_of
from wsclient import ASKED, BINARY, CLOSE, CONT, PING, PONG, FrameReader, encode_frame

READ_BYTES = 65536
HEAD_MAX = 16384
RESUMED_PART = 0.5  # of the handshakes
WAITING_MAX = 1 << 20  # payload that nobody took, before reading stops
LINGER_RST = struct.pack("ii", 1, 0)
NO_STATUS = 1005  # RFC 6455, 7.4.1: no code in the Close frame


class Broken(Exception):
    """The connection ended where it should not."""


class Closed(Exception):
    """A Close frame came."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code} {reason!r}")
        self.code = code
        self.reason = reason


def upgrade_head(address, target, replace=(), extra=b""):
    """A good request; replace = [(old, new)] makes it another one."""
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET /proxy?target={target} HTTP/1.1\r\n"
        f"Host: {address[0]}:{address[1]}\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n"
    ).encode()
    for old, new in replace:
        assert old in head, old
        head = head.replace(old, new)
    return head + extra + b"\r\n"


class Connection:
    """A TCP connection from an address of its own, so that the daemon's log
    tells which session a line belongs to."""

    is_over = False  # nobody has read yet that it ended

    def __init__(self, source):
        self.loop = asyncio.get_running_loop()
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((source, 0))
        self.buffer = bytearray()
        self.tls = None
        self.resumes = random.random() < RESUMED_PART

    async def connect(self, address):
        try:
            await self.loop.sock_connect(self.sock, address)
        except ConnectionError as problem:
            raise Broken(str(problem)) from None
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if isinstance(address, SecureAddress):
            self.tls = Tls(self.sock, address, self.resumes)
            try:
                await self.tls.handshake()
            except (ConnectionError, ssl.SSLError) as problem:
                raise Broken(f"handshake: {problem}") from None

    async def send(self, data):
        try:
            if self.tls:
                await self.tls.send(data)
            else:
                await self.loop.sock_sendall(self.sock, data)
        except (ConnectionError, ssl.SSLError) as problem:
            raise Broken(str(problem)) from None

    async def recv(self):
        """Some bytes; none at the end."""
        try:
            if self.tls:
                return await self.tls.recv()
            return await self.loop.sock_recv(self.sock, READ_BYTES)
        except (ConnectionError, ssl.SSLError) as problem:
            raise Broken(str(problem)) from None

    async def more(self):
        data = await self.recv()
        if not data:
            raise Broken("the stream ended")
        self.buffer += data

    async def read_head(self):
        """(status, {lower-case name: value})"""
        while b"\r\n\r\n" not in self.buffer:
            await self.more()
            head, end, _ = self.buffer.partition(b"\r\n\r\n")
            assert end or len(head) < HEAD_MAX, "a head without an end"
        end = self.buffer.index(b"\r\n\r\n")
        lines = bytes(self.buffer[:end]).decode("latin-1").split("\r\n")
        del self.buffer[: end + 4]
        assert lines[0].startswith("HTTP/1.1 "), lines[0]
        pairs = (line.partition(":") for line in lines[1:])
        return int(lines[0][9:12]), {k.lower(): v.strip() for k, _, v in pairs}

    async def read_response(self):
        """(status, body)"""
        status, fields = await self.read_head()
        length = int(fields["content-length"])
        while len(self.buffer) < length:
            await self.more()
        body = bytes(self.buffer[:length])
        del self.buffer[:length]
        return status, body

    def half_close(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has gone already

    async def leave(self, with_reset=False):
        """Closes; never while another task waits for the descriptor, which
        the next connection gets."""
        if with_reset and self.sock.fileno() != -1:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RST)
        if self.tls:
            self.tls.leave()
        self.sock.close()


class WebSocket(Connection):
    """After open() a task reads, so that pings are answered whatever the
    session does; it stops while HELD_MAX bytes wait, or when told to."""

    def __init__(self, source):
        super().__init__(source)
        self.reader = FrameReader()
        self.answers_pings = True
        self.pings = 0
        self.pongs = []
        self.sent = 0  # payload bytes
        self.received = 0
        self.waiting = bytearray()  # payload that nobody took yet
        self._end = None  # Closed, Broken, or what was wrong
        self._pump = None
        self._news = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._owed = []  # frames
        self._held = []  # payload: the target's greeting, or a refusal?
        self._sending = asyncio.Lock()

    async def open(self, address, target, early=b""):
        """Gives the status of the answer; early goes out behind the head."""
        await self.connect(address)
        await self.send(upgrade_head(address, target) + early)
        status, _ = await self.read_head()
        if status == 101:
            self.reader.feed(self.buffer)
            self.buffer.clear()
            self._pump = asyncio.create_task(self._read_on())
        return status

    async def send_frame(self, opcode, payload=b"", **how):
        """Whole frames only: a pong that is due goes between them."""
        async with self._sending:
            await self.send(encode_frame(opcode, payload, **how))
            await self._pay()

    async def send_raw(self, data):
        async with self._sending:
            await self.send(data)

    async def send_data(self, data):
        self.sent += len(data)
        await self.send_frame(BINARY, data)

    async def _pay(self):
        while self._owed:
            await self.send(self._owed.pop(0))

    async def _on_ping(self, payload):
        self.pings += 1
        if not self.answers_pings:
            return
        await self._owe(PONG, payload)

    async def _owe(self, opcode, payload):
        self._owed.append(encode_frame(opcode, payload))
        if not self._sending.locked():
            async with self._sending:
                await self._pay()

    def _give(self, payload):
        self.received += len(payload)
        self.waiting += payload
        self._news.set()

    def _judge_held(self, frame):
        """A Close behind a refusal is the bridge's; else a target has spoken.

        Returns whether the frame is held, too.
        """
        held = self._held
        if frame.opcode == PING:
            return False
        if len(held) == 1 and frame.opcode == BINARY:
            if refusal_of(GREETING + frame.payload) is not None:
                held.append(frame.payload)
                return True
        if frame.opcode != CLOSE or len(held) == 1:
            self._give(b"".join(held))
        self._held = []
        return False

    async def _on_frame(self, frame):
        if self._held and self._judge_held(frame):
            return
        if frame.opcode == BINARY and not self.received and frame.payload == GREETING:
            self._held = [GREETING]  # a session answers a ping
            await self._owe(PING, ASKED)
        elif frame.opcode in (BINARY, CONT):
            self._give(frame.payload)
        elif frame.opcode == PING:
            await self._on_ping(frame.payload)
        elif frame.opcode == PONG and frame.payload != ASKED:
            self.pongs.append(frame.payload)
        elif frame.opcode == CLOSE:
            code, reason = NO_STATUS, ""
            if frame.payload:
                (code,) = struct.unpack(">H", frame.payload[:2])
                reason = frame.payload[2:].decode("ascii")
            raise Closed(code, reason)

    async def _read_on(self):
        try:
            while True:
                frame = self.reader.next()
                if frame is not None:
                    await self._on_frame(frame)
                    continue
                if len(self.waiting) > WAITING_MAX:
                    self._may_read.clear()
                await self._may_read.wait()
                data = await self.recv()
                if not data:
                    raise Broken("the stream ended without a Close frame")
                self.reader.feed(data)
                await asyncio.sleep(0)  # it may never have had to wait
        except (Closed, Broken, AssertionError) as end:
            self._end = end
        finally:
            self._news.set()

    @property
    def is_over(self):
        return self._end is not None

    def hold(self):
        """Nothing more is read until somebody wants it."""
        self._may_read.clear()

    async def read_some(self):
        """What has come, in pieces as it comes; raises how it ended."""
        while not self.waiting:
            if self._end is not None:
                raise self._end
            self._news.clear()
            self._may_read.set()
            await self._news.wait()
        data = bytes(self.waiting)
        self.waiting.clear()
        return data

    async def read_data(self, count):
        data = bytearray()
        while len(data) < count:
            data += await self.read_some()
        self.waiting[:0] = data[count:]
        return bytes(data[:count])

    async def read_to_close(self, take=None):
        """The Close frame; take(payload) sees what comes before it."""
        try:
            while True:
                data = await self.read_some()
                if take:
                    take(data)
        except Closed as closed:
            return closed

    async def wait_end(self):
        """However it ends: Closed or Broken, not raised."""
        await asyncio.wait([self._pump])
        return self._end

    async def answer_close(self, code):
        """The other half of a closing handshake, up to the end."""
        try:
            payload = b"" if code == NO_STATUS else struct.pack(">H", code)
            await self.send_frame(CLOSE, payload)
            rest = await self.recv()
        except Broken:
            return  # RFC 6455, 7.1.1: the server may be first
        assert rest == b"", f"{len(rest)} bytes behind the Close frame"

    async def shut(self, take=None, code=1000):
        """Closes in good order; the server's Close must say the same."""
        await self.send_frame(CLOSE, struct.pack(">H", code))
        closed = await self.read_to_close(take)
        assert closed.code == code, f"{code} was answered with {closed.code}"
        assert await self.recv() == b"", "bytes behind the Close frame"

    async def leave(self, with_reset=False):
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])
        await super().leave(with_reset)
