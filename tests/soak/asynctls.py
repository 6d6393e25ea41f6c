# SPDX-License-Identifier: ISC
"""TLS for asyncio on bare sockets: half of the handshakes resume a session,
and a certificate is only good if the soak's own authority signed it."""

import os
import ssl

import aiotls
import certs
import daemon
import tlsclient

NAME = "bench.test"


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


class Tls(aiotls.Tls):
    """One connection's."""

    def __init__(self, sock, address, resumes):
        session = address.session if resumes else None
        super().__init__(sock, address.context, NAME, session)
        self.address = address

    async def handshake(self):
        await super().handshake()
        if self._client.session_reused:
            self.address.resumed += 1
        else:
            self.address.full += 1

    def leave(self):
        """Its last ticket is for those who come."""
        try:
            session = self._client.session
        except ValueError:  # cut before the handshake had chosen a cipher
            session = None
        if session is not None and session.has_ticket:
            self.address.session = session
