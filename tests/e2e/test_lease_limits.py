# SPDX-License-Identifier: ISC
"""Who may have so many sessions, and wants a desktop that is in use."""

import pytest

from pages import intend, open_page
from people import People, logged_in
from races import sessions
from waiting import until

FULL = (4522, "you have as many sessions as you may have there")


@pytest.fixture
def few(bridge, testcard):
    """Alice and Bob at a bridge: x, and y; Bob may have one of them."""

    def make(section, **settings):
        x, y = testcard("echo").target, testcard("echo").target
        people = People(bridge.directory).add("alice").add("bob")
        one = bridge(
            workers=2,
            extra=people.section
            + f'target "x" {{ address = "{x}" {section} }}\n'
            + f'target "y" {{ address = "{y}" }}\n'
            + 'access "one" { users = { "bob" } targets = { "x", "y" } max-sessions = 1 }\n'
            + 'access "any" { users = { "alice" } targets = { "x", "y" } }\n',
            **settings,
        )
        return one, logged_in(one, "alice").fields(), logged_in(one, "bob").fields()

    return make


def test_nobody_is_ended_for_who_has_no_place_then(few):
    one, alice, bob = few('mode = "exclusive" takeover = { "*" }')
    holder = open_page(one, "x", headers=alice).greeted()
    place = open_page(one, "y", headers=bob).greeted()
    intent = intend(one, "x", "take", bob)["intent"]
    assert open_page(one, "x", intent, bob).turned_away() == FULL
    holder.lives()
    place.shut()
    until(lambda: len(sessions(one)) == 1)
    winner = open_page(one, "x", intend(one, "x", "take", bob)["intent"], bob)
    assert holder.wait_close()[0] == 4511
    winner.greeted()


def test_nobody_is_asked_for_who_has_no_place_then(few):
    one, alice, bob = few('mode = "ask" ask-timeout = 60')
    holder = open_page(one, "x", headers=alice).greeted()
    place = open_page(one, "y", headers=bob).greeted()
    intent = intend(one, "x", "ask", bob)["intent"]
    assert open_page(one, "x", intent, bob).turned_away() == FULL
    holder.lives()
    assert "asked" not in [said["type"] for said in holder.said]
    place.lives()


def test_nobody_is_ended_by_a_yes_to_who_has_no_place_any_more(few):
    one, alice, bob = few('mode = "ask" ask-timeout = 60')
    holder = open_page(one, "x", headers=alice).greeted()
    asker = open_page(one, "x", intend(one, "x", "ask", bob)["intent"], bob)
    number = holder.hear("asked")["number"]
    place = open_page(one, "y", headers=bob).greeted()
    holder.say(f"give {number}")
    assert asker.turned_away() == FULL
    holder.lives()
    place.lives()


def test_the_place_that_one_moves_from_is_ones_own(few):
    one, _, bob = few('mode = "exclusive"')
    holder = open_page(one, "x", headers=bob).greeted()
    phone = open_page(one, "x", intend(one, "x", "move", bob)["intent"], bob)
    assert holder.wait_close()[0] == 4512
    phone.greeted()
