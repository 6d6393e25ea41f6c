# SPDX-License-Identifier: ISC
"""Clients' certificates: whom a session was opened for, and who is refused."""

import json
import re
import ssl

import pytest

from certs import Authority
from daemon import conf_text, free_port
from proc import kill_and_wait
from rfb import GREETING
from tlsclient import TLS_1_2, TLS_1_3, Listen, client_context, listen_body
from waiting import until
from wsclient import Closed, WsClient


@pytest.fixture
def middle(authority, directory):
    return Authority(directory, "middle", issuer=authority)


class Lab:
    """A daemon that asks clients for a certificate, and its configuration."""

    def __init__(self, bridge, authority, **listen):
        self.address = f"127.0.0.1:{free_port()}"
        self.pair = authority.server()
        self.authority = authority
        self.one = bridge(
            listen=[self._listen(**listen)],
            context=client_context(authority),
        )

    def _listen(self, **listen):
        listen.setdefault("client_ca", self.authority.certificate)
        listen.setdefault("verify_client", "optional")
        listen = {k: v for k, v in listen.items() if v is not None}
        return Listen(self.address, listen_body([self.pair], **listen))

    def reload(self, **listen):
        done = self.try_reload(**listen)
        assert done.returncode == 0, done.stderr

    def try_reload(self, **listen):
        one, listen = self.one, [self._listen(**listen)]
        one.write_conf(
            conf_text(one.directory, listen, allow=["127.0.0.1:1-65535"])
        )
        return one.ctl("reload", "-f", one.conf_path)

    def context(self, pair=None, version=None):
        return client_context(self.authority, pair, version)

    def certificates(self):
        """Of each session; None if the client has shown none."""
        done = self.one.ctl("-j", "sessions")
        assert done.returncode == 0, done.stderr
        return [s["certificate"] for s in json.loads(done.stdout)["sessions"]]


@pytest.fixture
def lab(bridge, authority):
    return Lab(bridge, authority)


def end_code(client):
    with pytest.raises(Closed) as closed:
        client.recv_exact(len(GREETING))
    return closed.value.code, closed.value.reason


def test_sessions_and_log_name_whom_the_certificate_does(lab, authority, testcard):
    alice = authority.client(
        "alice",
        ["email:alice@lab.example", "DNS:pc1.lab.example"],
        subject="/CN=alice/O=Lab",
    )
    card = testcard("echo")
    with lab.one.connect(card.target, context=lab.context(alice)) as client:
        assert client.recv_exact(len(GREETING)) == GREETING
        (said,) = lab.certificates()
        assert said["subject"] == "O=Lab,CN=alice"
        assert said["names"] == ["email:alice@lab.example", "DNS:pc1.lab.example"]
        assert re.fullmatch("[0-9a-f]{64}", said["sha256"])
        text = lab.one.ctl("sessions").stdout
        assert text.splitlines()[1].endswith("  O=Lab,CN=alice")
        client.shut()
    assert lab.one.wait_end(code=1000)["subject"] == "O=Lab,CN=alice"
    with lab.one.connect(card.target) as client:
        assert client.recv_exact(len(GREETING)) == GREETING
        assert lab.certificates() == [None]
        client.shut()


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_a_resumed_session_has_the_same_name(lab, middle, testcard, version):
    """The ticket has what is between the certificate and client-ca's."""
    context = lab.context(middle.client("carol"), version)
    card, session = testcard("echo"), None
    for number in range(4):
        client = lab.one.connect(card.target, context=context, session=session)
        assert client.recv_exact(len(GREETING)) == GREETING
        assert client.sock.session_reused == (number > 0)
        (said,) = lab.certificates()
        assert said["subject"] == "CN=carol"
        session = client.sock.session
        client.shut()
        client.close()
        until(lambda: lab.certificates() == [], 10, "the session to end")


def test_who_is_revoked_opens_nothing_more(lab, authority, testcard):
    """Neither on a connection that is older than the list."""
    alice, bob = authority.client("alice"), authority.client("bob")
    card = testcard("echo")
    running = lab.one.connect(card.target, context=lab.context(alice))
    assert running.recv_exact(len(GREETING)) == GREETING
    waiting = WsClient(lab.one.address, context=lab.context(alice))
    waiting.request("GET", "/healthz")
    assert waiting.read_response().status == 200
    authority.revoke(alice)
    lab.reload(client_crl=authority.crl())
    waiting.open(card.target)
    code, reason = end_code(waiting)
    assert code == 4521 and "revoked" in reason
    assert lab.one.wait_end(code=4521)["reason"] == reason
    with lab.one.connect(card.target, context=lab.context(bob)) as client:
        assert client.recv_exact(len(GREETING)) == GREETING
        client.shut()
    # whoever has a session keeps it
    assert [c["subject"] for c in lab.certificates()] == ["CN=alice"]
    running.shut()


def handshake_of(lab, pair):
    try:
        return lab.one.get("/healthz", context=lab.context(pair)).status
    except (ssl.SSLError, ConnectionError, EOFError):
        return None


def test_nobody_is_let_in_without_a_list_that_is_good_now(lab, authority, middle):
    alice, carol = authority.client("alice"), middle.client("carol")
    assert [handshake_of(lab, pair) for pair in (alice, carol)] == [200, 200]
    lab.reload(client_crl=authority.crl())
    # of the one between, there is none
    assert [handshake_of(lab, pair) for pair in (alice, carol)] == [200, None]
    lab.reload(client_crl=authority.crl(days=(-2, -1)))
    assert [handshake_of(lab, pair) for pair in (alice, carol)] == [None, None]


def test_an_authority_that_a_reload_brings_is_asked(bridge, authority, testcard):
    lab = Lab(bridge, authority, client_ca=None, verify_client=None)
    alice, card = authority.client("alice"), testcard("echo")
    with lab.one.connect(card.target, context=lab.context(alice)) as client:
        assert client.recv_exact(len(GREETING)) == GREETING
        assert lab.certificates() == [None]
        client.shut()
    lab.reload()
    with lab.one.connect(card.target, context=lab.context(alice)) as client:
        assert client.recv_exact(len(GREETING)) == GREETING
        assert lab.certificates()[-1]["subject"] == "CN=alice"
        client.shut()


@pytest.mark.parametrize("setting", ["client_ca", "client_crl"])
def test_a_file_that_will_not_do_is_told_with_its_line(lab, setting):
    name = setting.replace("_", "-")
    done = lab.try_reload(**{setting: "/none.pem"})
    wanted = rf'{lab.one.conf_path}:1: {name} "/none.pem": No such file'
    assert done.returncode == 1 and re.search(wanted, done.stderr), done.stderr
    done = lab.try_reload(**{setting: lab.pair.key})
    wanted = rf':1: {name} ".*": there is no .* in it \(in PEM\)'
    assert done.returncode == 1 and re.search(wanted, done.stderr), done.stderr


def test_another_broker_is_told_the_names(lab, authority, testcard):
    card, broker = testcard("echo"), lab.one.broker()
    alice = lab.context(authority.client("alice"))
    with lab.one.connect(card.target, context=alice) as client:
        assert client.recv_exact(len(GREETING)) == GREETING
        before = lab.certificates()
        kill_and_wait(broker)
        lab.one.wait_other_broker(broker)
        until(lambda: lab.one.ctl("sessions").returncode == 0, 10, "its answer")
        until(lambda: lab.certificates() == before, 10, "the names to be known again")
        client.shut()
