# SPDX-License-Identifier: ISC
"""Resumed sessions: by which tickets, for how long, and under whose rules."""

import os
import re
import ssl

import pytest

from certs import Authority, replace_file, self_signed
from daemon import free_port
from proc import kill_and_wait
from tlsclient import (
    TLS_1_2, TLS_1_3, Listen, client_context, listen_body, listen_tls, s_client,
)  # fmt: skip
from waiting import seconds, until
from wsclient import HttpClient

VERSIONS = [pytest.param(TLS_1_2, id="1.2"), pytest.param(TLS_1_3, id="1.3")]
TICKET = re.compile(r"TLS session ticket:\n +0000 - ((?:[0-9a-f]{2}[ -]){16})")


class Visitor:
    """A client that comes again with the ticket that it got."""

    def __init__(self, address, context):
        self.address, self.context = address, context
        self.session = None

    def visit(self, address=None, keeps=True):
        """Whether the session was resumed. keeps: the ticket that it brings."""
        with HttpClient(
            address or self.address, context=self.context, session=self.session
        ) as client:
            client.request("GET", "/healthz", [("Connection", "close")])
            assert client.read_response().status == 200
            if keeps:
                self.session = client.sock.session
            return client.sock.session_reused


@pytest.fixture
def pair(directory):
    return self_signed(directory)


@pytest.fixture
def secure(bridge, pair):
    def start(workers=1, **settings):
        plain, port = free_port(), free_port()
        one = bridge(
            listen=[
                f"127.0.0.1:{plain}",
                Listen(f"127.0.0.1:{port}", listen_body([pair], **settings)),
            ],
            workers=workers,
        )
        one.address = ("127.0.0.1", port)
        return one

    return start


def visitor_of(one, pair, version, own=None):
    """One who has a ticket. That a worker has keys for them, it hears right
    behind its start: the first visitors may get none."""
    visitor = Visitor(one.address, client_context(pair, own, version=version))
    until(lambda: visitor.visit(), 10, "a ticket that resumes")
    return visitor


def reload(one):
    return one.ctl("reload", "-f", one.conf_path, timeout=30)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reload_leaves_tickets_as_good_as_they_were(
    secure, pair, directory, version
):
    one = secure(workers=3)
    visitor = visitor_of(one, pair, version)
    assert reload(one).returncode == 0
    assert all(visitor.visit() for _ in range(6))
    # another certificate, which who resumes does not get to see
    pair.replace(self_signed(directory, "fresh"))
    assert reload(one).returncode == 0
    assert all(visitor.visit() for _ in range(6))


@pytest.mark.parametrize("version", VERSIONS)
def test_another_keeper_has_other_tickets(secure, pair, version):
    """Of the old ones nothing can be made: a full handshake, no error."""
    one = secure(workers=2)
    visitor = visitor_of(one, pair, version)
    (keeper,) = one.processes()["keeper"]
    kill_and_wait(keeper)
    until(lambda: not visitor.visit(keeps=False), 10, "the new keeper's keys")
    until(lambda: visitor.visit(), 10, "a ticket by the new keeper's key")
    assert all(visitor.visit() for _ in range(6))


@pytest.mark.parametrize("version", VERSIONS)
def test_workers_that_are_new_know_the_tickets(secure, pair, version):
    one = secure()
    visitor = visitor_of(one, pair, version)
    (worker,) = one.workers()
    kill_and_wait(worker)
    # it may be asked before it has the keys; tickets are not lost by that
    until(lambda: visitor.visit(keeps=False), 10, "the new worker to know it")


def key_of_tickets(one):
    """The name of the key that tickets are made with now (RFC 5077, 4)."""
    match = TICKET.search(s_client(one.address, "-tls1_2"))
    return match and match[1]


def test_a_ticket_outlives_rotations_but_not_all(secure, pair, bridge):
    """The last three keys are known. Nothing here waits for a time, but for
    the tickets' key to be another."""
    one = secure()
    conf = open(one.conf_path, encoding="utf-8").read()
    rotation = max(2, int(seconds(2)))
    one.write_conf(conf + f"ticket-rotation = {rotation}\n")
    assert reload(one).returncode == 0
    visitors = [visitor_of(one, pair, version) for version in (TLS_1_2, TLS_1_3)]
    first = until(lambda: key_of_tickets(one), 10, "a ticket")
    second = until(
        lambda: key_of_tickets(one) != first and key_of_tickets(one),
        2 * rotation, "a rotation",
    )
    assert second != first
    # a ticket of before; and what is made of it is by the new key
    for visitor in visitors:
        assert visitor.visit(keeps=False)
    for visitor in visitors:
        until(
            lambda v=visitor: not v.visit(keeps=False), 5 * rotation, "the key to be gone"
        )
        visitor.visit()
        assert visitor.visit()


# ---- under whose rules


@pytest.mark.parametrize("version", VERSIONS)
def test_who_was_revoked_meanwhile_resumes_nothing(
    secure, pair, directory, version
):
    """A ticket does not get round the list."""
    ca = Authority(directory, "clients")
    alice, bob = ca.client("alice"), ca.client("bob")
    crl = os.path.join(directory, "list.pem")
    os.rename(ca.crl(), crl)
    one = secure(client_ca=ca.certificate, client_crl=crl, verify_client="require")
    visitors = [visitor_of(one, pair, version, own) for own in (alice, bob)]
    ca.revoke(bob)
    replace_file(crl, ca.crl())
    assert reload(one).returncode == 0
    # nobody's is good under another list, but alice is who she was
    assert not visitors[0].visit() and visitors[0].visit()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        visitors[1].visit()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_ticket_of_one_listener_is_none_of_a_stricter_one(
    secure, pair, directory, version
):
    one, port = secure(), free_port()
    ca = Authority(directory, "clients")
    with open(one.conf_path, "a", encoding="utf-8") as file:
        file.write(
            listen_tls(
                f"127.0.0.1:{port}", pair, client_ca=ca.certificate,
                verify_client="require",
            )
        )  # fmt: skip
    assert reload(one).returncode == 0
    visitor = visitor_of(one, pair, version)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        visitor.visit(("127.0.0.1", port), keeps=False)
    assert visitor.visit()
