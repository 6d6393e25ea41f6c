# SPDX-License-Identifier: ISC
"""What the tests of TLS stand on: certificates that are what they say, and
clients that look. The server is Python's."""

import re
import socket
import ssl
import subprocess
import threading

import pytest

import tlsclient
import wsclient
from daemon import conf_text
from certs import Authority, Pair
from tlsclient import TLS_1_2, TLS_1_3, client_context
from waiting import seconds, until

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each connection once, over TLS; notes who came, or why not."""

    def __init__(self, pair, authority=None, crl=None, ends_well=True):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.options &= ~tlsclient.IGNORE_UNEXPECTED_EOF
        self.context.load_cert_chain(pair.certificate, pair.key)
        if authority is not None:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(authority.certificate)
        if crl is not None:
            self.context.load_verify_locations(crl)
            self.context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        self.ends_well = ends_well
        self.clients = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            conn, _ = self.listener.accept()
            conn.settimeout(seconds(10))
            with conn:
                if conn.recv(1, socket.MSG_PEEK) == b"!":
                    return
                try:
                    self._answer(
                        self.context.wrap_socket(
                            conn, server_side=True, suppress_ragged_eofs=False
                        )
                    )
                except OSError as problem:
                    self.clients.append(str(problem))

    def _answer(self, conn):
        with conn:
            if not conn.recv(8192):
                raise OSError("ended with no request")
            self.clients.append(conn.getpeercert())
            conn.sendall(ANSWER)
            if self.ends_well:
                conn.unwrap()

    def stop(self):
        with socket.create_connection(self.address) as sock:
            sock.sendall(b"!")
            self.thread.join(seconds(10))
        self.listener.close()
        assert not self.thread.is_alive()


@pytest.fixture
def serve(target):
    return lambda *args, **how: target(Server(*args, **how))


def ask(server, context, **tls):
    return wsclient.get(server.address, "/", context=context, **tls)


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
@pytest.mark.parametrize("key", ["p256", "p384", "rsa2048", "ed25519"])
def test_each_kind_of_key_serves(serve, authority, key, version):
    server = serve(authority.server(key=key))
    assert ask(server, client_context(authority, version=version)).body == b"ok"


def test_only_the_own_authority_is_trusted(serve, authority, directory):
    server = serve(authority.server())
    other = Authority(directory, "other")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local"):
        ask(server, client_context(other))
    assert ask(server, client_context()).status == 200


def test_a_chain_is_sent_whole(serve, authority, directory):
    middle = Authority(directory, "middle", issuer=authority)
    assert ask(serve(middle.server()), client_context(authority)).status == 200


def test_names_are_those_asked_for(serve, authority):
    pair = authority.server("lab", ["DNS:a.example", "DNS:*.b.example"])
    server, context = serve(pair), client_context(authority)
    for name in ("a.example", "x.b.example"):
        assert ask(server, context, server_name=name).status == 200
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        ask(server, context, server_name="localhost")


@pytest.mark.parametrize(
    "days, text", [((-9, -1), "certificate has expired"), ((1, 9), "not yet valid")]
)
def test_a_time_that_is_not_now_is_refused(serve, authority, days, text):
    with pytest.raises(ssl.SSLCertVerificationError, match=text):
        ask(serve(authority.server(days=days)), client_context(authority))


def test_a_key_of_another_certificate_does_not_match(authority):
    one, other = authority.server(), authority.server()
    with pytest.raises(ssl.SSLError, match="KEY_VALUES_MISMATCH"):
        Server(Pair(one.certificate, other.key))


def test_both_in_one_file_are_a_pair(serve, authority):
    path = authority.server().both()
    assert ask(serve(Pair(path, path)), client_context(authority)).status == 200


def test_a_client_is_who_its_certificate_says(serve, authority):
    server = serve(authority.server(), authority)
    pair = authority.client(
        "alice", ["email:alice@lab.example"], subject="/CN=alice/O=Lab"
    )
    assert ask(server, client_context(authority, pair)).status == 200
    subject = dict(part[0] for part in server.clients[0]["subject"])
    assert subject == {"commonName": "alice", "organizationName": "Lab"}
    names = server.clients[0]["subjectAltName"]
    assert names == (("email", "alice@lab.example"),)


@pytest.mark.parametrize(
    "fault, text",
    [
        ("none", "peer did not return a certificate"),
        ("expired", "certificate has expired"),
        ("stranger", "unable to get local issuer"),
        ("revoked", "certificate revoked"),
        ("old list", "CRL has expired"),
    ],
)
def test_a_client_that_must_not_enter_is_refused(
    serve, authority, directory, fault, text
):
    issuer = Authority(directory, "other") if fault == "stranger" else authority
    pair = issuer.client("bob", days=(-9, -1 if fault == "expired" else 9))
    if fault == "revoked":
        authority.revoke(pair)
    crl = authority.crl((-9, -1) if fault == "old list" else (-1, 9))
    server = serve(authority.server(), authority, crl)
    shown = None if fault == "none" else pair
    # with TLS 1.3 it learns that by an alert, or a reset, when it reads
    with pytest.raises((OSError, EOFError)):
        ask(server, client_context(authority, shown))
    assert text in wait_first(server)


def wait_first(server):
    """Why the first client was refused: it may be gone before that is noted."""
    return str(until(lambda: server.clients, what="the server's verdict")[0])


def test_another_client_than_the_revoked_one_enters(serve, authority):
    gone, here = authority.client("gone"), authority.client("here")
    authority.revoke(gone)
    server = serve(authority.server(), authority, authority.crl())
    assert ask(server, client_context(authority, here)).status == 200


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_a_session_is_resumed(serve, authority, version):
    server = serve(authority.server())
    context = client_context(authority, version=version)
    with wsclient.HttpClient(server.address, context=context) as client:
        client.request("GET", "/")
        assert client.read_response().status == 200
        assert not client.sock.session_reused
        session = client.sock.session
    with wsclient.HttpClient(server.address, context=context, session=session) as c:
        assert c.sock.session_reused
        c.request("GET", "/")
        assert c.read_response().status == 200


@pytest.mark.parametrize("ends_well", [True, False])
def test_an_end_without_close_notify_is_noticed(serve, authority, ends_well):
    server = serve(authority.server(), ends_well=ends_well)
    context = client_context(authority, strict=True)
    with wsclient.HttpClient(server.address, context=context) as c:
        c.request("GET", "/")
        assert c.read_response().body == b"ok"
        if ends_well:
            assert c.sock.recv(1) == b""
        else:
            with pytest.raises(ssl.SSLError, match="(?i)eof"):
                c.sock.recv(1)


def test_a_cut_is_no_end_in_good_order(serve, authority):
    server = serve(authority.server())
    context = client_context(authority)
    tlsclient.cut(wsclient.HttpClient(server.address, context=context))
    # a reset, where tickets that nobody read were on their way
    assert re.search("(?i)eof|reset", wait_first(server))
    client = wsclient.HttpClient(server.address, context=context)
    client.sock.unwrap()
    until(lambda: server.clients[1:], what="the second client")
    assert server.clients[1] == "ended with no request"


def test_s_client_tells_what_was_negotiated(serve, authority):
    server = serve(authority.server())
    report = tlsclient.s_client(
        server.address, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256",
        "-CAfile", authority.certificate, send=b"x\n",
    )  # fmt: skip
    assert tlsclient.negotiated(report) == (
        "TLSv1.2",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
    )
    assert "Verify return code: 0 (ok)" in report
    report = tlsclient.s_client(server.address, "-tls1_2", "-cipher", "AES128-SHA")
    assert tlsclient.negotiated(report) is None


def test_a_listener_gets_its_braces(authority, directory):
    pairs = [authority.server(), authority.server(key="rsa2048")]
    body = tlsclient.listen_body(pairs, verify_client="require", redirect=False)
    text = conf_text(directory, [tlsclient.Listen("127.0.0.1:1", body), "[::1]:2"])
    assert text.startswith(
        'listen "127.0.0.1:1" { '
        f'certificate = {{ "{pairs[0].certificate}", "{pairs[1].certificate}" }}  '
        f'key = {{ "{pairs[0].key}", "{pairs[1].key}" }}  '
        'verify-client = "require"  redirect = no }\n'
        'listen "[::1]:2" {  }\n'
    )


def test_openssl_finds_the_certificates_in_order(authority):
    pair = authority.server()
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-CAfile", authority.certificate,
         pair.certificate], capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
