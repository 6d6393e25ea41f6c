# SPDX-License-Identifier: ISC
"""TLS in the workers: pages, sessions, faults (DESIGN 2, 7)."""

import os
import re
import signal
import socket
import ssl

import pytest

import wsclient
from certs import self_signed
from daemon import give_to_daemon
from rawmode import open_raw
from tlsbridge import (  # noqa: F401
    client_hello,
    one,
    raw,
    read_all,
    s_client,
    secure,
    wsclient_plain,
)
from tlsclient import client_context
from waiting import until
from wsclient import HttpClient

# the same, over TLS: `one` is the daemon that they get
from test_backpressure import (  # noqa: F401
    test_client_that_reads_nothing_costs_no_memory,
    test_many_stalled_sessions_stay_in_bounds,
    test_pings_to_a_client_that_reads_nothing_do_not_pile_up,
    test_target_that_reads_nothing_costs_no_memory,
)
from test_relay import (  # noqa: F401
    test_to_the_client_not_a_byte_is_missing,
    test_to_the_target_a_great_frame,
    test_to_the_target_frames_cut_anywhere,
    test_to_the_target_frames_of_every_size,
)


# pages and sessions


def test_the_page_and_its_parts_come_over_https(one):
    page = one.get("/127.0.0.1:5901")
    assert page.status == 200
    parts = re.findall(r'(?:src|href)="(assets/[^"]+)"', page.body.decode())
    assert parts
    for part in parts:
        assert one.get("/" + part).body == wsclient_plain(one, "/" + part).body


def test_a_page_of_any_size_goes_to_a_slow_reader(one):
    """More than all buffers hold, many times over one connection."""
    page = one.get("/127.0.0.1:5901").body.decode()
    script = "/" + re.search(r'src="(assets/[^"]+\.js)"', page)[1]
    wanted = one.get(script).body
    with HttpClient(one.address, rcvbuf=4096) as client:
        for _ in range(8):
            client.request("GET", script)
        for _ in range(8):
            assert client.read_response().body == wanted


def test_a_session_says_its_tls_in_the_log(one, testcard):
    client, _ = open_raw(one, testcard("echo"))
    client.send(b"hello")
    assert client.recv_exact(5) == b"hello"
    assert client.shut() == 1000
    assert one.wait_end(code="1000")["tls"] == "TLSv1.3"
    assert one.grep(r"session opened .*tls=TLSv1\.3")


def test_sizes_around_a_record_come_back(one, testcard):
    client, _ = open_raw(one, testcard("echo"))
    for size in (1, 2, 16383, 16384, 16385, 32768, 65535, 65536, 65537, 100000):
        data = os.urandom(size)
        client.send(data)
        assert client.recv_exact(size) == data
    assert client.shut() == 1000


def test_origin_is_https_where_tls_is_spoken(one, testcard):
    card = testcard("echo")
    host = "127.0.0.1:%d" % one.address[1]
    for scheme, status in (("https", 101), ("http", 403)):
        client = wsclient.WsClient(one.address)
        response = client.upgrade(
            f"/proxy?target=127.0.0.1:{card.port}", [("Origin", f"{scheme}://{host}")]
        )
        assert response.status == status
        client.close()


def test_hsts_is_said_over_tls_alone(secure):
    one = secure(hsts=86400)
    assert one.get("/healthz").get("strict-transport-security") == "max-age=86400"
    assert wsclient_plain(one, "/healthz").get("strict-transport-security") is None


def test_hsts_without_tls_is_warned_of(bridge, secure):
    warning = "hsts applies to TLS only"
    bridge(hsts=86400).wait_line("warning: " + warning)
    assert not any(warning in line for line in secure(hsts=86400).lines)


def test_hsts_is_off_by_default(one):
    assert one.get("/healthz").get("strict-transport-security") is None


# plain HTTP where TLS is spoken, and the other way


@pytest.mark.parametrize("path", ["/", "/lab1?x=1", "/a%20b"])
def test_plain_http_is_redirected(secure, path):
    one = secure(listener={"redirect": True}, trust=False)
    with HttpClient(one.address) as client:
        client.request("GET", path)
        response = client.read_response()
        assert response.status == 308
        assert response.get("location") == f"https://{client.authority}{path}"
        assert client.is_closed()


def test_plain_http_without_redirect_is_told_so(secure):
    one = secure(listener={"redirect": False}, trust=False)
    with HttpClient(one.address) as client:
        client.request("GET", "/")
        response = client.read_response()
        assert response.status == 400 and b"https" in response.body


def test_a_redirect_names_no_host_that_could_end_the_line(secure):
    one = secure(listener={"redirect": True}, trust=False)
    with HttpClient(one.address) as client:
        client.request("GET", "/", [("Host", "a;b,c")], host=False)
        assert client.read_response().status == 421


def test_plain_websocket_gets_no_session(secure, testcard):
    one = secure(listener={"redirect": True}, trust=False)
    card = testcard("echo")
    client = wsclient.WsClient(one.address)
    response = client.upgrade(f"/proxy?target=127.0.0.1:{card.port}")
    assert response.status == 308
    client.close()
    assert not one.grep("session opened")


def test_tls_on_the_plain_port_is_a_bad_request(one):
    context = client_context(one.certs[0])
    with socket.create_connection(one.plain_address) as sock:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(sock, server_hostname="localhost")


# faults; there are more in test_tls_faults.py and its neighbours


def test_a_handshake_and_a_request_byte_by_byte(one):
    tls, incoming, outgoing = client_hello(one)
    with raw(one) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in outgoing.read():
            sock.sendall(bytes([byte]))
        while True:
            incoming.write(sock.recv(65536))
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                pass
        tls.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        for byte in outgoing.read():
            sock.sendall(bytes([byte]))
        incoming.write(read_all(sock))
        assert tls.read(100).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16",
        b"\x16\x03\x01\xff\xff" + b"x" * 70000,
        b"\x16\x03\x01\x00\x05" + b"\x01\xff\xff\xff\xff" * 3,
        b"\x16\x03\x01\x00\x00" * 1000,
        b"\x16" * 100000,
        b"\x16\x03\x03\x00\x02\x02\x28",
    ],
    ids=range(6),
)
def test_garbage_costs_its_sender_alone(one, testcard, junk):
    worker = one.workers()
    client, _ = open_raw(one, testcard("echo"))
    with raw(one) as sock:
        try:
            sock.sendall(junk)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        read_all(sock)
    client.send(b"still here")
    assert client.recv_exact(10) == b"still here"
    client.close()
    assert one.workers() == worker


def test_broken_records_end_the_session(one, testcard):
    client, _ = open_raw(one, testcard("echo"))
    with socket.socket(fileno=os.dup(client.sock.fileno())) as below:
        below.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
    assert one.wait_end(code="1006")["reason"] == "client lost: broken TLS"
    client.close()


def test_an_end_without_closure_is_told_apart(one, testcard):
    card = testcard("echo")
    for says_end, wanted in ((True, "closed"), (False, "cut")):
        mark = one.mark()
        client, _ = open_raw(one, card)
        if says_end:
            client.sock.unwrap()
        client.close()
        end = one.wait_end(start=mark, code="1006")
        assert f"connection {wanted}" in end["reason"]


# a new certificate


def test_a_reload_brings_the_new_certificate_and_cuts_nobody(
    secure, testcard, directory
):
    one = secure(workers=2)
    client, _ = open_raw(one, testcard("echo"))
    give_to_daemon(one.certs[0].key)
    one.certs[0].replace(self_signed(directory, "fresh"))
    mark = one.mark()
    one.signal(signal.SIGHUP)
    one.wait_line("reloaded|reload failed", start=mark)
    until(
        lambda: all("CN = fresh" in s_client(one) for _ in range(4)),
        10, "the new certificate on every worker",
    )
    client.send(b"still here")
    assert client.recv_exact(10) == b"still here"
    client.close()
