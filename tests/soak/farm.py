# SPDX-License-Identifier: ISC
"""The targets: VNC servers in name, that do what the first bytes behind the
greeting say, and others that are none.

A session says its client's version (12 bytes) and a command of 36 bytes:
what to do, its number, and up to two numbers more.
"""

import asyncio
import hashlib
import random
import socket

from asyncws import LINGER_RST, READ_BYTES

GREETING = b"RFB 003.008\n"
COMMAND_BYTES = 36
BLOCK_BYTES = 16384
BACKLOG = 1024


def command(what, number, *numbers):
    """Version and command, as a client sends them."""
    text = " ".join([what, str(number), *map(str, numbers)]).encode()
    return GREETING + text.ljust(COMMAND_BYTES)


class Pattern:
    """The bytes of a stream; both ends make the same of the same seed."""

    def __init__(self, seed):
        self._dice = random.Random(seed)
        self._left = b""
        self.at = 0

    def take(self, count):
        parts = [self._left]
        have = len(self._left)
        while have < count:
            parts.append(self._dice.randbytes(BLOCK_BYTES))
            have += BLOCK_BYTES
        data = b"".join(parts)
        self._left = data[count:]
        self.at += count
        return data[:count]

    def check(self, data):
        at = self.at
        assert self.take(len(data)) == data, f"wrong bytes from byte {at} on"


class Farm:
    """All listeners, and what came of their connections."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.sunk = {}  # number of a session -> (bytes, SHA-256)
        self.open = 0
        self.accepted = 0
        self.problems = []
        self._tasks = set()
        self._listeners = []

    def listen(self, serve):
        """A port of loopback whose connections serve(conn) has."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        listener.setblocking(False)
        self._listeners.append(listener)
        self._start(self._accept(listener, serve))
        return listener.getsockname()[1]

    def _start(self, work):
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener, serve):
        while True:
            conn, _ = await self.loop.sock_accept(listener)
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            self._start(self._run(conn, serve))

    async def _run(self, conn, serve):
        self.open += 1
        try:
            await serve(conn)
        except ConnectionError:
            pass  # a client may go at any moment; its own side knows why
        except AssertionError as problem:
            self.problems.append(f"a target: {problem!r}")
        finally:
            self.open -= 1
            conn.close()

    async def _head(self, conn):
        """What the client wants; None if it has gone before."""
        data = b""
        while len(data) < len(GREETING) + COMMAND_BYTES:
            # not a byte more: the rest is the command's
            need = len(GREETING) + COMMAND_BYTES - len(data)
            part = await self.loop.sock_recv(conn, need)
            if not part:
                return None
            data += part
        assert data.startswith(GREETING), data
        what, *numbers = data[len(GREETING) :].decode("ascii").split()
        return what, [int(n) for n in numbers]

    async def vnc(self, conn):
        await self.loop.sock_sendall(conn, GREETING)
        head = await self._head(conn)
        if head is not None:
            await getattr(self, "_do_" + head[0])(conn, *head[1])

    async def _do_echo(self, conn, _):
        while data := await self.loop.sock_recv(conn, READ_BYTES):
            await self.loop.sock_sendall(conn, data)
            await asyncio.sleep(0)

    async def _do_sink(self, conn, number, wait_ms=0):
        await asyncio.sleep(wait_ms / 1000)
        count, digest = 0, hashlib.sha256()
        while data := await self.loop.sock_recv(conn, READ_BYTES):
            count += len(data)
            digest.update(data)
            await asyncio.sleep(0)
        self.sunk[number] = count, digest.hexdigest()

    async def _do_source(self, conn, number, count):
        """Until all is sent, or the other side says that it has enough."""
        pattern = Pattern(number)
        enough = self.loop.create_task(self.loop.sock_recv(conn, 1))
        try:
            while count > 0 and not enough.done():
                data = pattern.take(min(count, BLOCK_BYTES))
                await self.loop.sock_sendall(conn, data)
                count -= len(data)
                await asyncio.sleep(0)  # it may never have had to wait
        finally:
            enough.cancel()
            await asyncio.wait([enough])
        if not enough.cancelled():
            assert enough.result() == b"", "bytes that the client has not sent"

    async def _do_reset(self, conn, number, count):
        await self._do_source(conn, number, count)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RST)

    async def garbage(self, conn):
        await self.loop.sock_sendall(conn, b"220 mail.example ESMTP\r\n")
        while await self.loop.sock_recv(conn, READ_BYTES):
            pass

    async def mute(self, conn):
        """Says nothing; nothing may come, since it is no VNC server."""
        assert await self.loop.sock_recv(conn, READ_BYTES) == b""

    async def leaves(self, conn):
        """Closes at once."""

    def stop(self):
        for task in self._tasks:
            task.cancel()
        for listener in self._listeners:
            listener.close()
