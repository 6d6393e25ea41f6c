# SPDX-License-Identifier: ISC
"""Whose a desktop is: one, some, a queue, a question."""

import os
import signal

import pytest
import rfb
from leaselab import is_open_now, lab  # noqa: F401
from pages import intend, open_page
from waiting import until
from wsclient import TEXT, encode_frame

# exclusive and slots


def test_one_holds_it_and_others_hear_who(lab):
    one = lab('mode = "exclusive"')
    first = open_page(one, "x").greeted()
    second = open_page(one, "x")
    code, reason = second.turned_away()
    assert code == 4510
    assert reason.startswith("in use by 127.0.0.1 since ")
    told = second.hear("in-use")
    assert told["user"] == "127.0.0.1"
    assert not told["ask"] and not told["take"]
    first.shut()
    until(lambda: is_open_now(one), 10, "the desktop to be free again")


def test_a_client_that_is_not_the_page_hears_no_text(lab):
    one = lab('mode = "exclusive"')
    holder = open_page(one, "x").greeted()
    client = one.connect("x")
    assert client.wait_close()[0] == 4510


def test_slots_are_counted(lab):
    one = lab('mode = "exclusive" slots = 3')
    held = [open_page(one, "x").greeted() for _ in range(3)]
    code, reason = open_page(one, "x").turned_away()
    assert code == 4510
    assert reason.endswith(", and by 2 more")
    held.pop().shut()
    until(lambda: is_open_now(one), 10, "a slot to be free")


def test_slots_of_a_shared_desktop(lab):
    one = lab("slots = 2")
    held = [open_page(one, "x").greeted() for _ in range(2)]
    code, reason = open_page(one, "x").turned_away()
    assert code == 4522
    assert "(2)" in reason
    assert len(held) == 2


# the queue


def test_a_queue_lets_one_after_the_other_in(lab):
    one = lab('mode = "queue"')
    first = open_page(one, "x").greeted()
    second, third = open_page(one, "x"), None
    assert second.hear("queued")["place"] == 1
    third = open_page(one, "x")
    assert third.hear("queued")["place"] == 2
    first.shut()
    second.greeted()
    assert third.hear("queued")["place"] == 1
    second.shut()
    third.greeted()


def test_who_leaves_the_queue_is_not_waited_for(lab):
    one = lab('mode = "queue"')
    first = open_page(one, "x").greeted()
    second = open_page(one, "x")
    assert second.hear("queued")["place"] == 1
    third = open_page(one, "x")
    assert third.hear("queued")["place"] == 2
    second.close()
    assert third.hear("queued")["place"] == 1
    first.shut()
    third.greeted()


def test_nobody_overtakes_a_queue(lab):
    one = lab('mode = "queue"')
    first = open_page(one, "x").greeted()
    waiting = []
    for place in range(1, 6):  # another worker's may come to the broker first
        waiting.append(open_page(one, "x"))
        assert waiting[-1].hear("queued")["place"] == place
    first.shut()
    for page in waiting:
        page.greeted()
        page.shut()


def test_a_client_that_shows_nothing_does_not_queue(lab):
    one = lab('mode = "queue"')
    holder = open_page(one, "x").greeted()
    assert one.connect("x").wait_close()[0] == 4510


def test_a_queue_outlives_the_broker(lab):
    one = lab('mode = "queue"')
    first = open_page(one, "x").greeted()
    second = open_page(one, "x")
    second.hear("queued")
    broker = one.broker()
    os.kill(broker, signal.SIGKILL)
    one.wait_other_broker(broker)
    assert second.hear("queued")["place"] == 1
    first.shut()
    second.greeted()


def test_the_end_of_a_worker_frees_what_it_held(lab):
    one = lab('mode = "queue"')
    pages = [open_page(one, "x").greeted()]
    pages.append(open_page(one, "x"))
    pages[1].hear("queued")
    # whichever has the holder; the other's page may have to come again
    for worker in one.workers():
        os.kill(worker, signal.SIGKILL)
    until(lambda: is_open_now(one), 10, "the desktop to be free again")


# asking


def asked(one, section=""):
    """The holder, who was asked, with the question's number; and who asks."""
    holder = open_page(one, "x").greeted()
    code, _ = open_page(one, "x").turned_away()
    assert code == 4510
    intent = intend(one, "x", "ask")["intent"]
    asker = open_page(one, "x", intent)
    assert asker.hear("asking")["user"] == "127.0.0.1"
    question = holder.hear("asked")
    assert question["user"] == "127.0.0.1"
    return holder, asker, question["number"]


def test_the_holder_keeps_it(lab):
    one = lab('mode = "ask" ask-timeout = 60')
    holder, asker, number = asked(one)
    holder.say(f"keep {number}")
    assert asker.turned_away() == (4510, "127.0.0.1 keeps it")
    holder.lives()


def test_the_holder_shares_it(lab):
    one = lab('mode = "ask" ask-timeout = 60')
    holder, asker, number = asked(one)
    holder.say(f"share {number}")
    asker.greeted()
    for page in holder, asker:
        page.lives()


def test_the_holder_gives_it(lab):
    one = lab('mode = "ask" ask-timeout = 60')
    holder, asker, number = asked(one)
    holder.say(f"give {number}")
    code, reason = holder.wait_close()
    assert code == 4511
    assert reason == "given to 127.0.0.1"
    asker.greeted()


@pytest.mark.parametrize("answer", ["keep", "share", "give"])
def test_a_time_out_decides(lab, answer):
    one = lab(f'mode = "ask" ask-timeout = 1 ask-answer = "{answer}"')
    holder, asker, number = asked(one)
    if answer == "keep":
        assert asker.turned_away() == (4510, "127.0.0.1 did not answer")
    else:
        asker.greeted()
    assert holder.hear("ask-over")["number"] == number if answer == "keep" else True


def test_a_late_or_wrong_answer_decides_nothing(lab):
    one = lab('mode = "ask" ask-timeout = 60')
    holder, asker, number = asked(one)
    for text in f"give {number + 1}", "give 0", "give", "", "take 1", "give " + "9" * 40, f"give {number} ":
        holder.say(text)
    holder.say(f"keep {number}")
    assert asker.turned_away()[0] == 4510
    holder.say(f"give {number}")
    holder.lives()


def test_somebody_else_can_not_answer(lab):
    one = lab('mode = "ask" ask-timeout = 60 slots = 2')
    holder = open_page(one, "x").greeted()
    other = open_page(one, "x").greeted()
    asker = open_page(one, "x", intend(one, "x", "ask")["intent"])
    number = holder.hear("asked")["number"]
    other.say(f"give {number}")
    other.lives()
    holder.say(f"keep {number}")
    assert asker.turned_away()[0] == 4510


def test_who_asks_and_leaves_is_no_question_any_more(lab):
    one = lab('mode = "ask" ask-timeout = 60')
    holder, asker, number = asked(one)
    asker.close()
    assert holder.hear("ask-over")["number"] == number


def test_who_asks_gets_in_when_the_holder_leaves(lab):
    one = lab('mode = "ask" ask-timeout = 60')
    holder, asker, _ = asked(one)
    holder.shut()
    asker.greeted()


def test_where_no_page_can_answer_the_setting_does(lab):
    one = lab('mode = "ask" ask-timeout = 600 ask-answer = "give"')
    holder = one.connect("x")
    assert holder.recv_exact(12) == rfb.GREETING
    asker = open_page(one, "x", intend(one, "x", "ask")["intent"])
    assert holder.wait_close()[0] == 4511
    asker.greeted()


def test_who_is_given_it_gets_in_beside_those_it_was_shared_with(lab):
    one = lab('mode = "ask" ask-timeout = 60')
    holder, guest, number = asked(one)
    holder.say(f"share {number}")
    guest.greeted()
    third = open_page(one, "x", intend(one, "x", "ask")["intent"])
    holder.say(f"give {holder.hear('asked')['number']}")
    assert holder.wait_close()[0] == 4511
    third.greeted()
    guest.lives()


def test_of_two_who_are_given_it_one_gets_in(lab):
    one = lab('mode = "ask" ask-timeout = 60')
    holder, first, number = asked(one)
    second = open_page(one, "x", intend(one, "x", "ask")["intent"])
    other = holder.hear("asked")["number"]
    holder.send_raw(
        b"".join(encode_frame(TEXT, f"give {n}".encode()) for n in (number, other))
    )
    assert holder.wait_close()[0] == 4511
    first.greeted()
    assert second.turned_away()[0] == 4510
    first.lives()


def test_who_asks_asks_the_next_holder_too(lab):
    one = lab('mode = "ask" ask-timeout = 60')
    holder, first, _ = asked(one)
    second = open_page(one, "x", intend(one, "x", "ask")["intent"])
    holder.hear("asked")
    holder.shut()
    first.greeted()
    first.say(f"keep {first.hear('asked')['number']}")
    assert second.turned_away() == (4510, "127.0.0.1 keeps it")


# a network that is lost, and found again


def test_a_page_comes_again_before_the_bridge_knows_that_it_was_lost(lab):
    one = lab('mode = "exclusive"')
    holder = open_page(one, "x").greeted()
    number = holder.hear("held")["text"]
    assert open_page(one, "x").turned_away()[0] == 4510
    again = open_page(one, "x", number)
    assert holder.wait_close() == (4512, "its page has connected again")
    again.greeted()
    # it is of that session, and no other
    assert open_page(one, "x", number).turned_away()[0] == 4510
    again.lives()


def test_who_lost_it_to_somebody_does_not_take_it_back(lab):
    one = lab('mode = "exclusive" takeover = { "*" }')
    holder = open_page(one, "x").greeted()
    number = holder.hear("held")["text"]
    winner = open_page(one, "x", intend(one, "x", "take")["intent"])
    assert holder.wait_close()[0] == 4511
    winner.greeted()
    assert open_page(one, "x", number).turned_away()[0] == 4510
    winner.lives()


def test_a_lost_network_keeps_the_place(lab):
    one = lab('mode = "exclusive" grace = 600', trusted_proxies=["127.0.0.1"])
    mine, other = [[("X-Forwarded-For", ip)] for ip in ("192.0.2.1", "192.0.2.2")]
    holder = open_page(one, "x", headers=mine).greeted()
    holder.reset()

    def is_kept():
        page = open_page(one, "x", headers=other)
        code, reason = page.turned_away()
        assert code == 4510
        return reason.startswith("kept for")

    until(is_kept, 10, "the lost one's place to be kept")
    again = open_page(one, "x", headers=mine).greeted()
    assert open_page(one, "x", headers=other).turned_away()[1].startswith("in use by 192.0.2.1")
    again.shut()
    until(lambda: is_open_now(one, other), 10, "the desktop to be free")


def test_who_closes_in_good_order_leaves_no_place(lab):
    one = lab('mode = "exclusive" grace = 600', trusted_proxies=["127.0.0.1"])
    open_page(one, "x", headers=[("X-Forwarded-For", "192.0.2.1")]).greeted().shut()
    until(lambda: is_open_now(one), 10, "the desktop to be free again")


def test_who_was_lost_comes_back_before_those_who_wait(lab):
    one = lab('mode = "queue" grace = 600', trusted_proxies=["127.0.0.1"])
    mine, other = [[("X-Forwarded-For", ip)] for ip in ("192.0.2.1", "192.0.2.2")]
    holder = open_page(one, "x", headers=mine).greeted()
    second = open_page(one, "x", headers=other)
    assert second.hear("queued")["place"] == 1
    holder.reset()
    until(lambda: one.grep("session ended"), 10, "the bridge to notice")
    again = open_page(one, "x", headers=mine).greeted()
    again.lives()
    again.shut()
    second.greeted()


def test_grace_ends(lab):
    one = lab('mode = "queue" grace = 1', trusted_proxies=["127.0.0.1"])
    holder = open_page(one, "x", headers=[("X-Forwarded-For", "192.0.2.1")]).greeted()
    second = open_page(one, "x", headers=[("X-Forwarded-For", "192.0.2.2")])
    second.hear("queued")
    holder.reset()
    second.greeted()


# reload


def test_a_lease_outlives_a_reload(lab):
    one = lab('mode = "queue"')
    first = open_page(one, "x").greeted()
    second = open_page(one, "x")
    second.hear("queued")
    mark = one.mark()
    one.signal(signal.SIGHUP)
    one.wait_line(r"reload", start=mark)
    first.lives()
    first.shut()
    second.greeted()


