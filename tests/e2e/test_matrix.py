# SPDX-License-Identifier: ISC
"""Every way in, everybody who may stand there, and all that can be asked: who is
nobody gets the login page, and each of the others what is theirs."""

import json
import re

import pytest

import rfb
from conftest import bridges_of_module
from matrix import (
    BASE, DOORS, FORMS, METHODS, PEOPLE, STRANGERS, THEIRS, Lab, Line, as_bytes, assets, meet, place,
)  # fmt: skip
from wsclient import Closed

OPEN, LOGIN, AWAY, NONE, MISSING, MOVED, SOCKET = range(7)
PUBLIC = ["/healthz", "/robots.txt", "/login", "/favicon.ico",
          "/assets/style.css", "/assets/favicon.svg", "/assets/login.js"]  # fmt: skip

# what each path is to who has not logged in
ASKED = {
    **dict.fromkeys(assets(), LOGIN),  # as they lie there
    **dict.fromkeys([x for x in assets() if x.startswith("/assets/")], NONE),
    **dict.fromkeys(PUBLIC, OPEN),
    "/login?next=lab1": OPEN,
    "/": LOGIN, "/?x": LOGIN, "/lab1": LOGIN, "/nosuch": LOGIN, "/api": LOGIN, "/%6cab1": LOGIN,
    "/index.html": MOVED, "//": MOVED, "//lab1": MOVED, "/lab1/": MOVED, "/login/": MOVED,
    BASE: MOVED, f"{BASE}/": LOGIN, f"{BASE}/lab1": LOGIN, f"{BASE}/healthz": OPEN,
    f"{BASE}/login": OPEN, f"{BASE}/api/targets": NONE, f"{BASE}/assets/viewer.js": NONE,
    f"{BASE}/proxy?target=lab1": SOCKET, f"{BASE}/assets/login.js": OPEN,
    "/api/targets": NONE, "/api/targets?x=1": NONE, "/api//targets": NONE, "/api/targets/": NONE,
    "/api/login": NONE, "/assets/nosuch.js": NONE, "//assets//viewer.js": NONE,
    "/logout": MISSING, "/login/oidc/logout": MISSING, "/login/oidc?provider=0": AWAY,
    "/login/oidc?provider=7": LOGIN, "/login/oidc?code=x&state=y": LOGIN,
    "/proxy?target=lab1": SOCKET, "/proxy?target=nosuch": SOCKET, "/proxy/?target=lab1": SOCKET,
    "/proxy": SOCKET, "/assets/": MISSING, "/assets": LOGIN, "/api/": MISSING,
    "/assets/../api/targets": MISSING, "/api/sessions": MISSING, "/a/b": MISSING,
    "/.": MISSING, "/%2e%2e/": MISSING, "/api%2ftargets": MISSING, "/a%00b": MISSING,
    "*": MISSING, "/login/../lab1": MISSING, f"{BASE}{BASE}/lab1": MISSING,
}  # fmt: skip
GETS = ["GET", "HEAD", "absolute", "upgrade"]
# and of these whatever can be asked
OFTEN = ["/", "/lab1", "/api/targets", "/api/login", "/assets/viewer.js", "/proxy?target=lab1",
         "/login", "/logout", "/login/oidc/logout"]  # fmt: skip


@pytest.fixture(scope="module")
def lab(request):
    with bridges_of_module(request) as bridges:
        made = Lab(bridges)
        yield made
        made.stop()


def telling(lab):
    """What nobody is told."""
    ports = [target.target.rpartition(":")[2] for target in lab.targets]
    return [b"lab2", b"alice", b"carol", b"students", *(f":{port}".encode() for port in ports)]


# what comes with words of its own
SPOKEN = [("form", "/login"), ("form", "/login/oidc/logout")]


def is_refusal(answer, form):
    """Of few words that say nothing."""
    return (
        answer.get("cache-control") == "no-store"
        and answer.get("content-type").startswith("text/plain")
        and answer.body[:4] == (b"" if form == "HEAD" else b"%d " % answer.status)
    )


# of each path that takes a form: what one gets that is none, and an empty one
POSTED = {"/login": (415, 400), "/logout": (303, 303), "/api/login": (401, 401),
          "/login/oidc/logout": (415, 400)}  # fmt: skip
STATUS = {OPEN: 200, LOGIN: 303, AWAY: 303, NONE: 401, MISSING: 404, MOVED: 308}


def statuses(form, path):
    """Of a right answer to who has not logged in."""
    kind = ASKED[path]
    if form in ("POST", "form") and path in POSTED:
        return (POSTED[path][form == "form"],)
    if form in METHODS or form == "form":
        return (400, 405)
    if path == "*":
        return (400, 404)
    if kind == SOCKET and path != "/proxy" and form.startswith("upgrade"):
        return (401, 429)  # the latter after wrong passwords
    if kind == SOCKET:
        return (400, 426)
    return (200, 304) if kind == OPEN else (STATUS[kind],)


def leads_well(lab, form, path, answer):
    """To the login, to the provider, or to the same page by its proper name."""
    location = answer.get("location")
    if ASKED[path] == AWAY and form != "HEAD":  # which begins nothing
        return location.startswith(f"{lab.provider.issuer}/auth?")
    if answer.status == 303:
        return re.fullmatch(rf"({BASE})?(/login)?/login", place(answer)) is not None
    return re.sub("/+", "/", path).rstrip("/").endswith(place(answer).rstrip("/"))


def judge(lab, form, path, answer):
    """What is wrong with an answer to who has not logged in; or None."""
    if answer.status not in statuses(form, path):
        return f"not {statuses(form, path)}"
    if any(word in answer.body for word in telling(lab)):
        return "it tells what there is"
    if answer.get("referrer-policy") not in ("no-referrer", "same-origin"):
        return "it has no Referrer-Policy"
    if answer.status in (303, 308) and not leads_well(lab, form, path, answer):
        return "it leads elsewhere"
    if answer.status in (401, 429) and ASKED[path] == SOCKET:
        if answer.get("connection") != "close":
            return "what follows may be frames, and would be read"
    if answer.status >= 400 and (form, path) not in SPOKEN and not is_refusal(answer, form):
        return "it is no refusal"
    return None


def requests():
    for path in ASKED:
        for form in GETS:
            yield form, path
    for path in OFTEN:
        for form in FORMS:
            if form not in GETS:
                yield form, path


@pytest.mark.parametrize("door, who", meet(STRANGERS))
def test_strangers_get_the_login_page_and_nothing_else(lab, door, who):
    before = lab.dialled()
    faults = []
    with Line(STRANGERS[who](lab, door)) as line:
        for form, path in requests():
            answer = line.exchange(form, path)
            fault = judge(lab, form, path, answer)
            if fault:
                faults.append((form, path, answer.status, answer.get("location"), fault))
    assert not faults, "\n" + "\n".join(map(str, faults))
    assert lab.dialled() == before


# what is there, what is not, and what of the two is repeated
ALIKE = [
    ("/{}", "lab1", "nox1"), ("/{}", "lab2", "nox2"), ("/login?next={}", "lab1", "nox1"),
    ("/proxy?target={}", "lab1", "nox1"), ("/assets/{}.js", "viewer", "nothin"),
    (f"{BASE}/{{}}", "lab1", "nox1"), (f"{BASE}/proxy?target={{}}", "lab1", "nox1"),
    ("/{}/", "lab1", "nox1"), ("//{}", "lab1", "nox1"), ("/login/oidc?next={}", "lab1", "nox1"),
]  # fmt: skip


@pytest.mark.parametrize("door, who", meet(STRANGERS))
def test_what_is_there_looks_like_what_is_not(lab, door, who):
    port, none = lab.targets[0].port, lab.closed_port
    pairs = [*ALIKE, ("/127.0.0.1:{}", port, none), ("/proxy?target=127.0.0.1:{}", port, none)]
    stranger = STRANGERS[who](lab, door)
    stranger.headers = [x for x in stranger.headers if x[0] != "Authorization"]
    with Line(stranger) as line:
        for form in ("GET", "HEAD", "upgrade", "form"):
            for path, one, other in pairs:
                texts = [
                    as_bytes(line.exchange(form, path.format(name)), str(name))
                    for name in (one, other)
                ]
                assert texts[0] == texts[1], (form, path)


@pytest.mark.parametrize("door, who", meet(STRANGERS))
def test_pipelined_it_is_the_same(lab, door, who):
    """Behind what everybody may ask, and before it."""
    with Line(STRANGERS[who](lab, door)) as line:
        for form in ("GET", "upgrade"):
            for path in ("/lab1", "/api/targets", "/assets/viewer.js", "/proxy?target=lab1"):
                first, second = line.exchange_all([("GET", "/healthz"), (form, path)])
                assert first.status == 200 and judge(lab, form, path, second) is None
                first, second = line.exchange_all([(form, path), ("GET", "/healthz")])
                assert judge(lab, form, path, first) is None
                assert (second is None) == ("close" in first.get("connection"))
                assert second is None or second.body == b"ok\n"


# ---- who somebody is ----

OTHER = {"alice": "carol", "carol": "alice"}


def own(lab, name):
    """What they may open, and what not."""
    return lab.targets[:2] if THEIRS[name] == "lab1" else lab.targets[1::-1]


def outcome(who, target):
    """None: the desktop has greeted; else what was said instead."""
    client, answer = who.connect(target)
    with client:
        if answer.status != 101:
            return answer.status, ""
        try:
            return None if client.recv_exact(12) == rfb.GREETING else (0, "it is no desktop")
        except Closed as closed:
            return closed.code, closed.reason.replace(target, "*")


def others(lab, name):
    """Each way to write where they may not go."""
    _, target = own(lab, name)
    other = THEIRS[OTHER[name]]
    for text in (other, other.upper(), f"{other}.", f"%6C{other[1:]}", f"{other}%00", f"{other}%20",
                 f"{other}:{target.port}", f"{THEIRS[name]}&target={other}"):  # fmt: skip
        yield text
    for port in (target.port, lab.targets[2].port):
        for host in ("127.0.0.1", "localhost", "LOCALHOST", "localhost.", "[::ffff:127.0.0.1]",
                     "127.1", "2130706433", "0x7f.0.0.1", "127.000.000.001", "0.0.0.0",
                     "[::ffff:7f00:1]", "%31%32%37.0.0.1"):  # fmt: skip
            yield f"{host}:{port}"
        yield f"127.0.0.1:0{port}"
        yield f"127.0.0.1::{port}"


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("door, kind", meet(PEOPLE))
def test_each_gets_what_is_theirs(lab, door, kind, name):
    who = PEOPLE[kind](lab, door, name)
    mine, others_of = own(lab, name)
    before = mine.accepted, others_of.accepted, lab.targets[2].accepted
    assert outcome(who, THEIRS[name]) is None
    assert outcome(who, f"127.0.0.1:{mine.port}") is None
    if kind == "basic":  # for no page
        for form, path in [("GET", "/"), ("GET", "/api/targets"), ("GET", "/lab1")]:
            with Line(who) as line:
                assert judge(lab, form, path, line.exchange(form, path)) is None
    else:
        answer = who.get("/api/targets")
        assert [x["name"] for x in json.loads(answer.body)["targets"]] == [THEIRS[name]]
        assert answer.get("cache-control") == "no-store"
        answer = who.get("/api/login")
        assert json.loads(answer.body)["user"].startswith(name)
        assert answer.get("cache-control") == "no-store"
        for path in ("/", "/lab1", "/lab2", "/nosuch"):
            answer = who.get(path)
            assert answer.status == 200 and answer.get("cache-control") == "no-cache"
            assert not any(word in answer.body for word in telling(lab))
    for text in others(lab, name):
        assert outcome(who, text) is not None, text
    refused = (4520, "* is not open to you now")
    for text in (THEIRS[OTHER[name]], f"127.0.0.1:{others_of.port}", f"127.0.0.1:{lab.closed_port}",
                 "nosuch", "nosuch.invalid:5901", "198.51.100.1:22"):  # fmt: skip
        assert outcome(who, text) == refused, text
    after = mine.accepted, others_of.accepted, lab.targets[2].accepted
    assert after == (before[0] + 2, before[1], before[2])


WITH_LISTS = [kind for kind in PEOPLE if kind != "basic"]
# with a certificate it is the connection that is somebody's
BY_REQUEST = [kind for kind in WITH_LISTS if kind != "certificate"]


def three(lab, door, kind):
    """{alice: their list, carol: theirs, and nobody: None}, from one place."""
    alice, carol = (PEOPLE[kind](lab, door, name) for name in ("alice", "carol"))
    nobody = STRANGERS["nobody"](lab, door)
    nobody.headers = [x for x in alice.headers if not x[0].startswith("X-Remote")]
    return {alice: [THEIRS["alice"]], carol: [THEIRS["carol"]], nobody: None}


def list_of(answer):
    if answer.status == 401:
        return None
    return [x["name"] for x in json.loads(answer.body)["targets"]]


@pytest.mark.parametrize("kind", BY_REQUEST)
@pytest.mark.parametrize("door", DOORS)
def test_many_on_one_connection_are_not_mixed_up(lab, door, kind):
    """As a proxy does; also pipelined."""
    lists = three(lab, door, kind)
    alice, carol, nobody = lists
    asked = [alice, carol, nobody, alice, nobody, carol, carol, alice]
    with Line(alice) as line:
        for who in asked:
            (answer,) = line.exchange_all([("GET", "/api/targets", who)])
            assert list_of(answer) == lists[who]
        answers = line.exchange_all([("GET", "/api/targets", who) for who in asked])
        assert [list_of(x) for x in answers] == [lists[who] for who in asked]


@pytest.mark.parametrize("door, kind", meet(WITH_LISTS))
def test_many_who_ask_at_once_get_their_own(lab, door, kind):
    """One question to the broker answers all whom it is for, and no others."""
    lists = three(lab, door, kind)
    lines = [(who, who.http(who.address, **who.tls)) for _ in range(12) for who in lists]
    for who, client in lines:
        client.send(FORMS["GET"](who, "/api/targets"))
    for who, client in lines:
        with client:
            assert list_of(client.read_response()) == lists[who]


@pytest.mark.parametrize("kind", ["password", "provider"])
@pytest.mark.parametrize("door", DOORS)
def test_a_login_ends_between_two_requests(lab, door, kind):
    who = PEOPLE[kind](lab, door, "alice")
    with Line(who) as line, Line(who) as other:
        for one in (line, other):
            assert one.exchange("GET", "/api/targets").status == 200
        kept = who.cookie
        assert who.logout().status == 303
        who.cookie = kept
        for form, path in [("GET", "/api/targets"), ("GET", "/"), ("GET", "/assets/viewer.js"),
                           ("GET", "/api/login"), ("upgrade", "/proxy?target=lab1")]:  # fmt: skip
            assert judge(lab, form, path, line.exchange(form, path)) is None
        assert other.exchange("upgrade", "/proxy?target=lab1").status == 401


@pytest.mark.parametrize("twice", ["in one field", "in two fields"])
@pytest.mark.parametrize("door", DOORS)
def test_the_same_cookie_twice_is_one(lab, door, twice):
    who = PEOPLE["password"](lab, door, "alice")
    if twice == "in two fields":
        who.headers = [*who.headers, ("Cookie", who.cookie)]
    else:
        who.cookie = f"{who.cookie}; x=1; {who.cookie}"
    assert who.get("/api/targets").status == 200
    assert outcome(who, "lab1") is None
