# SPDX-License-Identifier: ISC
"""Certificates as a CA gives them, with another between, and a whole session."""

import ssl

import pytest

from certs import Authority, Pair
from daemon import free_port
from rfb import GREETING
from tlsclient import Listen, client_context, cut, listen_body
from wsclient import HttpClient


@pytest.fixture
def middle(authority, directory):
    return Authority(directory, "middle", issuer=authority)


@pytest.fixture
def secure(bridge, authority):
    def start(*pairs):
        address = Listen(f"127.0.0.1:{free_port()}", listen_body(pairs))
        return bridge(listen=[address], context=client_context(authority, strict=True))

    return start


@pytest.mark.parametrize("key", ["p256", "p384", "rsa2048"])
def test_the_whole_chain_is_sent(secure, middle, testcard, key):
    one, card = secure(middle.server(key=key)), testcard()
    with one.connect(card.target) as client:
        assert client.recv_exact(len(GREETING)) == GREETING
        assert len(client.sock.getpeercert()["subjectAltName"]) == 3
        client.shut()


def test_key_and_certificate_may_be_one_file(secure, authority):
    path = authority.server().both()
    assert secure(Pair(path, path)).get("/healthz").status == 200


def test_http_ends_with_close_notify(secure, authority):
    one = secure(authority.server())
    assert one.get("/healthz", headers=[("Connection", "close")]).status == 200
    context = client_context(strict=True)
    with HttpClient(one.address, context=context) as client:
        client.request("GET", "/healthz", [("Connection", "close")])
        assert client.read_response().status == 200
        # an SSLError, were there only the end of TCP
        assert client.sock.recv(1) == b""


def test_a_cut_without_close_notify_ends_the_session(secure, authority, testcard):
    one, card = secure(authority.server()), testcard()
    client = one.connect(card.target)
    assert client.recv_exact(len(GREETING)) == GREETING
    cut(client)
    one.wait_end()
    assert one.get("/healthz").status == 200


def test_a_name_that_the_certificate_has_not_is_refused(secure, authority):
    one = secure(authority.server())
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        one.get("/healthz", server_name="other.example")
