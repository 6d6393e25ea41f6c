# SPDX-License-Identifier: ISC
"""A bridge with desktops and people who log in, and what they see and lose."""

import json

import pytest

from people import People
from wsclient import Closed

SEED = b"0123456789abcdefghij"


@pytest.fixture
def lab(bridge, testcard, directory):
    """lab(sections, ...): two desktops, some people, and a bridge."""
    people = People(directory)
    for name in ("alice", "bob", "carol"):
        people.add(name, groups="students" if name != "carol" else "staff")
    cards = [testcard("echo"), testcard("echo")]

    def start(*sections, **settings):
        extra = "".join(
            f'target "lab{i + 1}" {{ address = "{card.target}" }}\n'
            for i, card in enumerate(cards)
        )
        return bridge(extra=extra + people.section + "".join(sections), **settings)

    start.people = people
    start.cards = cards
    return start


def names(who):
    answer = who.get("/api/targets")
    assert answer.status == 200, answer.status
    return [t["name"] for t in json.loads(answer.body)["targets"]]


def sessions(one):
    return json.loads(one.ctl("-j", "sessions").stdout)["sessions"]


def ends(client, code, words):
    """It is closed by the bridge, with that."""
    with pytest.raises(Closed) as closed:
        while True:
            client.recv_exact(1)
    assert closed.value.code == code
    assert words in closed.value.reason, closed.value.reason
    client.close()


def reload(one):
    """By root, who may open what the daemon may not."""
    done = one.ctl("-f", one.conf_path, "reload")
    assert done.returncode == 0, done.stderr


def auth_pid(one):
    pids = [p["pid"] for p in one.status()["processes"] if p["role"] == "auth"]
    return pids[0] if pids else None
