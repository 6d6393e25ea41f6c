# SPDX-License-Identifier: ISC
"""What OpenID Connect is secret about is where it must be, for as long as it
must, and nowhere else: in no log, no page, no address and no process's memory."""

import base64
import re
import secrets
import urllib.parse

import pytest

import certs
import jws
import oidc
import signon
from conftest import bridges_of_module
from daemon import IS_ROOT, free_port, has_asan
from faults import Held, closes, text
from people import problem_of
from proc import children, kill_and_wait
from test_keeper import memory_of
from tlsclient import Listen, client_context, listen_body
from wsclient import HttpClient

pytestmark = [
    pytest.mark.skipif(not IS_ROOT, reason="only root may look into processes"),
    pytest.mark.skipif(has_asan(), reason="the sanitizer keeps copies of its own"),
]

AUTH, FETCH, WORKER = "auth 0", "fetch 0", "worker 0"
# of a text: what is freed is written over at its beginning, so only the rest
# is looked for
HEAD = 16
# what a browser carries to the provider, and what fetch does
ASKED = {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce",
         "code_challenge", "code_challenge_method"}  # fmt: skip
EXCHANGED = {"grant_type", "code", "redirect_uri", "code_verifier"}
ODD = "/+ %&"  # no form and no address has these as they are


def in_base64(data):
    """Behind one, two or no other bytes: as the end of a pair's, too."""
    for before in range(3):
        yield base64.b64encode(b"x" * before + data)[HEAD * 4 // 3 + 4 : -4]


def forms(said):
    """All that a search has to look for."""
    found = []
    for data in {said.encode(), urllib.parse.quote_plus(said).encode()}:
        found += [data[HEAD:], *in_base64(data)]
    if re.fullmatch(r"[\w-]{43}", said):  # a number
        found.append(base64.urlsafe_b64decode(said + "=")[HEAD // 2 :])
    return found


def parts_of(token):
    """A signed one: what it says, in both forms, and its signature."""
    _, claims, signature = token.split(".")
    return {
        "claims": [claims[64:].encode(), jws.unb64(claims)[48:96]],
        "signature": [signature[HEAD:].encode(), jws.unb64(signature)[HEAD:]],
    }


class Journey:
    """Somebody's way to the provider and back, and all that is secret of it."""

    def __init__(self, lab, door):
        self.lab = lab
        self.provider = lab.provider
        self.tokens = []
        if door == "tls":
            self.who = signon.Visitor(lab.one, lab.tls_address, context=lab.tls_context)
        else:
            self.who = lab.visitor(lab.one)
        self.refresh = secrets.token_urlsafe(32)
        self.provider.token = {"refresh_token": self.refresh}
        self.provider.make_token = self._make_token
        # it stays open, and with it what its TLS has
        self.client = HttpClient(self.who.address, 60, **self.who.tls)
        self.found = {"client secret": forms(self.provider.secret)}

    def _make_token(self, *args, **header):
        self.tokens.append(jws.sign(*args, **header))
        return self.tokens[-1]

    def ask(self, path):
        self.send(path)
        return self.read()

    def send(self, path):
        self.client.request("GET", path, self.who.fields())

    def read(self):
        answer = self.client.read_response()
        self.who._keep(answer)
        if self.who.cookie is not None:
            self.found["cookie"] = self.found.get("cookie", []) + forms(
                self.who.cookie.partition("=")[2]
            )
        return answer

    def go(self):
        """There; the path of the way back."""
        url = self.ask("/login/oidc?provider=0&next=lab1").get("location")
        asked = self.provider.check_request(url)
        assert set(asked) == ASKED  # and nothing else
        self.found |= {name: forms(asked[name]) for name in ("state", "nonce")}
        way = self.provider.approve(url, "alice")
        (code,) = urllib.parse.parse_qs(way.partition("?")[2])["code"]
        self.found["code"] = forms(code)
        return way

    def secrets(self):
        """How fetch is told the client secret."""
        return {"pair" if self.provider.methods == ["client_secret_basic"] else "client secret"}

    def look(self):
        """What is known of it by now; {process: names of what it has}."""
        for path, form, fields in self.provider.asked:
            kind, _, said = fields.get("Authorization", "").partition(" ")
            if path == "/token" and kind == "Basic":
                self.found["pair"] = [said.encode()[HEAD:]]
            if path == "/token":
                by_form = set() if kind == "Basic" else {"client_id", "client_secret"}
                assert set(form) == EXCHANGED | by_form
                self.found["verifier"] = forms(form["code_verifier"])
            if path == "/me":
                assert form == {}
                self.found["access token"] = forms(said)
        if self.tokens:
            self.found |= parts_of(self.tokens[-1])
            self.found["refresh token"] = forms(self.refresh)
        return look(self.lab.one, self.found)

    def says_nothing(self, start, *answers):
        """Neither the log, at its loudest, nor what the browser is told, but
        for its own cookie; nor what everybody sees of a process."""
        self.look()
        said = ["\n".join(self.lab.one.lines[start:]).encode()]
        for answer in answers:
            assert answer.get("referrer-policy") in ("no-referrer", "same-origin")
            said.append(answer.body)
            said.append((answer.get("location") or "").encode())
        for pid in processes(self.lab.one).values():
            for name in ("cmdline", "environ", "comm"):
                with open(f"/proc/{pid}/{name}", "rb") as f:
                    said.append(f.read())
        for name, texts in self.found.items():
            assert not [x for x in texts if any(x in one for one in said)], name

    def close(self):
        self.client.close()


def processes(one):
    """All of the daemon's, with the helpers of auth."""
    found = {f"{p['role']} {p['index']}": p["pid"] for p in one.status()["processes"]}
    helpers = children(found[AUTH])
    roles = {process.split()[0] for process in found}
    assert roles == {"master", "worker", "broker", "keeper", "auth", "fetch"} and helpers
    return found | {f"helper {pid}": pid for pid in helpers}


def look(one, needles):
    found = {}
    for process, pid in processes(one).items():
        # most of it is zeroes
        pieces = (re.sub(rb"\0{32,}", b"\0", piece) for piece in memory_of(pid, False))
        memory = b"\0".join(pieces)
        names = {name for name, texts in needles.items() if any(x in memory for x in texts)}
        if names:
            found[process] = names
    return found


@pytest.fixture(scope="module", params=["client_secret_basic", "client_secret_post"])
def rig(request):
    with bridges_of_module(request) as bridges:
        authority = certs.Authority(bridges.directory)
        provider = oidc.Provider(authority.server())
        provider.secret = secrets.token_urlsafe(24) + ODD + secrets.token_urlsafe(24)
        provider.method = request.param
        nowhere = [f"127.0.0.1:{free_port()}" for _ in range(2)]
        made = signon.SignOn(bridges.directory, bridges, authority, provider, nowhere)
        made.tls_address = ("127.0.0.1", free_port())
        made.tls_context = client_context(authority)
        secure = Listen("%s:%d" % made.tls_address, listen_body([authority.server()]))
        listen = [f"127.0.0.1:{free_port()}", secure]
        made.one = made.start(args=("-d", "-vv"), listen=listen)
        yield made
        provider.stop()


@pytest.fixture
def lab(rig):
    rig.provider.reset()
    rig.provider.methods = [rig.provider.method]
    yield rig
    rig.provider.reset()


ONLY = {AUTH: {"client secret"}}


@pytest.mark.parametrize("in_id_token", [True, False], ids=["id-token", "userinfo"])
@pytest.mark.parametrize("door", ["tls", "proxied"])
def test_after_a_login_nobody_has_anything(lab, door, in_id_token):
    """While it is under way, the same search finds it where it has to be."""
    start = lab.one.mark()
    lab.provider.in_id_token = in_id_token
    journey = Journey(lab, door)
    way = journey.go()
    # of a login that nobody has come back for
    assert journey.look() == {AUTH: {"client secret", "state", "nonce"}}
    asked = "/token" if in_id_token else "/me"
    with Held(lab.provider, asked) as held:
        journey.send(way)
        held.wait()
        found = journey.look()
        at_fetch = {"access token"} if asked == "/me" else {"code", "verifier", *journey.secrets()}
        assert at_fetch <= found[FETCH]
        assert {"code", "nonce", *at_fetch} <= found[AUTH]
        assert set(found) <= {AUTH, FETCH, WORKER}
        if asked == "/me":
            assert {"claims", "signature"} <= found[AUTH]
            assert not {"client secret", "pair", "code", "verifier"} & found[FETCH]
    answer = journey.read()
    assert answer.status == 303 and answer.get("location") == "../lab1"
    assert journey.look() == ONLY
    # whoever uses it shows the cookie, and the worker passes it on
    answers = [answer, journey.ask("/api/targets"), journey.ask("/lab1")]
    _, answer = journey.who.connect("lab1")
    assert answer.status == 101
    assert journey.look() == ONLY
    journey.says_nothing(start, *answers)
    journey.close()


# ---- where it goes wrong ----


def at(path, answer):
    """It answers so where it is asked for that."""

    def fault(lab):
        lab.provider.faults[path] = answer

    return fault


def as_status(code):
    """The right answer, with another status."""

    def fault(handler, answer):
        answer.status = code
        handler.answer(answer)

    return fault


def reflects(words):
    """An error that says each thing that was asked, in turn."""

    def fault(handler, _):
        provider = handler.server.provider
        _, form, fields = provider.asked[-1]
        kind, _, said = fields.get("Authorization", "").partition(" ")
        every = [form.get("code"), form.get("code_verifier"), provider.secret, said]
        handler.answer(oidc.Answer(400, {
            "error": words.format(every[0] or said),
            "error_description": " ".join(words.format(x) for x in every if x),
        }))  # fmt: skip

    return fault


FAULTS = {
    "nonce of another": lambda lab: lab.provider.claims.update(nonce="another"),
    "signature of another": lambda lab: lab.provider.token.update(
        id_token=lambda said: said[:-8] + "AAAAAAAA"
    ),
    "issuer of another": lambda lab: lab.provider.claims.update(iss="https://another.example"),
    "no name": lambda lab: lab.provider.people.update(preferred_username=None),
    "access token of no characters": lambda lab: lab.provider.token.update(
        access_token=lambda said: said + "\n"
    ),
    "no ID token": lambda lab: lab.provider.token.update(id_token=None),
    "tokens with 500": at("/token", as_status(500)),
    "tokens with 302": at("/token", as_status(302)),
    "tokens with more behind": at("/token", text(lambda body: body + b"{}")),
    "tokens cut off": at("/token", closes(700)),
    "no end of tokens": at("/token", text(lambda body: body.rstrip()[:-1])),
    "nothing": at("/token", closes(None)),
    "what was asked, in the error": at("/token", reflects("{}")),
    "what was asked, in words": at("/token", reflects("There is no {}.")),
    "userinfo with 500": at("/me", as_status(500)),
    "userinfo of what was asked": at("/me", reflects("There is no {}.")),
    "userinfo cut off": at("/me", closes(20)),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_after_no_login_either(lab, fault):
    journey = Journey(lab, "tls")
    way = journey.go()
    start = lab.one.mark()
    fault(lab)
    answer = journey.ask(way)
    assert answer.status == 303 and "../login?said=" in answer.get("location")
    lab.one.wait_line("login (failed|not checked) ", start=start)
    page = journey.ask(answer.get("location")[2:])
    assert problem_of(page) is not None
    assert journey.look() == ONLY
    journey.says_nothing(start, answer, page)
    journey.close()


def test_who_asked_may_end_meanwhile(lab):
    """The browser, and fetch, whose successor is asked again."""
    journey = Journey(lab, "tls")
    way = journey.go()
    with Held(lab.provider, "/token") as held:
        journey.send(way)
        held.wait()
        start = lab.one.mark()
        journey.close()
        kill_and_wait(processes(lab.one)[FETCH])
        lab.provider.wait_asked("/token", 2)
    lab.one.wait_line("login (failed|not checked|client=)", start=start)
    assert journey.look() == ONLY
    journey.says_nothing(start)


@pytest.mark.parametrize("is_right", [True, False])
def test_after_a_logout_token(lab, is_right):
    lab.logged_in(lab.one)
    token = lab.provider.logout_token(sub=oidc.PEOPLE["alice"]["sub"], pad="x" * 64)
    claims, signature = parts_of(token).values()
    if not is_right:
        token = token[:-8] + "AAAAAAAA"
    who = signon.Visitor(lab.one, lab.tls_address, context=lab.tls_context)
    answer = who.post("/login/oidc/logout", logout_token=token)
    assert answer.status == (200 if is_right else 400)
    assert look(lab.one, {"claims": claims, "signature": signature}) == {}


def test_after_a_reload_the_secret_before_is_gone(lab):
    old = lab.provider.secret
    lab.provider.secret = secrets.token_urlsafe(48)
    lab.section()  # writes it
    assert lab.one.ctl("-f", lab.one.conf_path, "reload").returncode == 0
    assert look(lab.one, {"old": forms(old), "new": forms(lab.provider.secret)}) == {AUTH: {"new"}}
    assert signon.names_of(lab.logged_in(lab.one)) == ["lab1"]
