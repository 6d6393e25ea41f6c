# SPDX-License-Identifier: ISC
"""TLS for asyncio on bare sockets, of which each byte is in our hands."""

import asyncio
import ssl

READ_BYTES = 65536


class Tls:
    """A client's connection; errors are those of the ssl module."""

    def __init__(self, sock, context, name=None, session=None):
        self.loop = asyncio.get_running_loop()
        self.sock = sock
        self._inward = ssl.MemoryBIO()
        self._outward = ssl.MemoryBIO()
        self._client = context.wrap_bio(
            self._inward, self._outward, server_hostname=name, session=session
        )
        self._flushing = asyncio.Lock()

    async def _flush(self):
        """In order, whoever wrote it; who finds another at it need not wait."""
        async with self._flushing:
            while data := self._outward.read():
                await self.loop.sock_sendall(self.sock, data)

    async def _fill(self):
        data = await self.loop.sock_recv(self.sock, READ_BYTES)
        if data:
            self._inward.write(data)
        else:
            self._inward.write_eof()

    async def handshake(self):
        while True:
            try:
                self._client.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
        await self._flush()

    async def send(self, data):
        self._client.write(data)
        await self._flush()

    async def send_part(self, data, count):
        """The first bytes of the record that holds it, and then no more."""
        self._client.write(data)
        await self.loop.sock_sendall(self.sock, self._outward.read()[:count])

    async def recv(self, most=READ_BYTES):
        """Some bytes; none at the end, however it came."""
        while True:
            try:
                data = self._client.read(most)
            except ssl.SSLWantReadError:
                await self._fill()
                continue
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                data = b""
            if self._outward.pending and not self._flushing.locked():
                await self._flush()
            return data

    def peer_der(self):
        return self._client.getpeercert(True)
