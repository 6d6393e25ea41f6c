# SPDX-License-Identifier: ISC
"""RFC 6455, 4.1 and 4.2: the opening handshake as a server must read it.

A row says by which rule, what of the handshake of 1.3 is different, and what
comes: 101, or the statuses with which it may be refused. "If the server,
while reading the handshake, finds that the client did not send a handshake
that matches the description below (...), including but not limited to any
violations of the ABNF grammar specified for the components of the
handshake, the server MUST stop processing the client's handshake and return
an HTTP response with an appropriate error code (such as 400 Bad Request)."

Each handshake that is refused is sent alone, and with frames and another
request right behind it: there is one answer, the connection ends, and the
target never hears of it. What origins and targets are good is in
test_handshake.py, since that is the bridge's own rule.
"""

import base64
import hashlib
from dataclasses import dataclass, field

import pytest

from conformance import Answers, Conversation, frame
from wsclient import BINARY, GUID, PING

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # 1.3
PROTOCOL = "Sec-WebSocket-Protocol"
EXTENSIONS = "Sec-WebSocket-Extensions"
BAD = {400}
BAD_OR_UPGRADE = {400, 426}
OTHER_VERSION = {426}  # 4.2.2: "such as 426 Upgrade Required", and 4.4
DATA = frame(BINARY, b"early")


@dataclass
class Row:
    rule: str
    what: str
    fields: dict = field(default_factory=dict)  # None: left out; list: several
    line: str = "GET {path} HTTP/1.1"
    refused: set = None
    protocol: str = None  # what is chosen
    is_reversed: bool = False

    def __str__(self):
        return f"{self.rule} {self.what}"

    def head(self, rig, target):
        fields = {
            "Host": rig.one.target,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": KEY,
            "Sec-WebSocket-Version": "13",
            **self.fields,
        }
        lines = []
        for name, values in fields.items():
            values = values if isinstance(values, list) else [values]
            lines += [f"{name}:{v}" if v.startswith("\t") else f"{name}: {v}"
                      for v in values if v is not None]
        if self.is_reversed:
            lines.reverse()
        line = self.line.format(
            path=f"/proxy?target={target}", host=rig.one.target, target=target
        )
        return "\r\n".join([line, *lines, "", ""]).encode("latin-1")

    @property
    def key(self):
        return (self.fields.get("Sec-WebSocket-Key") or KEY).strip(" \t")


def row(rule, what, name, value, refused=None, **how):
    return Row(rule, what, {name: value}, refused=refused, **how)


def shown(value):
    return repr(value) if value is not None else "none"


def rows(rule, name, values, refused=None):
    return [row(rule, f"{name}: {shown(v)}", name, v, refused) for v in values]


def key_of(count):
    return base64.b64encode(bytes(range(200, 200 + count))).decode()


GOOD = [
    Row("1.3", "as the RFC shows it"),
    Row("4.2.1", "the order of fields is not important", is_reversed=True),
    Row("4.2.1", "HTTP/1.1 or higher", line="GET {path} HTTP/1.2"),
    Row("9112 3.2.2", "absolute-form", line="GET http://{host}{path} HTTP/1.1"),
    Row("9112 3.2.2", "absolute-form wins over Host", {"Host": "other.example"},
        line="GET http://{host}{path} HTTP/1.1"),
    Row("9110 5.1", "names in another case",
        {"Upgrade": None, "upgrade": "websocket",
         "Connection": None, "CONNECTION": "Upgrade",
         "Sec-WebSocket-Key": None, "sec-websocket-KEY": KEY,
         "Sec-WebSocket-Version": None, "sec-websocket-version": "13"}),
    Row("4.2.1", "other fields are optional",
        {"Cookie": "a=b", "User-Agent": "x" * 1000, "Pragma": "no-cache"}),
    row("9112 6.3", "no body", "Content-Length", "0"),
    # a final status, and 101 is one: with no content, no 100 is missed
    *rows("9110 10.1.1", "Expect", ["100-continue", "100-Continue", "200-ok"]),
    row("9110 5.5", "white space around a value", "Sec-WebSocket-Key",
        f"\t {KEY} \t"),
    *rows("4.2.1", "Upgrade", [
        "WebSocket", "WEBSOCKET", "h2c, websocket", "websocket,h2c", "a/1.0,websocket",
        ", ,websocket,", ["h2c", "websocket"]]),
    *rows("4.2.1", "Connection", [
        "upgrade", "UPGRADE", "keep-alive, Upgrade", "keep-alive,upgrade", ",Upgrade,",
        "a,\tupgrade\t,b", ["keep-alive", "Upgrade"]]),
    *rows("4.2.1", "Sec-WebSocket-Key", [
        "A" * 22 + "==", "+/" * 10 + "+g==", key_of(16),
        "A" * 21 + "B=="]),  # pad bits, RFC 4648, 3.5
]

# 4.2.2: "Either a single value representing the subprotocol the server is
# ready to use or null"; of what was offered, and byte for byte
GOOD_PROTOCOLS = [
    row("4.2.2", f"{PROTOCOL}: {shown(offers)}", PROTOCOL, offers, protocol=answer)
    for offers, answer in [
        ("binary", "binary"),
        ("base64, binary", "binary"),
        ("binary, base64", "binary"),
        ("base64,binary,chat", "binary"),
        (["base64", "binary"], "binary"),
        (",binary,,", "binary"),
        ("base64", None),
        ("", None),
        (" ,", None),
        ("chat, superchat", None),
        ("xbinary", None),
        ("binaryx, base64", None),
        ("Binary", None),
        ("!#$%&'*+-.^_`|~", None),
    ]
]

# 9.1: a server that knows none of them answers none
# and a list that a proxy has emptied is none: RFC 9110, 5.6.1.2
GOOD_EXTENSIONS = rows("9.1", EXTENSIONS, [
    "",
    ",",
    " , ,",
    "permessage-deflate",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate; server_max_window_bits=10, permessage-deflate",
    "x-webkit-deflate-frame",
    'foo; bar="baz"; x=1;y , q',
    r'foo; bar="b\az"',
    ", foo,,",
    ["foo", "bar; baz=2"],
])

BAD_REQUESTS = [
    *[Row("4.2.1 1", f"method {method}", line=method + " {path} HTTP/1.1",
          refused={400, 405, 501}) for method in ("POST", "PUT", "OPTIONS", "get")],
    Row("4.2.1 1", "HTTP/1.0", line="GET {path} HTTP/1.0", refused=BAD_OR_UPGRADE),
    Row("4.2.1 1", "HTTP/0.9", line="GET {path}", refused=BAD),
    Row("4.2.1 1", "HTTP/2.0", line="GET {path} HTTP/2.0", refused={400, 505}),
    Row("3986 3.5", "a fragment", line="GET {path}#top HTTP/1.1", refused=BAD),
    Row("3", "a ws URI for a target", line="GET ws://{host}{path} HTTP/1.1",
        refused=BAD),
    *rows("4.2.1 2", "Host", [None, "", "a b", "a/b", "u@a", "a:b", "a:65536", "[::1"],
          BAD),
    row("9112 3.2", "two Hosts", "Host", ["a", "a"], BAD),
    *rows("9112 6", "Content-Length", ["5", "x", "-1", ["0", "5"], "0, 0"], {400, 413}),
    *rows("9112 6", "Transfer-Encoding", ["chunked", "gzip, chunked"],
          {400, 413, 501}),
    # 9112, 6.3: "MUST respond with the 400", the length cannot be known
    *rows("9112 6.3", "Transfer-Encoding", [
        "gzip", "chunked, gzip", "identity", "xchunked", "", "chunked, chunked",
        ["chunked", "identity"]], BAD),
    Row("9112 6.3", "both of them",
        {"Content-Length": "5", "Transfer-Encoding": "chunked"}, refused=BAD),
]

BAD_UPGRADES = [
    *rows("4.2.1 3", "Upgrade", [
        None, "", ",", "h2c", "websockets", "xwebsocket", "web socket", "websocket/13",
        '"websocket"', "websocket;x", "websocket h2c", "websocket, a b",
        "websocket, @", "websocket, a/", "websocket, /b", "websocket, a/b/c"],
        BAD_OR_UPGRADE),
    *rows("4.2.1 4", "Connection", [
        None, "", ",", "close", "keep-alive", "upgraded", "xUpgrade", "Up grade",
        '"Upgrade"', "Upgrade;x", "Upgrade keep-alive", "Upgrade, a b", "Upgrade, @"],
        BAD_OR_UPGRADE),
]

BAD_KEYS = [
    *rows("4.2.1 5", "Sec-WebSocket-Key", [
        None, "", "x", "==", "=" * 24, key_of(15), key_of(17), key_of(18), key_of(32),
        KEY[:-1], KEY[:-2], KEY + "=", KEY + "x", "=" + KEY[:-1], KEY.replace("s", "!"),
        "-_" * 10 + "-g==", KEY[:10] + " " + KEY[11:], KEY[:10] + "=" + KEY[11:],
        f'"{KEY}"', f"{KEY}, {KEY}", f"{KEY},", KEY[:21] + "\xe4=="], BAD),
    row("11.3.1", "the same key twice", "Sec-WebSocket-Key", [KEY, KEY], BAD),
    row("11.3.1", "two keys", "Sec-WebSocket-Key", [KEY, key_of(16)], BAD),
]

BAD_VERSIONS = [
    *rows("4.4", "Sec-WebSocket-Version", ["0", "7", "8", "12", "14", "25", "255"],
          OTHER_VERSION),
    *rows("4.2.1 6", "Sec-WebSocket-Version", [
        None, "", "013", "+13", "13.0", "13x", "x", "256", "1", "3", "13, 8", "8, 13",
        "13 8", "13;8", '"13"', ["13", "13"], ["8", "13"]], BAD_OR_UPGRADE),
]

# 4.3: Sec-WebSocket-Protocol-Client = 1#token
BAD_PROTOCOLS = rows("4.2.1 8", PROTOCOL, [
    "binary chat", '"binary"', "binary;q=1", "binary, b@d", "binary, (x)",
    "binary=1", "bin/ary", "bin\xe4ry, binary", ["binary", "a b"]], BAD)

# 9.1: "If a value is received by either the client or the server during
# negotiation that does not conform to the ABNF below, the recipient of such
# malformed data MUST immediately _Fail the WebSocket Connection_."
BAD_EXTENSIONS = rows("9.1", EXTENSIONS, [
    ";", "a;", "a; ", "a;;b", "a; =b", "a; b=", 'a; b="', 'a; b="c',
    'a; b="cd', r'a; b="c\d', 'a; b=c"', 'a; b=""', 'a; b="c d"', 'a; b="c,d"',
    'a; b="c;d"', 'a; b="c"d',
    r'a; b="c\"', r'a; b="\ "', "a b", "@", "=a", "a=b", "a; b=c d", "a; b=c=d",
    "a; b c", "a\xe4", ["a", "b;"], "a, b;"], BAD)

ACCEPTED = GOOD + GOOD_PROTOCOLS + GOOD_EXTENSIONS
REFUSED = BAD_REQUESTS + BAD_UPGRADES + BAD_KEYS + BAD_VERSIONS
REFUSED += BAD_PROTOCOLS + BAD_EXTENSIONS


def accept_of(key):
    """4.2.2, 5.4"""
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def check_101(answer, one):
    """4.2.2, 5."""
    assert answer.version == "HTTP/1.1"
    assert answer.get("upgrade").lower() == "websocket"
    assert "upgrade" in answer.get("connection").lower()
    assert answer.get("sec-websocket-accept") == accept_of(one.key)
    assert answer.get(PROTOCOL) == one.protocol
    assert answer.get(EXTENSIONS) is None
    # RFC 9110, 8.6: "MUST NOT send a Content-Length header field in any
    # response with a status code of 1xx"; 9112, 6.1: nor Transfer-Encoding
    assert answer.get("content-length") is None
    assert answer.get("transfer-encoding") is None


@pytest.mark.parametrize("behind", [b"", DATA], ids=["alone", "with a frame"])
@pytest.mark.parametrize("one", ACCEPTED, ids=str)
def test_is_accepted(rig, one, behind):
    head = one.head(rig, rig.recorder.target)
    talk = Conversation(rig, head=head, behind=behind)
    check_101(talk.upgraded, one)
    assert talk.read_to_fence() == []
    talk.close_well()
    talk.check_end(b"early" if behind else b"")


@pytest.mark.parametrize("one", GOOD_EXTENSIONS, ids=str)
def test_an_extension_that_was_not_negotiated_is_not_used(rig, one):
    """5.2: "MUST be 0 unless an extension is negotiated" """
    talk = Conversation(rig, head=one.head(rig, rig.recorder.target))
    talk.send(frame(BINARY, b"x", rsv=4))
    assert talk.read_to_end() == [] and talk.closes == [1002]
    talk.check_end(b"")


@pytest.mark.parametrize("has_more", [False, True], ids=["alone", "with more"])
@pytest.mark.parametrize("one", REFUSED, ids=str)
def test_is_refused(rig, one, has_more):
    more = DATA + frame(PING) + b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    with Answers(rig.one.address) as answers:
        answers.send(one.head(rig, rig.trap.target) + (more if has_more else b""))
        answer = answers.next()
        assert answer.status in one.refused, answer.status
        assert answer.closes and answers.ends()
    rig.check_honest()


@pytest.mark.parametrize("one", ACCEPTED[:8], ids=str)
def test_is_accepted_byte_by_byte(rig, one):
    head = one.head(rig, rig.recorder.target) + DATA
    talk = Conversation(rig, head=head, bytewise=True)
    check_101(talk.upgraded, one)
    talk.close_well()
    talk.check_end(b"early")


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_frame_is_cut_by_the_end_of_the_first_segment(rig, cut):
    """Its first part comes with the head, and waits for the target."""
    head = Row("", "").head(rig, rig.recorder.target)
    talk = Conversation(rig, head=head, behind=DATA[:cut])
    talk.send(DATA[cut:])
    talk.close_well()
    talk.check_end(b"early")


def test_no_refused_handshake_has_reached_its_target(rig):
    rig.check_trap()


@pytest.mark.parametrize("method", ["HEAD", "CONNECT"])
def test_other_methods_are_no_handshake(rig, method):
    """4.2.1, 1.: GET; the answer to HEAD has no body (RFC 9110, 9.3.2)."""
    line = method + " {path} HTTP/1.1"
    with Answers(rig.one.address) as answers:
        answers.send(Row("", "", line=line).head(rig, rig.trap.target))
        answer = answers.next(has_body=method != "HEAD")
        assert answer.status in (400, 405, 426, 501)
        if answer.status == 405:
            assert method not in answer.get("allow")
        assert answer.closes and answers.ends()
    rig.check_trap()
