# SPDX-License-Identifier: ISC
"""Pages and answers over plain HTTP: DESIGN 4. For heads see test_rfc9112.py."""

import gzip
import json
import re
import time

import pytest

from waiting import until
from wsclient import HttpClient, WsClient


@pytest.fixture
def one(bridge):
    return bridge(handshake_timeout=2, keepalive_timeout=2)


def raw(one, data, has_body=True):
    """One request as it stands; the answer, and whether it closes."""
    with HttpClient(one.address) as client:
        client.send(data)
        response = client.read_response(has_body)
        response.closes = response.get("connection", "").lower() == "close"
        if response.closes:
            assert client.is_closed()
        return response


def request_text(one, fields=b"", path=b"/", method=b"GET", version=b"1.1"):
    host = b"Host: %s\r\n" % one.target.encode()
    return method + b" " + path + b" HTTP/" + version + b"\r\n" + host + fields + b"\r\n"


def assets_of(one):
    paths = set()
    for page in ("/", "/127.0.0.1"):
        text = one.get(page).body.decode()
        paths |= set(re.findall(r'(?:src|href)="((?:\./)?assets/[^"]+)"', text))
    assert paths
    return sorted("/" + p.removeprefix("./") for p in paths)


def test_healthz(one):
    response = one.get("/healthz")
    assert (response.status, response.body.strip()) == (200, b"ok")
    assert response.get("cache-control") == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/192.168.0.1",
        "/192.168.0.1:5902",
        "/host:2",
        "/host.lab.example",
        "/lab1",
        "/[::1]:5901",
        "/[2001:db8::1]",
        "/%5B::1%5D:5901",
    ],
)
def test_pages(one, path):
    response = one.get(path)
    assert response.status == 200
    assert response.get("content-type").lower() == "text/html; charset=utf-8"
    assert b"<!doctype html>" in response.body[:200].lower()
    assert response.get("x-content-type-options") == "nosniff"
    assert response.get("referrer-policy")
    policy = response.get("content-security-policy")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors" in policy
    assert "unsafe" not in policy
    assert response.get("server") is None or "/" not in response.get("server")


def test_start_page_and_viewer_differ(one):
    assert one.get("/").body != one.get("/192.168.0.1").body
    assert one.get("/a").body == one.get("/b").body


def test_assets_have_their_types(one):
    types = {
        "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml",
    }
    for path in assets_of(one):
        response = one.get(path)
        assert response.status == 200, path
        assert response.get("x-content-type-options") == "nosniff"
        expected = types.get(path.rpartition(".")[2])
        if expected:
            assert response.get("content-type").lower() == expected, path


def test_etag_saves_the_second_transfer(one):
    for path in ["/", "/lab1", *assets_of(one)]:
        first = one.get(path)
        tag = first.get("etag")
        assert re.fullmatch(r'(W/)?"[!#-~]+"', tag), tag
        for value in (tag, "*", f'"other", {tag}', f"W/{tag.removeprefix('W/')}"):
            second = one.get(path, headers=[("If-None-Match", value)])
            assert (second.status, second.body) == (304, b""), (path, value)
            assert second.get("etag") == tag
        for value in ('"other"', tag[:-2] + '"', ""):
            assert one.get(path, headers=[("If-None-Match", value)]).status == 200


def test_gzip_where_it_is_accepted(one):
    for path in ["/", *[p for p in assets_of(one) if p.endswith((".js", ".css"))]]:
        plain = one.get(path)
        assert plain.get("content-encoding") is None
        assert "accept-encoding" in plain.get("vary", "").lower()
        for accept in ("gzip", "deflate, gzip;q=0.5, br", "GZIP"):
            packed = one.get(path, headers=[("Accept-Encoding", accept)])
            assert packed.get("content-encoding") == "gzip", (path, accept)
            assert gzip.decompress(packed.body) == plain.body
            assert packed.get("etag") != plain.get("etag")
        for accept in ("gzip;q=0", "identity", "br", "xgzip", "gzip; q=0.000"):
            answer = one.get(path, headers=[("Accept-Encoding", accept)])
            assert answer.get("content-encoding") is None, accept
            assert answer.body == plain.body


def test_head_is_get_without_the_body(one):
    for path in ("/", "/lab1", "/healthz", "/api/targets", "/no/such/thing"):
        full = one.get(path)
        with HttpClient(one.address) as client:
            client.request("HEAD", path, [("Connection", "close")])
            head = client.read_head()
            assert client.buffer == b"" and client.is_closed()
        assert head.status == full.status
        skip = ("date",)
        assert [f for f in head.fields if f[0] not in skip] == [
            f for f in full.fields if f[0] not in skip
        ]


def test_keep_alive(one):
    with HttpClient(one.address) as client:
        for path in ("/", "/healthz", "/no/such", "/healthz"):
            client.request("GET", path)
            response = client.read_response()
            assert response.status == (404 if path == "/no/such" else 200)
        client.request("GET", "/healthz", [("Connection", "close")])
        assert client.read_response().get("connection").lower() == "close"
        assert client.is_closed()


def test_http_1_0_closes_unless_asked(one):
    assert raw(one, request_text(one, version=b"1.0", path=b"/healthz")).closes
    with HttpClient(one.address) as client:
        for _ in range(2):
            client.request(
                "GET", "/healthz", [("Connection", "keep-alive")], version="1.0"
            )
            response = client.read_response()
            assert response.get("connection").lower() == "keep-alive"


def test_pipelined_requests_are_answered_in_order(one):
    paths = ["/healthz", "/", "/no/such", "/a", "/healthz"] * 20
    bodies = {p: one.get(p).body for p in set(paths)}
    with HttpClient(one.address) as client:
        client.send(b"".join(request_text(one, path=p.encode()) for p in paths))
        for path in paths:
            assert client.read_response().body == bodies[path]


def test_pipelined_big_answers_are_not_piled_up(one):
    """A client that asks for much and reads nothing holds itself up only."""
    asset = max(assets_of(one), key=lambda p: len(one.get(p).body))
    body = one.get(asset).body
    count = 200
    with HttpClient(one.address, rcvbuf=8192) as client:
        client.send(request_text(one, path=asset.encode()) * count)
        assert one.get("/healthz").status == 200
        for _ in range(count):
            assert client.read_response().body == body


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../index.html",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/../../../../etc/passwd",
        "/assets/",
        "/assets/nothing.js",
        "/assets/viewer.js/",
        "/a/b",
        "/favicon.ico/x",
        "/proxy/x",
        "/index.html%00.js",
        "/api/nothing",
    ],
)
def test_what_is_not_in_the_table_is_404(one, path):
    response = one.get(path)
    assert response.status in (400, 404), path
    assert b"root:" not in response.body
    assert response.get("x-content-type-options") == "nosniff"


def test_proxy_without_upgrade_gets_426(one):
    response = raw(one, request_text(one, path=b"/proxy?target=127.0.0.1"))
    assert response.status == 426
    assert response.get("upgrade").lower() == "websocket"


@pytest.mark.parametrize("start", [b"G", b"GET / HTTP/1.1\r\nHost:"])
def test_a_head_that_does_not_come_gets_408(one, start):
    began = time.monotonic()
    with HttpClient(one.address) as client:
        client.send(start)
        response = client.read_response()
        assert response.status == 408
        assert response.get("connection").lower() == "close"
        assert client.is_closed()
    assert 1.5 < time.monotonic() - began < 8


def test_a_connection_on_which_nothing_was_asked_ends_without_a_word(one):
    """Browsers open such ones ahead; an answer would be that of the next request."""
    with HttpClient(one.address) as client:
        assert client.read_to_end() == b""


def test_dripping_does_not_extend_the_deadline(one):
    began = time.monotonic()
    with HttpClient(one.address) as client:
        client.sock.settimeout(0.2)
        answer = b""
        for byte in request_text(one, b"X: " + b"y" * 200 + b"\r\n"):
            try:
                client.send(bytes([byte]))
                answer = client.sock.recv(4096)
                break
            except TimeoutError:
                continue
    assert b" 408 " in answer
    assert time.monotonic() - began < 8


def test_idle_keep_alive_connections_end(one):
    with HttpClient(one.address) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 200
        began = time.monotonic()
        # no 408: a browser would take it for the answer to its next request
        assert client.read_to_end() == b""
        assert 1.5 < time.monotonic() - began < 8


def test_a_client_that_is_gone_at_once_costs_nothing(one):
    for data in (b"", b"GET / HT", request_text(one)):
        for _ in range(20):
            client = HttpClient(one.address)
            client.send(data)
            client.reset()
    assert one.get("/healthz").status == 200


def test_half_closed_client_still_gets_its_answer(one):
    with HttpClient(one.address) as client:
        client.request("GET", "/", [("Connection", "close")])
        client.sock.shutdown(1)
        assert client.read_response().status == 200


def test_over_max_connections_gets_503(bridge, testcard):
    card = testcard("echo")
    one = bridge(max_connections=4)
    until(lambda: one.conns() == 0, 5, "the earlier connections' end")
    held = [one.connect(card.target) for _ in range(4)]
    with HttpClient(one.address) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 503
        assert client.is_closed()
    # who came too late has no place to give away
    with HttpClient(one.address), HttpClient(one.address) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 503
    for client in held:
        client.close()
    one.wait_ready()


def test_targets_as_json(bridge):
    one = bridge(
        extra='target "lab1" { address = "10.0.0.7:5901" '
        'description = "Lab, \\"left\\" <bench>" max-sessions = 4 }\n'
        'target "lab2" { address = "10.0.0.8" exclusive = yes }'
    )
    response = one.get("/api/targets")
    assert response.status == 200
    assert response.get("content-type").lower().startswith("application/json")
    assert response.get("cache-control") == "no-store"
    assert json.loads(response.body)["targets"] == [
        {
            "name": "lab1",
            "description": 'Lab, "left" <bench>',
            "sessions": 0,
            "exclusive": False,
            "max_sessions": 4,
        },
        {
            "name": "lab2",
            "description": "",
            "sessions": 0,
            "exclusive": True,
            "max_sessions": 1,
        },
    ]
    assert b"10.0.0" not in response.body  # addresses are nobody's business


def test_base_path(bridge, testcard):
    one = bridge(base_path="/vnc/desk")
    card = testcard()
    assert one.get("/vnc/desk/").status == 200
    assert one.get("/vnc/desk/127.0.0.1").status == 200
    assert one.get("/vnc/desk/healthz").status == 200
    assert one.get("/127.0.0.1/x").status == 404
    with WsClient(one.address) as client:
        answer = client.upgrade(f"/vnc/desk/proxy?target={card.target}")
        assert answer.status == 101
        assert client.recv_exact(12) == b"RFB 003.008\n"


@pytest.mark.parametrize("host", ["a;script-src", "a,b", "a" * 300, "a'b"])
def test_policy_names_no_host_that_could_end_a_directive(one, host):
    """RFC 3986 allows ; and , in a host, which no name of a bridge has."""
    with HttpClient(one.address) as client:
        client.request("GET", "/", [("Host", host)], host=False)
        answer = client.read_response()
    assert answer.status == 421
    assert answer.get("content-security-policy") == "default-src 'none'"
    assert host.encode() not in answer.body
