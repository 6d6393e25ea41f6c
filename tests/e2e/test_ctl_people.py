# SPDX-License-Identifier: ISC
"""vncbridgectl's logins, why and logout, of people whom a provider or a proxy
names, or the users' file, or several of these."""

import json

import pytest

from loginlab import ends
from matrix import HEADER
from people import Browser, People, is_open
from signon import names_of
from test_why import why

LAN = "198.51.100.7"
GROUPS = {"students": "lab1", "staff": "lab2"}


@pytest.fixture
def lab(sign_on, directory):
    """A bridge that knows all of the ways; dave is in the users' file, and so is
    erin, who is locked."""
    people = People(directory).add("dave", groups="students").add("erin", locked=True)
    sign_on.one = sign_on.start(people.section, HEADER)
    return sign_on


def by_provider(lab, name, groups):
    lab.provider.people = {"groups": [groups], "preferred_username": name}
    return lab.logged_in(lab.one, "alice")


def by_proxy(lab, name, groups):
    who = Browser(lab.one, headers=[
        ("X-Forwarded-For", LAN), ("X-Forwarded-Proto", "https"),
        ("X-Remote-User", name), ("X-Remote-Groups", groups),
    ])  # fmt: skip
    assert who.get("/").status == 200
    return who


WAYS = {"provider": by_provider, "proxy": by_proxy}


def logins(one):
    said = json.loads(one.ctl("-j", "logins").stdout)["logins"]
    return [(x["user"], x["groups"]) for x in said]


def targets(one, user):
    """What they may open, as why says; (names, words of a refusal)."""
    said = {name: why(one, user, LAN, name) for name in GROUPS.values()}
    return [name for name, x in said.items() if x["allowed"]], said


@pytest.mark.parametrize("groups", GROUPS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_who_is_in_no_file(lab, way, groups):
    one = lab.one
    allowed, said = targets(one, "frank")
    assert allowed == [] and {x["code"] for x in said.values()} == {4521}
    assert "no user has that name" in one.ctl("why", "frank", LAN, "lab1").stdout
    who = way(lab, "frank", groups)
    assert logins(one) == [("frank", groups)]
    # what is said is what they see, and what happens
    assert targets(one, "frank")[0] == names_of(who) == [GROUPS[groups]]
    client = who.open(GROUPS[groups])
    assert is_open(client)
    done = one.ctl("logout", "frank")
    assert (done.returncode, done.stdout) == (0, "1 login has ended\n"), done.stderr
    ends(client, 4521, "an administrator has logged you out")
    assert logins(one) == [] and targets(one, "frank")[0] == []
    # a proxy says it again with the next request; a cookie is worth nothing
    status = who.get("/api/targets").status
    assert status == (200 if way is by_proxy else 401)
    assert logins(one) == ([("frank", groups)] if way is by_proxy else [])


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_groups_are_those_of_the_login(lab, way):
    """Of somebody who is in the users' file too, with others."""
    one = lab.one
    assert targets(one, "dave")[0] == ["lab1"]
    who = way(lab, "dave", "staff")
    assert targets(one, "dave")[0] == names_of(who) == ["lab2"]
    assert one.ctl("logout", "dave").returncode == 0
    assert targets(one, "dave")[0] == ["lab1"]


def test_the_latest_login_counts_and_logout_ends_all(lab):
    one = lab.one
    first = by_provider(lab, "frank", "students")
    assert targets(one, "frank")[0] == ["lab1"]
    second = by_proxy(lab, "frank", "staff")
    assert targets(one, "frank")[0] == ["lab2"]
    other = by_provider(lab, "grace", "students")
    assert logins(one) == [("frank", "students"), ("frank", "staff"), ("grace", "students")]
    desktops = [first.open("lab1"), second.open("lab2"), other.open("lab1")]
    assert one.ctl("logout", "frank").stdout == "2 logins have ended\n"
    assert one.ctl("logout", "-j", "frank").stdout == '{"count":0}\n'
    for client in desktops[:2]:
        ends(client, 4521, "an administrator has logged you out")
    assert is_open(desktops[2]) and logins(one) == [("grace", "students")]
    desktops[2].close()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_who_is_locked_is_locked_by_every_way(lab, way):
    with pytest.raises(AssertionError):
        way(lab, "erin", "students")
    assert logins(lab.one) == []
    assert "is locked" in lab.one.ctl("why", "erin", LAN, "lab1").stdout
