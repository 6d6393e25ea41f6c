# SPDX-License-Identifier: ISC
"""RFC 6455, 5.5.1 and 7: the closing handshake, in each order, and its ruins.

A row says by which rule, what the client sends, what must have arrived at
the target, what the server answers before its Close frame, and which codes
that may have: NO_STATUS is one without a payload. In each case the server
then ends the connection cleanly (7.1.1), and the target hears of it.
"""

import itertools
import socket
from dataclasses import dataclass, field

import pytest

import rfb
from conformance import END, NO_STATUS, Conversation, close, frame, may_be_sent
from wsclient import BINARY, CLOSE, CONT, PING, PONG, TEXT

PROTOCOL_ERROR = {1002}
NOT_UTF8 = {1002, 1007}
OPENS = frame(BINARY, b"open ", fin=False)
GOOD = frame(BINARY, b"good ")
EVIL = frame(BINARY, b"evil")
HALF = frame(BINARY, b"half ", length=5 + len(close()))


@dataclass
class Row:
    rule: str
    what: str
    sends: bytes
    codes: set
    target: bytes = b""
    answers: list = field(default_factory=list)

    def __str__(self):
        return f"{self.rule} {self.what}"


# "When sending a Close frame in response, the endpoint typically echos the
# status code it received." 1012 to 1014 are of the registry of 11.7.
GOOD_CODES = [
    Row("7.4", f"code {code}", GOOD + close(code), {code}, b"good ")
    for code in [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4580, 4999]
]

# 7.4.1: "MUST NOT be set as a status code in a Close control frame" (1005,
# 1006, 1015); 7.4.2: not used (to 999), reserved (to 2999), beyond all ranges
BAD_CODES = [
    Row("7.4", f"code {code}", GOOD + close(code), PROTOCOL_ERROR, b"good ")
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999,
                 5000, 9999, 32768, 65535]
]

PAYLOADS = [
    Row("7.1.5", "no payload", GOOD + frame(CLOSE), {NO_STATUS, 1000}, b"good "),
    Row("5.5.1", "one byte", GOOD + frame(CLOSE, b"\x03"), PROTOCOL_ERROR, b"good "),
    Row("5.5.1", "one byte of zero", frame(CLOSE, b"\0"), PROTOCOL_ERROR),
]


def utf8(*points):
    return "".join(map(chr, points)).encode()


# RFC 3629, 3 and 4: the first and the last of each length
GOOD_REASONS = [
    Row("7.1.6", f"reason {name}", GOOD + close(1000, reason), {1000}, b"good ")
    for name, reason in [
        ("of a byte", b"x"),
        ("of 122 bytes", b"x" * 122),
        ("of 123 bytes", b"x" * 123),
        ("of 123 bytes in 3s", utf8(0x20AC) * 41),
        ("of 123 bytes, the last 2 one", b"x" * 121 + utf8(0xE9)),
        ("of 123 bytes, the last 4 one", b"x" * 119 + utf8(0x1F600)),
        ("with NUL", b"a\0b"),
        ("U+0000 and U+007F", utf8(0, 0x7F)),
        ("U+0080 and U+07FF", utf8(0x80, 0x7FF)),
        ("U+0800 and U+FFFF", utf8(0x800, 0xFFFF)),
        ("U+D7FF and U+E000", utf8(0xD7FF, 0xE000)),
        ("U+FEFF", utf8(0xFEFF)),
        ("U+10000 and U+10FFFF", utf8(0x10000, 0x10FFFF)),
    ]
]

BAD_REASONS = [
    Row("8.1", f"reason {name}", GOOD + close(1000, reason), NOT_UTF8, b"good ")
    for name, reason in [
        ("with a lone tail", b"a\x80b"),
        ("with two tails", b"\xc3\xa9\xa9"),
        ("of FE", b"\xfe"),
        ("of FF", b"\xff"),
        ("overlong in 2", b"\xc0\x80"),
        ("overlong in 2, the last", b"\xc1\xbf"),
        ("overlong in 3", b"\xe0\x80\xaf"),
        ("overlong in 3, the last", b"\xe0\x9f\xbf"),
        ("overlong in 4", b"\xf0\x80\x80\xaf"),
        ("overlong in 4, the last", b"\xf0\x8f\xbf\xbf"),
        ("of the first surrogate", b"\xed\xa0\x80"),
        ("of the last surrogate", b"\xed\xbf\xbf"),
        ("of a surrogate pair", b"\xed\xa0\xbd\xed\xb8\x80"),
        ("beyond U+10FFFF", b"\xf4\x90\x80\x80"),
        ("of F5", b"\xf5\x80\x80\x80"),
        ("of 5 bytes", b"\xf8\x88\x80\x80\x80"),
        ("of 6 bytes", b"\xfc\x84\x80\x80\x80\x80"),
        ("cut in 2", b"bye \xc3"),
        ("cut in 3, one there", b"bye \xe2"),
        ("cut in 3, two there", b"bye \xe2\x82"),
        ("cut in 4, three there", b"bye \xf0\x9f\x98"),
        ("cut in the middle", b"\xe2\x82 bye"),
        ("cut at 123 bytes", b"x" * 122 + b"\xc3"),
        ("cut at 123 bytes, in 4", b"x" * 120 + b"\xf0\x9f\x98"),
        ("with a fault as the last of 123", b"x" * 122 + b"\xff"),
    ]
]

# what an earlier frame has left in a buffer must not complete a later one
LEFT_BEHIND = [
    Row("8.1", f"reason cut where a ping before had {left!r}",
        frame(PING, b"xx" + reason + left) + close(1000, reason), NOT_UTF8, b"",
        [(PONG, b"xx" + reason + left)])
    for reason, left in [
        (b"bye \xc3", b"\xa9"),
        (b"bye \xe2", b"\x82\xac"),
        (b"bye \xf0\x9f\x98", b"\x80"),
    ]
]

IN_THE_MIDDLE = [
    Row("5.4", "in a message of fragments", OPENS + close(), {1000}, b"open "),
    Row("5.4", "in a message, behind a ping",
        OPENS + frame(PING, b"1") + close(), {1000}, b"open ", [(PONG, b"1")]),
    Row("5.4", "behind an empty first fragment",
        frame(BINARY, fin=False) + close(), {1000}),
    Row("5.2", "inside a frame it is payload",
        HALF + frame(CLOSE, b"\x03\xe8", mask=bytes(4)) + close(4000),
        {4000}, b"half " + bytes(a ^ b for a, b in zip(
            frame(CLOSE, b"\x03\xe8", mask=bytes(4)),
            itertools.cycle(b"\xfa\x21\x3d\x37")))),
    Row("5.5.1", "first of all", close(), {1000}),
]

# "discarding any trailing bytes that may have been received"
BEHIND = [
    Row("7.1.1", f"behind it {name}", GOOD + close(4321) + data, {4321}, b"good ")
    for name, data in [
        ("data", EVIL),
        ("a ping", frame(PING, b"1")),
        ("another Close", close(4000)),
        ("a faulty Close", close(1005)),
        ("text", frame(TEXT, b"x")),
        ("a reserved opcode", frame(3)),
        ("an unmasked frame", b"\x82\x01x"),
        ("noise", b"\xff" * 50),
        ("half a frame", EVIL[:-1]),
        ("a continuation", frame(CONT, b"x")),
        ("a head", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a MiB", bytes(1 << 20)),
        ("a MiB in frames", frame(BINARY, bytes(1 << 16)) * 16),
    ]
]

CLIENT_FIRST = GOOD_CODES + BAD_CODES + PAYLOADS + GOOD_REASONS + BAD_REASONS
CLIENT_FIRST += LEFT_BEHIND + IN_THE_MIDDLE + BEHIND


def play(rig, row, bytewise):
    talk = Conversation(rig)
    talk.send(row.sends, bytewise)
    frames = talk.read_to_end()
    assert [(f.opcode, f.payload) for f in frames] == row.answers
    assert len(talk.closes) == 1 and talk.closes[0] in row.codes, talk.closes
    assert not talk.was_reset
    talk.check_end(row.target)


@pytest.mark.parametrize("row", CLIENT_FIRST, ids=str)
def test_client_closes_first(rig, row):
    play(rig, row, bytewise=False)


@pytest.mark.parametrize(
    "row", [row for row in CLIENT_FIRST if row not in BEHIND], ids=str
)
def test_client_closes_byte_by_byte(rig, row):
    play(rig, row, bytewise=True)


def test_no_code_is_sent_that_must_not_be(rig):
    """7.4: a wrong code never comes back, whatever was sent."""
    for code in [*range(998, 1020), 2998, 2999, 3000, 4999, 5000]:
        talk = Conversation(rig)
        talk.send(close(code))
        talk.read_to_end()
        assert talk.closes == [code if may_be_sent(code) else 1002]
        talk.check_end(b"")


# What a client may still say when the server's Close is on its way: it goes
# nowhere, and the server has said all it has to say (1.4, 5.5.1).
BEHIND_OURS = {
    "its Close": close(1000),
    "a Close with another code": close(4000, b"later"),
    "a Close without payload": frame(CLOSE),
    "data, then its Close": EVIL + close(),
    "an open message, then its Close": OPENS + close(),
    "a ping, then its Close": frame(PING, b"1") + close(),
    "a pong, then its Close": frame(PONG, b"1") + close(),
    "a faulty Close": close(1005),
    "a Close of one byte": frame(CLOSE, b"\x03"),
    "text": frame(TEXT, b"x"),
    "a reserved opcode": frame(3),
    "its Close, and data behind it": close() + EVIL,
}


@pytest.mark.parametrize("name", BEHIND_OURS)
@pytest.mark.parametrize("waits", [True, False], ids=["server first", "both at once"])
def test_server_closes_first(rig, name, waits):
    """7.1.2, 7.1.3: one Close each way, whoever was first."""
    talk = Conversation(rig)
    talk.send(frame(BINARY, END))
    rig.recorder.wait_end(talk.number)
    if waits:
        got = talk.next_frame()
        assert got.opcode == CLOSE and talk.closes == [1000] and got.payload[2:]
    talk.send(BEHIND_OURS[name])
    frames = talk.read_to_end()
    codes = {1000}
    if not waits:  # the target's end may be seen after the client's words
        codes |= {1002, 1003, 4000, NO_STATUS}
        frames = [f for f in frames if f.opcode != PONG]
    assert frames == []
    assert len(talk.closes) == 1 and talk.closes[0] in codes
    talk.check_end(END, ends=("own",), is_counted=waits)


@pytest.mark.parametrize("has_rest", [True, False])
def test_server_closes_inside_a_frame_of_the_client(rig, has_rest):
    """5.1, 7.1.1: the client's Close is behind the rest of its frame."""
    talk = Conversation(rig)
    whole = frame(BINARY, END + b"rest" * 50)
    cut = len(whole) - 200
    talk.send(whole[:cut])
    rig.recorder.wait_end(talk.number)
    assert talk.next_frame().opcode == CLOSE and talk.closes == [1000]
    if has_rest:
        talk.send(whole[cut:] + close(1000))
    else:
        talk.client.sock.shutdown(socket.SHUT_WR)
    assert talk.read_to_end() == []
    talk.check_end(END, ends=("own",))


def test_client_and_target_end_in_the_same_moment(rig):
    talk = Conversation(rig)
    talk.send(frame(BINARY, END) + close(4000))
    assert talk.read_to_end() == []
    assert talk.closes in ([1000], [4000])
    talk.check_end(END, ends=("own", "fin"))


# "no Close control frame was received": 7.1.5, code 1006 for itself only
ENDS_WITHOUT_CLOSE = {
    "at once": (b"", b""),
    "behind a message": (GOOD, b"good "),
    "in a message": (OPENS, b"open "),
    "behind a ping": (frame(PING, b"1"), b""),
    "in a header": (GOOD + EVIL[:1], b"good "),
    "in a mask": (GOOD + EVIL[:4], b"good "),
    "in an extended length": (GOOD + frame(BINARY, bytes(300))[:3], b"good "),
    "in a payload": (HALF, b"half "),
    "in a ping": (GOOD + frame(PING, b"123")[:-1], b"good "),
    "in a Close": (GOOD + close(1000, b"bye")[:-1], b"good "),
    "before a Close has its code": (GOOD + close()[:-1], b"good "),
}


@pytest.mark.parametrize("name", ENDS_WITHOUT_CLOSE)
def test_client_ends_without_close(rig, name):
    sends, target = ENDS_WITHOUT_CLOSE[name]
    talk = Conversation(rig)
    talk.send(sends)
    talk.client.sock.shutdown(socket.SHUT_WR)
    frames = talk.read_to_end()
    assert {f.opcode for f in frames} <= {PONG}
    talk.check_end(target)


def test_a_close_that_comes_with_the_head(rig):
    """5.5.1: the answer waits for the target, whose words come first."""
    talk = Conversation(rig, greets=False, behind=GOOD + close(4000))
    frames = talk.read_to_end()
    assert b"".join(f.payload for f in frames) in (b"", rfb.GREETING)
    assert talk.closes == [4000]
    talk.check_end(b"good ")
