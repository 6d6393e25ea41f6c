# SPDX-License-Identifier: ISC
"""What an operator orders: kick, lock, message, drain -k; targets and watch."""

import json
import os
import signal

import pytest
import rfb

from audit import Trail
from daemon import VNCBRIDGECTL
from pages import open_page
from people import Browser, People
from terminal import Terminal
from waiting import until
from wsclient import Closed


@pytest.fixture
def lab(bridge, testcard):
    """A bridge with the desktops "x" and "alice"."""

    def make(section="", workers=2, users=(), **settings):
        card = testcard("echo")
        extra = f'target "x" {{ address = "{card.target}" {section} }}\n'
        extra += 'target "alice" { address = "127.0.0.2:5901" }\n'
        if users:
            people = People(bridge.directory)
            for name in users:
                people.add(name)
            extra = people.section + extra
        return bridge(workers=workers, extra=extra, **settings)

    return make


def ordered(one, *args):
    done = one.ctl(*args, timeout=20)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def target(one, name="x"):
    found = json.loads(ordered(one, "targets", "-j"))["targets"]
    return next(t for t in found if t["target"] == name)


def sessions(one):
    return json.loads(ordered(one, "sessions", "-j"))["sessions"]


def refusal(one, name="x"):
    page = open_page(one, name)
    return page.turned_away()


def is_open_now(one):
    try:
        page = open_page(one, "x").greeted()
    except (Closed, OSError, EOFError):
        return False
    page.shut()
    return True


def kill_broker(one):
    broker = one.broker()
    os.kill(broker, signal.SIGKILL)
    until(lambda: one.broker() not in (None, broker), 20, "another broker")


# kick


@pytest.mark.parametrize("by", ["conn", "id", "target"])
def test_a_session_ends_with_the_reason(lab, by):
    one = lab()
    page = open_page(one, "x").greeted()
    session = sessions(one)[0]
    word = {"conn": str(session["conn"]), "id": session["id"], "target": "x"}[by]
    assert ordered(one, "kick", "-m", "for today", word) == "1 session has ended\n"
    code, reason = page.turned_away()
    assert (code, reason) == (4513, "an administrator ended the session: for today")
    one.wait_line(r'order kind=kick what=".*" text="for today" uid=\d+')
    until(lambda: sessions(one) == [], 10, "the session to end")
    done = one.ctl("kick", "x")
    assert done.returncode == 1 and done.stdout == "0 sessions have ended\n"


def test_a_kick_has_a_record_before_the_end(lab, directory):
    trail = Trail(directory)
    one = lab(audit_file=trail.path)
    page = open_page(one, "x").greeted()
    assert ordered(one, "kick", "-m", "for today", "x") == "1 session has ended\n"
    assert page.turned_away()[0] == 4513
    opened, kick, end = (trail.wait(kind)[0] for kind in ("open", "kick", "end"))
    assert (kick["worker"], kick["conn"]) == (opened["worker"], opened["conn"])
    assert kick["code"] == end["code"] == 4513
    assert kick["reason"].endswith("for today")
    assert opened["seq"] < kick["seq"] < end["seq"]


def test_who_waits_is_kicked_too(lab):
    one = lab('mode = "queue"')
    holder = open_page(one, "x").greeted()
    second = open_page(one, "x")
    second.hear("queued")
    assert target(one)["waiting"] == 1
    assert json.loads(ordered(one, "kick", "-j", "x")) == {"count": 2, "left": 0}
    assert holder.turned_away()[0] == 4513
    assert second.turned_away()[0] == 4513


def test_a_word_that_is_a_user_and_a_target_is_asked_about(lab):
    one = lab(users=("alice", "bob"))
    alice, bob = Browser(one), Browser(one)
    for browser, name in ((alice, "alice"), (bob, "bob")):
        assert browser.login(name).status == 303
    own = open_page(one, "x", headers=alice.fields()).greeted()
    other = open_page(one, "x", headers=bob.fields()).greeted()
    done = one.ctl("kick", "alice")
    assert done.returncode == 1
    assert "a user (-u) and a target (-t)" in done.stderr
    assert one.ctl("kick", "-t", "alice").stdout == "0 sessions have ended\n"
    assert ordered(one, "kick", "-u", "alice") == "1 session has ended\n"
    assert own.turned_away()[0] == 4513
    other.lives()
    other.shut()


@pytest.mark.parametrize(
    "args",
    [
        ("kick", ""),
        ("kick", "nobody"),
        ("kick", "-m", "a\nb", "x"),
        ("kick", "-m", "x" * 80, "x"),
        ("kick", "-m", b"\xff", "x"),
        ("lock", "nobody"),
        ("unlock", "nobody"),
        ("message", "all", ""),
        ("message", "all", "x" * 256),
        ("message", "all", "\x1b[2J"),
        ("message", "all", "nobody is there"),
    ],
)
def test_what_is_no_order_is_refused(lab, args):
    one = lab()
    done = one.ctl(*args)
    assert done.returncode == 1
    assert "\x1b" not in done.stderr


# lock


def test_a_lock_survives_a_reload_and_the_broker(lab):
    one = lab()
    page = open_page(one, "x").greeted()
    fence = sessions(one)[0]["fence"]
    ordered(one, "lock", "-m", "wet paint", "x")
    assert refusal(one) == (4516, "x is locked: wet paint")
    ordered(one, "reload", "-f", one.conf_path)
    assert refusal(one)[0] == 4516
    kill_broker(one)
    until(lambda: target(one)["sessions"] == 1, 10, "the session to be known")
    assert target(one)["locked"] and target(one)["lock_text"] == "wet paint"
    assert refusal(one)[0] == 4516
    page.lives()
    page.shut()
    ordered(one, "unlock", "x")
    until(lambda: is_open_now(one), 10, "the desktop to be open")
    page = open_page(one, "x").greeted()
    assert sessions(one)[-1]["fence"] > fence
    page.shut()


def test_who_waits_hears_of_the_lock(lab):
    one = lab('mode = "queue"')
    holder = open_page(one, "x").greeted()
    second = open_page(one, "x")
    second.hear("queued")
    ordered(one, "lock", "x")
    assert second.turned_away()[0] == 4516
    holder.lives()
    holder.shut()


def test_a_kept_place_survives_the_broker(lab):
    one = lab('mode = "exclusive" grace = 600', trusted_proxies=["127.0.0.1"])
    mine, other = [[("X-Forwarded-For", ip)] for ip in ("192.0.2.1", "192.0.2.2")]
    holder = open_page(one, "x", headers=mine).greeted()
    holder.reset()
    until(lambda: target(one)["state"] == "kept", 10, "the place to be kept")
    kill_broker(one)
    assert target(one)["kept"] == 1
    code, reason = open_page(one, "x", headers=other).turned_away()
    assert code == 4510 and reason.startswith("kept for")
    again = open_page(one, "x", headers=mine).greeted()
    assert target(one)["kept"] == 0
    again.shut()


# drain -k


def test_no_new_session_while_it_is_said(lab):
    one = lab()
    page = open_page(one, "x").greeted()
    ordered(one, "drain", "-k")
    assert refusal(one)[0] == 4580
    kill_broker(one)
    until(lambda: target(one)["sessions"] == 1, 10, "the session to be known")
    assert refusal(one)[0] == 4580
    assert one.status()["refusing"] is True
    assert "taking no new sessions" in ordered(one, "status")
    page.lives()
    ordered(one, "undrain")
    assert one.status()["refusing"] is False
    until(lambda: is_open_now(one), 10, "new sessions")
    page.shut()


# message


def test_pages_are_told(lab):
    one = lab('mode = "queue"')
    page = open_page(one, "x").greeted()
    second = open_page(one, "x")
    second.hear("queued")
    ordered(one, "message", "x", 'schluß <b>"um"</b> 3')
    assert page.hear("notice")["text"] == 'schluß <b>"um"</b> 3'
    assert second.hear("notice")["text"] == 'schluß <b>"um"</b> 3'
    ordered(one, "message", "all", "now")
    assert page.hear("notice")["text"] == "now"
    page.shut()


def test_a_client_that_is_not_the_page_is_told_nothing(lab):
    one = lab()
    client = one.connect("x")
    rfb.raw_greet(client)
    until(lambda: len(sessions(one)) == 1, 10, "the session")
    done = one.ctl("message", "all", "now")
    assert done.returncode == 1
    assert "have no page" in done.stdout
    client.send(b"echo")
    assert client.recv_exact(4) == b"echo"
    client.shut()


# to look at


def test_targets_tell_who_has_them(lab):
    one = lab('mode = "exclusive"')
    assert target(one)["state"] == "free"
    page = open_page(one, "x").greeted()
    held = target(one)
    assert held["state"] == "held" and held["mode"] == "exclusive"
    assert held["holder"] == "127.0.0.1" and held["most"] == 1
    assert held["since"].endswith("Z")
    session = sessions(one)[0]
    assert session["mode"] == "exclusive" and session["fence"] > 0
    assert session["id"] == f"{session['worker']}/{session['conn']}"
    assert session["idle_sec"] < 60
    text = ordered(one, "targets")
    assert "x " in text and "held" in text and "127.0.0.1" in text
    page.shut()


def test_watch_shows_it_once_without_a_terminal(lab):
    one = lab()
    page = open_page(one, "x").greeted()
    text = ordered(one, "watch")
    assert "1 session " in text and "held" in text and "127.0.0.1" in text
    assert "\x1b" not in text
    page.shut()


@pytest.mark.parametrize("how", ["q", "term"])
def test_watch_gives_the_terminal_back(lab, how):
    one = lab()
    page = open_page(one, "x").greeted()
    watch = Terminal([VNCBRIDGECTL, "-s", one.control_socket, "watch"])
    watch.expect("1 sess")
    watch.expect("held")
    watch.expect("1 sess")  # again

    def fits():
        lines = watch.between("\x1b[H", "\x1b[J").replace("\x1b[K", "").split("\r\n")
        return len(lines) <= 10 and max(map(len, lines)) < 40

    assert not fits()
    watch.resize(10, 40)
    until(fits, 20, "a screen of the new size")  # one may be half drawn
    assert fits()
    if how == "q":
        watch.type("q")
    else:
        os.kill(watch.pid, signal.SIGTERM)
    assert watch.end() == 0
    assert watch.text.rindex("\x1b[?25h") > watch.text.rindex("\x1b[H")
    page.shut()
