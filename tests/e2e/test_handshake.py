# SPDX-License-Identifier: ISC
"""The bridge's own rules for a handshake (DESIGN 4): origins and targets.

Those of RFC 6455 are in test_rfc6455_handshake.py.
"""

import pytest

from wsclient import WsClient


@pytest.fixture
def pair(bridge, testcard):
    return bridge(
        origins=["https://panel.example", "http://dev.example:8080"],
        hosts=["bridge.example"],
    ), testcard("echo")


def upgrade(pair, headers=(), without=(), path=None):
    one, card = pair
    with WsClient(one.address) as client:
        response = client.upgrade(
            path or f"/proxy?target={card.target}", headers, without
        )
        if response.status == 101:
            assert client.recv_exact(12) == b"RFB 003.008\n"
        return response


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


def test_upgrade_behind_other_requests_on_the_connection(pair):
    one, card = pair
    with WsClient(one.address) as client:
        client.request("GET", "/healthz")
        assert client.read_response().status == 200
        assert client.upgrade(f"/proxy?target={card.target}").status == 101
        assert client.recv_exact(12) == b"RFB 003.008\n"
