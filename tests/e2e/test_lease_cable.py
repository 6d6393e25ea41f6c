# SPDX-License-Identifier: ISC
"""A network that is lost for a while, by a link that is down: who had the desktop
comes back to it within its grace, and nobody else gets in meanwhile."""

import json

import netns
import pytest
from leaselab import lab  # noqa: F401  pylint: disable=unused-import
from pages import open_page
from people import logged_in
from tlsclient import Listen, client_context, listen_body
from waiting import until
from wsclient import Closed

NEAR = "10.77.0.1:6080"
SETTINGS = {"listen": [NEAR], "ping_interval": 1}
SECTION = 'mode = "exclusive" grace = 600'


@pytest.fixture
def hosts():
    reason = netns.reason_not()
    if reason:
        pytest.skip(reason)
    two = netns.Hosts()
    yield two
    two.close()


def ctl(one, what):
    done = one.ctl("-j", what)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[what]


def fence_of(one):
    (session,) = ctl(one, "sessions")
    return session["fence"]


def turned_away(one, **how):
    page = open_page(one, "x", **how)
    try:
        return page.turned_away()
    finally:
        page.close()


def is_over(page):
    """Whether what it says does not come back; the bridge has told it, or its
    kernel does at the first byte."""
    try:
        page.lives()
    except (Closed, OSError, EOFError):
        return True
    return False


def lose(hosts, one, other):
    """The link is down until the bridge has given its client up; other is never
    let in."""
    hosts.down()
    assert turned_away(one, **other)[0] == 4510
    end = one.wait_end(30, code="4530")
    assert end["client"].startswith("10.77.0.2")
    until(lambda: not ctl(one, "sessions"), 10, "the broker to know")
    assert turned_away(one, **other) == (
        4510, "kept for somebody who was there before you"
    )


def test_a_user_comes_back_over_the_link_and_another_does_not(
    hosts, lab, authority  # noqa: F811
):
    tls = {
        "listen": [Listen(NEAR, listen_body([authority.server(sans=["IP:10.77.0.1"])]))],
        "context": client_context(authority),
    }
    with hosts.on("left"):
        users = (("alice", ""), ("bob", ""))
        one = lab(SECTION, users=users, **{**SETTINGS, **tls})
        bob = {"headers": logged_in(one, "bob").fields()}
    with hosts.on("right"):
        alice = logged_in(one, "alice").fields()
        page = open_page(one, "x", headers=alice).greeted()
        page.lives()
    fence = fence_of(one)
    with hosts.on("left"):
        lose(hosts, one, bob)
    hosts.up()
    with hosts.on("left"):
        assert turned_away(one, **bob)[0] == 4510
    with hosts.on("right"):
        # not by the address: bob may sit where alice did
        assert turned_away(one, **bob)[0] == 4510
        assert is_over(page)
        again = open_page(one, "x", headers=alice).greeted()
        again.lives()
    # nobody had it in between: the next number is hers
    assert fence_of(one) == fence + 1
    with hosts.on("left"):
        assert turned_away(one, **bob)[1].startswith("in use by alice since")
    with hosts.on("right"):
        again.shut()
    with hosts.on("left"):
        until(lambda: not ctl(one, "sessions"), 10, "the end of the lease")
        open_page(one, "x", **bob).greeted().shut()


def test_a_page_comes_back_by_its_number_where_nobody_logs_in(hosts, lab):  # noqa: F811
    """As viewer.js does: with what "held" gave, which the bridge has forgotten."""
    with hosts.on("left"):
        one = lab(SECTION, **SETTINGS)
    with hosts.on("right"):
        page = open_page(one, "x").greeted()
        number = page.hear("held")["text"]
    fence = fence_of(one)
    with hosts.on("left"):
        lose(hosts, one, {})
        assert turned_away(one, intent=number)[0] == 4510
    hosts.up()
    with hosts.on("right"):
        assert is_over(page)
        again = open_page(one, "x", number).greeted()
        again.lives()
        assert again.hear("held")["text"] != number
    assert fence_of(one) == fence + 1
    with hosts.on("left"):
        assert turned_away(one)[1].startswith("in use by 10.77.0.2 since")


def test_a_link_that_is_up_in_time_loses_nothing(hosts, lab):  # noqa: F811
    """The same session goes on, and what was typed meanwhile arrives."""
    with hosts.on("left"):
        one = lab(SECTION, **{**SETTINGS, "ping_interval": 3600})
    with hosts.on("right"):
        page = open_page(one, "x").greeted()
        hosts.down()
        page.send(b"typed in the dark")
    hosts.up()
    with hosts.on("right"):
        assert page.recv_exact(17) == b"typed in the dark"
        page.lives()
        page.shut()
