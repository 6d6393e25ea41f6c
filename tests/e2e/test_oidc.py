# SPDX-License-Identifier: ISC
"""People log in by way of an OpenID provider, from outside: there and back, who
they are then, and out again."""

import urllib.parse

import pytest

import jws
from oidc import CLIENT_ID, Provider
from people import Browser, People, is_open
from signon import BUTTON, UNPROVEN, SignOn, Visitor, names_of, place_of, user_of, UNASKED

# ---- there and back ----


@pytest.mark.parametrize("alg", jws.ALGORITHMS)
def test_login_and_desktop(sign_on, alg):
    provider = sign_on.provider
    provider.alg = alg
    one = sign_on.start(args=("-d", "-vv"), trusted_proxies=None)
    who = Visitor(one)
    assert who.get("/lab1").get("location") == "login?next=lab1"
    page = who.get("/login?next=lab1").body.decode()
    assert f"Log in with {BUTTON}" in page and 'name="password"' not in page
    url = who.begin("lab1")
    half = who.cookie
    asked = provider.check_request(url)
    assert asked["redirect_uri"] == f"http://{one.target}/login/oidc"
    assert set(asked["scope"].split()) == {"openid", "profile"}
    assert who.is_nobody()
    answer = who.come_back(provider.approve(url, "bob"))
    assert (answer.status, place_of(answer)) == (303, "/lab1")
    assert answer.get("cache-control") == "no-store"
    assert who.cookie not in (None, half)
    assert user_of(who) == "bob" and names_of(who) == ["lab1", "lab2"]
    client = who.open("lab2")
    assert is_open(client)
    client.close()
    assert one.wait_log(user="bob", client="127.0.0.1", kind="oidc")
    provider.keep_secret(*(x.split("=", 1)[1] for x in (half, who.cookie)))
    sign_on.says_no_secret(one, answer.body.decode())
    thief = Browser(one)
    thief.cookie = half
    assert thief.get("/lab1").status == 303


def test_each_request_is_another(lab):
    """state, nonce and challenge are used for one login each."""
    seen = [lab.provider.check_request(lab.visitor(lab.one).begin()) for _ in range(5)]
    who = lab.visitor(lab.one)
    seen += [lab.provider.check_request(who.begin()) for _ in range(5)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({asked[name] for asked in seen}) == len(seen), name


def test_cookies_are_as_those_of_all_logins(lab):
    who = lab.visitor(lab.one)
    answers = [who.start()]
    answers.append(who.come_back(lab.provider.approve(answers[0].get("location"))))
    for answer in answers:
        cookie = answer.get("set-cookie")
        assert cookie.startswith("__Host-vncbridge=")
        for word in ("Path=/;", "HttpOnly", "SameSite=Lax", "Secure"):
            assert word in cookie, cookie


@pytest.mark.parametrize("base", ["/vnc", "/a/b"])
def test_below_a_path(lab, base):
    one = lab.start(base_path=base)
    who = lab.visitor(one)
    answer = who.get(f"{base}/login/oidc?provider=0&next=lab1")
    asked = lab.provider.check_request(answer.get("location"))
    assert asked["redirect_uri"] == f"https://{one.target}{base}/login/oidc"
    answer = who.come_back(lab.provider.approve(answer.get("location")))
    assert answer.status == 303
    assert place_of(answer, f"{base}/login/oidc") == f"{base}/lab1"
    one.stop()


def test_two_providers_and_passwords(lab, directory, target, authority):
    """Side by side, each with its number in the order of the file."""
    second = target(Provider(authority.server()))
    other = SignOn(directory, lab.bridges, authority, second, [])
    people = People(directory).add("dave")
    section = other.section("oidc other", button="Other & Sons", ca_file=authority.certificate)
    one = lab.start(section, people.section)
    page = lab.visitor(one).get("/login").body.decode()
    assert "Log in with Other &#38; Sons" in page or "Log in with Other &amp; Sons" in page
    assert f"Log in with {BUTTON}" in page and 'name="password"' in page
    for number, provider in enumerate([lab.provider, second]):
        who = lab.visitor(one)
        answer = who.start(provider=number)
        assert answer.get("location").startswith(provider.issuer + "/auth?")
        assert who.come_back(provider.approve(answer.get("location"))).status == 303
        assert user_of(who) == "alice"
    # what one of them says is no answer to what the other was asked (RFC 9207)
    who = lab.visitor(one)
    start = one.mark()
    url = who.start(provider=0).get("location")
    answer = who.come_back(lab.provider.approve(url, iss=second.issuer))
    lab.refused(one, who, answer, UNPROVEN, "", start)
    # nor does it come back where the other's would (RFC 9700, 4.4)
    who = lab.visitor(one)
    start = one.mark()
    way = second.approve(who.start(provider=1).get("location"))
    assert way.startswith("/login/oidc/other?")
    answer = who.come_back(way.replace("/login/oidc/other?", "/login/oidc?"))
    lab.refused(one, who, answer, UNPROVEN, "", start)
    who = lab.visitor(one)
    assert who.login("dave").status == 303
    one.stop()


# ---- who they are ----

SECTIONS = {
    "groups as a text": ({}, {"groups": "students"}, "alice", ["lab1"]),
    "groups of two": ({}, {"groups": ["staff", "students"]}, "alice", ["lab1", "lab2"]),
    "groups of a whole directory": (
        {}, {"groups": [f"a-group-of-the-directory-{i}" for i in range(60)] + ["staff"]},
        "alice", ["lab2"]),
    "no groups": ({}, {"groups": None}, "alice", []),
    "groups empty": ({}, {"groups": []}, "alice", []),
    "groups an object": ({}, {"groups": lambda _: {}}, "alice", []),
    "groups of numbers": ({}, {"groups": [1, 2]}, "alice", []),
    "a group by another name": ({}, {"groups": ["Students", "students "]}, "alice", []),
    "groups by a path": (
        {"groups_claim": "realm_access.roles"},
        {"groups": None, "realm_access": {"roles": ["students"]}}, "alice", ["lab1"]),
    "groups by a path that is not there": (
        {"groups_claim": "realm_access.roles"}, {"realm_access": "students"}, "alice", []),
    "groups are not asked for": ({"groups_claim": None}, {}, "alice", []),
    "groups by a name with a colon": (
        {"groups_claim": "cognito:groups"}, {"cognito:groups": ["staff"]}, "alice", ["lab2"]),
    "user by sub": ({"user_claim": "sub"}, {}, "248289761001", ["lab1", "lab2"]),
    "user by email": ({"user_claim": "email"}, {}, "alice@example.test", ["lab1"]),
}  # fmt: skip


@pytest.mark.parametrize("in_id_token", [False, True])
@pytest.mark.parametrize("settings, claims, name, targets", SECTIONS.values(), ids=SECTIONS)
def test_who_they_are(lab, settings, claims, name, targets, in_id_token):
    one = lab.start(oidc=settings)
    lab.provider.people = claims
    lab.provider.in_id_token = in_id_token
    who = lab.logged_in(one)
    assert user_of(who) == name and names_of(who) == targets
    one.stop()


NAMES = {
    "left out": None,
    "empty": "",
    "a number": 7,
    "an array": ["alice"],
    "an object": {"name": "alice"},
    "true": True,
    "a space": "alice bob",
    "a slash": "../alice",
    "a colon": "alice:students",
    "a group": "@students",
    "a line's end": "alice\nbob",
    "a NUL": "alice\0",
    "a star": "*",
    "a quote": 'alice"',
    "too long": "a" * 300,
    "no UTF-8": "ali\udcffce",
    "invisible": "alice\u200b",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_that_is_none(lab, name):
    who = lab.visitor(lab.one)
    start = lab.one.mark()
    lab.provider.people = {"preferred_username": (lambda _: None) if name is None else name}
    answer = who.log_in_by(lab.provider, "alice", "lab1")
    # with these bytes it is no JSON that is taken
    is_json = name not in ("alice\0", "ali\udcffce")
    lab.refused(lab.one, who, answer, (401, 403) if is_json else UNASKED, "name|user", start)
    lines = lab.one.grep("", start)
    assert not [x for x in lines if "\0" in x or x.startswith("bob") or len(x) > 1000]


def test_where_there_is_no_userinfo(lab):
    one = lab.start()
    before = lab.provider.count("/me")
    lab.provider.metadata = {"userinfo_endpoint": None}
    lab.provider.in_id_token = True
    assert names_of(lab.logged_in(one)) == ["lab1"]
    assert lab.provider.count("/me") == before
    one.stop()


# ---- out ----


def test_logout_there(lab):
    who = lab.logged_in(lab.one)
    assert who.logout().status == 303 and who.is_nobody()
    answer = who.get("/login/oidc?logout=0")
    assert answer.status == 303
    url, _, query = answer.get("location").partition("?")
    assert url == f"{lab.provider.issuer}/logout"
    said = dict(urllib.parse.parse_qsl(query))
    assert said["client_id"] == CLIENT_ID
    assert said["post_logout_redirect_uri"] == f"https://{lab.one.target}/login"


def test_no_logout_where_the_provider_has_none(lab):
    one = lab.start()
    lab.provider.metadata = {"end_session_endpoint": None}
    who = lab.logged_in(one)
    who.logout()
    assert who.get("/login/oidc?logout=0").status in (303, 404)
    assert "Log out of" not in who.get("/login").body.decode()
    one.stop()
