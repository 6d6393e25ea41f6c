# SPDX-License-Identifier: ISC
"""Targets whose TLS is an attack, or cut off: nothing of the client's goes to
them, the others don't notice, and nothing of it stays."""

import os
import random
import ssl

import pytest

from certs import read
from kernel import keeps_freed_memory
from proc import own_kib
from rawmode import open_raw
from targets import Target
from tlsclient import TLS_1_2, TLS_1_3
from tlstarget import Secure, TlsTarget, server_context, target_section
from waiting import until

SECRET = b"nothing for a stranger"
GROWTH_KIB = 4096  # of a worker: what the allocator keeps, and no flood
FLOOD_PART = 1 << 16


class CutTarget(TlsTarget):
    """Connection n is cut behind n bytes of the handshake."""

    def serve(self, conn, number):
        secure = Secure(conn, self.context, number)
        try:
            secure.shake_hands()
        except (ssl.SSLError, EOFError):
            self.raw[number] = secure.raw
            return
        self.raw[number] = secure.raw
        self.handshake_bytes = secure.sent


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def assert_bounded(worker, before):
    grown = own_kib(worker) - before
    assert grown < GROWTH_KIB or keeps_freed_memory(worker), f"{grown} KiB"


def refused(one):
    """The reason. Once its certificate is good, it is a target like others."""
    client = one.connect("lab1", timeout=20)
    client.send(SECRET)
    code, reason = client.wait_close()
    client.close()
    assert code == (4503 if "before a VNC greeting" in reason else 4504), reason
    return reason


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_a_handshake_cut_at_each_byte(bridge, target, authority, version):
    there = target(CutTarget(server_context(authority.server(), version)))
    one = bridge(
        extra=target_section("lab1", there.target, tls_ca=authority.certificate)
    )
    worker = one.workers()[0]
    may_look = os.access(f"/proc/{worker}/fd", os.R_OK)
    cuts = 0
    while not hasattr(there, "handshake_bytes"):
        reason = refused(one)
        assert (
            "closed the connection in the TLS handshake" in reason
            or "closed the connection before a VNC greeting" in reason
        ), (cuts, reason)
        if cuts == 0:
            before = descriptors(worker) if may_look else 0
            memory = own_kib(worker)
        cuts += 1
    assert cuts > 500, "a handshake is longer than that"
    # signatures of ECDSA are not all of the same length
    assert abs(cuts - there.handshake_bytes) < 10
    assert not any(SECRET in raw for raw in there.raw.values())
    assert one.workers() == [worker]
    assert_bounded(worker, memory)
    if may_look:
        until(lambda: descriptors(worker) <= before, 10, "the descriptors to be closed")


def record(kind, body, version=0x0303, length=None):
    size = len(body) if length is None else length
    return bytes([kind]) + version.to_bytes(2, "big") + size.to_bytes(2, "big") + body


def message(kind, body, length=None):
    size = len(body) if length is None else length
    return bytes([kind]) + size.to_bytes(3, "big") + body


ALERT, HANDSHAKE, DATA = 21, 22, 23
NOISE = random.Random(8446).randbytes(16384)

ONCE = {
    "noise": record(HANDSHAKE, NOISE[:200]),
    "a record that is too long": record(HANDSHAKE, NOISE, length=0xFFFF) * 5,
    "a record of no version": record(HANDSHAKE, NOISE[:100], version=0x7F7F),
    "an empty record": record(HANDSHAKE, b""),
    "a message that is too long": record(HANDSHAKE, message(2, NOISE[:9000], 0xFFFFFF)),
    "data before all": record(ALERT, b"\x01\x5a") + record(DATA, NOISE[:100]),
    "a fatal alert": record(ALERT, b"\x02\x28"),
    "an alert of no kind": record(ALERT, b"\x07\xff"),
    "an alert that is cut": record(ALERT, b"\x02"),
    "a close_notify": record(ALERT, b"\x01\x00"),
    "a ClientHello": record(HANDSHAKE, message(1, NOISE[:100])),
    "a server's end at once": record(HANDSHAKE, message(14, b"") + message(20, NOISE[:12])),
    "an endless ServerHello": record(HANDSHAKE, message(2, NOISE[:90])) * 3,
}

ENDLESS = {
    "empty records": record(HANDSHAKE, b""),
    "warnings": record(ALERT, b"\x01\x5a"),
    "HelloRequests": record(HANDSHAKE, message(0, b"") * 64),
    "ChangeCipherSpecs": record(20, b"\x01"),
    "one great message": record(HANDSHAKE, message(11, NOISE[:16000], 0xFFFFFF)),
    "a byte a record": record(HANDSHAKE, b"\x02"),
}


class Attacks(Target):
    """Says something once, or for ever, when it has got the ClientHello."""

    def __init__(self, words, is_endless):
        self.words = words
        self.is_endless = is_endless
        super().__init__()

    def serve(self, conn, number):
        self.note(number, conn.recv(FLOOD_PART))
        words = self.words
        if self.is_endless:
            words = words * (FLOOD_PART // len(words) + 1)
            while True:
                conn.sendall(words)
        conn.sendall(words)
        self.swallow(conn, number)


@pytest.mark.parametrize("name", ONCE)
def test_nonsense_is_refused(bridge, target, authority, name):
    there = target(Attacks(ONCE[name], False))
    one = bridge(
        extra=target_section("lab1", there.target, tls_ca=authority.certificate),
        connect_timeout=2,
    )
    reason = refused(one)
    assert "TLS" in reason, reason
    there.wait_ended()
    assert SECRET not in there.received[0]


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_ended(bridge, target, testcard, authority, name):
    """By an error or by connect-timeout; others are served meanwhile."""
    there = target(Attacks(ENDLESS[name], True))
    one = bridge(
        extra=target_section("lab1", there.target, tls_ca=authority.certificate),
        connect_timeout=2,
    )
    worker = one.workers()[0]
    other, _ = open_raw(one, testcard("echo"))
    before = own_kib(worker)
    client = one.connect("lab1", timeout=20)
    client.send(SECRET)
    there.wait_accepted()
    for _ in range(20):
        other.send(b"still here")
        assert other.recv_exact(10) == b"still here"
    assert client.wait_close()[0] == 4504
    there.wait_ended()
    assert_bounded(worker, before)
    assert SECRET not in there.received[0]
    assert other.shut() == 1000
    assert one.workers() == [worker]


@pytest.mark.parametrize("count, is_joined", [(80, True), (3000, False)])
def test_certificates_by_the_thousand(
    bridge, target, authority, directory, count, is_joined
):
    pair = authority.server()
    with open(pair.certificate, "a", encoding="ascii") as file:
        file.write(read(authority.certificate) * count)
    there = target(TlsTarget(server_context(pair)))
    one = bridge(
        extra=target_section("lab1", there.target, tls_ca=authority.certificate)
    )
    worker = one.workers()[0]
    if is_joined:
        client = one.connect("lab1")
        assert client.recv_exact(12)
        assert client.shut() == 1000
        return
    refused(one)
    before = own_kib(worker)
    for _ in range(20):
        assert "message size" in refused(one)
    assert_bounded(worker, before)

