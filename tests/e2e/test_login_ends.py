# SPDX-License-Identifier: ISC
"""People log in, from outside: when a login ends, and its sessions with it."""

import json

import pytest

from loginlab import ends, lab, reload  # noqa: F401
from people import is_open, logged_in
from test_access import section
from test_refusals import banned
from waiting import until


def crowd(one, count=2):
    """Sessions of alice, bob and carol, some each."""
    found = {}
    for name in ("alice", "bob", "carol"):
        who = logged_in(one, name)
        found[name] = [who.open("lab1") for _ in range(count)]
    return found


@pytest.mark.parametrize(
    "change, code, words",
    [
        ("lock", 4521, "your account was locked"),
        ("remove", 4521, "your account was removed"),
        ("password", 4521, "your account was changed"),
        ("group", 4521, "your account was changed"),
        ("access", 4520, "not open to you now"),
        ("auth", 4520, "not open to you now"),
    ],
)
def test_what_is_taken_away_ends_exactly_what_it_concerns(lab, change, code, words):
    one = lab(section("all", users=["alice", "bob", "@staff"], targets=["lab1"]), workers=2)
    open_ones = crowd(one)
    if change == "lock":
        lab.people.add("bob", groups="students", locked=True)
    elif change == "remove":
        lab.people.remove("bob")
    elif change == "password":
        lab.people.add("bob", "another", groups="students")
    elif change == "group":
        lab.people.add("bob", groups="")
    else:
        with open(one.conf_path, encoding="utf-8") as f:
            text = f.read()
        one.write_conf(text.replace('"alice", "bob"', '"alice"'))
    reload(one)
    for client in open_ones["bob"]:
        ends(client, code, words)
    for name in ("alice", "carol"):
        for client in open_ones[name]:
            assert is_open(client)
            client.close()
    # and nobody's address is banned for what they lost
    one.wait_line('session revoked conn=.* user="bob" target="lab1" why=')
    assert not [line for line in one.lines if banned(line)]


def test_a_login_ends_by_its_age_and_its_sessions_with_it(lab):
    one = lab(login_max=2)
    who = logged_in(one, "alice")
    client = who.open("lab1")
    ends(client, 4521, "your login has expired")
    assert who.get("/lab1").status == 303
    one.wait_log(user="alice", why="your login has expired")


def test_sessions_keep_a_login_alive(lab):
    """login-idle is over many times; the desktop is a use of it."""
    one = lab(login_idle=6)
    busy = logged_in(one, "alice")
    client = busy.open("lab1")
    for _ in range(2):
        idle = logged_in(one, "bob")
        until(lambda who=idle: who.get("/api/login").status == 401, 20, "bob's login to end")
        assert busy.get("/api/login").status == 200 and is_open(client)
    client.close()


def test_a_reload_that_brings_logins_ends_what_nobody_answers_for(bridge, lab):
    card = lab.cards[0]
    one = bridge(extra=f'target "lab1" {{ address = "{card.target}" }}\n')
    client = one.connect("lab1")
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    one.write_conf(text + lab.people.section)
    reload(one)
    ends(client, 4521, "not logged in")
    logged_in(one, "alice").open("lab1").close()
    # and without: everybody again, and no process that knows of them
    one.write_conf(text)
    reload(one)
    with one.connect("lab1") as client:
        assert is_open(client)
    assert all(p["role"] != "auth" for p in one.status()["processes"])


def test_an_administrator_sees_and_ends_logins(lab):
    one = lab('access "all" { users = { "@students", "@staff" } targets = { "lab1" } }\n')
    alice, bob = logged_in(one, "alice"), logged_in(one, "bob")
    mine, other = alice.open("lab1"), bob.open("lab1")
    logins = json.loads(one.ctl("-j", "logins").stdout)["logins"]
    assert [(x["user"], x["groups"], x["client"]) for x in logins] == [
        ("alice", "students", "127.0.0.1"), ("bob", "students", "127.0.0.1")
    ]  # fmt: skip
    assert 0 < logins[0]["ends_sec"] <= 7200
    assert "alice" in one.ctl("logins").stdout
    done = one.ctl("logout", "alice")
    assert (done.returncode, done.stdout) == (0, "1 login has ended\n"), done.stderr
    ends(mine, 4521, "an administrator has logged you out")
    assert is_open(other) and alice.get("/lab1").status == 303
    assert one.ctl("logout", "nobody").returncode == 1
    other.close()


def test_logins_of_many_pages(lab):
    one = lab()
    for _ in range(9):
        logged_in(one, "alice")
    logins = json.loads(one.ctl("-j", "logins").stdout)["logins"]
    assert len(logins) == 9 == len({x["id"] for x in logins})
    assert one.ctl("logout", "alice").stdout == "9 logins have ended\n"
    assert "no logins" in one.ctl("logins").stdout


def test_logins_without_an_auth_section(bridge):
    done = bridge().ctl("logins")
    assert done.returncode == 1 and "no auth section" in done.stderr
