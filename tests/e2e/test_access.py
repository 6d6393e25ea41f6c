# SPDX-License-Identifier: ISC
"""Access sections, from outside: what is opened, what the start page lists, and
how a session ends that is not granted any more."""

import json
import os
import signal
import time

import pytest

import rfb
from outcomes import outcome
from waiting import until
from wsclient import Closed, HttpClient

PROXY = {"trusted_proxies": ["127.0.0.1"]}
ALICE = {"headers": [("X-Forwarded-For", "198.51.100.7")]}
BOB = {"headers": [("X-Forwarded-For", "203.0.113.9")]}
ALL_WEEK = "Mon-Sun"


def section(name, **settings):
    """An access section, as a line of the file."""
    lists = {k: v for k, v in settings.items() if k != "times"}
    words = [f"{k} = {{ {', '.join(json.dumps(v) for v in lists[k])} }}" for k in lists]
    if "times" in settings:
        words.append(f'times = "{settings["times"]}"')
    return f'access "{name}" {{ {" ".join(words)} }}\n'


def names(one, who):
    answer = one.get("/api/targets", headers=who["headers"])
    assert answer.status == 200
    return [t["name"] for t in json.loads(answer.body)["targets"]]


@pytest.fixture
def lab(bridge, testcard):
    """lab(sections): two targets, and a bridge with these access sections."""
    cards = [testcard("echo"), testcard("echo")]

    def start(*sections):
        extra = "".join(
            f'target "lab{i + 1}" {{ address = "{card.target}" }}\n'
            for i, card in enumerate(cards)
        )
        return bridge(extra=extra + "".join(sections), **PROXY)

    start.cards = cards
    return start


def sessions(one):
    return json.loads(one.ctl("-j", "sessions").stdout)["sessions"]


def opens(one, target, who):
    with one.connect(target, **who) as client:
        return client.recv_exact(12) == rfb.GREETING


def test_each_reaches_and_sees_what_is_theirs(lab):
    one = lab(
        section("a", **{"from": ["198.51.100.0/24"]}, targets=["lab1"]),
        section("b", **{"from": ["203.0.113.0/24"]}, targets=["LAB2"]),
    )
    assert opens(one, "lab1", ALICE) and opens(one, "lab2", BOB)
    for target, who in (("lab2", ALICE), ("lab1", BOB)):
        code, reason = outcome(one, target, **who)
        assert code == 4520 and "not open to you now" in reason, reason
        one.wait_log(why="no access section grants it")
    assert names(one, ALICE) == ["lab1"] and names(one, BOB) == ["lab2"]
    # by its address it is the same target
    assert opens(one, lab.cards[0].target, ALICE)
    assert outcome(one, lab.cards[0].target, **BOB)[0] == 4520
    # nobody's, from anywhere else
    stranger = {"headers": [("X-Forwarded-For", "192.0.2.1")]}
    code, reason = outcome(one, "lab1", **stranger)
    assert (code, reason) == (4520, "no desktop is open to you now")
    assert names(one, stranger) == []


ANY_PORT = ["127.0.0.1:1-65535"]


@pytest.mark.parametrize(
    "host, allow, theirs",
    [
        ("127.0.0.1", ANY_PORT, "lab2"),
        ("127.0.0.1", None, "lab2"),
        # of a name nobody knows beforehand whether it leads there
        ("localhost", ANY_PORT, "10.0.0.0/8:1-65535"),
    ],
)
def test_who_may_not_learns_neither_what_is_there_nor_who_uses_it(
    bridge, testcard, host, allow, theirs
):
    """Each answer has what was asked, and else the same words."""
    card = testcard("echo")
    one = bridge(
        extra=f'target "lab1" {{ address = "{host}:{card.port}" exclusive = yes }}\n'
        + 'target "lab2" { address = "127.0.0.1:5999" }\n'
        + section("a", **{"from": ["198.51.100.0/24"]}, targets=["lab1"])
        + section("b", **{"from": ["203.0.113.0/24"]}, targets=[theirs]),
        allow=allow,
        **PROXY,
    )
    asked = ["lab1", "LAB1", card.target, "127.0.0.66:5901", "198.51.100.1"]
    asked += ["nox1", "no.such.invalid:5901"] if theirs == "lab2" else []
    told = [(4520, f"{text} is not open to you now") for text in asked]
    assert [outcome(one, text, **BOB) for text in asked] == told
    with one.connect("lab1", **ALICE) as client:
        assert client.recv_exact(12) == rfb.GREETING
        assert [outcome(one, text, **BOB) for text in asked] == told
        # who may, hears who it is
        assert "in use by" in outcome(one, "lab1", **ALICE)[1]


def test_many_who_ask_at_once_get_their_own(lab):
    one = lab(
        section("a", **{"from": ["198.51.100.0/24"]}, targets=["lab1"]),
        section("b", **{"from": ["203.0.113.0/24"]}, targets=["lab2"]),
    )
    asked = []
    for _ in range(50):
        for who, expected in ((ALICE, "lab1"), (BOB, "lab2")):
            client = HttpClient(one.address)
            client.request("GET", "/api/targets", headers=who["headers"])
            asked.append((client, expected))
    for client, expected in asked:
        found = json.loads(client.read_response().body)["targets"]
        assert [t["name"] for t in found] == [expected]
        client.close()


def test_without_a_broker_nothing_is_shown(lab):
    one = lab(section("a", targets=["lab1"]))
    pid = one.broker()
    os.kill(pid, signal.SIGSTOP)
    try:
        answer = one.get("/api/targets", headers=ALICE["headers"])
        assert answer.status == 503 and b"lab1" not in answer.body
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_reload_that_narrows_ends_what_it_takes_away(lab):
    wide = section("all", targets=["*"])
    one = lab(wide)
    taken = one.connect("lab1", **ALICE)
    kept = one.connect("lab1", **BOB)
    other = one.connect("lab2", **ALICE)
    for client in (taken, kept, other):
        assert client.recv_exact(12) == rfb.GREETING
    narrow = section("b", **{"from": ["203.0.113.0/24"]}, targets=["lab1"]) + section(
        "a", **{"from": ["198.51.100.0/24"]}, targets=["lab2"])
    with open(one.conf_path, encoding="utf-8") as file:
        text = file.read()
    assert wide in text
    one.write_conf(text.replace(wide, narrow))
    began = time.monotonic()
    assert one.ctl("reload", "-f", one.conf_path).returncode == 0
    code, reason = taken.wait_close()
    assert code == 4520 and reason == "lab1 is not open to you now"
    print(f"ended {time.monotonic() - began:.2f} s after the reload")
    for client in (kept, other):
        client.send(rfb.GREETING + b"still here")
        assert client.recv_exact(10) == b"still here"
    until(lambda: len(sessions(one)) == 2, 10, "the broker to know")
    with pytest.raises(Closed):
        opens(one, "lab1", ALICE)


def test_times_of_the_week(lab):
    """A section for a day of the week that today, and tomorrow, are not."""
    today = time.localtime().tm_wday
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[(today + 3) % 7]
    one = lab(section("later", targets=["lab1"], times=f"{day} 00:00-24:00"),
              section("always", targets=["lab2"], times=ALL_WEEK))
    assert outcome(one, "lab1", **ALICE)[0] == 4520
    assert opens(one, "lab2", ALICE)
    assert names(one, ALICE) == ["lab2"]
