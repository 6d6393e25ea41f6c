# SPDX-License-Identifier: ISC
"""TLS for asyncio on bare sockets: half of the handshakes resume a session,
and a certificate is only good if the soak's own authority signed it."""

import asyncio
import os
import ssl

import certs
import daemon
import tlsclient

NAME = "bench.test"
READ_BYTES = 65536


class SecureAddress(tuple):
    """(host, port) where TLS is spoken, and what its clients know."""

    def __new__(cls, host, port, folder):
        self = super().__new__(cls, (host, port))
        self.folder = folder
        os.mkdir(folder, 0o755)
        self.authority = certs.Authority(folder)
        self.context = tlsclient.client_context(self.authority)
        self.count = 0  # of certificates
        self.certificate = None  # what the configuration names
        self.session = None  # the last that a client was given
        self.full = self.resumed = 0  # handshakes
        self.issue()
        return self

    def issue(self):
        """Another certificate, in files of its own."""
        self.count += 1
        self.certificate = self.authority.server(
            f"bench{self.count}", [f"DNS:{NAME}"]
        )
        os.chmod(self.certificate.key, 0o600)
        daemon.give_to_daemon(self.certificate.key)

    def section(self):
        """The listener, as the configuration has it."""
        return tlsclient.listen_tls("%s:%d" % self, self.certificate)

    def certificate_der(self):
        with open(self.certificate.certificate, encoding="ascii") as f:
            return ssl.PEM_cert_to_DER_cert(f.read())

    def hello(self):
        """What a client says first."""
        outward = ssl.MemoryBIO()
        client = self.context.wrap_bio(ssl.MemoryBIO(), outward, server_hostname=NAME)
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            return outward.read()
        raise AssertionError("a handshake alone")


class Tls:
    """One connection's; errors are those of the ssl module."""

    def __init__(self, sock, address, resumes):
        self.loop = asyncio.get_running_loop()
        self.sock = sock
        self.address = address
        self._inward = ssl.MemoryBIO()
        self._outward = ssl.MemoryBIO()
        self._client = address.context.wrap_bio(
            self._inward,
            self._outward,
            server_hostname=NAME,
            session=address.session if resumes else None,
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
        if self._client.session_reused:
            self.address.resumed += 1
        else:
            self.address.full += 1

    async def send(self, data):
        self._client.write(data)
        await self._flush()

    async def recv(self):
        """Some bytes; none at the end, however it came."""
        while True:
            try:
                data = self._client.read(READ_BYTES)
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

    def leave(self):
        """Its last ticket is for those who come."""
        session = self._client.session
        if session is not None and session.has_ticket:
            self.address.session = session
