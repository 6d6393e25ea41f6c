# SPDX-License-Identifier: ISC
"""vncbridgectl why: whether somebody may open a target, and the rule."""

import json
import subprocess
import time

import pytest

from daemon import VNCBRIDGECTL
from outcomes import outcome
from people import People, logged_in
from wsclient import Closed

CONF = """
target "lab1" {{ address = "{first}" }}
target "lab2" {{ address = "{second}"
  exclusive = yes }}
allow = {{ "127.0.0.0/8:1-65535",
  "*.invalid" }}
deny = {{ "10.0.0.0/8",
  "127.0.0.66" }}
access "students" {{
  users = {{ "@students" }}
  targets = {{ "lab1" }}
}}
access "night" {{ users = {{ "bob" }} targets = {{ "*" }} times = "{never}" }}
access "staff" {{ users = {{ "alice" }} targets = {{ "*" }} from = {{ "198.51.100.0/24", "2001:db8::/32" }} }}
"""
LAN = "198.51.100.7"
AWAY = "203.0.113.9"

# user, address, target; allowed, code, rule, a text of that line of the file
CASES = [
    ("alice", LAN, "lab1", 0, "access staff", 'access "staff"'),
    ("alice", LAN, "LAB2", 0, "access staff", 'access "staff"'),
    ("alice", "2001:db8::7", "lab1", 0, "access staff", 'access "staff"'),
    ("alice", AWAY, "lab1", 4520, None, None),
    ("alice", LAN, "10.0.0.1", 4520, "deny 10.0.0.0/8", '"10.0.0.0/8"'),
    ("alice", LAN, "127.0.0.66:5901", 4520, "deny 127.0.0.66", '"127.0.0.66"'),
    ("alice", LAN, "192.0.2.1", 4520, None, None),
    ("carol", AWAY, "lab1", 0, "access students", 'access "students"'),
    ("carol", AWAY, "lab2", 4520, None, None),
    ("bob", AWAY, "lab1", 4520, None, None),
    ("dave", LAN, "lab1", 4521, None, None),
    ("mallory", LAN, "lab1", 4521, None, None),
    ("-", LAN, "lab1", 4521, None, None),
    ("alice", LAN, "not a host", 4520, None, None),
]


@pytest.fixture
def lab(bridge, testcard, directory):
    people = People(directory)
    people.add("alice").add("bob").add("carol", groups="students,lab")
    people.add("dave", locked=True)
    day = time.strftime("%a", time.localtime(time.time() + 3 * 86400))
    cards = [testcard("echo"), testcard("echo")]
    text = CONF.format(first=cards[0].target, second=cards[1].target, never=day)
    one = bridge(
        allow=None, extra=people.section + text, trusted_proxies=["127.0.0.1"]
    )
    one.cards = cards
    return one


def why(one, *args, status=None):
    done = one.ctl("-j", "why", *args)
    assert done.returncode in (0, 1), done.stderr
    said = json.loads(done.stdout)
    assert said["allowed"] == (done.returncode == 0) == (said["code"] == 0)
    assert status is None or done.returncode == status
    return said


def line_of(one, text):
    with open(one.conf_path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    (number,) = [i for i, line in enumerate(lines, 1) if text in line]
    return number


@pytest.mark.parametrize("case", range(len(CASES)))
def test_who_may_and_the_rule_with_its_line(lab, case):
    user, address, target, code, rule, text = CASES[case]
    said = why(lab, user, address, target)
    assert (said["code"], said["rule"]) == (code, rule), said
    assert said["client"] == address and said["user"] == (user if user != "-" else None)
    if text:
        assert said["file"] == lab.conf_path
        assert said["line"] == line_of(lab, text)
    else:
        assert said["line"] is None
    assert said["why"] and (said["reason"] == "") == said["allowed"]


def test_what_is_said_is_what_happens(lab):
    """The same words, and the log has the same rule."""
    fields = [("X-Forwarded-For", LAN), ("X-Forwarded-Proto", "https")]
    alice = logged_in(lab, "alice", headers=fields)
    for target in ("10.0.0.1", "127.0.0.66:5901", "192.0.2.1"):
        said = why(lab, "alice", LAN, target, status=1)
        with pytest.raises(Closed) as closed:
            alice.open(target)
        assert (closed.value.code, closed.value.reason) == (said["code"], said["reason"])
        if said["rule"]:
            lab.wait_log(process="broker", rule=said["rule"], line=said["line"])
    assert why(lab, "alice", LAN, "lab2", status=0)
    with alice.open("lab2"):
        said = why(lab, "alice", LAN, "lab2", status=1)
        assert said["code"] == 4510 and "in use by" in said["reason"]


def test_words_for_a_person(lab):
    done = lab.ctl("why", "alice", LAN, "lab1")
    assert done.returncode == 0
    assert done.stdout.startswith(f"alice may open lab1 from {LAN} now.\n")
    assert f"rule: access staff, {lab.conf_path}:" in done.stdout
    done = lab.ctl("why", "bob", AWAY, "lab1")
    assert done.returncode == 1
    assert done.stdout.startswith(
        f"bob may not open lab1 from {AWAY} now: no desktop is open to you now "
        "(close code 4520).\n"
    )
    assert "  access students (line " in done.stdout
    assert ") is not for that user\n" in done.stdout
    assert ") is not for this time\n" in done.stdout
    done = lab.ctl("why", "mallory", LAN, "lab1")
    assert "no user has that name" in done.stdout
    done = lab.ctl("why", "dave", LAN, "lab1")
    assert "is locked" in done.stdout


def test_where_nobody_logs_in(bridge, testcard):
    card = testcard("echo")
    one = bridge(max_sessions=1)
    said = why(one, "-", LAN, card.target, status=0)
    assert said["user"] is None and said["address"] == card.target
    assert said["rule"] == "allow 127.0.0.1:1-65535"
    done = one.ctl("why", "anyone", LAN, card.target)
    assert done.returncode == 0
    assert done.stdout.startswith("Whoever comes may open")
    assert "Nobody logs in here" in done.stdout
    with one.connect(card.target) as client:
        client.recv_exact(12)
        said = why(one, "-", LAN, card.target, status=1)
        assert (said["code"], said["rule"]) == (4522, "max-sessions")
        assert outcome(one, card.target) == (4522, said["reason"])


def test_a_reload_changes_the_answer(bridge, testcard):
    card = testcard("echo")
    one = bridge()
    assert why(one, "-", LAN, card.target)["allowed"]
    with open(one.conf_path, encoding="utf-8") as file:
        text = file.read()
    one.write_conf(text + 'deny = { "127.0.0.1" }\n')
    assert one.ctl("reload", "-f", one.conf_path).returncode == 0
    said = why(one, "-", LAN, card.target)
    assert (said["allowed"], said["rule"]) == (False, "deny 127.0.0.1")


@pytest.mark.parametrize(
    "args, words",
    [
        (("alice", "not-an-address", "lab1"), "the client's address"),
        (("alice", "192.0.2.7:80", "lab1"), "the client's address"),
        (("a" * 64, "192.0.2.7", "lab1"), "no user's name"),
        (("", "192.0.2.7", "lab1"), "no user's name"),
        (("alice", "192.0.2.7", "l" * 400), "too long"),
    ],
)
def test_what_is_no_question(bridge, args, words):
    done = bridge().ctl("why", *args)
    assert done.returncode == 2 and words in done.stderr and done.stdout == ""


def test_without_a_daemon(directory):
    done = subprocess.run(
        [VNCBRIDGECTL, "-s", f"{directory}/none.sock", "why", "-", "192.0.2.7", "lab1"],
        capture_output=True, text=True, check=False, timeout=30,
    )
    assert done.returncode == 2 and done.stderr
    done = subprocess.run(
        [VNCBRIDGECTL, "why", "-", "192.0.2.7"],
        capture_output=True, text=True, check=False, timeout=30,
    )
    assert done.returncode == 64
