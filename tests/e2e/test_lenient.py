# SPDX-License-Identifier: ISC
"""Lenient where the field is: slashes, empty lists and silence, as browsers,
people and proxies send them. The rows of paths are in check_request.c."""

import pytest

from certs import self_signed
from daemon import free_port
from tlsclient import client_context, listen_tls
from wsclient import HttpClient, WsClient


@pytest.fixture
def one(bridge):
    return bridge(
        base_path="/vnc", extra='target "lab1" { address = "127.0.0.1:5901" }'
    )


def ask(one, path, method="GET", fields=()):
    with HttpClient(one.address) as client:
        client.request(method, path, fields)
        return client.read_response(has_body=method != "HEAD")


# what a browser's address bar has, for what path the bridge sees: a proxy may
# have taken a prefix off
MOVED = [
    ("/lab1/", "/lab1/", "/lab1"),
    ("//lab1", "//lab1", "/lab1"),
    ("//lab1//?x=1", "//lab1//?x=1", "/lab1?x=1"),
    ("//", "//", "/"),
    ("//evil.example", "//evil.example", "/evil.example"),
    ("/%6c%61b1/", "/%6c%61b1/", "/%6c%61b1"),
    ("/vnc", "/vnc", "/vnc/"),
    ("/vnc/lab1/", "/vnc/lab1/", "/vnc/lab1"),
    ("/vnc//[::1]:5901", "/vnc//[::1]:5901", "/vnc/[::1]:5901"),
    ("/vnc/index.html", "/vnc/index.html", "/vnc/"),
    ("/desk/lab1/", "/lab1/", "/desk/lab1"),
    ("/desk//lab1", "//lab1", "/desk/lab1"),
    ("/desk/index.html", "/index.html", "/desk/"),
]


def follow(shown, location):
    """As a browser reads it (RFC 3986, 5.2.4), where empty segments count too;
    urllib takes "//lab1" for a host."""
    path, mark, query = location.partition("?")
    segments = shown.partition("?")[0].split("/")[1:-1]
    for segment in path.split("/"):
        if segment == "..":
            segments = segments[:-1]
        elif segment != ".":
            segments.append(segment)
    return "/" + "/".join(segments) + mark + query


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("shown,seen,end", MOVED)
def test_a_page_is_at_its_address_whatever_the_slashes(one, shown, seen, end, method):
    answer = ask(one, seen, method)
    assert answer.status == 308
    location = answer.get("location")
    assert location.startswith(("./", "../")), "a reference within the site"
    assert follow(shown, location) == end
    place = end.removeprefix("/desk")
    assert ask(one, place, method).status == 200


def test_nothing_ends_the_line_of_a_location(one):
    for path in ("/lab1/%0d%0aX:y", "//a%0d%0a", "/lab1/\\evil", "/lab1/?\"x"):
        assert ask(one, path).status in (400, 404), path
    answer = ask(one, "/lab1/?a%0d%0aX:y")
    assert answer.get("location") == "../lab1?a%0d%0aX:y" and answer.get("x") is None


@pytest.mark.parametrize(
    "path", ["/healthz/", "//healthz", "/vnc//healthz", "/api/targets/", "//api//targets",
             "//assets//style.css", "/vnc//assets/style.css", "/favicon.ico"])
def test_what_no_address_is_read_against_is_served(one, path):
    assert ask(one, path).status == 200
    assert ask(one, path, "HEAD").status == 200


@pytest.mark.parametrize(
    "path", ["/proxy/?", "//proxy?", "/vnc/proxy/?", "//vnc//proxy//?"])
def test_a_websocket_is_where_it_is_whatever_the_slashes(one, testcard, path):
    card = testcard("echo")
    with WsClient(one.address) as client:
        assert client.upgrade(f"{path}target={card.target}").status == 101
        assert client.recv_exact(12) == b"RFB 003.008\n"


def test_who_asks_ahead_is_told(one):
    robots = ask(one, "/robots.txt")
    assert robots.status == 200 and b"Disallow: /" in robots.body
    icon = ask(one, "/favicon.ico")
    assert icon.get("content-type") == "image/svg+xml"


EMPTY = [
    [("Sec-WebSocket-Protocol", "")],
    [("Sec-WebSocket-Protocol", " , ,")],
    [("Sec-WebSocket-Extensions", "")],
    [("Sec-WebSocket-Extensions", ","), ("Sec-WebSocket-Protocol", "\t")],
    [("Sec-WebSocket-Extensions", ""), ("Sec-WebSocket-Extensions", "")],
]


@pytest.mark.parametrize("fields", EMPTY)
def test_a_list_that_a_proxy_has_emptied_is_none_9110_5_6_1_2(one, testcard, fields):
    card = testcard("echo")
    with WsClient(one.address) as client:
        answer = client.upgrade(f"/proxy?target={card.target}", fields)
        assert answer.status == 101
        assert answer.get("sec-websocket-protocol") is None
        assert answer.get("sec-websocket-extensions") is None


ODD = [
    [("Connection", "keep-alive, Upgrade")],
    [("Connection", "keep-alive"), ("Connection", "Upgrade")],
    [("Connection", ",\tUPGRADE ,, close")],
    [("Upgrade", "WebSocket")],
    [("Upgrade", "h2c, websocket")],
    [("Upgrade", ""), ("Upgrade", ",websocket,")],
]


@pytest.mark.parametrize("fields", ODD)
def test_an_upgrade_is_found_in_its_lists(one, testcard, fields):
    card = testcard("echo")
    names = {name for name, _ in fields}
    with WsClient(one.address) as client:
        path = f"/proxy?target={card.target}"
        assert client.upgrade(path, fields, without=names).status == 101


def test_silence_is_ended_without_a_word_over_tls_too(bridge, directory):
    address = "127.0.0.1:%d" % free_port()
    pair = self_signed(directory, "own")
    one = bridge(extra=listen_tls(address, pair), handshake_timeout=1)
    address = ("127.0.0.1", int(address.rpartition(":")[2]))
    with HttpClient(address, context=client_context()) as shaken, HttpClient(
        address
    ) as silent:
        assert shaken.read_to_end() == b""
        assert silent.read_to_end() == b""
    assert not one.grep("refused|handshake failed")
