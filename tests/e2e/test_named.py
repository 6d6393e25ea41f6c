# SPDX-License-Identifier: ISC
"""People whom a trusted proxy names, and programs that show name and password
with each request."""

import base64
import json

import pytest

from loginlab import ends, names, reload, sessions
from people import Browser, People, is_open, logged_in
from proc import kill_and_wait
from test_access import section
from wsclient import WsClient

PROXY = {"trusted_proxies": ["127.0.0.1"]}
HEADER = 'auth "header" { header = "X-Remote-User" groups-header = "X-Remote-Groups" %s }\n'


@pytest.fixture
def lab(bridge, testcard, directory):
    """lab(sections, ...): two desktops, and a bridge that has them."""
    people = People(directory)
    for name in ("alice", "bob"):
        people.add(name, groups="students")
    cards = [testcard("echo"), testcard("echo")]

    def start(*sections, **settings):
        extra = "".join(
            f'target "lab{i + 1}" {{ address = "{card.target}" }}\n'
            for i, card in enumerate(cards)
        )
        return bridge(extra=extra + "".join(sections), **settings)

    start.people = people
    return start


def said(name, groups=None, client="198.51.100.7", **fields):
    """What a proxy says."""
    own = [("X-Forwarded-For", client), ("X-Forwarded-Proto", "https")]
    own += [] if name is None else [("X-Remote-User", name)]
    own += [] if groups is None else [("X-Remote-Groups", groups)]
    return own + [(k.replace("_", "-"), v) for k, v in fields.items()]


def user_of(who):
    answer = who.get("/api/login")
    return json.loads(answer.body)["user"] if answer.status == 200 else None


# ---- a proxy's word ----


def test_a_proxy_says_who_it_is(lab):
    one = lab(
        HEADER % "",
        section("s", users=["@students"], targets=["lab1"]),
        section("b", users=["bob"], targets=["lab2"]),
        **PROXY,
    )
    alice = Browser(one, headers=said("alice", "students, staff"))
    bob = Browser(one, headers=said("bob"))
    assert alice.get("/").status == 200
    assert user_of(alice) == "alice" and user_of(bob) == "bob"
    assert names(alice) == ["lab1"] and names(bob) == ["lab2"]
    assert alice.cookie is None
    client = alice.open("lab1")
    assert is_open(client)
    (session,) = sessions(one)
    assert session["user"] == "alice" and session["client"].startswith("198.51.100.7")
    refused, answer = bob.connect("lab1")
    assert answer.status == 101 and refused.wait_close()[0] == 4520
    client.close()
    # one login for all of her requests
    assert len(one.grep('login client=198.51.100.7 user="alice" kind=header')) == 1
    assert len(one.ctl("logins").stdout.splitlines()) == 3, one.ctl("logins").stdout


@pytest.mark.parametrize(
    "fields",
    [
        said(None),
        said(""),
        said("alice") + [("X-Remote-User", "bob")],
        said("alice") + [("x-remote-user", "alice")],
        said(None, X_Remote_User_="alice"),
        [("X_Remote_User", "alice")],
        [("X-Remote-User\x00", "alice")],
        said("-alice"),
        said("al ice"),
        said("alice,bob"),
        said("a" * 64),
        said("a" * 4000),
        said("\xff\xfe"),
        said("alice\\0"),
    ],
)
def test_what_is_no_word_names_nobody(lab, fields):
    one = lab(HEADER % "", **PROXY)
    who = Browser(one, headers=fields)
    answer = who.get("/api/targets")
    assert answer.status in (400, 401), answer.status
    if answer.status == 401:
        assert who.get("/").get("location") == "login"
    assert not one.grep("login client=")


def test_nobody_else_is_believed(lab):
    one = lab(HEADER % "", trusted_proxies=["127.0.0.2"])
    who = Browser(one, headers=said("alice", "students"))
    assert who.get("/api/targets").status == 401
    assert who.get("/").get("location") == "login"
    _, answer = who.connect("lab1")
    assert answer.status == 401
    assert not one.grep("alice")


def test_groups_that_are_none_are_left_out(lab):
    one = lab(
        HEADER % "",
        section("s", users=["@students"], targets=["lab1"]),
        section("r", users=["@root"], targets=["lab2"]),
        **PROXY,
    )
    who = Browser(one, headers=said("alice", " students ,, -root, @root,ro ot," + "x" * 70))
    assert names(who) == ["lab1"]
    # too many to know which are meant
    who = Browser(one, headers=said("alice", ",".join(f"students{i}" for i in range(90))))
    assert names(who) == []


def test_another_name_on_the_same_connection_is_another(lab):
    """A proxy's connection carries many clients' requests."""
    one = lab(HEADER % "", **PROXY)
    with WsClient(one.address) as client:
        for name in ("alice", "bob", None, "alice"):
            client.request("GET", "/api/login", said(name))
            answer = client.read_response()
            if name is None:
                assert answer.status == 401
            else:
                assert json.loads(answer.body)["user"] == name


def test_the_end_of_a_word(lab):
    """By an administrator, by the users' file, by a reload."""
    lab.people.add("carol", locked=True)
    one = lab(lab.people.section, HEADER % "", **PROXY)
    alice = Browser(one, headers=said("alice"))
    carol = Browser(one, headers=said("carol"))
    assert carol.get("/api/targets").status == 401
    one.wait_log(user="carol", why="the account is locked")
    client = alice.open("lab1")
    assert one.ctl("logout", "alice").returncode == 0
    ends(client, 4521, "an administrator has logged you out")
    client = alice.open("lab1")
    lab.people.add("alice", locked=True)
    reload(one)
    ends(client, 4521, "your account was locked")
    lab.people.add("alice")
    reload(one)
    client = alice.open("lab1")
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    one.write_conf(text.replace("X-Remote-User", "X-Other"))
    reload(one)
    ends(client, 4521, "your way to log in was removed or changed")


def test_log_out_leads_to_the_proxys(lab):
    one = lab(HEADER % 'logout = "/oauth2/sign_out"', **PROXY)
    alice = Browser(one, headers=said("alice"))
    client = alice.open("lab1")
    answer = alice.logout()
    assert (answer.status, answer.get("location")) == (303, "/oauth2/sign_out")
    ends(client, 4521, "you have logged out")


def test_auth_dies_and_the_proxys_people_do_not_notice(lab):
    one = lab(HEADER % "", **PROXY)
    alice = Browser(one, headers=said("alice"))
    client = alice.open("lab1")
    kill_and_wait(one.processes()["auth"][0])
    assert is_open(client)
    assert names(alice) == ["lab1", "lab2"]
    assert is_open(client)
    client.close()


# ---- with each request ----


def basic(name, password):
    text = base64.b64encode(f"{name}:{password}".encode()).decode()
    return ("Authorization", f"Basic {text}")


def program(one, *fields):
    client = WsClient(one.address)
    return client, client.upgrade("/proxy?target=lab1", list(fields))


def basic_section(people):
    return people.section.replace(" }", " basic = yes }")


def test_a_program_shows_its_password(lab):
    one = lab(
        basic_section(lab.people), section("s", users=["alice"], targets=["lab1"])
    )
    for _ in range(40):  # more than a user may have logins
        client, answer = program(one, basic("alice", "alice's secret"))
        assert answer.status == 101, answer.body
        assert is_open(client)
        client.close()
    assert len(one.grep('login client=127.0.0.1 user="alice" kind=basic')) == 1
    client, answer = program(one, basic("bob", "bob's secret"))
    assert answer.status == 101 and client.wait_close()[0] == 4520


@pytest.mark.parametrize(
    "value",
    [
        "Basic",
        "Basic ",
        "Basic ====",
        "Basic YWxpY2U=",  # no colon
        "Basic YWxpY2U6d3Jvbmc",  # no padding
        "Basic YWxpY2U6d3Jvbmd=",  # bits of no byte
        "Basic YWxp Y2U6d3Jvbmc=",
        "Basic YWxpY2U6AAA=",  # NUL
        "Basic " + "YWxp" * 400,
        "Bearer YWxpY2U6d3Jvbmc=",
        "Digest YWxpY2U6d3Jvbmc=",
        "Basic YWxpY2U6d3Jvbmc=",  # alice:wrong
    ],
)
def test_what_is_no_password_opens_nothing(lab, value):
    one = lab(basic_section(lab.people))
    client, answer = program(one, ("Authorization", value))
    client.close()
    assert answer.status == 401
    assert answer.get("www-authenticate").startswith("Cookie")
    assert one.get("/healthz").status == 200


def test_passwords_with_requests_are_off_and_for_sessions_alone(lab):
    right = basic("alice", "alice's secret")
    one = lab(lab.people.section)
    client, answer = program(one, right)
    client.close()
    assert answer.status == 401
    other = lab(basic_section(lab.people))
    assert other.get("/api/targets", headers=[right]).status == 401
    assert other.get("/", headers=[right]).status == 303
    # two of them: a proxy may have judged the other
    client, answer = program(other, right, basic("bob", "bob's secret"))
    client.close()
    assert answer.status in (400, 401)


def test_a_second_factor_is_for_browsers(lab):
    lab.people.add("erin", seed=b"0123456789abcdefghij")
    one = lab(basic_section(lab.people))
    client, answer = program(one, basic("erin", "erin's secret"))
    client.close()
    assert answer.status == 401
    one.wait_log(user="erin", why="the second factor is for browsers")


def test_wrong_ones_with_requests_wait(lab):
    one = lab(basic_section(lab.people))
    for _ in range(3):
        client, answer = program(one, basic("alice", "guess"))
        client.close()
        assert answer.status == 401
    client, answer = program(one, basic("alice", "guess"))
    client.close()
    assert answer.status == 429 and int(answer.get("retry-after")) > 0


def test_a_changed_password_ends_what_it_has_opened(lab):
    one = lab(basic_section(lab.people))
    client, answer = program(one, basic("alice", "alice's secret"))
    assert answer.status == 101
    other = logged_in(one, "bob").open("lab2")
    lab.people.add("alice", password="another")
    reload(one)
    ends(client, 4521, "your account was changed")
    assert is_open(other)
    other.close()
