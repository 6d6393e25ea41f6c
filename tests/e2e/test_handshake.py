# SPDX-License-Identifier: ISC
"""The opening handshake: RFC 6455, 4.2, and DESIGN 4."""

import pytest

from wsclient import WsClient, encode_frame, BINARY


@pytest.fixture
def pair(bridge, testcard):
    return bridge(origins=["https://panel.example", "http://dev.example:8080"]), testcard(
        "echo"
    )


def upgrade(pair, headers=(), without=(), path=None):
    one, card = pair
    with WsClient(one.address) as client:
        response = client.upgrade(
            path or f"/proxy?target={card.target}", headers, without
        )
        response.client_key = client.accept_key()
        if response.status == 101:
            assert client.recv_exact(12) == b"RFB 003.008\n"
        return response


def test_accepts_with_the_right_key(pair):
    response = upgrade(pair)
    assert response.status == 101
    assert response.get("upgrade").lower() == "websocket"
    assert response.get("connection").lower() == "upgrade"
    assert response.get("sec-websocket-accept") == response.client_key
    assert response.get("sec-websocket-protocol") is None
    assert response.get("sec-websocket-extensions") is None


def test_accept_key_of_the_rfc(pair):
    """RFC 6455, 1.3"""
    one, card = pair
    with WsClient(one.address) as client:
        client.key = "dGhlIHNhbXBsZSBub25jZQ=="
        response = client.upgrade(f"/proxy?target={card.target}")
        expected = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert response.get("sec-websocket-accept") == expected


@pytest.mark.parametrize(
    "offers,answer",
    [
        ([], None),
        (["binary"], "binary"),
        (["base64, binary"], "binary"),
        (["binary, base64"], "binary"),
        (["base64", "binary"], "binary"),
        (["base64"], None),
        (["chat,superchat"], None),
        (["xbinary"], None),
        (["binaryx, base64"], None),
    ],
)
def test_binary_is_answered_if_it_was_offered(pair, offers, answer):
    headers = [("Sec-WebSocket-Protocol", o) for o in offers]
    response = upgrade(pair, headers)
    assert response.status == 101
    assert response.get("sec-websocket-protocol") == answer


def test_extensions_are_not_negotiated(pair):
    response = upgrade(pair, [("Sec-WebSocket-Extensions", "permessage-deflate")])
    assert response.status == 101
    assert response.get("sec-websocket-extensions") is None


@pytest.mark.parametrize("version", ["8", "0", "12", "14", "013", "x", "", "13, 8"])
def test_other_versions_get_426(pair, version):
    """RFC 6455, 4.4"""
    response = upgrade(pair, [("Sec-WebSocket-Version", version)])
    assert response.status == 426
    assert response.get("sec-websocket-version") == "13"


def test_a_missing_version_is_refused(pair):
    response = upgrade(pair, without=["Sec-WebSocket-Version"])
    assert response.status in (400, 426)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ==x",
        "dGhlIHNhbXBsZSBub25j!Q==",
        "dGhlIHNhbXBsZSBub25jZWU=",
    ],
)
def test_a_key_that_is_not_16_bytes_gets_400(pair, key):
    """RFC 6455, 4.2.1, 5."""
    assert upgrade(pair, [("Sec-WebSocket-Key", key)]).status == 400


def test_a_missing_key_gets_400(pair):
    assert upgrade(pair, without=["Sec-WebSocket-Key"]).status == 400


def test_two_keys_get_400(pair):
    one, card = pair
    with WsClient(one.address) as client:
        head = client.upgrade_head(f"/proxy?target={card.target}")
        line = b"Sec-WebSocket-Key: %s\r\n" % client.key.encode()
        client.send(head[:-2] + line + b"\r\n")
        assert client.read_upgrade().status == 400


@pytest.mark.parametrize(
    "headers",
    [
        [("Upgrade", "WebSocket")],
        [("Upgrade", "h2c, websocket")],
        [("Connection", "keep-alive, Upgrade")],
        [("Connection", "keep-alive,upgrade")],
        [("Connection", "UPGRADE")],
        [("User-Agent", "x" * 1000)],
    ],
)
def test_tolerates_what_browsers_and_proxies_vary(pair, headers):
    assert upgrade(pair, headers).status == 101


def test_tolerates_several_connection_headers(pair):
    one, card = pair
    with WsClient(one.address) as client:
        head = client.upgrade_head(f"/proxy?target={card.target}")
        client.send(head.replace(b"Connection: ", b"Connection: close\r\nconnection: "))
        assert client.read_upgrade().status == 101


@pytest.mark.parametrize(
    "headers,without",
    [
        ([], ["Upgrade"]),
        ([], ["Connection"]),
        ([("Upgrade", "h2c")], []),
        ([("Connection", "close")], []),
    ],
)
def test_no_upgrade_gets_426(pair, headers, without):
    response = upgrade(pair, headers, without)
    assert response.status in (400, 426)


def test_http_1_0_cannot_upgrade(pair):
    one, card = pair
    with WsClient(one.address) as client:
        head = client.upgrade_head(f"/proxy?target={card.target}")
        client.send(head.replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert client.read_upgrade().status == 400


def test_post_cannot_upgrade(pair):
    one, card = pair
    with WsClient(one.address) as client:
        head = client.upgrade_head(f"/proxy?target={card.target}")
        client.send(head.replace(b"GET ", b"POST "))
        assert client.read_upgrade().status == 405


@pytest.mark.parametrize("field", [("Content-Length", "5"), ("Transfer-Encoding", "chunked")])
def test_an_upgrade_with_a_body_is_refused(pair, field):
    assert upgrade(pair, [field]).status in (400, 413)


@pytest.mark.parametrize(
    "path", ["/proxy", "/proxy?", "/proxy?target=", "/proxy?target=%zz", "/proxy?x=y"]
)
def test_without_a_target_it_is_400(pair, path):
    assert upgrade(pair, path=path).status == 400


def test_target_may_be_escaped(pair):
    target = pair[1].target.replace(":", "%3A").replace(".", "%2e")
    assert upgrade(pair, path=f"/proxy?target={target}").status == 101
    assert upgrade(pair, path=f"/proxy?x=1&target={target}&y=2").status == 101


def test_an_upgrade_elsewhere_is_no_websocket(pair):
    response = upgrade(pair, path="/healthz")
    assert response.status != 101


ORIGINS = [
    (None, 101),
    ("http://{own}", 101),
    ("HTTP://{own}", 101),
    ("https://{own}", 101),
    ("https://panel.example", 101),
    ("http://dev.example:8080", 101),
    ("http://panel.example", 403),
    ("https://panel.example:8443", 403),
    ("https://panel.example.evil", 403),
    ("https://evil.example", 403),
    ("http://dev.example", 403),
    ("http://127.0.0.1", 403),
    ("http://127.0.0.1:1", 403),
    ("http://{own}.evil.example", 403),
    ("http://{own}/", 403),
    ("ftp://{own}", 403),
    ("null", 403),
    ("", 403),
    ("{own}", 403),
    ("https://evil.example http://{own}", 403),
]


@pytest.mark.parametrize("origin,status", ORIGINS)
def test_origin_must_be_our_own_or_listed(pair, origin, status):
    headers = []
    if origin is not None:
        headers = [("Origin", origin.replace("{own}", pair[0].target))]
    assert upgrade(pair, headers).status == status


def test_origin_of_a_default_port(pair):
    """Host without a port: what a proxy on port 443 or 80 passes on."""
    for origin in ("https://bridge.example", "http://bridge.example:80"):
        headers = [("Host", "bridge.example"), ("Origin", origin)]
        assert upgrade(pair, headers).status == 101, origin
    headers = [("Host", "bridge.example"), ("Origin", "https://bridge.example:8443")]
    assert upgrade(pair, headers).status == 403


def test_two_origins_are_refused(pair):
    headers = [("Origin", f"http://{pair[0].target}"), ("Origin", "http://evil.example")]
    assert upgrade(pair, headers).status in (400, 403)


def test_require_origin(bridge, testcard):
    both = bridge(require_origin=True), testcard("echo")
    assert upgrade(both).status == 403
    assert upgrade(both, [("Origin", f"http://{both[0].target}")]).status == 101


def test_refused_handshake_never_reaches_the_target(pair):
    upgrade(pair, [("Origin", "http://evil.example")])
    upgrade(pair, [("Sec-WebSocket-Version", "8")])
    upgrade(pair)  # this one does
    pair[1].wait_event(1, "closed")
    assert not pair[1].grep("^conn=2")


def test_frames_right_behind_the_head_are_not_lost(pair):
    one, card = pair
    with WsClient(one.address) as client:
        client.send(
            client.upgrade_head(f"/proxy?target={card.target}")
            + encode_frame(BINARY, b"RFB 003.008\nearly")
        )
        assert client.read_upgrade().status == 101
        assert client.recv_exact(17) == b"RFB 003.008\nearly"


def test_head_in_pieces_of_one_byte(pair):
    one, card = pair
    with WsClient(one.address) as client:
        for byte in client.upgrade_head(f"/proxy?target={card.target}"):
            client.sock.sendall(bytes([byte]))
        assert client.read_upgrade().status == 101
        assert client.recv_exact(12) == b"RFB 003.008\n"


def test_upgrade_behind_other_requests_on_the_connection(pair):
    one, card = pair
    with WsClient(one.address) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 200
        assert client.upgrade(f"/proxy?target={card.target}").status == 101
        assert client.recv_exact(12) == b"RFB 003.008\n"
