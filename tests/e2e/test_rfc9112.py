# SPDX-License-Identifier: ISC
"""RFC 9112 and 9110: the head of a request, as a server must read it.

A row says by which rule, what is sent, and the statuses that may come. With
right the connection goes on, which the next request in the same segment
shows: it is answered too. Else there is one answer, and a clean end: what
lies behind a bad head is never taken for a request (9112, 11.2). Each row
is sent at once, and byte by byte.
"""

from dataclasses import dataclass

import pytest

from conformance import Answers, Conversation, frame
from wsclient import BINARY, WsClient

HEAD_MAX = 32768  # request-head
FIELDS_MAX = 128
TARGET_MAX = 271  # bytes of a target's text
BAD = {400}
HOST = b"Host: a\r\n"
NEXT = b"GET /healthz HTTP/1.1\r\nHost: behind.example\r\n\r\n"


@dataclass
class Row:
    rule: str
    what: str
    sends: bytes
    statuses: set
    goes_on: bool = False

    def __str__(self):
        return f"{self.rule} {self.what}"

    @property
    def is_head(self):
        return self.sends.startswith(b"HEAD ")


def get(fields=HOST, path=b"/healthz", line=None):
    return (line or b"GET " + path + b" HTTP/1.1") + b"\r\n" + fields + b"\r\n"


def field_rows(rule, statuses, goes_on=False, **named):
    """Rows of one field more than Host; _ in a name stands for a blank."""
    return [
        Row(rule, name.replace("_", " "), get(HOST + line + b"\r\n"), statuses, goes_on)
        for name, line in named.items()
    ]


def line_rows(rule, statuses, goes_on=False, **named):
    return [
        Row(rule, name.replace("_", " "), get(line=line), statuses, goes_on)
        for name, line in named.items()
    ]


def host_rows(rule, statuses, values, goes_on=False):
    return [
        Row(rule, f"Host {value!r}", get(b"Host: " + value + b"\r\n"), statuses, goes_on)
        for value in values
    ]


FINE = [
    Row("2.2", "an empty line in front", b"\r\n" + get(), {200}, True),
    *line_rows(
        "2.3", {200}, True, a_higher_minor_version=b"GET /healthz HTTP/1.9"),
    *line_rows(
        "3.2.2", {200}, True,
        absolute_form=b"GET http://a/healthz HTTP/1.1",
        absolute_form_of_https=b"GET https://a/healthz HTTP/1.1",
        absolute_form_in_capitals=b"GET HTTP://A:80/healthz HTTP/1.1",
        absolute_form_without_a_path=b"GET http://a HTTP/1.1",
        absolute_form_with_a_query_alone=b"GET http://a?x HTTP/1.1"),
    *line_rows("9110 9.3.2", {200}, True, HEAD=b"HEAD /healthz HTTP/1.1"),
    *line_rows(
        "3986 2.1", {200}, True, an_escaped_letter=b"GET /%61 HTTP/1.1",
        a_query_with_escapes=b"GET /a?%00%ff%zz HTTP/1.1"),
    *field_rows(
        "9110 5.5", {200}, True,
        an_empty_value=b"X:",
        blanks_around_a_value=b"X:  \t y z \t ",
        no_blank_before_a_value=b"X:y",
        obs_text=b"X: \x80\xe4\xff",
        every_visible_character=b"X: " + bytes(range(0x21, 0x7F)),
        a_colon_in_a_value=b"X: a: b"),
    *field_rows(
        "9110 5.6.2", {200}, True,
        every_token_character=b"!#$%&'*+-.^_`|~09azAZ: y"),
    *field_rows("6.3", {200}, True, no_body=b"Content-Length: 0",
                no_body_at_length=b"Content-Length: 0000"),
    # "MAY omit sending a 100 (Continue) response (...) if the framing
    # indicates that there is no content"; another expectation: "MAY
    # respond with a 417", and nothing else of it binds a server
    *field_rows("9110 10.1.1", {200}, True,
                expecting_100_without_content=b"Expect: 100-continue",
                expecting_it_in_capitals=b"EXPECT: 100-CONTINUE",
                expecting_it_in_a_list=b"Expect: , 100-continue,"),
    *field_rows("9110 10.1.1", {200, 417}, True,
                expecting_what_nobody_knows=b"Expect: 200-ok",
                expecting_it_with_a_parameter=b"Expect: a=b;c, 100-continue"),
    Row("9110 10.1.1", "HTTP/1.0 expecting 100",
        get(HOST + b"Expect: 100-continue\r\n", line=b"GET /healthz HTTP/1.0"), {200}),
    *host_rows("3.2", {200}, [b"a:80", b"a:", b"[::1]", b"[::1]:8080", b"1.2.3.4",
                              b"a%41", b"xn--bcher-kva.example", b"a_b.example"], True),
    Row("2.3", "HTTP/1.0 without Host", b"GET /healthz HTTP/1.0\r\n\r\n", {200}),
    Row("9.6", "close", get(HOST + b"Connection: close\r\n"), {200}),
    Row("9.6", "close in a list", get(HOST + b"Connection: x, Close ,y\r\n"), {200}),
    Row("9110 15.5.5", "nothing there", get(path=b"/no/such/thing"), {404}, True),
]

# 2.2: "a bare CR" is an error or a blank; LF alone MAY be taken for the end
# of a line, and is a smuggler's tool: DESIGN 4 wants 400
LINES = [
    Row("2.2", name, data, BAD) for name, data in {
        "bare LF": b"GET / HTTP/1.1\nHost: a\n\n",
        "bare LF behind the request line": b"GET / HTTP/1.1\nHost: a\r\n\r\n",
        "bare LF behind a field": b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        "bare LF in the end": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
        "bare LF in front": b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "bare CR in front": b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "bare CR in a value": b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
        "bare CR in the request line": b"GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n",
        "bare CR in the end": b"GET / HTTP/1.1\r\nHost: a\r\n\r\r\n",
        "CR CR LF": b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
        "white space before the first field":
            b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        "tab before the first field": b"GET / HTTP/1.1\r\n\tX: y\r\nHost: a\r\n\r\n",
        "NUL in a value": b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        "NUL in a name": b"GET / HTTP/1.1\r\nHost: a\r\nX\0: y\r\n\r\n",
        "NUL in a target": b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "NUL in front": b"\0GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 60,
    }.items()
]

REQUEST_LINES = [
    *line_rows(
        "3", BAD,
        no_method=b" / HTTP/1.1",
        bad_method=b"G{T / HTTP/1.1",
        a_colon_in_the_method=b"GE:T / HTTP/1.1",
        two_spaces=b"GET  / HTTP/1.1",
        two_spaces_behind=b"GET /  HTTP/1.1",
        a_tab=b"GET\t/ HTTP/1.1",
        a_space_at_the_end=b"GET / HTTP/1.1 ",
        a_space_in_the_target=b"GET /a b HTTP/1.1",
        no_target=b"GET HTTP/1.1",
        no_version=b"GET /"),
    *line_rows(
        "3.2", BAD,
        a_relative_path=b"GET x HTTP/1.1",
        another_scheme=b"GET ftp://a/ HTTP/1.1",
        userinfo=b"GET http://u@a/ HTTP/1.1",
        an_empty_host=b"GET http:///x HTTP/1.1",
        no_host=b"GET http:// HTTP/1.1",
        a_bad_port=b"GET http://a:x/ HTTP/1.1",
        a_fragment=b"GET /a#b HTTP/1.1",
        a_byte_above_ASCII=b"GET /\xc3\xa4 HTTP/1.1",
        DEL=b"GET /\x7f HTTP/1.1",
        a_quote=b'GET /"a" HTTP/1.1',
        a_backslash=b"GET /a\\b HTTP/1.1"),
    # 3.2.3 and 3.2.4: forms that only CONNECT and OPTIONS have
    *line_rows(
        "3.2", {400, 405, 501},
        authority_form=b"CONNECT a:443 HTTP/1.1",
        authority_form_of_an_address=b"CONNECT 127.0.0.1:5900 HTTP/1.1",
        asterisk_form=b"OPTIONS * HTTP/1.1",
        authority_form_by_GET=b"GET a:443 HTTP/1.1",
        asterisk_form_by_GET=b"GET * HTTP/1.1"),
    *line_rows(
        "2.3", {400, 505},
        lower_case=b"GET / http/1.1",
        another_name=b"GET / HTCPCP/1.1",
        HTTP_2_0=b"GET / HTTP/2.0",
        HTTP_0_9=b"GET / HTTP/0.9",
        HTTP_3=b"GET / HTTP/3",
        two_digits=b"GET / HTTP/1.10",
        two_digits_before=b"GET / HTTP/11.1",
        no_minor=b"GET / HTTP/1.",
        no_digit=b"GET / HTTP/x.1"),
    *line_rows(
        "9110 9.1", {405, 501},
        PUT=b"PUT / HTTP/1.1", DELETE=b"DELETE / HTTP/1.1",
        OPTIONS=b"OPTIONS / HTTP/1.1", TRACE=b"TRACE / HTTP/1.1",
        CONNECT=b"CONNECT / HTTP/1.1", POST=b"POST / HTTP/1.1",
        a_method_has_its_case=b"get / HTTP/1.1", X=b"X / HTTP/1.1"),
]

FIELDS = [
    *field_rows(
        "5.1", BAD,
        a_blank_before_the_colon=b"X : y",
        a_tab_before_the_colon=b"X\t: y",
        no_colon=b"nonsense",
        no_name=b": y",
        a_blank_for_a_name=b" : y",
        a_bracket_in_a_name=b"X(y): z",
        a_slash_in_a_name=b"X/y: z",
        a_name_above_ASCII=b"X\xe4: z"),
    *field_rows(
        "5.2", BAD,
        obs_fold=b"X: y\r\n z",
        obs_fold_by_a_tab=b"X: y\r\n\tz",
        obs_fold_of_nothing=b"X: y\r\n ",
        obs_fold_into_a_length=b"X: y\r\n Content-Length: 5"),
    *[Row("9110 5.5", f"{byte:#04x} in a value",
          get(HOST + b"X: y" + bytes([byte]) + b"z\r\n"), BAD)
      for byte in [*range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F]],
    # 3.2: "MUST respond with a 400 to any HTTP/1.1 request message that
    # lacks a Host header field and to any request message that contains
    # more than one Host header field line or a Host header field with an
    # invalid field value"
    Row("3.2", "no Host", get(b""), BAD),
    Row("3.2", "no Host, another field", get(b"X-Host: a\r\n"), BAD),
    Row("3.2", "no Host with absolute-form",
        get(b"", line=b"GET http://a/ HTTP/1.1"), BAD),
    Row("3.2", "two Hosts", get(HOST + b"Host: b\r\n"), BAD),
    Row("3.2", "the same Host twice", get(HOST + HOST), BAD),
    Row("3.2", "two Hosts, one in capitals", get(HOST + b"HOST: a\r\n"), BAD),
    Row("3.2", "two Hosts in HTTP/1.0",
        get(HOST + HOST, line=b"GET / HTTP/1.0"), BAD),
    Row("3.2", "a bad Host with absolute-form",
        get(b"Host: a b\r\n", line=b"GET http://a/ HTTP/1.1"), BAD),
    *host_rows("3.2", BAD, [
        b"", b"a b", b"a,b c", b"a/b", b"u@a", b"a:x", b"a:-1", b"a:65536", b"a:80:80",
        b":80", b"[::1", b"::1", b"[]", b"[a]", b"[1.2.3.4]", b"[::1]x", b"a%4", b"a%zz",
        b"a?b", b"a#b", b"a\\b", b'"a"', b"a\xe4", b"[fe80::1%25eth0]"]),
]

# 6.1, 6.3, 11.2: what a proxy before the bridge may have understood in
# another way is not answered twice
SMUGGLED = b"GET /healthz HTTP/1.1\r\nX: "
BODIES = [
    Row("6", name, get(HOST + fields) + body, statuses)
    for name, fields, body, statuses in [
        ("a body", b"Content-Length: 5\r\n", b"12345", {400, 413}),
        ("a body that is a request", b"Content-Length: %d\r\n" % len(SMUGGLED),
         SMUGGLED, {400, 413}),
        ("a length without a body", b"Content-Length: 5\r\n", b"", {400, 413}),
        # 9110, 10.1.1: no 100, so a final status, and at once
        ("a length, expecting 100", b"Content-Length: 5\r\nExpect: 100-continue\r\n",
         b"", {400, 413, 417}),
        ("chunks, expecting 100",
         b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", b"",
         {400, 413, 417, 501}),
        ("a length of 20 digits", b"Content-Length: 18446744073709551616\r\n", b"",
         {400, 413}),
        ("chunks", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", {400, 413, 501}),
        ("chunks in capitals", b"TRANSFER-ENCODING: CHUNKED\r\n", b"0\r\n\r\n",
         {400, 413, 501}),
        ("chunks behind another coding", b"Transfer-Encoding: gzip, chunked\r\n",
         b"0\r\n\r\n", {400, 413, 501}),
        ("both", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
         b"0\r\n\r\n", BAD),
        ("both, the other way round",
         b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n", BAD),
        ("both, and no body",
         b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", b"", BAD),
        ("two lengths", b"Content-Length: 0\r\nContent-Length: 5\r\n", b"12345", BAD),
        ("a list of lengths", b"Content-Length: 0, 5\r\n", b"12345", BAD),
        ("a signed length", b"Content-Length: +5\r\n", b"12345", BAD),
        ("a negative length", b"Content-Length: -1\r\n", b"", BAD),
        ("a length in hex", b"Content-Length: 0x5\r\n", b"12345", BAD),
        ("a length with a blank", b"Content-Length: 1 2\r\n", b"", BAD),
        ("no length in the field", b"Content-Length:\r\n", b"", BAD),
        ("a word for a length", b"Content-Length: five\r\n", b"", BAD),
        ("another coding", b"Transfer-Encoding: gzip\r\n", b"", BAD),
        ("identity", b"Transfer-Encoding: identity\r\n", b"", BAD),
        ("nearly chunked", b"Transfer-Encoding: xchunked\r\n", b"", BAD),
        ("quoted chunked", b'Transfer-Encoding: "chunked"\r\n', b"", BAD),
        ("chunked and something behind", b"Transfer-Encoding: chunked, gzip\r\n", b"",
         BAD),
        ("chunked and something behind, in two lines",
         b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"", BAD),
        ("chunked with a parameter", b"Transfer-Encoding: chunked;a=b\r\n", b"", BAD),
        ("chunked twice", b"Transfer-Encoding: chunked, chunked\r\n", b"", BAD),
        ("chunked with VT", b"Transfer-Encoding: \x0bchunked\r\n", b"", BAD),
        ("no coding in the field", b"Transfer-Encoding:\r\n", b"", BAD),
    ]
] + [
    Row("6.1", "chunks in HTTP/1.0",
        get(HOST + b"Transfer-Encoding: chunked\r\n", line=b"GET / HTTP/1.0"),
        {400, 413, 501}),
]


def padded(size, rest=HOST, line=b"GET /healthz HTTP/1.1"):
    """A request head of exactly size bytes."""
    start = line + b"\r\n" + rest + b"X: "
    return start + b"y" * (size - len(start) - 4) + b"\r\n\r\n"


LIMITS = [
    Row("5.4", "the longest head", padded(HEAD_MAX), {200}, True),
    Row("5.4", "a byte more", padded(HEAD_MAX + 1), {431}),
    Row("5.4", "a head of 70000 bytes", padded(70000), {431}),
    Row("5.4", "as many fields as may be", get(HOST + b"X: y\r\n" * (FIELDS_MAX - 1)), {200}, True),
    Row("5.4", "a field more", get(HOST + b"X: y\r\n" * FIELDS_MAX), {431}),
    Row("5.4", "1000 fields", get(HOST + b"X:\r\n" * 1000), {431}),
    # 3: "RECOMMENDED (...) at a minimum, request-line lengths of 8000 octets"
    Row("3", "a request line of 8000 bytes",
        get(line=b"GET /healthz?" + b"x" * (8000 - 22) + b" HTTP/1.1"), {200}, True),
    Row("3", "a request line that fills the head",
        get(line=b"GET /" + b"x" * HEAD_MAX + b" HTTP/1.1"), {414, 431}),
    Row("3", "a method that fills the head", get(line=b"X" * 40000 + b" / HTTP/1.1"),
        {400, 414, 431, 501}),
    Row("3", "a path of 7000 bytes", get(path=b"/" + b"x" * 7000), {404, 414}, True),
]

ROWS = FINE + LINES + REQUEST_LINES + FIELDS + BODIES + LIMITS


def play(rig, row, bytewise):
    with Answers(rig.one.address) as answers:
        answers.send(row.sends + NEXT, bytewise)
        answer = answers.next(has_body=not row.is_head)
        assert answer.status in row.statuses, answer.status
        assert answer.closes != row.goes_on
        if row.goes_on:
            assert answers.next().status == 200
        else:
            assert answers.ends()
    rig.check_honest()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_heads(rig, row):
    play(rig, row, bytewise=False)


@pytest.mark.parametrize("row", [row for row in ROWS if row not in LIMITS], ids=str)
def test_heads_byte_by_byte(rig, row):
    play(rig, row, bytewise=True)


def test_a_limit_is_the_same_byte_by_byte(rig):
    """The longest head, and one more byte; and a head that never ends is not awaited."""
    for row in LIMITS[:2]:
        play(rig, row, bytewise=True)
    with Answers(rig.one.address) as answers:
        answers.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * HEAD_MAX)
        assert answers.next().status == 431 and answers.ends()


def test_who_waits_for_a_100_has_a_final_status(rig):
    """9110, 10.1.1: nothing lies behind the head, and nothing is awaited."""
    with Answers(rig.one.address) as answers:
        answers.send(get(HOST + b"Expect: 100-continue\r\nContent-Length: 5\r\n"))
        assert answers.next().status in {400, 413, 417} and answers.ends()


def test_many_requests_in_one_segment_are_answered_in_order(rig):
    """9.3.2; a bad one among them ends it, whatever is behind."""
    paths = [b"/healthz", b"/no/such", b"/api/targets", b"/", b"/a"] * 8
    statuses = [200, 404, 200, 200, 200] * 8
    with Answers(rig.one.address) as answers:
        answers.send(b"".join(get(path=p) for p in paths) + get(b"") + NEXT)
        for status in statuses:
            assert answers.next().status == status
        assert answers.next().status == 400 and answers.ends()


@pytest.mark.parametrize("size", [600, HEAD_MAX - 1, HEAD_MAX])
def test_frames_and_requests_around_an_upgrade(rig, size):
    """Requests, an upgrade of any size and its first frames in one segment."""
    line = b"GET /proxy?target=%s HTTP/1.1" % rig.recorder.target.encode()
    client = WsClient(rig.one.address)
    fields = client.upgrade_head("/").split(b"\r\n", 1)[1][:-2]
    data = b"".join(frame(BINARY, b"%d " % n) for n in range(100))
    head = padded(size, rest=fields, line=line)
    client.close()
    talk = Conversation(rig, head=head, behind=data)
    assert talk.read_to_fence() == []
    talk.close_well()
    talk.check_end(b"".join(b"%d " % n for n in range(100)))


def test_requests_before_an_upgrade_do_not_get_into_it(rig):
    with Answers(rig.one.address) as answers:
        client = WsClient(rig.one.address)
        head = client.upgrade_head(f"/proxy?target={rig.recorder.target}")
        client.close()
        answers.send(NEXT * 3 + head + frame(BINARY, b"x") + NEXT)
        for _ in range(3):
            assert answers.next().status == 200
        answer = answers.next()
        # a 101, and never a fourth 200: what follows are frames, bad ones
        assert answer.status == 101
        assert b"HTTP/1.1" not in answers.client.read_to_end()
    assert rig.recorder.wait_end(rig.recorder.accepted - 1)[0] == b"x"


@pytest.mark.parametrize(
    "count,is_accepted", [(TARGET_MAX, True), (TARGET_MAX + 1, False)]
)
def test_the_longest_target(rig, count, is_accepted):
    """Room for a DNS name with a port; a longer one is a bad request."""
    path = "/proxy?target=" + "a" * count
    client = WsClient(rig.one.address)
    with client:
        answer = client.upgrade(path)
        assert answer.status == (101 if is_accepted else 400)
        if is_accepted:
            client.wait_close()
            assert 4500 <= client.close_code < 4600
