# SPDX-License-Identifier: ISC
"""Whose a desktop is: what a person wants of one that is in use."""

import threading
import time

import rfb
from leaselab import get_in, lab  # noqa: F401
from pages import intend, open_page
from targets import Stays
from wsclient import HttpClient


def test_a_takeover_is_an_intent_of_a_person(lab):
    one = lab('mode = "exclusive" takeover = { "*" }')
    holder = open_page(one, "x").greeted()
    second = open_page(one, "x")
    assert second.turned_away()[0] == 4510
    assert second.hear("in-use")["take"]
    intent = intend(one, "x", "take")["intent"]
    winner = open_page(one, "x", intent)
    assert holder.wait_close() == (4511, "taken over by 127.0.0.1")
    winner.greeted()
    # it is good for one
    assert open_page(one, "x", intent).turned_away()[0] == 4510
    winner.lives()


def test_of_two_who_take_it_over_one_does(lab):
    one = lab('mode = "exclusive" takeover = { "*" }')
    holder = open_page(one, "x").greeted()
    intents = [intend(one, "x", "take")["intent"] for _ in range(2)]
    winner = open_page(one, "x", intents[0])
    assert holder.wait_close()[0] == 4511
    winner.greeted()
    assert open_page(one, "x", intents[1]).turned_away()[0] == 4510
    winner.lives()


def test_one_has_so_many_intents(lab):
    one = lab('mode = "exclusive" takeover = { "*" }')
    holder = open_page(one, "x").greeted()
    intents = [intend(one, "x", "take")["intent"] for _ in range(17)]
    assert len(set(intents)) == 17
    assert open_page(one, "x", intents[0]).turned_away()[0] == 4510
    holder.lives()
    open_page(one, "x", intents[1]).greeted()


def test_an_intent_is_about_the_holder_of_its_moment(lab):
    one = lab('mode = "exclusive" takeover = { "*" }')
    first = open_page(one, "x").greeted()
    old = intend(one, "x", "take")["intent"]
    first.shut()
    second = get_in(one)
    assert open_page(one, "x", old).turned_away()[0] == 4510
    second.lives()


def test_an_intent_that_nobody_has_given_is_none(lab):
    one = lab('mode = "exclusive" takeover = { "*" }')
    holder = open_page(one, "x").greeted()
    for intent in "0" * 32, "f" * 32, "not-hex" + "0" * 25, "00":
        assert open_page(one, "x", intent).turned_away()[0] == 4510
    holder.lives()


def test_a_takeover_needs_its_right(lab):
    one = lab('mode = "exclusive"')
    holder = open_page(one, "x").greeted()
    assert intend(one, "x", "take") == {"code": 4520, "reason": "you may not take it over"}
    assert intend(one, "x", "ask")["code"] == 4520
    assert intend(one, "nosuch", "take")["code"] == 4520


def test_nothing_is_to_be_taken_of_what_is_free(lab):
    one = lab('mode = "ask" takeover = { "*" }')
    for kind in "take", "ask", "move":
        assert intend(one, "x", kind)["code"] == 4502


def test_an_intent_is_posted_by_the_bridges_own_page_only(lab):
    one = lab('mode = "exclusive" takeover = { "*" }')
    body = "target=x&kind=take"
    form = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Length", str(len(body))),
    ]

    def status(method, headers, text=body):
        with HttpClient(one.address, 20, **one.tls) as client:
            client.request(method, "/api/intent", [("Connection", "close"), *headers])
            client.send(text.encode())
            return client.read_response().status

    holder = open_page(one, "x").greeted()
    assert status("POST", form) == 200
    assert status("POST", [*form, ("Origin", "http://elsewhere.example")]) == 403
    assert status("POST", [*form, ("Sec-Fetch-Site", "cross-site")]) == 403
    assert status("GET", [], "") == 404
    assert status("POST", [("Content-Type", "text/plain"), form[1]]) == 415
    for text in "", "target=x", "kind=take", "target=x&kind=steal", "target=x&kind=take&kind=ask":
        assert status("POST", [form[0], ("Content-Length", str(len(text)))], text) == 400


def test_one_moves_to_another_device(lab):
    one = lab('mode = "exclusive"')
    holder = open_page(one, "x").greeted()
    held = holder.hear("held")["text"]
    # the same address is not the same person
    for other in None, "0" * 32, "f" * 32, held[:-1], held.upper() + "0":
        assert intend(one, "x", "move", held=other)["code"] == 4502
    intent = intend(one, "x", "move", held=held)["intent"]
    phone = open_page(one, "x", intent)
    assert holder.wait_close() == (4512, "moved to another device")
    phone.greeted()


class SlowReader(threading.Thread):
    """What it has been sent it takes, but slowly, until it is let go."""

    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock, self.count, self.is_over, self.is_let_go = sock, 0, False, False
        self.start()

    def run(self):
        while not self.is_let_go and not self.is_over:
            time.sleep(0.05)
            part = self.sock.recv(4096)
            self.count += len(part)
            self.is_over = not part


def test_neither_a_slow_holder_nor_its_server_delays_a_takeover(bridge, target):
    """The holder has more to read than it does, and the server hangs up on nobody."""
    card = target(Stays(rfb.GREETING + bytes(8 << 20)))
    one = bridge(
        extra=f'target "x" {{ address = "{card.target}" mode = "exclusive" takeover = {{ "*" }} }}\n'
    )
    holder = open_page(one, "x")
    assert holder.recv_exact(12) == rfb.GREETING
    holder.send(b"x")
    card.wait_received(0, 1)
    reader = SlowReader(holder.sock)
    winner = open_page(one, "x", intend(one, "x", "take")["intent"])
    assert winner.recv_exact(12) == rfb.GREETING
    assert not reader.is_over
    reader.is_let_go = True
    reader.join()
