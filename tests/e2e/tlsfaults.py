# SPDX-License-Identifier: ISC
"""What the tables of TLS faults stand on: a daemon, a witness of what others
notice, and clients that stop, or go on, where a test wants it."""

import os
import socket
import ssl
import struct

import pytest

import tlsrecords as tls
from certs import self_signed
from daemon import free_port
from rawmode import open_raw
from tlsclient import TLS_1_2, TLS_1_3, Listen, client_context, listen_body
from waiting import seconds, until

VERSIONS = [pytest.param(TLS_1_2, id="1.2"), pytest.param(TLS_1_3, id="1.3")]
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@pytest.fixture
def secure(bridge, directory):
    """secure(pair, listener={}, **settings): one worker that speaks TLS, with
    a cipher that tlsrecords.py speaks as well."""

    def start(pair=None, listener=None, **settings):
        pair = pair or self_signed(directory)
        plain, port = free_port(), free_port()
        body = listen_body([pair], **(listener or {}))
        one = bridge(
            listen=[f"127.0.0.1:{plain}", Listen(f"127.0.0.1:{port}", body)],
            args=("-d", "-v"),
            ciphersuites=tls.CIPHER_1_3,
            **settings,
        )
        # it is the plain one that was asked whether it is there
        one.address, one.tls = ("127.0.0.1", port), {"context": client_context(pair)}
        one.pair = pair
        return one

    return start


def descriptors(one):
    return {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in one.all_pids()}


class Witness:
    """A session of another client: it goes on, and nothing else is left."""

    def __init__(self, one, card):
        self.one = one
        self.pids = one.all_pids()
        self.client, _ = open_raw(one, card)
        # the one that asked whether it is there has left
        until(lambda: one.conns() == 1, 5, "one connection")
        can_look = os.access(f"/proc/{one.pid}/fd", os.R_OK)
        self.before = descriptors(one) if can_look else None

    def check(self):
        self.client.send(b"still here")
        assert self.client.recv_exact(10) == b"still here"
        until(lambda: self.one.conns() == 1, 10, "the connections to end")
        if self.before:
            until(self.has_no_more, 10, "descriptors as before")
        assert self.one.all_pids() == self.pids

    def has_no_more(self):
        """Less may be: that of who asked the master for conns() goes soon."""
        now = descriptors(self.one)
        return all(now[pid] <= count for pid, count in self.before.items())

    def leave(self):
        self.check()
        assert self.client.shut() == 1000


@pytest.fixture
def one(secure):
    return secure(ping_interval=0)


@pytest.fixture
def witness(one, testcard):
    made = Witness(one, testcard("echo"))
    yield made
    made.leave()


def raw(one):
    sock = socket.create_connection(one.address, timeout=seconds(10))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def read_all(sock):
    data = b""
    try:
        while part := sock.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def plain_alerts(data):
    """Alerts among records of which none is encrypted."""
    return tls.alerts_of(tls.split(data)[0])


def failed(one, start, reason=None):
    """The line of a handshake that failed."""
    found = one.wait_log(start=start, conn=None, client=None, reason=reason)
    assert found["client"].startswith("127.0.0.1:")
    return found["reason"]


class Half:
    """A client of a real library, whose flights go out when we say so."""

    def __init__(self, one, version, server_name="localhost", own=None):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = client_context(one.pair, own, version=version)
        self.tls = context.wrap_bio(
            self.incoming, self.outgoing, server_hostname=server_name
        )
        self.is_done = self.step()

    def step(self):
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False

    def answer(self, sock):
        """The next flight, when what it answers has come."""
        out = b""
        while not out:
            part = sock.recv(65536)
            assert part, "closed by the server"
            self.incoming.write(part)
            self.is_done = self.step()
            out = self.outgoing.read()
        return out


def hello_of(one, version=TLS_1_3, **how):
    return Half(one, version, **how).outgoing.read()


class Hello:
    """A ClientHello in its parts, and one again."""

    def __init__(self, data):
        assert data[0] == tls.HANDSHAKE and data[5] == tls.CLIENT_HELLO
        at = 9 + 34  # record and message head; version and random
        at += 1 + data[at]  # session id
        at += 2 + int.from_bytes(data[at : at + 2], "big")  # ciphers
        at += 1 + data[at]  # compression methods
        self.front = data[9:at]
        at += 2
        self.extensions = []
        while at < len(data):
            kind, count = struct.unpack_from(">HH", data, at)
            self.extensions.append((kind, data[at + 4 : at + 4 + count]))
            at += 4 + count

    def message(self, beyond=0):
        """beyond: how much longer the extensions say they are."""
        parts = b"".join(
            struct.pack(">HH", kind, len(body)) + body for kind, body in self.extensions
        )
        body = self.front + struct.pack(">H", len(parts) + beyond) + parts
        return tls.message(tls.CLIENT_HELLO, body)

    def name(self, name):
        """With another server name, or none."""
        rest = [(kind, body) for kind, body in self.extensions if kind != 0]
        if name is not None:
            entry = b"\0" + struct.pack(">H", len(name)) + name
            rest.insert(0, (0, struct.pack(">H", len(entry)) + entry))
        self.extensions = rest
        return self


def in_records(data, size):
    return b"".join(
        tls.record(tls.HANDSHAKE, data[at : at + size], 0x0301)
        for at in range(0, len(data), size)
    )
