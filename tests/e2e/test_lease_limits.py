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


MODES = {
    "exclusive": 'mode = "exclusive"',
    "with places": 'mode = "ask" slots = 3 ask-timeout = 60',
    "share": "",
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("limit", ["max_sessions_of_user", "max_sessions"])
def test_the_session_that_is_replaced_does_not_count(few, mode, limit):
    one, alice, bob = few(MODES[mode], **{limit: 1})
    holder = open_page(one, "x", headers=alice).greeted()
    for kind in ("move", "resume") if mode != "share" else ("move", "move"):
        if kind == "move":
            intent = intend(one, "x", "move", alice)["intent"]
        else:
            intent = holder.hear("held")["text"]
        # it is good for that desktop, and for her
        assert open_page(one, "y", headers=alice).turned_away()[0] == 4522
        after = open_page(one, "x", intent, alice)
        assert holder.wait_close()[0] == 4512
        holder = after.greeted()
    assert open_page(one, "x", headers=alice).turned_away()[0] == 4522
    holder.lives()
    assert len(sessions(one)) == 1
    refused = 4522 if limit == "max_sessions" else 4510
    if mode == "exclusive":
        assert open_page(one, "x", headers=bob).turned_away()[0] == refused


def test_a_takeover_may_be_of_the_last_session_that_there_may_be(few):
    one, alice, bob = few('mode = "exclusive" takeover = { "*" }', max_sessions=1)
    holder = open_page(one, "x", headers=alice).greeted()
    winner = open_page(one, "x", intend(one, "x", "take", bob)["intent"], bob)
    assert holder.wait_close()[0] == 4511
    winner.greeted()


def test_who_may_not_take_it_over_is_one_too_many(few):
    one, alice, bob = few('mode = "queue" takeover = { "bob" }', max_sessions=1)
    holder = open_page(one, "x", headers=alice).greeted()
    intent = intend(one, "x", "take", bob)["intent"]
    one.ctl("lock", "x")
    assert open_page(one, "x", intent, bob).turned_away()[0] == 4522
    one.ctl("unlock", "x")
    # it was used; without it, nobody waits beyond the limit
    assert open_page(one, "x", intent, bob).turned_away()[0] == 4522
    holder.lives()
