# SPDX-License-Identifier: ISC
"""A table of what a client can do wrong in a TLS handshake: the alert that it
gets, the line in the log, that others do not notice, and that nothing is left
of it. Behind the handshake: test_tls_records.py; certificates of clients:
test_tls_clients.py."""

import socket
import struct

import pytest

import tlsrecords as tls
from tlsclient import s_client
from tlsfaults import (  # noqa: F401
    REQUEST, VERSIONS, Half, Hello, failed, hello_of, in_records, one,
    plain_alerts, raw, read_all, reset, secure, witness,
)  # fmt: skip
from waiting import until

HELLO_MAX = 131396  # what libssl takes of a ClientHello


def leave(sock, by_reset):
    if by_reset:
        reset(sock)
    else:
        sock.close()


CUTS = pytest.mark.parametrize("by_reset", [False, True], ids=["FIN", "RST"])


@CUTS
@pytest.mark.parametrize("version", VERSIONS)
def test_a_hello_cut_at_each_byte(one, witness, version, by_reset):
    hello = hello_of(one, version)
    assert len(hello) > 100
    for count in range(len(hello) + 1):
        sock = raw(one)
        sock.sendall(hello[:count])
        leave(sock, by_reset)


@CUTS
@pytest.mark.parametrize("version", VERSIONS)
def test_the_second_flight_cut_at_each_byte(one, witness, version, by_reset):
    count = 0
    while True:
        half, sock = Half(one, version), raw(one)
        sock.sendall(half.outgoing.read())
        flight = half.answer(sock)
        sock.sendall(flight[:count])
        leave(sock, by_reset)
        if count == len(flight):
            break
        count += 1
    assert count > 40


@CUTS
@pytest.mark.parametrize("version", VERSIONS)
def test_the_first_request_cut_at_each_byte(one, witness, version, by_reset):
    """Behind the handshake: in the middle of a record."""
    count = 0
    while True:
        half, sock = Half(one, version), raw(one)
        sock.sendall(half.outgoing.read())
        sock.sendall(half.answer(sock))
        while not half.is_done:
            half.incoming.write(sock.recv(65536))
            half.is_done = half.step()
        half.tls.write(REQUEST)
        request = half.outgoing.read()
        sock.sendall(request[:count])
        leave(sock, by_reset)
        if count == len(request):
            break
        count += 1
    assert count > len(REQUEST)


@pytest.mark.parametrize("version", VERSIONS)
def test_who_stalls_in_a_flight_is_let_go(secure, version):
    """Before the hello, within it, behind it, within the second flight."""
    one = secure(handshake_timeout=1)
    mark = one.mark()
    hello = hello_of(one, version)
    socks = [raw(one) for _ in range(4)]
    socks[1].sendall(hello[:50])
    socks[2].sendall(hello)
    half = Half(one, version)
    socks[3].sendall(half.outgoing.read())
    socks[3].sendall(half.answer(socks[3])[:20])
    for sock in socks:
        read_all(sock)
        sock.close()
    line = 'handshake failed .*"it took too long"'
    until(lambda: len(one.grep(line, mark)) == len(socks), 5, "a line for each")
    until(lambda: one.conns() == 0, 5, "the connections to end")


def first_answer(one, data):
    """(kind, alerts) of what comes for a first flight; None: only the end."""
    with raw(one) as sock:
        sock.sendall(data)
        came = b""
        while not (found := tls.split(came)[0]):
            part = sock.recv(65536)
            if not part:
                return None, []
            came += part
        kind = found[0][0]
        return kind, plain_alerts(came + read_all(sock)) if kind == tls.ALERT else []


@pytest.mark.parametrize(
    "name",
    [b"localhost", None, b"nobody.example", b"x" * 255, b"127.0.0.1", b"*", b"\xff\xfe",
     b""],
)  # fmt: skip
def test_any_name_gets_the_first_certificate(one, witness, name):
    hello = Hello(hello_of(one)).name(name)
    assert first_answer(one, in_records(hello.message(), 16384))[0] == tls.HANDSHAKE


@pytest.mark.parametrize(
    "name",
    [b"local\0host", b"x" * 256, b"x" * 300],
    ids=["NUL", "256", "300"],
)
def test_a_name_that_is_none_is_refused(one, witness, name):
    mark = one.mark()
    hello = Hello(hello_of(one)).name(name)
    kind, alerts = first_answer(one, in_records(hello.message(), 16384))
    assert kind == tls.ALERT
    assert alerts == [(tls.FATAL, "unrecognized_name")]
    assert failed(one, mark, "bad extension")


@pytest.mark.parametrize("size", [1, 16, 16384])
def test_a_huge_hello_in_records_of_any_size(one, witness, size):
    """With an extension that nobody knows: it is a good one."""
    hello = Hello(hello_of(one))
    hello.extensions.insert(0, (0xFAFA, bytes(20000)))
    data = in_records(hello.message(), size)
    assert first_answer(one, data)[0] == tls.HANDSHAKE


def broken_hello(one, what):
    hello = Hello(hello_of(one))
    whole = hello.message()
    if what == "a length beyond all bounds":
        return tls.record(tls.HANDSHAKE, tls.message(1, whole[4:], HELLO_MAX + 1))
    if what == "a record beyond all bounds":
        return tls.record(tls.HANDSHAKE, bytes(16384 + 257), 0x0301)
    if what == "empty records":
        return tls.record(tls.HANDSHAKE, b"", 0x0301) * 1000
    if what == "extensions beyond its end":
        return in_records(hello.message(beyond=9), 16384)
    if what == "the same extension twice":
        hello.extensions.append(hello.extensions[0])
        return in_records(hello.message(), 16384)
    if what == "another message":
        return in_records(tls.message(20, bytes(12)), 16384)
    if what == "data":
        return tls.record(tls.HANDSHAKE, whole[:10]) + tls.record(tls.DATA, b"GET /")
    assert what == "warnings"
    alert = tls.record(tls.ALERT, bytes([tls.WARNING, 90]))
    return tls.record(tls.HANDSHAKE, whole[:10]) + alert * 1000


@pytest.mark.parametrize(
    "what, alert",
    [
        ("a length beyond all bounds", "illegal_parameter"),
        ("a record beyond all bounds", "record_overflow"),
        ("empty records", "unexpected_message"),
        ("extensions beyond its end", "decode_error"),
        ("the same extension twice", "illegal_parameter"),
        ("another message", "unexpected_message"),
        ("data", "unexpected_message"),
        ("warnings", "unexpected_message"),
    ],
)
def test_a_hello_that_is_none(one, witness, what, alert):
    mark = one.mark()
    data = broken_hello(one, what)
    assert first_answer(one, data) == (tls.ALERT, [(tls.FATAL, alert)])
    assert failed(one, mark)


def test_a_hello_of_sslv2_is_no_tls(one, witness):
    """It hears what anybody hears who speaks something else there."""
    body = b"\x01\x00\x02\x00\x03\x00\x00\x00\x10\x07\x00\xc0" + bytes(16)
    with raw(one) as sock:
        sock.sendall(struct.pack(">H", 0x8000 | len(body)) + body)
        sock.shutdown(socket.SHUT_WR)
        answer = read_all(sock)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "args, alert, reason",
    [
        (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], "alert protocol version",
         "unsupported protocol"),
        (["-tls1_2", "-cipher", "AES128-SHA"], "alert handshake failure",
         "no shared cipher"),
        (["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"],
         "alert handshake failure", "no shared cipher"),
        (["-tls1_3", "-sigalgs", "ed25519"], "alert handshake failure",
         "no suitable signature algorithm"),
    ],
    ids=["TLS 1.1", "RSA key exchange", "another suite", "another signature"],
)  # fmt: skip
def test_nothing_in_common_is_told_to_both(one, witness, args, alert, reason):
    mark = one.mark()
    report = s_client(one.address, *args)
    assert alert in report, report
    assert failed(one, mark, reason)
