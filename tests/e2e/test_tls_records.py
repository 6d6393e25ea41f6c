# SPDX-License-Identifier: ISC
"""A table of what a client can do wrong in TLS behind the handshake, by hand:
the alert that it gets, what comes of its session, and that others do not
notice."""

import pytest

import tlsrecords as tls
from tlsclient import TLS_1_2, TLS_1_3, client_context
from tlsfaults import REQUEST, one, raw, secure, witness  # noqa: F401
from wsclient import FrameReader, encode_frame

READ_MAX = 5 + 16384 + 2048  # of a head, at a time
TICKETS_MAX = 1024


def session_of(one, version, is_relay=False, target=None):
    """A session in our hands; is_relay: a WebSocket with its target."""
    sock = raw(one)
    ciphers = tls.CIPHER_1_2 if version == TLS_1_2 else None
    session = tls.Session(sock, client_context(version=version, ciphers=ciphers))
    if not is_relay:
        return session
    session.send(
        tls.DATA,
        b"GET /proxy?target=%s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n" % target.encode(),
    )
    data = b""
    while b"RFB 003.008\n" not in data:
        kind, part = session.read_plain()
        data += part if kind == tls.DATA else b""
    return session


def expect_echo(session, wanted):
    """In frames of any size."""
    reader, data = FrameReader(), b""
    while len(data) < len(wanted):
        kind, part = session.read_plain()
        reader.feed(part if kind == tls.DATA else b"")
        while (frame := reader.next()) is not None:
            data += frame.payload
    assert data == wanted


def say_repeatedly(count, kind, data):
    def act(session):
        sealed = [session.out.seal(kind, data) for _ in range(count)]
        session.sock.sendall(b"".join(sealed))  # at once: the end may come early

    return act


def say_raw(data):
    return lambda session: session.sock.sendall(data)


def too_much(session):
    session.send(tls.DATA, bytes(16385))


HELLO = tls.message(tls.CLIENT_HELLO, b"\x03\x03" + bytes(32) + b"\0\0\2\x13\1\1\0")
WARN = bytes([tls.WARNING, 90])
BOTH, OLD, NEW = (TLS_1_2, TLS_1_3), (TLS_1_2,), (TLS_1_3,)

# what, versions, action, the server's last alert
FATAL = [
    ("a record with too much in it", BOTH, too_much, "record_overflow"),
    ("a record of 1.2 beyond all bounds", OLD,
     say_raw(tls.record(tls.DATA, bytes(16384 + 2049))), "record_overflow"),
    ("a record of 1.3 beyond all bounds", NEW,
     say_raw(tls.record(tls.DATA, bytes(16384 + 257))), "record_overflow"),
    ("garbage", BOTH, say_raw(tls.record(tls.DATA, bytes(40))), "bad_record_mac"),
    ("less than a tag", NEW, say_raw(tls.record(tls.DATA, bytes(9))),
     "bad_record_mac"),
    ("plain text", NEW, say_raw(tls.record(tls.ALERT, WARN)), "unexpected_message"),
    ("empty records", BOTH, say_repeatedly(100, tls.DATA, b""),
     "unexpected_message"),
    ("an empty alert", BOTH, say_repeatedly(1, tls.ALERT, b""),
     "unexpected_message"),
    ("half an alert", BOTH, say_repeatedly(1, tls.ALERT, b"\1"),
     "unexpected_message"),
    ("an empty handshake message", NEW, say_repeatedly(1, tls.HANDSHAKE, b""),
     "unexpected_message"),
    ("warnings without end", BOTH, say_repeatedly(20, tls.ALERT, WARN),
     "unexpected_message"),
    ("an unknown type", BOTH, say_repeatedly(1, 24, b"\1\0\1x"),
     "unexpected_message"),
    ("a change of ciphers", BOTH, say_repeatedly(1, tls.CHANGE_CIPHER, b"\1"),
     "unexpected_message"),
    ("a hello in TLS 1.3", NEW, say_repeatedly(1, tls.HANDSHAKE, HELLO),
     "unexpected_message"),
    ("a ticket by the client", BOTH,
     say_repeatedly(1, tls.HANDSHAKE, tls.message(tls.NEW_TICKET, bytes(20))),
     "unexpected_message"),
    ("a message beyond all bounds", NEW,
     say_repeatedly(1, tls.HANDSHAKE, tls.message(tls.KEY_UPDATE, b"x", 1 << 23)),
     None),
    ("a bad update of keys", NEW,
     say_repeatedly(1, tls.HANDSHAKE, tls.message(tls.KEY_UPDATE, b"\7")),
     "illegal_parameter"),
]  # fmt: skip
ROWS = [
    pytest.param(version, act, alert, id=f"{what}, {1.2 if version == TLS_1_2 else 1.3}")
    for what, versions, act, alert in FATAL
    for version in versions
]


def last_alert(session):
    found = tls.alerts_of(session.read_to_end())
    assert found, "no alert came"
    level, name = found[-1]
    assert level == 2, found
    return name


@pytest.mark.parametrize("version, act, alert", ROWS)
def test_a_broken_rule_ends_the_connection(one, witness, version, act, alert):
    session = session_of(one, version)
    with session.sock:
        act(session)
        assert last_alert(session) == alert or alert is None


@pytest.mark.parametrize("version, act, alert", ROWS)
def test_a_broken_rule_ends_the_session(one, witness, testcard, version, act, alert):
    card, mark = testcard(), one.mark()
    session = session_of(one, version, True, card.target)
    with session.sock:
        act(session)
        assert last_alert(session) == alert or alert is None
    end = one.wait_end(start=mark, code="1006")
    assert end["reason"] == "client lost: broken TLS"


def answers_to(session, flood):
    """How many bytes come until the server has enough."""
    assert len(flood) > 2 * READ_MAX
    try:
        session.sock.sendall(flood)
    except (BrokenPipeError, ConnectionResetError):
        pass
    return session.wait_end()


def test_an_old_client_that_renegotiates_is_told_no(one, witness):
    """RFC 5746, 4.5: a warning, and the connection goes on."""
    session = session_of(one, TLS_1_2)
    with session.sock:
        session.send(tls.HANDSHAKE, HELLO)
        assert tls.alerts_of([session.read_plain()]) == [(1, "no_renegotiation")]
        session.send(tls.DATA, REQUEST)
        kind, data = session.read_plain()
        assert kind == tls.DATA and data.startswith(b"HTTP/1.1 200 ")


def test_who_renegotiates_without_end_is_let_go(one, witness):
    """Behind the read in which it was too much nothing more is answered."""
    session = session_of(one, TLS_1_2)
    hellos = b"".join(session.out.seal(tls.HANDSHAKE, HELLO) for _ in range(1000))
    with session.sock:
        assert answers_to(session, hellos) <= READ_MAX


def sealed_updates(session, count, wants_answer):
    sealed = []
    for _ in range(count):
        sealed.append(session.out.seal(tls.HANDSHAKE, tls.key_update(wants_answer)))
        session.out.update()
    return b"".join(sealed)


@pytest.mark.parametrize("wants_answer", [0, 1])
def test_keys_may_be_updated(one, witness, wants_answer):
    session = session_of(one, TLS_1_3)
    with session.sock:
        session.sock.sendall(sealed_updates(session, 5, wants_answer))
        session.send(tls.DATA, REQUEST)
        updates = 0
        while True:
            kind, data = session.read_plain()
            if kind == tls.DATA:
                break
            if data[0] == tls.KEY_UPDATE:
                session.into.update()
                updates += 1
        assert data.startswith(b"HTTP/1.1 200 ")
        assert 1 <= updates <= 5 if wants_answer else updates == 0


@pytest.mark.parametrize("wants_answer", [0, 1])
def test_who_has_new_keys_without_end_is_let_go(one, witness, wants_answer):
    """Each costs the worker as much as many KB, each answer a record: there is
    a bound to them."""
    session = session_of(one, TLS_1_3)
    with session.sock:
        updates = sealed_updates(session, 2000, wants_answer)
        assert answers_to(session, updates) <= READ_MAX + TICKETS_MAX


def test_an_alert_of_the_client_ends_it_without_an_answer(one, witness):
    for version in BOTH:
        session = session_of(one, version)
        with session.sock:
            session.send(tls.ALERT, b"\2\x50")
            found = [r for r in session.read_to_end() if r[0] != tls.HANDSHAKE]
            assert found == []


def test_data_behind_the_end_are_not_read(one, witness):
    for version in BOTH:
        session = session_of(one, version)
        with session.sock:
            session.send(tls.ALERT, b"\1\0")
            session.send(tls.DATA, REQUEST)
            found = session.read_to_end()
            assert not [data for kind, data in found if kind == tls.DATA]


def test_frames_may_come_in_records_of_a_byte(one, witness, testcard):
    """What is odd, but allowed."""
    card = testcard("echo")
    session = session_of(one, TLS_1_3, True, card.target)
    with session.sock:
        for byte in encode_frame(2, b"RFB 003.008\n" + b"abc"):
            session.send(tls.DATA, bytes([byte]))
        expect_echo(session, b"abc")


def test_the_records_are_those_of_the_rfc():
    tls.self_test()
