# SPDX-License-Identifier: ISC
"""RFC 6455, 5: what a server that bridges bytes makes of each frame.

A row says by which rule, what the client sends, what must have arrived at
the target when the session is over, what the server answers on the way, and
with which code it closes ("Fail the WebSocket Connection", 7.1.7), None
being a session that lives on. Each row is sent at once, and byte by byte.
"""

from dataclasses import dataclass, field

import pytest

from conformance import MASK, Conversation, PATTERN, close, frame
from wsclient import BINARY, CLOSE, CONT, PING, PONG, TEXT, encode_frame

PROTOCOL_ERROR = {1002}  # 7.4.1
CANNOT_ACCEPT = {1003}
BYTEWISE_MAX = 600
OPENS = frame(BINARY, b"open ", fin=False)
GOOD = frame(BINARY, b"good ")
EVIL = frame(BINARY, b"evil")


@dataclass
class Row:
    rule: str
    what: str
    sends: bytes
    target: bytes = b""
    answers: list = field(default_factory=list)
    fails: set = None

    def __str__(self):
        return f"{self.rule} {self.what}"


def pong(payload=b""):
    return (PONG, payload)


def header(first, second, rest=b""):
    """A header as the bytes say, whatever the rules say, and a mask."""
    return bytes([first, second]) + rest + MASK


def long_header(count, size):
    """A binary frame's header with its length in so many bytes."""
    return header(0x82, {2: 0xFE, 8: 0xFF}[size], count.to_bytes(size, "big"))


LENGTHS = [
    Row("5.2", f"{count} bytes", frame(BINARY, PATTERN[:count]), PATTERN[:count])
    for count in (0, 1, 2, 124, 125, 126, 127, 65535, 65536, 70000)
]

MASKS = [
    Row("5.7", "the masked example, as binary",
        bytes.fromhex("82 85 37fa213d 7f9f4d5158"), b"Hello"),
    Row("5.3", "a mask of zeros",
        frame(BINARY, b"as it is", mask=bytes(4)), b"as it is"),
    Row("5.3", "a mask of ones",
        frame(BINARY, b"inverted", mask=b"\xff" * 4), b"inverted"),
    Row("5.3", "a mask that looks like frames",
        frame(BINARY, b"0123456789", mask=b"\x88\x80\x88\x80"), b"0123456789"),
    Row("5.3", "payload that looks like a Close when masked",
        frame(BINARY, bytes(a ^ b for a, b in zip(close(), MASK * 2))),
        bytes(a ^ b for a, b in zip(close(), MASK * 2))),
    Row("5.3", "a new mask in each frame",
        b"".join(frame(BINARY, b"abcde", mask=bytes([n] * 3 + [7]))
                 for n in range(40)), b"abcde" * 40),
    Row("5.3", "the mask begins anew in each fragment",
        frame(BINARY, b"abc", fin=False) + frame(CONT, b"defgh", fin=False)
        + frame(CONT, b"i"), b"abcdefghi"),
    Row("5.6", "binary is any byte", frame(BINARY, PATTERN[:256]), PATTERN[:256]),
]

FRAGMENTS = [
    Row("5.4", "two fragments", OPENS + frame(CONT, b"end"), b"open end"),
    Row("5.4", "the first is empty",
        frame(BINARY, b"", fin=False) + frame(CONT, b"x"), b"x"),
    Row("5.4", "the last is empty", OPENS + frame(CONT, b""), b"open "),
    Row("5.4", "all are empty",
        frame(BINARY, fin=False) + frame(CONT, fin=False) * 5 + frame(CONT)),
    Row("5.4", "fifty of one byte",
        OPENS + frame(CONT, b"x", fin=False) * 48 + frame(CONT, b"!"),
        b"open " + b"x" * 48 + b"!"),
    Row("5.4", "fragments with lengths of 7, 16 and 64 bits",
        frame(BINARY, b"a" * 125, fin=False) + frame(CONT, b"b" * 126, fin=False)
        + frame(CONT, b"c" * 65536), b"a" * 125 + b"b" * 126 + b"c" * 65536),
    Row("5.4", "two messages behind one another",
        (OPENS + frame(CONT, b"end ")) * 2, b"open end " * 2),
    Row("5.4", "what there is of an open message is passed on", OPENS, b"open "),
    Row("5.4", "a ping between fragments",
        OPENS + frame(PING, b"now") + frame(CONT, b"end"), b"open end",
        [pong(b"now")]),
    Row("5.4", "pings and pongs between fragments",
        OPENS + frame(PING, b"1") + frame(PONG, b"x") + frame(CONT, b"m ", fin=False)
        + frame(PING, b"2") + frame(PONG) + frame(CONT, b"end"), b"open m end",
        [pong(b"1"), pong(b"2")]),
]

CONTROL = [
    Row("5.5.2", "a ping without payload", frame(PING), b"", [pong()]),
    Row("5.5.2", "a ping that is no UTF-8", frame(PING, b"\xff\0\xfe"), b"",
        [pong(b"\xff\0\xfe")]),
    Row("5.5.2", "a ping of 125 bytes", frame(PING, b"p" * 125), b"",
        [pong(b"p" * 125)]),
    Row("5.5.2", "a ping before and behind data",
        frame(PING, b"1") + GOOD + frame(PING, b"2"), b"good ",
        [pong(b"1"), pong(b"2")]),
    Row("5.5.3", "a pong that nobody asked for", frame(PONG, b"here I am")),
    Row("5.5.3", "a pong of 125 bytes", frame(PONG, b"p" * 125)),
    Row("5.5.3", "a hundred pongs", frame(PONG, b"x") * 100),
]

UNMASKED = [
    Row("5.1", f"unmasked {name}", GOOD + lead + data + EVIL, b"good " + extra,
        [], PROTOCOL_ERROR)
    for name, lead, data, extra in [
        ("binary", b"", encode_frame(BINARY, b"x", mask=False), b""),
        ("binary of no bytes", b"", encode_frame(BINARY, mask=False), b""),
        ("binary of 126 bytes", b"",
         encode_frame(BINARY, b"x" * 126, mask=False), b""),
        ("binary of 65536 bytes", b"",
         encode_frame(BINARY, b"x" * 65536, mask=False), b""),
        ("continuation", OPENS, encode_frame(CONT, b"x", mask=False), b"open "),
        ("ping", b"", encode_frame(PING, b"x", mask=False), b""),
        ("pong", b"", encode_frame(PONG, mask=False), b""),
        ("close", b"", encode_frame(CLOSE, b"\x03\xe8", mask=False), b""),
        ("close of no bytes", b"", encode_frame(CLOSE, mask=False), b""),
    ]
]

RESERVED_BITS = [
    Row("5.2", f"RSV {bits:03b} on {name}",
        GOOD + lead + frame(opcode, b"", rsv=bits, fin=fin) + EVIL,
        b"good " + extra, [], PROTOCOL_ERROR)
    for bits in range(1, 8)
    for name, opcode, fin, lead, extra in [
        ("binary", BINARY, True, b"", b""),
        ("a first fragment", BINARY, False, b"", b""),
        ("a continuation", CONT, True, OPENS, b"open "),
        ("ping", PING, True, b"", b""),
        ("pong", PONG, True, b"", b""),
        ("close", CLOSE, True, b"", b""),
    ]
]

RESERVED_OPCODES = [
    Row("5.2", f"opcode {opcode:X} {'' if fin else 'without '}FIN{where}",
        GOOD + lead + frame(opcode, b"x", fin=fin) + EVIL, b"good " + extra, [],
        PROTOCOL_ERROR)
    for opcode in (3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF)
    for fin, where, lead, extra in [
        (True, "", b"", b""),
        (False, "", b"", b""),
        (True, " in a message", OPENS, b"open "),
    ]
]

# "the minimal number of bytes MUST be used", "the most significant bit MUST
# be 0"; the fault is in the header, so that no payload need come
BAD_LENGTHS = [
    Row("5.2", f"{count:#x} in {size * 8} bits", GOOD + long_header(count, size),
        b"good ", [], PROTOCOL_ERROR)
    for count, size in [
        (0, 2), (1, 2), (125, 2), (0, 8), (125, 8), (126, 8), (65535, 8),
        (1 << 63, 8), ((1 << 63) + 5, 8), ((1 << 64) - 1, 8),
    ]
]

BAD_ORDER = [
    Row("5.4", "a continuation of nothing",
        GOOD + frame(CONT, b"x") + EVIL, b"good ", [], PROTOCOL_ERROR),
    Row("5.4", "an open continuation of nothing",
        GOOD + frame(CONT, b"x", fin=False) + EVIL, b"good ", [], PROTOCOL_ERROR),
    Row("5.4", "a continuation first of all",
        frame(CONT, b"x"), b"", [], PROTOCOL_ERROR),
    Row("5.4", "a continuation behind the last",
        OPENS + frame(CONT, b"end") + frame(CONT, b"x"), b"open end", [],
        PROTOCOL_ERROR),
    Row("5.4", "a message inside another",
        OPENS + EVIL, b"open ", [], PROTOCOL_ERROR),
    Row("5.4", "an open message inside another",
        OPENS + frame(BINARY, b"x", fin=False), b"open ", [], PROTOCOL_ERROR),
    Row("5.4", "a message inside another, behind a ping",
        OPENS + frame(PING, b"1") + EVIL, b"open ", [pong(b"1")], PROTOCOL_ERROR),
    Row("5.4", "text inside a binary message",
        OPENS + frame(TEXT, b"x"), b"open ", [], {1002, 1003}),
]

BAD_CONTROL = [
    Row("5.5", f"{name} without FIN",
        GOOD + lead + frame(opcode, b"", fin=False) + frame(CONT) + EVIL,
        b"good " + extra, [], PROTOCOL_ERROR)
    for name, opcode, lead, extra in [
        ("ping", PING, b"", b""),
        ("pong", PONG, b"", b""),
        ("close", CLOSE, b"", b""),
        ("ping in a message", PING, OPENS, b"open "),
        ("close in a message", CLOSE, OPENS, b"open "),
    ]
] + [
    Row("5.5", f"{name} of {count} bytes",
        GOOD + frame(opcode, payload), b"good ", [], PROTOCOL_ERROR)
    for count in (126, 127, 65536)
    for name, opcode, payload in [
        ("ping", PING, b"x" * count),
        ("pong", PONG, b"x" * count),
        ("close", CLOSE, b"\x03\xe8" + b"x" * (count - 2)),
    ]
] + [
    Row("5.5", f"{name} of 5 bytes in 16 bits",
        GOOD + header(first, 0xFE, b"\0\5"), b"good ", [], PROTOCOL_ERROR)
    for name, first in [("ping", 0x89), ("pong", 0x8A), ("close", 0x88)]
]

# 7.4.1: 1003 is for "an endpoint that understands only" the other type
TEXTS = [
    Row("5.6", f"text {name}", GOOD + data + EVIL, b"good ", [], codes)
    for name, data, codes in [
        ("", frame(TEXT, b"hello"), CANNOT_ACCEPT),
        ("of no bytes", frame(TEXT), CANNOT_ACCEPT),
        ("in fragments", frame(TEXT, b"a", fin=False) + frame(CONT, b"b"),
         CANNOT_ACCEPT),
        ("that is no UTF-8", frame(TEXT, b"\xff"), {1003, 1007}),
        ("with RSV1", frame(TEXT, b"x", rsv=4), PROTOCOL_ERROR),
        ("unmasked", encode_frame(TEXT, b"x", mask=False), {1002, 1003}),
    ]
]

FAILURES = [
    Row("7.1.7", "a ping before the fault is answered, not one behind",
        frame(PING, b"1") + frame(3) + frame(PING, b"2"), b"", [pong(b"1")],
        PROTOCOL_ERROR),
    Row("7.1.7", "a Close behind the fault is not looked at",
        GOOD + frame(3) + close(4000), b"good ", [], PROTOCOL_ERROR),
    Row("7.1.7", "a fault behind a fault is not told",
        frame(TEXT, b"x") + frame(3) + close(999), b"", [], CANNOT_ACCEPT),
    Row("7.1.7", "much behind the fault does not hurt the Close frame",
        GOOD + frame(3) + bytes(1 << 20), b"good ", [], PROTOCOL_ERROR),
]

ROWS = LENGTHS + MASKS + FRAGMENTS + CONTROL + UNMASKED + RESERVED_BITS
ROWS += RESERVED_OPCODES + BAD_LENGTHS + BAD_ORDER + BAD_CONTROL + TEXTS
ROWS += FAILURES


def play(rig, row, bytewise):
    talk = Conversation(rig)
    talk.send(row.sends, bytewise)
    if row.fails is None:
        frames = talk.read_to_fence()
        talk.close_well()
    else:
        frames = talk.read_to_end()
        assert len(talk.closes) == 1 and talk.closes[0] in row.fails, talk.closes
    assert [(f.opcode, f.payload) for f in frames] == row.answers
    assert not talk.was_reset
    talk.check_end(row.target)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_frames(rig, row):
    play(rig, row, bytewise=False)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if len(row.sends) <= BYTEWISE_MAX], ids=str
)
def test_frames_byte_by_byte(rig, row):
    play(rig, row, bytewise=True)


def test_a_ping_of_every_length_comes_back(rig):
    """5.5.3: "identical Application data" """
    talk = Conversation(rig)
    for count in range(126):
        payload = PATTERN[count : 2 * count]
        talk.send(frame(PING, payload))
        got = talk.next_frame()
        assert (got.opcode, got.payload) == (PONG, payload)
    talk.close_well()
    talk.check_end(b"")


def test_pings_that_pile_up_may_be_answered_by_the_last(rig):
    """5.5.3: "MAY elect to send a Pong frame for only the most recent" """
    talk = Conversation(rig)
    talk.send(b"".join(frame(PING, b"%d" % n) for n in range(300)))
    payloads = []
    while b"299" not in payloads:
        got = talk.next_frame()
        assert got.opcode == PONG
        payloads.append(got.payload)
    numbers = [int(p) for p in payloads]
    assert numbers == sorted(set(numbers)) and numbers[0] == 0
    talk.close_well()
    talk.check_end(b"")


@pytest.mark.parametrize("count", [1, 125, 126, 127, 65535, 65536, 65537, 300000])
def test_a_servers_frames(rig, count):
    """5.1, 5.2, 5.4: unmasked, shortest lengths, whole; see FrameReader."""
    talk = Conversation(rig)
    asks = b"<say %d>" % count
    talk.send(frame(BINARY, asks))
    data = b""
    while len(data) < count:
        got = talk.next_frame()
        assert got.opcode in (BINARY, CONT) and got.payload
        data += got.payload
    assert data == PATTERN[:count]
    assert talk.read_to_fence() == []
    talk.close_well()
    talk.check_end(asks)
