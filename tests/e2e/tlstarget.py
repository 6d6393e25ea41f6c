# SPDX-License-Identifier: ISC
"""Targets that speak TLS, over Python's ssl, each on a thread.

    front = target(TlsFront(server_context(pair), card.port))    # terminates TLS
    target_section("lab1", front.target, tls_ca=authority.certificate)
"""

import hashlib
import select
import socket
import ssl
import subprocess
import threading

from targets import Target
from waiting import seconds

GREETING = b"RFB 003.008\n"
WAITING_MAX = 1 << 17  # bytes of one side that wait for the other
PART = 1 << 16
RAW_MAX = 1 << 16


def server_context(pair, version=None, ciphers=None):
    """What a target has; version: no other is spoken."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if ciphers is not None:
        context.set_ciphers(ciphers)
    return context


def pin_of(pair):
    """The pin of a certificate's key, as tls-pin wants it."""
    key = subprocess.run(
        ["openssl", "x509", "-in", pair.certificate, "-noout", "-pubkey"],
        check=True, capture_output=True, timeout=seconds(20),
    ).stdout
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"],
        input=key, check=True, capture_output=True, timeout=seconds(20),
    ).stdout
    return "sha256:" + hashlib.sha256(der).hexdigest()


def target_section(name, address, **settings):
    """A target of the configuration, with tls unless it is said."""
    lines = [f'address = "{address}"']
    for key, value in {"tls": True, **settings}.items():
        if isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, (list, tuple)):
            text = "{ " + ", ".join(f'"{one}"' for one in value) + " }"
        else:
            text = f'"{value}"'
        lines.append(f"{key.replace('_', '-')} = {text}")
    return f'target "{name}" {{\n  ' + "\n  ".join(lines) + "\n}\n"


class Secure:
    """A server's TLS over a socket, by hand: what is sent can be cut."""

    def __init__(self, conn, context, most=None):
        """most: the connection is cut behind so many bytes of ours."""
        self.conn = conn
        self.left = most
        self.sent = 0
        self.raw = b""  # the first that came, as it was on the wire
        self.came, self.goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.came, self.goes, server_side=True)

    def flush(self):
        data = self.goes.read()
        if self.left is not None:
            data, over = data[: self.left], len(data) > self.left
            self.left -= len(data)
        self.conn.sendall(data)
        self.sent += len(data)
        if self.left is not None and over:
            raise EOFError

    def receive(self):
        data = self.conn.recv(PART)
        if not data:
            raise EOFError
        if len(self.raw) < RAW_MAX:
            self.raw += data
        self.came.write(data)

    def shake_hands(self):
        while True:
            try:
                self.tls.do_handshake()
                return self.flush()
            except ssl.SSLWantReadError:
                self.flush()
                self.receive()
            except ssl.SSLError:
                self.flush()  # the alert
                raise

    def read(self):
        """b"" at close_notify; EOFError where it was cut."""
        while True:
            try:
                return self.tls.read(PART)
            except ssl.SSLWantReadError:
                self.flush()
                self.receive()
            except ssl.SSLZeroReturnError:
                return b""

    def write(self, data):
        self.tls.write(data)
        self.flush()

    def say_end(self):
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self.flush()


class TlsTarget(Target):
    """Greets after the handshake, and keeps what it got; ended[n] says how
    connection n has ended: "close_notify", "cut", or what was wrong."""

    def __init__(self, context, greeting=GREETING, **how):
        self.context = context
        self.greeting = greeting
        self.ended = {}
        self.raw = {}
        self.names = []
        context.sni_callback = self._on_name
        super().__init__(**how)

    def _on_name(self, _tls, name, _context):
        self.names.append(name)

    def serve(self, conn, number):
        secure = Secure(conn, self.context)
        try:
            secure.shake_hands()
            self.talk(secure, number)
        except (ssl.SSLError, EOFError, OSError) as error:
            self.ended[number] = getattr(error, "reason", None) or "cut"
        finally:
            self.raw[number] = secure.raw

    def talk(self, secure, number):
        secure.write(self.greeting)
        while data := secure.read():
            self.note(number, data)
        self.ended[number] = "close_notify"
        secure.say_end()


class TlsFront(TlsTarget):
    """Ends TLS, and joins each connection with a plain port, at most
    WAITING_MAX bytes ahead of the side that is slower."""

    def __init__(self, context, port, **how):
        self.inner_port = port
        super().__init__(context, **how)

    def talk(self, secure, number):
        conn = secure.conn
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with socket.create_connection(("127.0.0.1", self.inner_port)) as inner:
            inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conn.setblocking(False)
            inner.setblocking(False)
            Join(secure, inner).run()


class Join:
    """One connection of a TlsFront."""

    def __init__(self, secure, inner):
        self.secure, self.conn, self.inner = secure, secure.conn, inner
        self.to_conn, self.to_inner = bytearray(), bytearray()
        self.is_open = {self.conn: True, self.inner: True}

    def run(self):
        self.decrypt()  # what came behind the handshake
        while any(self.is_open.values()) or self.to_conn or self.to_inner:
            readers = []
            if self.is_open[self.conn] and len(self.to_inner) < WAITING_MAX:
                readers.append(self.conn)
            if self.is_open[self.inner] and len(self.to_conn) < WAITING_MAX:
                readers.append(self.inner)
            writers = [self.conn] if self.to_conn else []
            writers += [self.inner] if self.to_inner else []
            readable, writable, _ = select.select(readers, writers, [], seconds(60))
            assert readable or writable, "nothing moved for a minute"
            for sock in readable:
                self.read(sock)
            for sock in writable:
                data = self.to_conn if sock is self.conn else self.to_inner
                del data[: sock.send(memoryview(data)[:PART])]
            if not self.is_open[self.conn] and not self.to_inner:
                self.inner.shutdown(socket.SHUT_WR)
                self.to_inner = b""

    def read(self, sock):
        data = sock.recv(PART)
        if sock is self.conn:
            if data:
                self.secure.came.write(data)
                self.decrypt()
            else:
                self.is_open[sock] = False
        elif data:
            self.secure.tls.write(data)
            self.to_conn += self.secure.goes.read()
        else:
            self.is_open = dict.fromkeys(self.is_open, False)
            self.secure.conn.setblocking(True)
            self.conn.sendall(self.to_conn)
            self.to_conn.clear()
            self.secure.say_end()

    def decrypt(self):
        while True:
            try:
                data = self.secure.tls.read(PART)
            except ssl.SSLWantReadError:
                self.to_conn += self.secure.goes.read()
                return
            except ssl.SSLZeroReturnError:
                data = b""
            if not data:
                self.is_open[self.conn] = False
                return
            self.to_inner += data
