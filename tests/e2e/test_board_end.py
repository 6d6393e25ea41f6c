# SPDX-License-Identifier: ISC
"""Ending one's own sessions from the board: POST /api/intent, kind=end."""

import pytest
from board import Board, is_free, is_used
from leaselab import lab  # noqa: F401
from pages import intend, open_page
from people import logged_in

USERS = [("alice", ""), ("bob", "")]


@pytest.fixture
def people_lab(lab):
    return lambda section="", **settings: lab(section, users=USERS, **settings)


def test_all_of_ones_own_end(people_lab):
    one = people_lab()
    alice, bob = logged_in(one, "alice"), logged_in(one, "bob")
    hers = [open_page(one, "x", headers=alice.fields()).greeted() for _ in range(3)]
    his = open_page(one, "x", headers=bob.fields()).greeted()
    with Board(one, alice.fields()).ready() as board:
        assert board.states["x"]["by"] == ["alice", "bob"]
        assert intend(one, "x", "end", alice.fields()) == {"ended": 3}
        for page in hers:
            assert page.turned_away() == (4517, "ended from the board")
        assert board.until("x", lambda s: s.get("sessions") == 1)["by"] == ["bob"]
        his.lives()


def test_nobody_ends_anothers(people_lab):
    one = people_lab('mode = "exclusive"')
    alice, bob = logged_in(one, "alice"), logged_in(one, "bob")
    page = open_page(one, "x", headers=alice.fields()).greeted()
    said = intend(one, "x", "end", bob.fields())
    assert (said["code"], said["reason"]) == (4502, "you have no session there")
    page.lives()


def test_without_logins_it_takes_the_pages_own_number(lab):
    one = lab('mode = "exclusive"')
    page = open_page(one, "x").greeted()
    held = page.hear("held")["text"]
    for other in (None, "0" * 32, held[:-1] + ("0" if held[-1] != "0" else "1")):
        assert intend(one, "x", "end", held=other)["code"] == 4502
    page.lives()
    with Board(one).ready() as board:
        board.until("x", is_used)
        assert intend(one, "x", "end", held=held) == {"ended": 1}
        assert page.turned_away()[0] == 4517
        board.until("x", is_free)


def test_what_is_not_granted_tells_nothing(lab):
    one = lab(
        '} access "a" { users = { "alice" } targets = { "x" }', users=USERS
    )
    alice, bob = logged_in(one, "alice"), logged_in(one, "bob")
    page = open_page(one, "x", headers=alice.fields()).greeted()
    said = intend(one, "x", "end", bob.fields())
    assert said["code"] == 4520
    assert said == intend(one, "x", "ask", bob.fields())
    page.lives()
