# SPDX-License-Identifier: ISC
"""The PROXY protocol: at a listener, before TLS and HTTP, by hand and from
haproxy; and to a target. The rows of what a header is are in
check_proxy_header.c."""

import ipaddress
import json
import os
import socket
import ssl
import struct

import pytest

import daemon
from daemon import free_port
from proc import Program
from targets import Says
from test_recipes import find_program
from tlsclient import Listen, client_context, listen_body
from tlstarget import server_context, target_section
from waiting import seconds, until
from wsclient import HttpClient, WsClient

CLIENT = "198.51.100.7:4711"
CLIENT_6 = "[2001:db8::7]:4711"
FORGED = "203.0.113.9"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
GREETING = b"RFB 003.008\n"
LATE_SEC = 1


def version_2(client, command=1, appended=b""):
    host, _, port = client.rpartition(":")
    ip = ipaddress.ip_address(host.strip("[]"))
    family = 0x11 if ip.version == 4 else 0x21
    body = 2 * ip.packed + struct.pack(">HH", int(port), 6080) + appended
    return SIGNATURE + bytes([0x20 | command, family]) + struct.pack(">H", len(body)) + body


V1 = b"PROXY TCP4 198.51.100.7 192.0.2.2 4711 6080\r\n"
V1_6 = b"PROXY TCP6 2001:db8::7 2001:db8::8 4711 6080\r\n"
SSL_TLV = b"\x20\0\x0c\x07\0\0\0\0\x22\0\x04evil"
HEADERS = {
    "v1": (V1, CLIENT),
    "v1-v6": (V1_6, CLIENT_6),
    "v2": (version_2(CLIENT), CLIENT),
    "v2-v6": (version_2(CLIENT_6), CLIENT_6),
    "v2-tlvs": (version_2(CLIENT, appended=SSL_TLV + b"\x04\0\1x"), CLIENT),
    "unknown": (b"PROXY UNKNOWN x\r\n", None),
    "local": (version_2(CLIENT, command=0), None),
}


class Announced(WsClient):
    """A client behind a proxy that speaks the PROXY protocol."""

    def __init__(self, address, header, **how):
        self.header = header
        super().__init__(address, **how)
        if how.get("context") is None:
            self.sock.sendall(header)

    def _start_tls(self, context, **how):
        self.sock.sendall(self.header)
        super()._start_tls(context, **how)


@pytest.fixture
def introduced(bridge, authority):
    """introduced(is_tls, **settings): (daemon, address, context); the first
    listener is an ordinary one, and the second wants a header."""

    def start(is_tls=False, **settings):
        port = free_port()
        body = "proxy-protocol = yes"
        if is_tls:
            body += "  " + listen_body([authority.server("bridge")])
        settings.setdefault("trusted_proxies", ["127.0.0.1"])
        listen = [f"127.0.0.1:{free_port()}", Listen(f"127.0.0.1:{port}", body)]
        one = bridge(listen=listen, **settings)
        until(lambda: one.conns() == 0, 10, "the end of who asked whether it is ready")
        return one, ("127.0.0.1", port), client_context(authority) if is_tls else None

    return start


def sessions(one):
    return json.loads(one.ctl("-j", "sessions").stdout)["sessions"]


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
def test_the_client_of_a_header_is_the_client(introduced, testcard, is_tls):
    card = testcard("echo")
    one, address, context = introduced(is_tls)
    for kind, (header, client) in HEADERS.items():
        start = len(one.lines)
        with Announced(address, header, context=context) as ws:
            ws.open(card.target)
            ws.recv_exact(12)
            opened = one.wait_log(start=start, tls=None, client=client)
            (found,) = sessions(one)
            assert found["client"] == opened["client"], kind
            assert (client is None) == ("via" not in opened), kind
            assert opened["client" if client is None else "via"].startswith("127.0.0.1:")
        until(lambda: not sessions(one), 10, "the end of the session")


@pytest.mark.parametrize("kind", ["v1", "v2", "v2-tlvs"])
def test_what_follows_in_the_same_segment_is_not_lost(introduced, kind):
    header, client = HEADERS[kind]
    one, address, _ = introduced()
    request = f"GET /proxy?target=a HTTP/1.1\r\nHost: {one.target}\r\n\r\n".encode()
    with HttpClient(address) as http:
        http.send(header + request)
        assert http.read_response().status == 426
    assert one.wait_log(status="426:")["client"] == client


@pytest.mark.parametrize("kind", ["v1", "v2"])
def test_a_client_hello_in_the_same_segment_is_not_lost(introduced, kind):
    header, client = HEADERS[kind]
    one, address, context = introduced(is_tls=True)
    came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(came, goes, server_hostname="127.0.0.1")
    with socket.create_connection(address, seconds(10)) as sock:
        pending = [header]

        def step(act):
            while True:
                try:
                    return act()
                except ssl.SSLWantReadError:
                    sock.sendall(b"".join(pending) + goes.read())
                    pending.clear()
                    came.write(sock.recv(65536))

        step(tls.do_handshake)
        tls.write(f"GET /proxy HTTP/1.1\r\nHost: {one.target}\r\n\r\n".encode())
        assert b" 426 " in step(lambda: tls.read(4096))
    assert one.wait_log(status="426:")["client"] == client


@pytest.mark.parametrize("kind", ["v1", "v2-tlvs"])
def test_a_header_cut_at_each_byte_is_the_same(introduced, testcard, kind):
    card = testcard("echo")
    header, client = HEADERS[kind]
    one, address, _ = introduced()
    for cut in range(1, len(header)):
        with Announced(address, header[:cut]) as ws:
            until(lambda: one.conns() > 0, 10, "the connection")
            ws.send_raw(header[cut:])
            ws.open(card.target)
            ws.recv_exact(12)
            assert [s["client"] for s in sessions(one)] == [client], cut
        until(lambda: one.conns() == 0, 10, "the end")


def unread(address, sock):
    """Bytes that the kernel keeps for the worker, of that connection."""
    ports = "%04X" % address[1], "%04X" % sock.getsockname()[1]
    with open("/proc/net/tcp", encoding="ascii") as f:
        for line in f.readlines()[1:]:
            fields = line.split()
            if (fields[1].rpartition(":")[2], fields[2].rpartition(":")[2]) == ports:
                return int(fields[4].rpartition(":")[2], 16)
    return None


@pytest.mark.parametrize("part", [V1[:-1], version_2(CLIENT)[:15], version_2(CLIENT)[:-1]],
                         ids=["v1", "v2-start", "v2-addresses"])
def test_a_part_of_a_header_does_not_keep_the_loop_turning(introduced, part):
    """What was looked at is taken: else it would be told to be there for ever."""
    one, address, _ = introduced()
    whole = V1 if part in V1 else version_2(CLIENT)
    with Announced(address, part) as ws:
        until(lambda: one.conns() > 0, 10, "the connection")
        until(lambda: unread(address, ws.sock) == 0, 10, "the part to be taken")
        ws.send_raw(whole[len(part):])
        ws.request("GET", "/healthz")
        assert ws.read_response().status == 200


BAD = {
    "http": b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\0",
    "malformed": b"PROXY TCP4 198.51.100.7 192.0.2.2 04711 6080\r\n",
    "bare-lf": V1.replace(b"\r", b""),
    "version": SIGNATURE + b"\x31",
    "checksum": version_2(CLIENT, appended=b"\3\0\4\0\0\0\0"),
    "too-long": SIGNATURE + b"\x21\x11\xff\xff",
}


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
def test_without_a_good_header_nobody_is_served(introduced, is_tls):
    one, address, _ = introduced(is_tls)
    for kind, data in BAD.items():
        start = len(one.lines)
        with HttpClient(address) as client:
            client.send(data)
            assert client.is_closed(), kind
        line = one.wait_log(start=start, reason=None, conn=None)
        assert line["client"].startswith("127.0.0.1:"), kind
    assert len(one.grep("no proxy conn=")) == len(BAD)


def test_a_header_that_does_not_come_is_awaited_so_long(introduced):
    one, address, _ = introduced(handshake_timeout=LATE_SEC)
    for part in (b"", V1[:20], SIGNATURE):
        start = len(one.lines)
        with HttpClient(address) as client:
            client.send(part)
            assert client.is_closed()
        line = one.wait_log(start=start, reason="its PROXY header took too long")
        assert line["client"].startswith("127.0.0.1:")


def test_who_leaves_without_a_word_is_no_line(introduced):
    one, address, _ = introduced()
    with HttpClient(address):
        until(lambda: one.conns() == 1, 10, "the connection")
    until(lambda: one.conns() == 0, 10, "its end")
    assert not one.grep("no proxy")


def test_a_header_of_others_is_not_believed(introduced):
    one, address, _ = introduced(trusted_proxies=["127.0.0.2"])
    with HttpClient(address) as client:
        try:
            client.send(V1)
        except OSError:
            pass  # it was closed already
        assert client.is_closed()
    line = one.wait_log(reason="it is not one of trusted-proxies")
    assert line["client"].startswith("127.0.0.1:")
    assert not one.grep("198.51.100.7")


def test_an_ordinary_listener_takes_no_header(introduced):
    one, _, _ = introduced()
    with HttpClient(one.address) as client:
        client.send(V1 + b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert client.read_response().status == 400
    assert not one.grep("198.51.100.7")


def test_what_the_announced_client_says_is_believed_if_it_is_trusted(introduced):
    fields = [("X-Forwarded-For", FORGED), ("Forwarded", f"for={FORGED};proto=https")]
    one, address, _ = introduced(trusted_proxies=["127.0.0.1", "10.0.0.0/8"], hsts=9)
    for source, shown in (("198.51.100.7", "198.51.100.7:4711"), ("10.0.0.7", f"{FORGED}:0")):
        start = len(one.lines)
        header = V1.replace(b"198.51.100.7", source.encode())
        with Announced(address, header) as ws:
            ws.request("GET", "/proxy", fields)
            answer = ws.read_response()
        assert (answer.get("strict-transport-security") is not None) == (source[:3] == "10.")
        assert one.wait_log(start=start, status="426:")["client"] == shown


def test_a_reload_ends_trust_with_the_next_request(introduced):
    one, address, _ = introduced()
    with Announced(address, V1) as ws:
        ws.request("GET", "/robots.txt")
        assert ws.read_response().status == 200
        with open(one.conf_path, encoding="utf-8") as f:
            text = f.read()
        one.write_conf(text.replace('{ "127.0.0.1" }', '{ "127.0.0.2" }'))
        done = one.ctl("reload", "-f", one.conf_path)
        assert done.returncode == 0, done.stderr

        def is_ended():
            ws.request("GET", "/robots.txt")
            return ws.read_response().status == 421

        until(is_ended, 10, "the new settings")
    assert one.wait_log(status="421:")["client"].startswith("127.0.0.1:")


def test_who_leaves_at_each_byte_leaves_nothing(introduced):
    one, address, _ = introduced()
    (worker,) = one.workers()
    before = len(os.listdir(f"/proc/{worker}/fd"))
    for header in (V1, version_2(CLIENT, appended=SSL_TLV)):
        for cut in range(len(header) + 1):
            client = Announced(address, header[:cut])
            (client.reset if cut % 2 else client.close)()
    until(lambda: one.conns() == 0, 10, "the end of all")
    assert len(os.listdir(f"/proc/{worker}/fd")) == before
    with Announced(address, V1) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 200


def test_those_who_are_slow_make_room(introduced):
    one, address, _ = introduced(max_connections=4, handshake_timeout=60)
    slow = [Announced(address, V1[: 5 + n]) for n in range(4)]
    until(lambda: one.conns() == 4, 10, "them")
    with Announced(address, V1) as client:
        client.request("GET", "/robots.txt")
        assert client.read_response().status == 200
    assert slow[0].is_closed()
    for client in slow:
        client.close()


def haproxy_conf(port, upstream, option):
    return f"""
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s

frontend www
    bind 127.0.0.1:{port}
    default_backend vncbridge

backend vncbridge
    server bridge {upstream} check {option}
"""


@pytest.mark.parametrize("option", ["send-proxy", "send-proxy-v2",
                                    "send-proxy-v2 proxy-v2-options crc32c,unique-id"])
@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
def test_haproxy_says_who_connects(introduced, testcard, directory, option, is_tls):
    program = find_program("haproxy")
    if program is None:
        pytest.skip("haproxy is not installed")
    card = testcard("echo")
    one, upstream, context = introduced(is_tls)
    port = free_port()
    conf = os.path.join(directory, "haproxy.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write(haproxy_conf(port, "%s:%d" % upstream, option))
    proxy = Program([program, "-db", "-f", conf], os.path.join(directory, "haproxy.log"),
                    capture="stderr")
    try:
        def connects():
            assert proxy.is_running(), "\n".join(proxy.lines)
            try:
                with HttpClient(("127.0.0.1", port), context=context) as client:
                    client.request("GET", "/healthz")
                    return client.read_response().status == 200
            except (OSError, EOFError):
                return False

        until(connects, 10, "haproxy to answer")
        with WsClient(("127.0.0.1", port), context=context) as ws:
            ws.open(card.target)
            ws.recv_exact(12)
            own = "%s:%d" % ws.sock.getsockname()
            assert [s["client"] for s in sessions(one)] == [own]
            opened = one.wait_log(tls=None, client=own)
            assert opened["via"].startswith("127.0.0.1:")
    finally:
        proxy.stop()


# to a target


def test_a_target_hears_whose_session_it_is(bridge, target, testcard):
    there = target(Says(GREETING))
    other = target(Says(GREETING))
    extra = target_section("lab1", there.target, tls=False, send_proxy=True)
    extra += target_section("lab2", other.target, tls=False)
    one = bridge(extra=extra, trusted_proxies=["127.0.0.1"])
    port = one.address[1]
    for number, (fields, client) in enumerate((
        ([("X-Forwarded-For", CLIENT)], CLIENT),
        ([("X-Forwarded-For", CLIENT_6)], CLIENT_6),
        ([], None),
    )):
        with one.connect("lab1", headers=fields) as ws:
            own = client or "%s:%d" % ws.sock.getsockname()
            assert ws.recv_exact(12) == GREETING
            ws.send(b"hello")
            expected = version_2(own)
            there.wait_received(number, len(expected) + 5)
            got = there.received[number]
            ip_len = 16 if own == CLIENT_6 else 4
            assert got[: 16 + ip_len] == expected[: 16 + ip_len]
            assert got[len(expected) - 4 :] == struct.pack(
                ">HH", int(own.rpartition(":")[2]), port) + b"hello"
    with one.connect("lab2") as ws:
        assert ws.recv_exact(12) == GREETING
        ws.send(b"hello")
        other.wait_received(0, 5)
        assert other.received[0] == b"hello"


def test_the_header_goes_before_the_greeting_is_awaited(bridge, target):
    there = target(AfterHeader())
    extra = target_section("lab1", there.target, tls=False, send_proxy=True)
    one = bridge(extra=extra)
    with one.connect("lab1") as ws:
        assert ws.recv_exact(12) == GREETING


class AfterHeader(Says):
    """Greets when it has heard who comes, as such servers do."""

    def __init__(self, context=None):
        self.context = context
        super().__init__(GREETING)

    def serve(self, conn, number):
        header = b""
        while len(header) < 28:
            header += conn.recv(28 - len(header))
        self.note(number, header)
        if self.context is not None:
            conn = self.context.wrap_socket(conn, server_side=True)
        conn.sendall(self.words)
        self.swallow(conn, number)


def test_the_header_goes_before_tls_to_a_target(bridge, target, authority):
    there = target(AfterHeader(server_context(authority.server())))
    extra = target_section("lab1", there.target, tls_ca=authority.certificate,
                           send_proxy=True)
    one = bridge(extra=extra)
    with one.connect("lab1") as ws:
        assert ws.recv_exact(12) == GREETING
        ws.send(b"hello")
        own = "%s:%d" % ws.sock.getsockname()
        there.wait_received(0, 28 + 5)
        assert there.received[0][:20] == version_2(own)[:20]
        assert there.received[0][28:] == b"hello"


def test_an_empty_list_of_proxies_is_an_error_that_says_what_to_add(directory):
    port = free_port()
    text = daemon.conf_text(directory, [Listen(f"127.0.0.1:{port}", "proxy-protocol = yes")])
    status, errors, _ = daemon.run_to_end(directory, text, args=("-n",))
    assert status == 1
    assert (f"vncbridge.conf:1: listen 127.0.0.1:{port} has proxy-protocol, and "
            "trusted-proxies is empty: list the addresses that its proxies "
            "connect from") in errors
