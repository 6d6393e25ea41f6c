# SPDX-License-Identifier: ISC
"""A client's certificate as a login: who it is, what they reach, and its end."""

import json
import ssl

import pytest

from certs import Authority
from daemon import conf_text, free_port
from loginlab import ends, names, sessions
from people import Browser, People, is_open, logged_in, problem_of
from proc import kill_and_wait
from test_access import section
from tlsclient import TLS_1_2, Listen, client_context, listen_body
from waiting import until
from wsclient import HttpClient, WsClient

UPN = "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:"
RIGHTS = section("a", users=["alice"], targets=["lab1"]) + section(
    "s", users=["@staff"], targets=["lab2"]
)


class Lab:
    """Two desktops, and a bridge where certificates are logins."""

    def __init__(self, bridge, authority, cards):
        self.bridge = bridge
        self.authority = authority
        self.address = f"127.0.0.1:{free_port()}"
        self.pair = authority.server()
        self.targets = "".join(
            f'target "lab{i + 1}" {{ address = "{card.target}" }}\n'
            for i, card in enumerate(cards)
        )
        self.one = None

    def listen(self, **how):
        how.setdefault("client_ca", self.authority.certificate)
        how.setdefault("verify_client", "optional")
        how = {k: v for k, v in how.items() if v is not None}
        return [Listen(self.address, listen_body([self.pair], **how))]

    def start(self, auth='auth "certificate" { }\n', rights="", listen=None, **settings):
        self.one = self.bridge(
            listen=self.listen(**(listen or {})),
            context=client_context(self.authority),
            extra=self.targets + auth + rights,
            **settings,
        )
        return self.one

    def reload(self, auth='auth "certificate" { }\n', rights="", listen=None):
        one = self.one
        one.write_conf(
            conf_text(
                one.directory,
                self.listen(**(listen or {})),
                extra=self.targets + auth + rights,
            )
        )
        done = one.ctl("reload", "-f", one.conf_path)
        assert done.returncode == 0, done.stderr

    def who(self, pair=None, version=None):
        context = client_context(self.authority, pair, version)
        return Browser(self.one, context=context)


@pytest.fixture
def lab(bridge, authority, testcard):
    return Lab(bridge, authority, [testcard("echo"), testcard("echo")])


def user_of(who):
    answer = who.get("/api/login")
    return json.loads(answer.body)["user"] if answer.status == 200 else None


def test_a_certificate_is_a_login(lab, authority):
    one = lab.start('auth "certificate" { groups = "OU" }\n', RIGHTS)
    alice = lab.who(authority.client("alice", subject="/CN=alice/OU=students"))
    bob = lab.who(authority.client("bob", subject="/CN=bob/OU=staff/OU=a b/OU=admins"))
    assert user_of(alice) == "alice" and user_of(bob) == "bob"
    assert alice.get("/").status == 200
    assert names(alice) == ["lab1"] and names(bob) == ["lab2"]
    assert alice.cookie is None
    client = alice.open("lab1")
    assert is_open(client)
    (session,) = sessions(one)
    assert session["user"] == "alice"
    refused, answer = bob.connect("lab1")
    assert answer.status == 101 and refused.wait_close()[0] == 4520
    client.close()
    # one login for all of her connections
    assert len(one.grep('user="alice" kind=certificate')) == 1
    text = one.ctl("logins").stdout
    assert "staff" in text and "admins" not in text and len(text.splitlines()) == 3, text


def test_who_shows_none_is_nobody(lab, authority):
    one = lab.start()
    who = lab.who()
    assert who.get("/api/targets").status == 401
    answer = who.get("/lab1")
    assert (answer.status, answer.get("location")) == (303, "login?next=lab1")
    page = who.get("/login").body
    assert b"Your browser has shown no certificate" in page and b"password" not in page
    _, answer = who.connect("lab1")
    assert answer.status == 401
    assert not one.grep("login client=")


@pytest.mark.parametrize(
    "part, sans, subject, expected",
    [
        ("CN", [], "/CN=alice", "alice"),
        ("CN", [], "/CN=alice/CN=bob", None),
        ("CN", [], "/O=alice", None),
        ("CN", [], "/CN=alice smith", None),
        ("CN", [], "/CN=@alice", None),
        ("CN", [], "/CN=" + "a" * 64, None),
        ("UID", [], "/CN=x/UID=alice", "alice"),
        ("UID", [], "/CN=alice", None),
        ("email", ["email:alice@lab.example"], "/CN=x", "alice@lab.example"),
        ("email", ["DNS:alice"], "/CN=alice", None),
        ("email", ["email:a@lab.example", "email:b@lab.example"], "/CN=x", None),
        ("UPN", [UPN + "alice@lab.example"], "/CN=x", "alice@lab.example"),
        ("UPN", ["email:alice@lab.example"], "/CN=alice", None),
        ("UPN", ["otherName:1.2.3.4;UTF8:alice"], "/CN=alice", None),
    ],
)
def test_the_part_that_is_configured_names_the_user(
    lab, authority, part, sans, subject, expected
):
    one = lab.start(f'auth "certificate" {{ user = "{part}" }}\n')
    who = lab.who(authority.client("x", sans, subject=subject))
    assert user_of(who) == expected
    if expected is None:
        context = who.tls["context"]
        with HttpClient(lab.one.address, context=context) as client:
            client.request("GET", "/login")
            said = problem_of(client.read_response())
        assert said.startswith("Your certificate did not log you in: your certificate")
        assert until(lambda: one.grep("login failed client=127.0.0.1 .* kind=certificate why="))


def test_a_connection_is_asked_for_its_certificate_once(lab, authority):
    one = lab.start()
    context = client_context(authority, authority.client("alice"))
    with WsClient(lab.one.address, context=context) as client:
        for path in ("/healthz", "/api/login", "/assets/style.css", "/api/login"):
            client.request("GET", path)
            assert client.read_response().status == 200
        assert client.upgrade("/proxy?target=lab1").status == 101
        assert client.recv_exact(12) == b"RFB 003.008\n"
    assert len(one.grep("kind=certificate")) == 1


def test_no_session_is_resumed_with_a_certificate(lab, authority):
    """A resumed one has no signature; without a certificate nothing changes."""
    lab.start()
    for pair, is_resumed in ((authority.client("alice"), False), (None, True)):
        context = client_context(authority, pair)
        session = None
        for _ in range(2):
            with HttpClient(lab.one.address, context=context, session=session) as client:
                client.request("GET", "/healthz")
                assert client.read_response().status == 200
                reused, session = client.sock.session_reused, client.sock.session
        assert reused == is_resumed


def test_tls_1_2_is_no_login(lab, authority):
    """What a client signs there is another thing: it is nobody, and TLS goes on."""
    lab.start()
    who = lab.who(authority.client("alice"), TLS_1_2)
    assert user_of(who) is None
    assert who.get("/healthz").status == 200


@pytest.mark.parametrize("key", ["p256", "p384", "rsa2048", "ed25519"])
def test_a_key_of_any_kind_signs(lab, authority, key):
    lab.pair = authority.server(key=key if key != "ed25519" else "p256")
    lab.start()
    assert user_of(lab.who(authority.client("alice", key=key))) == "alice"


def test_another_curve_is_asked_for(lab, authority):
    """A HelloRetryRequest changes what is signed."""
    one = lab.start(curves="P-384")
    assert user_of(lab.who(authority.client("alice"))) == "alice"
    assert until(lambda: one.grep("kind=certificate"))


def test_one_in_between_vouches(lab, authority, directory):
    lab.start()
    middle = Authority(directory, "middle", issuer=authority)
    assert user_of(lab.who(middle.client("alice"))) == "alice"


def test_logout_ends_it_until_the_next_connection(lab, authority):
    one = lab.start()
    alice = lab.who(authority.client("alice"))
    session = alice.open("lab1")
    context = alice.tls["context"]
    with (
        HttpClient(lab.one.address, context=context) as client,
        HttpClient(lab.one.address, context=context) as idle,
    ):
        client.request("GET", "/api/login")
        assert client.read_response().status == 200
        idle.request("GET", "/api/login")
        assert idle.read_response().status == 200
        client.request(
            "POST", "/logout", [("Origin", f"https://{lab.address}"), ("Content-Length", "0")]
        )
        answer = client.read_response()
        assert (answer.status, answer.get("location")) == (303, "login")
        client.request("GET", "/login")
        answer = client.read_response()
        assert b"close the browser to stay logged" in answer.body
        assert answer.get("connection") == "close"
        # of what a browser has open besides, each leads on to a new one
        idle.request("GET", "/lab1")
        answer = idle.read_response()
        assert (answer.status, answer.get("location")) == (303, "./lab1")
        assert answer.get("connection") == "close"
    ends(session, 4521, "you have logged out")
    assert until(lambda: one.grep('logout client=127.0.0.1 user="alice"'))
    assert user_of(alice) == "alice"


def test_a_revoked_certificate_ends_its_logins_and_no_other(lab, authority):
    crl = authority.crl()
    one = lab.start(listen={"client_crl": crl})
    pairs = [authority.client("alice"), authority.client("alice"), authority.client("bob")]
    open_ones = [lab.who(pair).open("lab1") for pair in pairs]
    assert len(one.ctl("logins").stdout.splitlines()) == 4
    authority.revoke(pairs[0])
    lab.reload(listen={"client_crl": authority.crl()})
    ends(open_ones[0], 4521, "your certificate was revoked")
    assert is_open(open_ones[1]) and is_open(open_ones[2])
    assert until(lambda: one.grep('login over .* user="alice" why="your certificate was revoked"'))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        user_of(lab.who(pairs[0]))
    assert user_of(lab.who(pairs[1])) == "alice"


def test_an_authority_that_is_taken_away_ends_its_logins(lab, authority, directory):
    other = Authority(directory, "other")
    both = f"{directory}/both.pem"
    with open(both, "w", encoding="ascii") as file:
        for one in (authority, other):
            with open(one.certificate, encoding="ascii") as part:
                file.write(part.read())
    lab.start(listen={"client_ca": both})
    stays = lab.who(authority.client("alice")).open("lab1")
    goes = lab.who(other.client("bob")).open("lab1")
    lab.reload(listen={"client_ca": authority.certificate})
    ends(goes, 4521, "who signed your certificate is not trusted now")
    assert is_open(stays)


def test_a_certificate_that_expires_ends_its_login(lab, authority):
    day_sec = 86400
    one = lab.start()
    pair = authority.client("alice", days=(-1, 8 / day_sec))
    session = lab.who(pair).open("lab1")
    ends(session, 4521, "your certificate has expired")
    assert until(lambda: one.grep('why="your certificate has expired"'))


@pytest.mark.parametrize(
    "auth", ['auth "certificate" { user = "email" }\n', 'auth "certificate" { groups = "O" }\n']
)
def test_another_way_to_name_them_ends_the_login(lab, authority, auth):
    lab.start()
    session = lab.who(authority.client("alice")).open("lab1")
    lab.reload()
    assert is_open(session)
    lab.reload(auth)
    ends(session, 4521, "your way to log in was removed or changed")


def test_whom_the_file_locks_a_certificate_does_not_let_in(lab, authority, directory):
    people = People(directory).add("alice", locked=True).add("carol")
    one = lab.start('auth "certificate" { }\n' + people.section)
    assert user_of(lab.who(authority.client("alice"))) is None
    assert until(lambda: one.grep('login failed .* user="alice" kind=certificate why="your account is locked"'))
    # and the page has both ways
    carol = lab.who()
    page = carol.get("/login").body
    assert b"Your browser has shown no certificate" in page and b'type="password"' in page
    assert logged_in(one, "carol", context=client_context(authority)).get("/").status == 200


def test_killed_auth_logs_nobody_out(lab, authority):
    one = lab.start()
    pair = authority.client("alice")
    alice = lab.who(pair)
    session = alice.open("lab1")
    with HttpClient(lab.one.address, context=alice.tls["context"]) as client:
        for _ in range(3):
            client.request("GET", "/api/login")
            assert json.loads(client.read_response().body)["user"] == "alice"
            kill_and_wait(one.processes()["auth"][0])
    assert is_open(session)
    assert user_of(alice) == "alice"


def test_killed_keepers_stamps_are_known(lab, authority):
    """What the next one stamps, auth knows; and what the one before has."""
    one = lab.start()
    pair = authority.client("alice")
    with HttpClient(lab.one.address, context=client_context(authority, pair)) as client:
        client.request("GET", "/healthz")  # nobody has asked who it is
        assert client.read_response().status == 200
        kill_and_wait(one.processes()["keeper"][0])
        client.request("GET", "/api/login")
        assert json.loads(client.read_response().body)["user"] == "alice"
    assert user_of(lab.who(pair)) == "alice"


def test_an_administrator_ends_it(lab, authority):
    one = lab.start()
    session = lab.who(authority.client("alice")).open("lab1")
    until(lambda: sessions(one))
    assert one.ctl("logout", "alice").returncode == 0
    ends(session, 4521, "an administrator has logged you out")


def test_why_tells_of_somebody_who_has_logged_in(lab, authority):
    one = lab.start('auth "certificate" { groups = "OU" }\n', RIGHTS)
    bob = lab.who(authority.client("bob", subject="/CN=bob/OU=staff"))
    assert user_of(bob) == "bob"
    done = one.ctl("why", "bob", "127.0.0.1", "lab2")
    assert done.returncode == 0 and "rule: access s," in done.stdout, done.stdout


def test_the_certificate_of_a_proxy_is_nobodys(lab, authority, directory):
    """What it passes on is asked by others, who must say who they are."""
    people = People(directory).add("carol")
    header = 'auth "header" { header = "X-Remote-User" }\n'
    one = lab.start(
        'auth "certificate" { }\n' + header + people.section, trusted_proxies=["127.0.0.1"]
    )
    proxy = lab.who(authority.client("proxy"))
    assert user_of(proxy) is None
    assert b"certificate" not in proxy.get("/login").body
    proxy.headers = [("X-Forwarded-For", "198.51.100.7"), ("X-Remote-User", "bob")]
    assert user_of(proxy) == "bob"
    proxy.headers = proxy.headers[:1]
    assert proxy.login("carol").status == 303 and user_of(proxy) == "carol"
    # whoever is none is somebody
    other = lab.who(authority.client("alice"))
    other.tls["source"] = "127.0.0.5"
    assert user_of(other) == "alice"
    assert not one.grep('user="proxy"')
