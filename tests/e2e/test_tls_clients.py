# SPDX-License-Identifier: ISC
"""Certificates of clients, good and bad: what each hears, and what the log
says of it."""

import ssl

import pytest

from certs import Authority, self_signed
from tlsclient import TLS_1_2, TLS_1_3, client_context
from tlsfaults import REQUEST, VERSIONS, Half, failed, raw, secure  # noqa: F401
from waiting import until
from wsclient import HttpClient


@pytest.fixture
def vouched(secure, directory):
    """vouched(verify, crl=None): a daemon that looks at its clients'
    certificates. ca and other are two authorities."""

    def start(verify, crl=None):
        listener = {"client_ca": start.ca.certificate, "verify_client": verify}
        if crl:
            listener["client_crl"] = crl
        one = secure(listener=listener)
        # nobody was asked who was there for the first time
        until(lambda: one.conns() == 0, 5, "no connection")
        return one

    start.ca = Authority(directory, "clients")
    start.other = Authority(directory, "others")
    return start


def ask_as(one, pair, version):
    """Status, or the words of the alert."""
    context = client_context(one.pair, pair, version=version)
    try:
        with HttpClient(one.address, context=context) as client:
            client.send(REQUEST)
            return client.read_response().status
    except ssl.SSLError as error:
        return error.reason



# what is shown, the alert's words in Python, the log's
VOUCHED = [
    ("good", 200, None),
    ("old", "CERTIFICATE_EXPIRED", "certificate has expired"),
    ("early", "BAD_CERTIFICATE", "certificate is not yet valid"),
    ("stranger", "UNKNOWN_CA", "unable to get local issuer certificate"),
    ("own", "UNKNOWN_CA", "self-signed certificate"),
    ("server", "UNSUPPORTED_CERTIFICATE", "unsuitable certificate purpose"),
]


def certificate_of(vouched, directory, what):
    ca = vouched.ca
    if what == "good":
        return ca.client("alice")
    if what == "old":
        return ca.client("old", days=(-9, -1))
    if what == "early":
        return ca.client("early", days=(1, 9))
    if what == "stranger":
        return vouched.other.client("alice")
    if what == "own":
        return self_signed(directory, "alice")
    return ca.server("alice")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("verify", ["require", "optional"])
def test_each_client_hears_what_is_wrong(vouched, directory, verify, version):
    one = vouched(verify)
    for what, said, reason in VOUCHED:
        mark = one.mark()
        answer = ask_as(one, certificate_of(vouched, directory, what), version)
        assert said == answer or str(said) in str(answer), what
        if reason is not None:
            assert failed(one, mark, reason)
            assert one.grep("info: handshake failed", mark)
    mark = one.mark()
    answer = ask_as(one, None, version)
    if verify == "optional":
        assert answer == 200
    else:
        wanted = (
            "HANDSHAKE_FAILURE" if version == TLS_1_2 else "CERTIFICATE_REQUIRED"
        )
        assert wanted in answer
        assert failed(one, mark, "peer did not return a certificate")
    until(lambda: one.conns() == 0, 5, "the connections to end")


@pytest.mark.parametrize("count", [0, 100, 20000])
def test_who_speaks_on_still_hears_what_is_wrong(vouched, count):
    """A client of TLS 1.3 does not wait before it sends its request; the
    last is more than the worker reads of it."""
    one = vouched("require")
    half = Half(one, TLS_1_3, own=vouched.other.client("alice"))
    with raw(one) as sock:
        sock.sendall(half.outgoing.read())
        flight = half.answer(sock)
        assert half.is_done
        half.tls.write(bytes(count))
        sock.sendall(flight + half.outgoing.read())
        with pytest.raises(ssl.SSLError, match="UNKNOWN_CA"):
            while part := sock.recv(65536):
                half.incoming.write(part)
                try:
                    half.tls.read(1)
                except ssl.SSLWantReadError:
                    pass


def test_without_verify_client_nobody_is_asked(secure, vouched):
    one = secure()
    assert ask_as(one, vouched.other.client("alice"), TLS_1_3) == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_a_revoked_certificate_is_refused(vouched, version):
    alice, bob = vouched.ca.client("alice"), vouched.ca.client("bob")
    vouched.ca.revoke(bob)
    one = vouched("require", vouched.ca.crl())
    mark = one.mark()
    assert ask_as(one, alice, version) == 200
    assert "CERTIFICATE_REVOKED" in ask_as(one, bob, version)
    assert failed(one, mark, "certificate revoked")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_that_has_ended_lets_nobody_in(vouched, version):
    """It fails closed, and the log names the list, not the certificate."""
    one = vouched("require", vouched.ca.crl((-9, -1)))
    mark = one.mark()
    assert "EXPIRED" in ask_as(one, vouched.ca.client("alice"), version)
    assert failed(one, mark, "CRL has expired")
