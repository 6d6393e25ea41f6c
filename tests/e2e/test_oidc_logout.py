# SPDX-License-Identifier: ISC
"""A provider says that somebody has logged out (Back-Channel Logout 1.0): which
logins end by it, and what is no such word of the provider's."""

import itertools
import json
import os
import time
import urllib.parse

import pytest

import faults
import jws
from loginlab import auth_pid
from oidc import EVENT, PEOPLE, Provider
from people import Browser, is_open
from proc import kill_and_wait
from signon import SignOn
from waiting import seconds, until
from wsclient import Closed, HttpClient

PATH = "/login/oidc/logout"
ALICE, BOB = (PEOPLE[name]["sub"] for name in ("alice", "bob"))
DONE = (200, 204)
ENDS_SEC = 2
LONG_SEC = 86400


@pytest.fixture
def lab(sign_on):
    """Alice has two logins, bob has one; each has a desktop open. sids: of
    theirs, in that order."""
    sign_on.one = sign_on.start()
    sign_on.sids, sign_on.people, sign_on.desktops = [], [], []
    for name in ("alice", "alice", "bob"):
        enter(sign_on, name)
    yield sign_on
    for client in sign_on.desktops:
        if client is not None:
            client.close()
    sign_on.says_no_secret(sign_on.one)


def enter(lab, name):
    sid = f"sid-{len(lab.sids)}"
    lab.provider.claims["sid"] = sid
    lab.sids.append(sid)
    lab.people.append(lab.logged_in(lab.one, name))
    lab.desktops.append(lab.people[-1].open("lab1"))


# each from elsewhere: of one address, the log says only so many failures
SENDERS = itertools.cycle(f"203.0.113.{i}" for i in range(80, 250))


def tell(lab, token=None, headers=(), **form):
    """The bridge's answer to what the provider posts."""
    if token is not None:
        form["logout_token"] = token
        lab.provider.keep_secret(token.rpartition(".")[2])
    provider = Browser(lab.one, headers=[("X-Forwarded-For", next(SENDERS)),
                                         ("X-Forwarded-Proto", "https"), *headers])  # fmt: skip
    answer = provider.post(PATH, timeout=60, **form)
    assert answer.get("cache-control") == "no-store"
    assert answer.get("set-cookie") is None and answer.get("location") is None
    return answer


def ends(client):
    """It is closed by the bridge in time, with words."""
    client.sock.settimeout(seconds(ENDS_SEC))
    with pytest.raises(Closed) as closed:
        while True:
            client.recv_exact(1)
    assert closed.value.code == 4521
    assert len(closed.value.reason.split()) > 2, closed.value.reason
    client.close()


def are_there(lab, *numbers):
    """Exactly these logins, and their desktops."""
    for i, client in enumerate(lab.desktops):
        if i not in numbers and client is not None:
            ends(client)
            lab.desktops[i] = None
    for i, (who, client) in enumerate(zip(lab.people, lab.desktops)):
        if i in numbers:
            assert is_open(client) and who.get("/api/targets").status == 200, i
        else:
            assert who.is_nobody(), i


def test_by_sub_all_of_a_person(lab):
    answer = tell(lab, lab.provider.logout_token(sub=ALICE))
    assert answer.status in DONE, answer.body
    are_there(lab, 2)
    lab.one.wait_log(user="alice", why=None)


def test_by_sid_one_login(lab):
    answer = tell(lab, lab.provider.logout_token(sid=lab.sids[0]))
    assert answer.status in DONE, answer.body
    are_there(lab, 1, 2)


def test_by_both(lab):
    answer = tell(lab, lab.provider.logout_token(sub=ALICE, sid=lab.sids[1]))
    assert answer.status in DONE, answer.body
    are_there(lab, 0, 2)


@pytest.mark.parametrize("alg", jws.ALGORITHMS)
def test_each_signature(lab, alg):
    assert tell(lab, lab.provider.logout_token(alg, sub=BOB)).status in DONE
    are_there(lab, 0, 1)


def test_typ_may_be_as_of_old(lab):
    for typ in ("JWT", None):
        token = lab.provider.logout_token(sub="nobody", header={"typ": typ})
        assert tell(lab, token).status in (*DONE, 400)
    are_there(lab, 0, 1, 2)


def test_whoever_is_out_may_come_again(lab):
    assert tell(lab, lab.provider.logout_token(sub=BOB)).status in DONE
    are_there(lab, 0, 1)
    enter(lab, "bob")
    are_there(lab, 0, 1, 3)


def test_who_has_logged_out_here_already(lab):
    """2.7: that is a logout that has succeeded."""
    assert lab.people[2].logout().status == 303
    assert tell(lab, lab.provider.logout_token(sub=BOB, sid=lab.sids[2])).status in DONE
    are_there(lab, 0, 1)


def test_with_a_field_that_nobody_knows(lab):
    assert tell(lab, lab.provider.logout_token(sub=BOB), x="y").status in DONE
    are_there(lab, 0, 1)


def test_with_new_keys(lab):
    lab.provider.rotate()
    assert tell(lab, lab.provider.logout_token(sub=BOB)).status in DONE
    are_there(lab, 0, 1)


def test_it_ends_in_every_worker(sign_on):
    sign_on.one = sign_on.start(workers=3)
    sign_on.sids, sign_on.people, sign_on.desktops = [], [], []
    for _ in range(6):
        enter(sign_on, "alice")
    enter(sign_on, "bob")
    assert tell(sign_on, sign_on.provider.logout_token(sub=ALICE)).status in DONE
    are_there(sign_on, 6)
    sign_on.desktops[-1].close()


# ---- of nobody here ----


@pytest.mark.parametrize(
    "claims",
    [{"sub": "nobody"}, {"sid": "nobody's"}, {"sub": ALICE, "sid": "sid-2"},
     {"sub": BOB, "sid": "sid-0"}, {"sub": "nobody", "sid": "sid-0"}],
)  # fmt: skip
def test_of_nobody_here(lab, claims):
    """A sid is one of that sub, or nobody's."""
    assert tell(lab, lab.provider.logout_token(**claims)).status in (*DONE, 400)
    are_there(lab, 0, 1, 2)


def test_another_provider_ends_its_own_alone(sign_on, authority, directory, target):
    """The same sub and sid, of two issuers, are two people's."""
    second = target(Provider(authority.server()))
    place = os.path.join(directory, "second")
    os.mkdir(place)
    other = SignOn(place, sign_on.bridges, authority, second, [])
    sign_on.one = sign_on.start(other.section("oidc other", button="Second"))
    sign_on.provider.claims["sid"] = second.claims["sid"] = "sid-0"
    first, theirs = sign_on.logged_in(sign_on.one), sign_on.visitor(sign_on.one)
    way = second.approve(theirs.start(provider=1).get("location"))
    assert theirs.come_back(way).status == 303 and not theirs.is_nobody()
    assert tell(sign_on, second.logout_token(sub=ALICE, sid="sid-0")).status in DONE
    assert theirs.is_nobody() and not first.is_nobody()
    # nor by the issuer of one and the key of the other
    forged = second.logout_token(sub=ALICE, iss=sign_on.provider.issuer)
    assert tell(sign_on, forged).status == 400 and not first.is_nobody()


def test_by_the_name_here(lab):
    """sub is what the provider calls them, and no name here."""
    for name in ("alice", "bob"):
        assert tell(lab, lab.provider.logout_token(sub=name)).status in (*DONE, 400)
    are_there(lab, 0, 1, 2)


# ---- no word of the provider's ----


def now(seconds):
    return lambda _: int(time.time()) + seconds


def other_key(key, alg, claims, **header):
    return jws.sign(jws.Key(key.kind, key.kid), alg, claims, **header)


def by(signature, **members):
    def make(key, _, claims, **__):
        head = {"kid": key.kid, "typ": "logout+jwt", **members}
        return jws.compact(head, claims, lambda data: signature(key, data))

    return {"make": make}


def text(change):
    return {"make": lambda key, alg, claims, **header: jws.sign(
        key, alg, change(json.dumps(claims)), **header)}  # fmt: skip


WRONG = {
    "aud of another": {"aud": "another"},
    "aud left out": {"aud": None},
    "iss of another": {"iss": "https://evil.example"},
    "iss left out": {"iss": None},
    "neither sub nor sid": {"sub": None},
    "sub a number": {"sub": 248289761001},
    "sid a number": {"sid": 0},
    "sub empty": {"sub": ""},
    "no events": {"events": None},
    "events empty": {"events": {}},
    "events of another kind": {"events": {"http://schemas.openid.net/event/x": {}}},
    "events an array": {"events": [EVENT]},
    "events a text": {"events": EVENT},
    "the event no object": {"events": {EVENT: True}},
    "a nonce": {"nonce": "n"},
    "a nonce that is empty": {"nonce": ""},
    "iat a day ago": {"iat": now(-LONG_SEC)},
    "iat in the future": {"iat": now(LONG_SEC), "exp": now(2 * LONG_SEC)},
    "iat left out": {"iat": None},
    "exp in the past": {"exp": now(-LONG_SEC)},
    "jti left out": {"jti": None},
    "jti empty": {"jti": ""},
    "jti a number": {"jti": 1},
    "a bad signature": {"make": lambda *args, **more: jws.sign(*args, **more)[:-6] + "AAAAAA"},
    "another's key": {"make": other_key},
    "kid unknown": {"header": {"kid": "nobody's"}},
    "alg none": by(lambda *_: b"", alg="none"),
    "HS256 with the public key": by(
        lambda key, data: jws.hmac_by(key.public_bytes())(data), alg="HS256"),
    "crit": {"header": {"crit": ["x"], "x": 1}},
    "sub twice": text(lambda t: t[:-1] + f', "sub": "{BOB}"}}'),
    "events twice": text(lambda t: t[:-1] + ', "events": {}}'),
    "no JSON": text(lambda t: t[:-1]),
    "an array": text(lambda t: f"[{t}]"),
}  # fmt: skip


@pytest.fixture(scope="module")
def quiet(sign_on_rig):
    """One daemon for all of the table; alice is logged in, without desktops."""
    sign_on_rig.provider.claims["sid"] = "sid-0"
    sign_on_rig.alice = sign_on_rig.logged_in(sign_on_rig.one, "alice")
    return sign_on_rig


def has_stayed(quiet):
    assert quiet.alice.get("/api/targets").status == 200
    quiet.says_no_secret(quiet.one)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_token_that_is_wrong(quiet, wrong):
    start = quiet.one.mark()
    token = quiet.provider.logout_token(**{"sub": ALICE, **wrong})
    assert tell(quiet, token).status == 400
    has_stayed(quiet)
    line = quiet.one.wait_line(
        r'auth info: logout (refused|not checked) client=203\.0\.113\.\d+ kind=oidc '
        r'provider="[^"]*" why="[^"]', start=start)  # fmt: skip
    assert not quiet.one.grep("login failed", start)
    assert len(line) < 500


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"logout_token": ""},
        {"logout_token": "x"},
        {"logout_token": "a.b.c"},
        {"logout_token": "." * 100},
        {"token": "x"},
        {"logout_token": "x" * 100_000},
    ],
    ids=lambda form: f"{list(form)} {len(str(form))}",
)
def test_a_form_that_is_wrong(quiet, form):
    provider = Browser(quiet.one, headers=[("X-Forwarded-Proto", "https"),
                                           ("X-Forwarded-For", "203.0.113.81")])  # fmt: skip
    answer = provider.post(PATH, **form)
    assert answer.status in (400, 413), answer.status
    has_stayed(quiet)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", None])
def test_a_form_of_another_kind(quiet, kind):
    token = quiet.provider.logout_token(sub=ALICE)
    body = urllib.parse.urlencode({"logout_token": token})
    fields = [("Content-Length", str(len(body)))] + ([("Content-Type", kind)] if kind else [])
    with HttpClient(quiet.one.address) as client:
        client.request("POST", PATH, [("X-Forwarded-For", "203.0.113.82"),
                                      ("X-Forwarded-Proto", "https"), *fields])  # fmt: skip
        client.send(body.encode())
        assert client.read_response().status in (400, 415)
    has_stayed(quiet)


def test_twice_in_one_form(quiet):
    token = quiet.provider.logout_token(sub=ALICE)
    body = urllib.parse.urlencode([("logout_token", "x"), ("logout_token", token)])
    provider = Browser(quiet.one, headers=[("X-Forwarded-Proto", "https"),
                                           ("X-Forwarded-For", "203.0.113.83")])  # fmt: skip
    assert provider.ask("POST", PATH, body).status == 400
    has_stayed(quiet)


def test_an_id_token_is_none(quiet):
    """What a person brought, or somebody has found in a log of theirs."""
    code = {"name": "alice", "nonce": "n" * 22, "sid": "sid-0"}
    assert tell(quiet, quiet.provider.id_token(code)).status == 400
    has_stayed(quiet)


def test_once_only(lab):
    """Else whoever has read one could throw them out again."""
    token = lab.provider.logout_token(sub=BOB)
    assert tell(lab, token).status in DONE
    are_there(lab, 0, 1)
    enter(lab, "bob")
    assert tell(lab, token).status == 400
    are_there(lab, 0, 1, 3)


def test_a_provider_that_is_down_says_nothing(lab):
    """Its keys are known; with other keys, nothing can be believed."""
    lab.provider.down()
    known = lab.provider.logout_token(sub=BOB)
    assert tell(lab, known).status in DONE
    lab.provider.rotate()
    unknown = lab.provider.logout_token(sub=ALICE)
    assert tell(lab, unknown).status in (400, 502, 503)
    are_there(lab, 0, 1)
    lab.provider.up()
    until(lambda: tell(lab, lab.provider.logout_token(sub=ALICE)).status in DONE, 60, "a logout")
    are_there(lab)


def test_a_bridge_that_knows_no_key_yet_asks(sign_on):
    one = sign_on.one = sign_on.start()
    assert sign_on.provider.count("/jwks") == 0
    assert tell(sign_on, sign_on.provider.logout_token(sub="nobody")).status in (*DONE, 400)
    assert tell(sign_on, "a.b.c").status == 400
    sign_on.logged_in(one)


def test_many_that_are_wrong_cost_the_provider_little(lab):
    """Anybody can post them: each unknown key must not be a question."""
    before = lab.provider.count("/jwks")
    for i in range(50):
        token = lab.provider.logout_token(sub=ALICE, header={"kid": f"unknown-{i}"})
        assert tell(lab, token).status in (400, 429, 503)
    assert lab.provider.count("/jwks") - before <= 5
    are_there(lab, 0, 1, 2)
    assert tell(lab, lab.provider.logout_token(sub=BOB)).status in DONE
    are_there(lab, 0, 1)


def test_keys_that_do_not_come_hold_up_nobody(lab):
    lab.provider.rotate()
    with faults.Held(lab.provider, "/jwks"):
        assert tell(lab, lab.provider.logout_token(sub=ALICE)).status in (400, 502, 503)
        are_there(lab, 0, 1, 2)


def test_after_auth_was_killed(lab):
    """The logins outlive it, and whose they are at the provider."""
    kill_and_wait(auth_pid(lab.one))
    until(lambda: auth_pid(lab.one), 20, "auth")
    assert tell(lab, lab.provider.logout_token(sid=lab.sids[0])).status in DONE
    are_there(lab, 1, 2)
