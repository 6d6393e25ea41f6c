# SPDX-License-Identifier: ISC
"""TLS in the workers: what is agreed on: protocols, certificates, tickets."""

import os
import ssl

import pytest

from certs import LOOPBACK, Authority, self_signed
from rawmode import open_raw
from tlsbridge import one, s_client, secure  # noqa: F401
from tlsclient import client_context
from waiting import until
from wsclient import HttpClient


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


# tickets


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
