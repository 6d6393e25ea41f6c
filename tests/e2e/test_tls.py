# SPDX-License-Identifier: ISC
"""TLS in the workers: pages, sessions, certificates, faults (DESIGN 2, 7)."""

import os
import re
import signal
import socket
import ssl
import subprocess

import pytest

import wsclient
from certs import LOOPBACK, Authority, self_signed
from daemon import free_port, give_to_daemon
from rawmode import open_raw
from tlsclient import client_context, listen_tls
from waiting import seconds, until
from wsclient import HttpClient

# the same, over TLS: `one` below is the daemon that they get
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

@pytest.fixture
def secure(bridge, directory, monkeypatch):
    """secure(certs, listener={}, **settings): a daemon whose address is TLS."""

    def start(certs=None, listener=None, trust=True, **settings):
        certs = certs or [self_signed(directory, "own")]
        address = ("127.0.0.1", free_port())
        text = listen_tls("%s:%d" % address, *certs, **(listener or {}))
        one = bridge(extra=text, **settings)
        one.plain_address, one.address = one.address, address
        one.certs = certs
        if trust:
            monkeypatch.setattr(HttpClient, "secure", client_context(certs[0]))
        return one

    return start


@pytest.fixture
def one(secure):
    return secure(ping_interval=0)


def s_client(one, *args, send=b"", server_name="localhost"):
    """What openssl s_client says of a connection that ends at once."""
    return subprocess.run(
        [
            *["openssl", "s_client", "-connect", "127.0.0.1:%d" % one.address[1]],
            *["-CAfile", one.certs[0].certificate, "-servername", server_name, *args],
        ],
        input=send, capture_output=True, timeout=seconds(20), check=False,
    ).stdout.decode("latin-1")


def raw(one):
    sock = socket.create_connection(one.address, timeout=seconds(10))
    sock.settimeout(seconds(10))
    return sock


def read_all(sock):
    data = b""
    try:
        while part := sock.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


# pages and sessions


def test_the_page_and_its_parts_come_over_https(one):
    page = one.get("/127.0.0.1:5901")
    assert page.status == 200
    parts = re.findall(r'(?:src|href)="(assets/[^"]+)"', page.body.decode())
    assert parts
    for part in parts:
        assert one.get("/" + part).body == wsclient_plain(one, "/" + part).body


def wsclient_plain(one, path):
    saved, HttpClient.secure = HttpClient.secure, None
    try:
        return wsclient.get(one.plain_address, path)
    finally:
        HttpClient.secure = saved


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


# protocols, ciphers, certificates


@pytest.mark.parametrize(
    "args,wanted",
    [
        (["-tls1_3"], "TLSv1.3, Cipher is TLS_"),
        (["-tls1_2"], "TLSv1.2, Cipher is ECDHE-ECDSA-"),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"], "CHACHA20"),
        (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], "ECDHE-RSA"),
        (["-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"], "TLSv1.3"),
        (["-tls1_3", "-groups", "P-384"], "TLSv1.3"),
        (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], None),
        (["-tls1_2", "-cipher", "AES128-GCM-SHA256"], None),  # RSA key exchange
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"], None),  # CBC
        (["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"], None),
    ],
)
def test_protocols_and_ciphers(secure, directory, args, wanted):
    certs = [
        self_signed(directory, "ec"),
        self_signed(directory, "rsa", key="rsa2048"),
    ]
    one = secure(certs)
    said = s_client(one, *args)
    if wanted:
        assert wanted in said, said
    else:
        assert "Cipher is (NONE)" in said or "no cipher" in said.lower(), said


def test_tls_minimum(secure):
    one = secure(tls_minimum="1.3")
    assert "TLSv1.3" in s_client(one, "-tls1_3")
    assert "Cipher is (NONE)" in s_client(one, "-tls1_2")


def test_alpn_is_http_1_1_or_none(one):
    assert "ALPN protocol: http/1.1" in s_client(one, "-alpn", "h2,http/1.1")
    assert "No ALPN negotiated" in s_client(one, "-alpn", "h2")


def test_the_name_chooses_the_certificate(secure, directory):
    names = {
        "first": LOOPBACK,
        "exact": ["DNS:www.b.example"],
        "wild": ["DNS:*.b.example"],
    }
    certs = [self_signed(directory, name, list_) for name, list_ in names.items()]
    one = secure(certs)
    for name, wanted in [
        ("localhost", "first"),
        ("www.b.example", "exact"),
        ("WWW.B.example", "exact"),
        ("other.b.example", "wild"),
        ("a.b.b.example", "first"),
        ("nobody.example", "first"),
    ]:
        said = s_client(one, server_name=name)
        assert f"subject=CN = {wanted}\n" in said, (name, said)


def test_tickets_resume_on_any_worker(secure, directory):
    """The keys come right behind a worker's start: the first may lack them."""
    one = secure(workers=3)
    ask = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    for version in ("-tls1_2", "-tls1_3"):
        path = os.path.join(directory, f"session{version}")

        def resumes():
            s_client(one, version, "-ign_eof", "-sess_out", path, send=ask)
            return os.path.exists(path) and all(
                "Reused, TLS" in s_client(one, version, "-sess_in", path)
                for _ in range(6)
            )

        until(resumes, 20, "a session to be resumed six times")


def test_each_ticket_is_shown_once_and_followed_by_another(secure, directory):
    one = secure()
    path = os.path.join(directory, "session")
    ask = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    s_client(one, "-tls1_3", "-ign_eof", "-sess_out", path, send=ask)
    shown = set()
    for _ in range(4):
        with open(path, "rb") as file:
            shown.add(file.read())
        args = ["-tls1_3", "-ign_eof", "-sess_in", path, "-sess_out", path]
        assert "Reused, TLS" in s_client(one, *args, send=ask)
    assert len(shown) == 4  # no session was saved twice


def test_without_tickets_nothing_is_resumed(secure, directory):
    one = secure(session_tickets=False)
    path = os.path.join(directory, "session")
    ask = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    for version in ("-tls1_2", "-tls1_3"):
        s_client(one, version, "-ign_eof", "-sess_out", path, send=ask)
        if os.path.exists(path):
            assert "New, TLS" in s_client(one, version, "-sess_in", path)


# client certificates


@pytest.fixture
def vouched(secure, directory):
    """A daemon that wants its clients' certificates, and two of them."""
    ca = Authority(directory)
    good, bad = ca.client("good"), self_signed(directory, "bad")

    def start(verify):
        one = secure(listener={"client_ca": ca.certificate, "verify_client": verify})
        return one, good, bad

    return start


def get_as(one, cert):
    context = client_context(one.certs[0])
    if cert:
        context.load_cert_chain(cert.certificate, cert.key)
    saved, HttpClient.secure = HttpClient.secure, context
    try:
        return one.get("/healthz").status
    except (ssl.SSLError, ConnectionError, EOFError):
        return None
    finally:
        HttpClient.secure = saved


@pytest.mark.parametrize(
    "verify,with_none", [("require", None), ("optional", 200)]
)
def test_client_certificates(vouched, verify, with_none):
    one, good, bad = vouched(verify)
    assert get_as(one, good) == 200
    assert get_as(one, bad) is None
    assert get_as(one, None) == with_none


def test_the_log_names_the_client_s_certificate(vouched, testcard, monkeypatch):
    one, good, _ = vouched("require")
    context = client_context(one.certs[0])
    context.load_cert_chain(good.certificate, good.key)
    monkeypatch.setattr(HttpClient, "secure", context)
    client, _ = open_raw(one, testcard("echo"))
    assert client.shut() == 1000
    assert one.wait_end(code="1000")["subject"] == "CN=good"


# faults; there are more in test_tls_faults.py and its neighbours


def client_hello(one):
    """The first flight of a real client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context(one.certs[0]).wrap_bio(
        incoming, outgoing, server_hostname="localhost"
    )
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return tls, incoming, outgoing


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


# the keeper stalls, or dies


def keeper_pid(one):
    return next(p["pid"] for p in one.status()["processes"] if p["role"] == "keeper")


def begin_handshake(one):
    """A connection whose handshake waits for a signature."""
    tls, incoming, outgoing = client_hello(one)
    sock = raw(one)
    sock.sendall(outgoing.read())
    return sock, tls, incoming, outgoing


def finish_handshake(sock, tls, incoming, outgoing):
    while True:
        data = sock.recv(65536)
        assert data, "closed by the server"
        incoming.write(data)
        try:
            tls.do_handshake()
            sock.sendall(outgoing.read())
            return tls.version()
        except ssl.SSLWantReadError:
            pass


def test_a_stalled_keeper_holds_up_handshakes_alone(secure, testcard):
    one = secure(watchdog_timeout=0, handshake_timeout=20)
    client, _ = open_raw(one, testcard("echo"))
    pid = keeper_pid(one)
    os.kill(pid, signal.SIGSTOP)
    try:
        waiting = [begin_handshake(one) for _ in range(20)]
        client.send(b"still here")
        assert client.recv_exact(10) == b"still here"
        assert wsclient_plain(one, "/healthz").status == 200
        waiting.pop()[0].close()  # one that does not wait
    finally:
        os.kill(pid, signal.SIGCONT)
    for one_waiting in waiting:
        assert finish_handshake(*one_waiting) == "TLSv1.3"
        one_waiting[0].close()
    client.close()


def test_a_handshake_that_waits_too_long_ends(secure):
    one = secure(watchdog_timeout=0, handshake_timeout=1)
    pid = keeper_pid(one)
    os.kill(pid, signal.SIGSTOP)
    try:
        sock = begin_handshake(one)[0]
        assert read_all(sock) == b""
    finally:
        os.kill(pid, signal.SIGCONT)
    assert one.get("/healthz").status == 200


def test_a_dead_keeper_is_replaced_and_asked_again(secure, testcard):
    one = secure(workers=2, watchdog_timeout=0, handshake_timeout=20)
    client, _ = open_raw(one, testcard("echo"))
    pid = keeper_pid(one)
    os.kill(pid, signal.SIGSTOP)
    waiting = [begin_handshake(one) for _ in range(6)]
    os.kill(pid, signal.SIGKILL)
    for one_waiting in waiting:
        assert finish_handshake(*one_waiting) == "TLSv1.3"
    client.send(b"still here")
    assert client.recv_exact(10) == b"still here"
    assert one.get("/healthz").status == 200


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
