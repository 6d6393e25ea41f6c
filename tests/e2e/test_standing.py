# SPDX-License-Identifier: ISC
"""Connections that are older than the configuration: each request is judged
by the rules that apply when it comes."""

import pytest

from certs import Authority
from daemon import conf_text, free_port
from rfb import GREETING
from tlsclient import TLS_1_2, TLS_1_3, Listen, client_context, listen_body
from wsclient import Closed, HttpClient, WsClient

SANS = [f"DNS:host{i:03d}.a-rather-long-name.lab.example" for i in range(300)]
DEPTH = 9  # of certificates below client-ca: one more than the bridge passes on


class House:
    """A daemon whose listeners a test changes by reloads."""

    def __init__(self, bridge, authority):
        self.authority = authority
        self.pair = authority.server()
        self.address = ("127.0.0.1", free_port())
        self.spare = ("127.0.0.1", free_port())  # is there all the time
        self.bridge, self.one = bridge, None

    def start(self, how, workers=1, **settings):
        """how: of the listener at address, a dictionary; None: it is plain."""
        self.settings = dict(
            settings, workers=workers, allow=["127.0.0.1:1-65535"]
        )
        self.one = self.bridge(listen=self._listen(how), **self.settings)
        return self

    def _listen(self, how):
        address, spare = (f"{host}:{port}" for host, port in (self.address, self.spare))
        if how == "gone":
            return [spare]
        if how is None:
            return [spare, address]
        return [spare, Listen(address, listen_body([self.pair], **how))]

    def reload(self, how, **settings):
        self.one.write_conf(
            conf_text(
                self.one.directory, self._listen(how), **{**self.settings, **settings}
            )
        )
        done = self.one.ctl("reload", "-f", self.one.conf_path)
        assert done.returncode == 0, done.stderr

    def client(self, context=None):
        """A connection that has been served."""
        client = WsClient(self.address, context=context)
        assert ask(client) == 200
        return client


@pytest.fixture
def house(bridge, authority):
    return House(bridge, authority)


def ask(client, path="/healthz", method="GET"):
    client.request(method, path)
    return client.read_response(has_body=method != "HEAD").status


def asks(authority, verify, **more):
    return {"client_ca": authority.certificate, "verify_client": verify, **more}


def expect_outdated(client, path="/healthz", method="GET"):
    client.request(method, path)
    answer = client.read_response(has_body=method != "HEAD")
    assert (answer.status, answer.get("connection")) == (421, "close")
    if method != "HEAD":
        assert b"older than the bridge's configuration" in answer.body
    assert client.is_closed()


REQUESTS = [
    ("GET", "/healthz"),
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/api/targets"),
    ("GET", "/nothing/here"),
    ("GET", "/proxy?target=127.0.0.1"),
]


@pytest.mark.parametrize("method,path", REQUESTS)
def test_no_request_is_served_without_a_certificate_that_is_required_now(
    house, authority, method, path
):
    house.start({}, workers=2)
    client = house.client(client_context(authority))
    house.reload(asks(authority, "require"))
    expect_outdated(client, path, method)


@pytest.mark.parametrize("verify", [None, "optional"])
def test_no_session_is_opened_without_a_certificate_that_is_required_now(
    house, authority, testcard, verify
):
    before = {} if verify is None else asks(authority, verify)
    house.start(before)
    card = testcard("echo")
    old = house.client(client_context(authority))
    running = house.client(client_context(authority)).open(card.target)
    assert running.recv_exact(len(GREETING)) == GREETING
    house.reload(asks(authority, "require"))
    answer = old.upgrade(f"/proxy?target={card.target}")
    assert answer.status == 421
    running.shut()  # whoever has a session keeps it
    alice = client_context(authority, authority.client("alice"))
    with house.client(alice) as client:
        client.open(card.target)
        assert client.recv_exact(len(GREETING)) == GREETING
        client.shut()


def test_requests_that_came_before_the_reload_are_answered_by_the_old_rules(house):
    """And those behind them, on the same connection, by the new ones."""
    house.start(None)
    client = house.client()
    client.send(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nGET /healthz HTTP/1.1\r\n")
    assert client.read_response().status == 200
    house.reload("gone")
    client.send(b"Host: h\r\n\r\n")
    assert client.read_response().status == 421
    assert client.is_closed()


def test_a_listener_that_is_gone_serves_nobody(house, testcard):
    house.start(None)
    card = testcard("echo")
    old, older = house.client(), house.client()
    house.reload("gone")
    expect_outdated(old)
    assert older.upgrade(f"/proxy?target={card.target}").status == 421
    house.reload(None)
    with house.client() as client:
        client.open(card.target)
        client.shut()


@pytest.mark.parametrize("redirect,status", [(True, 308), (False, 400)])
def test_plain_connections_are_sent_to_tls_that_came_later(
    house, testcard, redirect, status
):
    house.start(None)
    clients = [house.client() for _ in range(2)]
    house.reload({"redirect": redirect})
    clients[1].send(clients[1].upgrade_head(f"/proxy?target={testcard().target}"))
    clients[0].request("GET", "/")
    for client in clients:
        assert client.read_response().status == status
        assert client.is_closed()


def test_tls_that_a_listener_had_is_good_enough_where_it_is_plain(
    house, authority, testcard
):
    house.start({})
    client = house.client(client_context(authority))
    house.reload(None)
    client.open(testcard("echo").target)
    assert client.recv_exact(len(GREETING)) == GREETING
    client.shut()


@pytest.mark.parametrize("version,is_served", [(TLS_1_2, False), (TLS_1_3, True)])
def test_a_version_that_is_too_old_now_is_not_served(
    house, authority, version, is_served
):
    house.start({})
    client = house.client(client_context(authority, version=version))
    house.reload({}, tls_minimum="1.3")
    if is_served:
        assert ask(client) == 200
    else:
        expect_outdated(client)


def test_a_cipher_that_is_none_now_is_neither_served_nor_resumed(house, authority):
    weak, strong = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"
    house.start({}, ciphers=f"{weak}:{strong}")
    context = client_context(authority, version=TLS_1_2, ciphers=f"{weak}:{strong}")
    context.set_ciphers(weak)
    client = house.client(context)
    session = client.sock.session
    context.set_ciphers(f"{weak}:{strong}")
    house.reload({}, ciphers=strong)
    expect_outdated(client)
    with HttpClient(house.address, context=context, session=session) as other:
        assert not other.sock.session_reused
        assert other.sock.cipher()[0] == strong
        assert ask(other) == 200


def test_pages_are_for_those_that_the_authority_of_today_knows(
    house, authority, directory, testcard
):
    other = Authority(directory, "other")
    house.start(asks(authority, "require"))
    alice = client_context(authority, authority.client("alice"))
    clients = [house.client(alice) for _ in range(2)]
    house.reload(asks(other, "require"))
    expect_outdated(clients[0], "/api/targets")
    # of a session the broker says it
    clients[1].open(testcard().target)
    with pytest.raises(Closed) as closed:
        clients[1].recv_exact(1)
    assert closed.value.code == 4520


def test_a_certificate_that_was_optional_is_good_where_it_is_required(
    house, authority, testcard
):
    house.start(asks(authority, "optional"))
    client = house.client(client_context(authority, authority.client("alice")))
    house.reload(asks(authority, "require"))
    client.open(testcard("echo").target)
    assert client.recv_exact(len(GREETING)) == GREETING
    client.shut()


@pytest.mark.parametrize("how", [None, {}])
def test_a_reload_that_changes_nothing_of_a_listener_costs_no_connection(
    house, authority, how
):
    house.start(how)
    client = house.client(None if how is None else client_context(authority))
    for timeout in (11, 12, 13):
        house.reload(how, connect_timeout=timeout)
        assert ask(client) == 200


# ---- certificates that are too large to be passed on ----


def expect_too_large(client, target):
    client.open(target)
    with pytest.raises(Closed) as closed:
        client.recv_exact(1)
    assert closed.value.code == 4520
    assert closed.value.reason.startswith("your certificate is too large")


@pytest.mark.parametrize("verify", ["optional", "require"])
@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_a_large_certificate_opens_nothing_unchecked(
    house, authority, testcard, verify, version
):
    """Neither when it is resumed."""
    house.start(asks(authority, verify))
    card = testcard("echo")
    context = client_context(
        authority, authority.client("alice", SANS), version=version
    )
    session = None
    for number in range(3):
        client = WsClient(house.address, context=context, session=session)
        assert ask(client) == 200
        assert client.sock.session_reused == (number > 0)
        session = client.sock.session
        expect_too_large(client, card.target)
        client.close()
    house.one.wait_end(code=4520)


@pytest.mark.parametrize("is_resumed", [False, True])
def test_a_long_chain_costs_nobody_but_its_client(
    house, authority, directory, testcard, is_resumed
):
    """Whoever is below client-ca may make as many as they like."""
    above = authority
    for i in range(DEPTH):
        above = Authority(directory, f"level{i}", issuer=above)
    house.start(asks(authority, "require"))
    workers = house.one.workers()
    context = client_context(authority, above.client("alice"))
    client, session = house.client(context), None
    if is_resumed:
        session = client.sock.session
        client = WsClient(house.address, context=context, session=session)
        assert ask(client) == 200 and client.sock.session_reused
    expect_too_large(client, testcard("echo").target)
    assert house.one.workers() == workers
