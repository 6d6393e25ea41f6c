# SPDX-License-Identifier: ISC
"""Who was refused finds out why in the log, and nobody can flood it."""

import re
import socket
import ssl

import pytest

from certs import self_signed
from daemon import LINE, free_port
from test_recipes import recipe
from tlsclient import client_context, listen_tls
from waiting import until
from wsclient import HttpClient, WsClient

LINES_MAX = 20  # of one source in a minute: common/quota.h
DENIED = "192.0.2.1:5901"


def send(one, data):
    """The status of the answer; with the client's address."""
    with HttpClient(one.address) as client:
        own = "%s:%d" % client.sock.getsockname()
        client.sock.sendall(data)
        return client.read_response(has_body=False).status, own


def ask(path="/", fields="", line=None, host="localhost"):
    line = line or f"GET {path} HTTP/1.1"
    return f"{line}\r\nHost: {host}\r\n{fields}\r\n".encode()


def upgrade(**changed):
    fields = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    text = "".join(f"{n}: {v}\r\n" for n, v in fields.items() if v is not None)
    return ask("/proxy?target=127.0.0.1", text)


REFUSALS = [
    (upgrade(Origin="https://a"), 403,
     'origin "https://a" is not this host "localhost"; add it to origins'),
    (upgrade(Origin="null"), 403, 'origin "null"'),
    (ask(host='evil.example:80'), 421,
     'host "evil.example:80" is not a name of this bridge; add it to hosts'),
    (upgrade(Upgrade=None), 426, 'no "Upgrade: websocket"'),
    (upgrade(Connection="close"), 400, 'no "Connection: upgrade"'),
    (upgrade(Sec_WebSocket_Version="8"), 426, 'Sec-WebSocket-Version "8" is not 13'),
    (upgrade(Sec_WebSocket_Key="x"), 400, "Sec-WebSocket-Key"),
    (upgrade(Sec_WebSocket_Protocol="a b"), 400, "Sec-WebSocket-Protocol is malformed"),
    (upgrade().replace(b"HTTP/1.1", b"HTTP/1.0"), 400, "HTTP/1.0"),
    (upgrade().replace(b"?target", b"?x"), 400, "names no target"),
    (ask(line="POST / HTTP/1.1"), 405, 'method "POST"'),
    (ask(fields="Content-Length: 5\r\n"), 413, "body"),
    (ask("/" + "a" * 70000), 414, "request line is too long"),
    (ask(fields="X: " + "a" * 70000 + "\r\n"), 431, "head is too long"),
    (ask(fields="X: y\r\n" * 200), 431, "too many fields"),
    (b"GET / HTTP/1.1\r\n\r\n", 400, "no Host field"),
    (ask(host="a b"), 400, "Host is malformed"),
    (ask(line="GET / HTTP/2.0"), 505, "not HTTP/1.x"),
]


@pytest.mark.parametrize("data,status,says", REFUSALS)
def test_a_refusal_leaves_one_line_with_the_client_and_why(bridge, data, status, says):
    one = bridge()
    answered, own = send(one, data)
    assert answered == status
    line = one.wait_line(rf"refused conn=\d+ client={own} status={status}: ")
    assert says in line
    assert len(one.grep("refused conn")) == 1


def test_a_head_that_does_not_come_leaves_a_line_and_silence_none(bridge):
    one = bridge(handshake_timeout=1)
    with HttpClient(one.address) as silent, HttpClient(one.address) as slow:
        slow.sock.sendall(b"GET / HT")
        assert slow.read_response().status == 408
        assert silent.is_closed()
    one.wait_line("status=408: no complete request within 1 s")
    assert len(one.grep("refused conn")) == 1


def test_what_is_answered_is_no_refusal(bridge, testcard):
    one, card = bridge(), testcard("echo")
    assert one.get("/favicon").status == 200 and one.get("/a/b").status == 404
    one.connect(card.target).close()
    one.wait_end()
    assert not one.grep("refused")


def test_foreign_text_can_not_pretend_to_be_a_line(bridge):
    one = bridge()
    evil = 'https://x" \\ refused conn=1 client=9.9.9.9:9 status=403: \x80'
    with HttpClient(one.address) as client:
        client.sock.sendall(upgrade(Origin=evil).decode().encode("latin-1"))
        assert client.read_response().status == 403
    line = one.wait_line("refused conn=")
    assert r"https://x\x22 \x5c refused" in line and r"\x80" in line
    assert banned(line) == ["127.0.0.1"]


def test_a_flood_of_refusals_is_counted_and_not_written(bridge):
    one = bridge()
    for _ in range(LINES_MAX + 30):
        assert send(one, ask(host="evil.example"))[0] == 421
    one.wait_line("refused conn=")
    assert one.stop() == 0
    assert len(one.grep("refused conn=")) == LINES_MAX
    assert one.grep("worker 0 info: 30 more lines like these from=127.0.0.1 in a minute")


@pytest.mark.parametrize("verbose", [False, True])
def test_a_flood_of_denied_targets_is_too_and_names_the_client(bridge, verbose):
    """Sessions that open have their lines all the same."""
    one = bridge(args=("-d", "-v") if verbose else ("-d",), allow=["127.0.0.1"])
    for _ in range(LINES_MAX + 30):
        with WsClient(one.address) as client:
            own = "%s:%d" % client.sock.getsockname()
            client.open(DENIED)
            assert client.wait_close()[0] == 4520
    assert one.get("/healthz").status == 200
    assert one.stop() == 0
    assert 0 < len(one.grep("broker info: refused conn=")) <= LINES_MAX
    assert len(one.grep("session ended")) == LINES_MAX
    assert len(one.grep(f"client=127.0.0.1:.*{DENIED}")) <= 3 * LINES_MAX
    assert f"{own} " not in "\n".join(one.lines), "the last ones are counted"
    assert one.grep("worker 0 info: 30 more lines like these from=127.0.0.1")
    for line in one.grep("refused conn="):
        assert re.search(r"client=127\.0\.0\.1:\d+ addr=192", str(line))


def test_sessions_have_their_lines_however_many_are_refused(bridge, testcard):
    one, card = bridge(), testcard("echo")
    for _ in range(LINES_MAX + 5):
        send(one, ask(host="evil.example"))
    for _ in range(LINES_MAX + 5):
        with WsClient(one.address) as client:
            client.open(card.target)
            client.recv_exact(12)
            client.shut()
    until(lambda: len(one.grep("session ended")) == LINES_MAX + 5, 10, "all the lines")
    assert len(one.grep("session opened")) == LINES_MAX + 5


def test_sources_are_counted_each_for_itself(bridge):
    """127.0.0.2 has its lines where 127.0.0.1 has none left."""
    one = bridge(listen=["0.0.0.0:%d" % free_port()])
    for _ in range(LINES_MAX + 1):
        send(one, ask(host="evil.example"))
    with socket.create_connection(
        ("127.0.0.1", one.address[1]), source_address=("127.0.0.2", 0)
    ) as sock:
        sock.sendall(ask(host="evil.example"))
        assert b" 421 " in sock.recv(100)
    one.wait_line("client=127.0.0.2:.* status=421")


def test_a_handshake_that_fails_leaves_a_line_without_v(bridge, directory):
    address = "127.0.0.1:%d" % free_port()
    one = bridge(extra=listen_tls(address, self_signed(directory, "own")))
    address = ("127.0.0.1", int(address.rpartition(":")[2]))
    with socket.create_connection(address):
        pass  # a balancer looks whether the port is open: no handshake
    strict = ssl.create_default_context()
    for _ in range(LINES_MAX + 10):
        with socket.create_connection(address) as sock:
            with pytest.raises(ssl.SSLError):
                strict.wrap_socket(sock, server_hostname="localhost")
    with HttpClient(address, context=client_context()) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 200
    lines = one.grep("handshake failed")
    assert one.stop() == 0
    lines = one.grep("handshake failed")
    assert len(lines) == LINES_MAX
    assert banned(lines[-1]) == ["127.0.0.1"]
    assert one.grep("10 more lines like these from=127.0.0.1")


# the filter of README.md

FILTER = recipe("fail2ban", [(r"^(?:.*\n)*failregex = ", ""), (r"\n$", "")])
ADDR = r"(?P<ip>[0-9.]+|[0-9a-f:]+)"  # what fail2ban puts there


def banned(line):
    """Whom fail2ban bans for a line, which it has taken the time off."""
    rest = re.sub(r"^\d\d\d\d-\S+Z ", "", line)
    return [m["ip"] for m in re.finditer(FILTER.replace("<ADDR>", ADDR), rest)]


def test_fail2bans_filter_knows_the_lines_as_syslog_and_stderr_have_them():
    text = "worker 3{}: refused conn=5 client={}:40790 status=403: origin"
    for address, shown in [("10.0.0.5", "10.0.0.5"), ("2001:db8::1", "[2001:db8::1]")]:
        for level, before in [
            (" info", ""), ("", "vncbridged[12]: "), ("", "host vncbridged[12]: "),
        ]:
            assert banned(before + text.format(level, shown)) == [address]
    via = text.format("", "10.0.0.5").replace(" status", " via=127.0.0.1:80 status")
    assert banned(via) == ["10.0.0.5"]
    for address in ("10.0.0.5", "2001:db8::1"):
        line = f'auth info: login failed client={address} user="x" kind=password why="y"'
        assert banned(line) == [address]
    for line in (
        text.format("", "10.0.0.5").replace("403", "401"),
        'broker: refused conn=5 client=10.0.0.5:9 user="alice" why="not logged in"',
        'auth: login not checked client=10.0.0.5 user="x" kind=password why="y"',
        "auth: login client=10.0.0.5 user=\"login failed client=9.9.9.9 x\"",
        text.format("", "10.0.0.5").replace("403", "503"),
        text.format("", "10.0.0.5").replace("status=403", "via=[::1]:80 status=503"),
        'worker 0 info: session ended conn=5 client=10.0.0.5:1 target="x"',
        "worker 0 info: 312 more lines like these from=10.0.0.5 in a minute",
        'worker 0 info: session ended reason="worker 0: refused conn=1 client=9.9.9.9:9 x"',
    ):
        assert not banned(line)


def test_fail2bans_filter_takes_the_daemons_own_lines(bridge):
    one = bridge(allow=["127.0.0.1"])
    send(one, ask(host="evil.example"))
    with WsClient(one.address) as client:
        client.open(DENIED)
        client.wait_close()
    for pattern in ("worker 0 info: refused", "broker info: refused"):
        assert banned(one.wait_line(pattern)) == ["127.0.0.1"]
    assert sum(len(banned(line)) for line in one.lines if LINE.match(line)) == 2
