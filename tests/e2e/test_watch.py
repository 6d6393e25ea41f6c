# SPDX-License-Identifier: ISC
"""Who looks on at a desktop that somebody else uses, and can touch nothing."""

import json
import os
import signal
import struct

import pytest

from audit import Trail
from pages import intend, open_page
from people import People, logged_in
from rfb import GREETING
from targets import Says
from waiting import until

SERVER_INIT = struct.pack(">HH16sI", 4, 3, b"\x20\x18\0\1\0\xff\0\xff\0\xff\x10\x08\0", 1) + b"x"
DESKTOP = GREETING + b"\1\1" + bytes(4) + SERVER_INIT

FORMAT = b"\0\0\0\0" + b"\x20\x18\0\1\0\xff\0\xff\0\xff\x10\x08\0\0\0\0"
ENCODINGS = b"\2\0\0\3\0\0\0\0" + b"\xff\xff\xfe\xc4" + b"\xc0\xa1\xe5\xce"
REQUEST = b"\3\1\0\0\0\0\0\4\0\3"
UPDATES = b"\x96\1\0\0\0\0\0\4\0\3"
FENCE = b"\xf8\0\0\0\0\0\0\1\4abcd"
PICTURES = FORMAT + ENCODINGS + REQUEST + UPDATES + FENCE

KEY = b"\4\1\0\0\0\0\0a"
POINTER = b"\5\1\0\1\0\1"
LONG_POINTER = b"\5\x81\0\1\0\1\1"
CUT_TEXT = b"\6\0\0\0\0\0\0\x0a" + REQUEST
CLIPBOARD = b"\6\0\0\0\xff\xff\xff\xf8\x08\0\0\1" + bytes(4)
QEMU_KEY = b"\xff\0\0\1\0\0\0a\0\0\0\x1e"
XVP = b"\xfa\0\1\2"
SIZE = b"\xfb\0\4\0\3\0\1\0" + bytes(16)
GII = b"\xfd\x80\0\x08" + KEY
DEEDS = [KEY, POINTER, LONG_POINTER, CUT_TEXT, CLIPBOARD, QEMU_KEY, XVP, SIZE, GII]


@pytest.fixture
def lab(bridge, target):
    """A bridge with a desktop "x" that notes what it gets."""

    def make(section, words=DESKTOP, users=(), **settings):
        desk = target(Says(words))
        extra = f'target "x" {{ address = "{desk.target}" {section} }}\n'
        if users:
            people = People(bridge.directory)
            for name, groups in users:
                people.add(name, groups=groups)
            extra = people.section + extra
        one = bridge(workers=2, extra=extra, allow=["127.0.0.1:1-65535"], **settings)
        one.desk = desk
        one.kept = []  # pages, which would end with their last name
        return one

    return make


class Viewer:
    """A page that has read what the desktop says at first."""

    def __init__(self, page, words=DESKTOP):
        self.page = page
        assert page.recv_exact(len(words)) == words

    def login(self, shared=b"\1"):
        self.page.send(GREETING + b"\1" + shared)
        return self


def use(one, **how):
    one.kept.append(Viewer(open_page(one, "x", **how)).login().page)
    return one.kept[-1]


def look_on(one, **how):
    """The page of somebody who watches, before it says anything."""
    said = intend(one, "x", "watch", **how)
    one.kept.append(Viewer(open_page(one, "x", said["intent"], **how)).page)
    return one.kept[-1]


def sessions(one):
    done = one.ctl("sessions", "-j")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["sessions"]


def expect_got(one, number, data):
    one.desk.wait_received(number, len(data))
    assert one.desk.received[number] == data


OPEN = 'mode = "exclusive" watch = { "*" }'


# nothing that does anything gets through


@pytest.mark.parametrize("piece", [1, 3, 7, 4096])
def test_only_what_asks_for_pictures_gets_to_the_desktop(lab, piece):
    one = lab(OPEN)
    holder = use(one)
    page = look_on(one)
    said = GREETING + b"\1\0" + ENCODINGS
    for deed in DEEDS:
        said += deed + PICTURES
    for at in range(0, len(said), piece):
        page.send(said[at : at + piece])
    expect_got(one, 1, GREETING + b"\1\1" + ENCODINGS + PICTURES * len(DEEDS))
    # and what the holder does gets there as it was
    holder.send(b"".join(DEEDS))
    expect_got(one, 0, GREETING + b"\1\1" + b"".join(DEEDS))


def test_the_holder_is_not_thrown_out(lab):
    one = lab(OPEN)
    use(one)
    page = look_on(one)
    page.send(GREETING + b"\1\0")
    expect_got(one, 1, GREETING + b"\1\1")


def test_what_is_said_at_once_is_filtered_too(lab):
    """Before the desktop has been reached."""
    one = lab(OPEN)
    use(one)
    said = intend(one, "x", "watch")
    page = open_page(one, "x", said["intent"])
    page.send(GREETING + b"\1\0" + KEY + REQUEST + POINTER)
    Viewer(page)
    expect_got(one, 1, GREETING + b"\1\1" + REQUEST)


@pytest.mark.parametrize("kind", [5, 6, 16, 19, 30, 129, 130])
def test_behind_a_login_that_hides_what_is_said_nobody_looks_on(lab, kind):
    one = lab(OPEN)
    holder = use(one)
    page = look_on(one)
    page.send(GREETING + bytes([kind]) + KEY + REQUEST)
    code, reason = page.turned_away()
    assert code == 4520 and "can't be watched" in reason
    one.desk.wait_ended(1)
    assert one.desk.received[1] in (b"", GREETING)
    holder.send(KEY)
    expect_got(one, 0, GREETING + b"\1\1" + KEY)


def test_a_message_of_no_known_type_ends_it(lab):
    one = lab(OPEN)
    use(one)
    page = look_on(one)
    page.send(GREETING + b"\1\1" + REQUEST)
    expect_got(one, 1, GREETING + b"\1\1" + REQUEST)
    page.send(b"\x07" + KEY)
    code, reason = page.turned_away()
    assert code == 4520 and "who looks on may not say that" in reason
    one.desk.wait_ended(1)
    assert one.desk.received[1] == GREETING + b"\1\1" + REQUEST


OLD = b"RFB 003.003\n" + bytes(3) + b"\1" + SERVER_INIT


@pytest.mark.parametrize(("words", "code"), [(OLD, 4520), (b"HELLO\n", 4503)])
def test_what_is_no_rfb_of_today_is_not_watched(lab, words, code):
    one = lab(OPEN, words=words, require_rfb=False)
    holder = open_page(one, "x")
    assert holder.recv_exact(len(words)) == words
    said = intend(one, "x", "watch")
    page = open_page(one, "x", said["intent"])
    page.send(b"RFB 003.003\n\1" + KEY)
    assert page.turned_away()[0] == code
    one.desk.wait_ended(1)
    assert one.desk.received[1] == b""


# it has no place


def test_one_who_looks_on_keeps_nobody_out(lab):
    one = lab(OPEN)
    holder = use(one)
    page = look_on(one)
    others = [s for s in sessions(one) if not s["watch"]]
    assert len(others) == 1 and len(sessions(one)) == 2
    assert "1 more" not in open_page(one, "x").turned_away()[1]
    # it goes with the holder, and the next one gets in
    holder.shut()
    assert page.wait_close() == (4513, "who you watched has left")
    until(lambda: is_usable(one), 10, "the desktop to be free")


def is_usable(one):
    try:
        use(one).shut()
    except Exception:  # noqa: BLE001 - it was refused, in whatever way
        return False
    return True


def test_it_ends_with_the_last_holder_only(lab):
    one = lab('watch = { "*" }')
    first, second = use(one), use(one)
    page = look_on(one)
    first.shut()
    until(lambda: len(sessions(one)) == 2, 10, "the first to have gone")
    page.send(GREETING + b"\1\1" + REQUEST)
    expect_got(one, 2, GREETING + b"\1\1" + REQUEST)
    second.shut()
    assert page.wait_close() == (4513, "who you watched has left")


def test_a_takeover_takes_no_notice_of_it(lab):
    one = lab(OPEN + ' takeover = { "*" }')
    holder = use(one)
    page = look_on(one)
    taker = open_page(one, "x", intend(one, "x", "take")["intent"])
    assert holder.wait_close() == (4511, "taken over by 127.0.0.1")
    Viewer(taker).login()
    assert page.wait_close()[0] == 4513
    taker.send(KEY)
    expect_got(one, 2, GREETING + b"\1\1" + KEY)


def test_nobody_asks_one_who_looks_on(lab):
    one = lab('mode = "ask" watch = { "*" }')
    holder = use(one)
    page = look_on(one)
    asker = open_page(one, "x", intend(one, "x", "ask")["intent"])
    number = holder.hear("asked")["number"]
    page.say(f"give {number}")
    page.send(GREETING + b"\1\1" + REQUEST)
    expect_got(one, 1, GREETING + b"\1\1" + REQUEST)
    assert not [said for said in page.said if said["type"] == "asked"]
    holder.say(f"keep {number}")
    assert asker.turned_away()[0] == 4510


def test_no_place_is_kept_for_it(lab):
    one = lab(OPEN + " grace = 600")
    holder = use(one)
    look_on(one).reset()
    until(lambda: len(sessions(one)) == 1, 10, "it to have gone")
    holder.shut()
    until(lambda: is_usable(one), 10, "the desktop to be free")


# who may


def test_looking_on_needs_its_right(lab):
    one = lab('mode = "exclusive" takeover = { "*" }')
    use(one)
    assert intend(one, "x", "watch") == {"code": 4520, "reason": "you may not watch it"}
    assert intend(one, "nosuch", "watch")["code"] == 4520
    refused = open_page(one, "x")
    assert refused.turned_away()[0] == 4510
    assert refused.hear("in-use")["watch"] is False


def test_groups_and_users_may(lab):
    users = (("alice", ""), ("bob", "staff"), ("carol", ""), ("dave", ""))
    one = lab('mode = "exclusive" watch = { "@staff", "carol" }', users=users)
    who = {name: logged_in(one, name).fields() for name, _ in users}
    holder = use(one, headers=who["alice"])
    assert intend(one, "x", "watch", headers=who["dave"])["code"] == 4520
    bob = look_on(one, headers=who["bob"])
    carol = look_on(one, headers=who["carol"])
    assert bob.hear("watching")["user"] == "alice"
    assert holder.hear("watched")["user"] == "bob"
    second = holder.hear("watched")
    assert second["user"] == "carol"
    carol.shut()
    assert holder.hear("watch-over")["number"] == second["number"]
    refused = open_page(one, "x", headers=who["carol"])
    assert refused.turned_away()[0] == 4510
    assert refused.hear("in-use")["watch"] is True
    # a number is good for one, of the same login
    said = intend(one, "x", "watch", headers=who["bob"])["intent"]
    stolen = open_page(one, "x", said, headers=who["carol"])
    assert stolen.turned_away() == (4513, "who you watched has left")


def test_at_what_is_free_there_is_nothing_to_see(lab):
    one = lab(OPEN)
    assert intend(one, "x", "watch") == {"code": 4502, "reason": "it is free now"}


def test_who_wanted_to_look_on_gets_in_no_other_way(lab):
    """A number that is used up, too late, or that nobody has given."""
    one = lab('watch = { "*" }')
    holder = use(one)
    used = intend(one, "x", "watch")["intent"]
    first = Viewer(open_page(one, "x", used)).page
    late = intend(one, "x", "watch")["intent"]
    assert used[-8:] == late[-8:] == b"look".hex() and used != late
    assert open_page(one, "x", used).turned_away()[0] == 4513
    holder.shut()
    assert first.wait_close()[0] == 4513
    until(lambda: sessions(one) == [], 10, "all to have gone")
    for number in used, late, "0" * 24 + b"look".hex():
        assert open_page(one, "x", number).turned_away() == (4513, "who you watched has left")
    # whoever has it now is another one
    use(one)
    assert open_page(one, "x", late).turned_away()[0] == 4513


def test_what_a_user_may_have_counts_it(lab):
    users = (("alice", ""), ("bob", ""))
    one = lab('watch = { "*" }', users=users, max_sessions_of_user=1)
    alice, bob = (logged_in(one, name).fields() for name, _ in users)
    use(one, headers=alice)
    look_on(one, headers=bob)
    said = intend(one, "x", "watch", headers=bob)["intent"]
    assert open_page(one, "x", said, headers=bob).turned_away()[0] == 4522


def reload(one, old, new):
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    assert old in text
    one.write_conf(text.replace(old, new))
    done = one.ctl("-f", one.conf_path, "reload", timeout=20)
    assert done.returncode == 0, done.stderr


def test_a_reload_that_takes_the_right_ends_it(lab):
    one = lab(OPEN)
    holder = use(one)
    page = look_on(one)
    reload(one, 'watch = { "*" }', "")
    assert page.turned_away() == (4520, "you may not watch it")
    holder.send(KEY)
    expect_got(one, 0, GREETING + b"\1\1" + KEY)


def test_a_reload_that_changes_nothing_of_it_ends_nothing(lab):
    one = lab(OPEN)
    holder = use(one)
    page = look_on(one)
    reload(one, 'mode = "exclusive"', 'mode = "ask" group = "g"')
    page.send(GREETING + b"\1\1" + KEY + REQUEST)
    expect_got(one, 1, GREETING + b"\1\1" + REQUEST)
    holder.shut()
    assert page.wait_close()[0] == 4513


# what operators do, and see


def test_orders_are_for_it_too(lab):
    one = lab(OPEN)
    holder = use(one)
    page = look_on(one)
    (session,) = [s for s in sessions(one) if s["watch"]]
    assert one.ctl("kick", session["id"]).returncode == 0
    assert page.turned_away() == (4513, "an administrator ended the session")
    page = look_on(one)
    number = intend(one, "x", "watch")["intent"]
    assert one.ctl("lock", "-m", "exam", "x").returncode == 0
    assert open_page(one, "x", number).turned_away()[0] == 4516
    page.send(GREETING + b"\1\1" + REQUEST)  # those who are in stay
    expect_got(one, 2, GREETING + b"\1\1" + REQUEST)
    assert one.ctl("kick", "x").stdout == "2 sessions have ended\n"
    assert page.turned_away()[0] == 4513
    assert holder.turned_away()[0] == 4513


def test_it_is_marked_in_lists_log_and_audit_trail(lab, directory):
    trail = Trail(directory)
    one = lab(OPEN, audit_file=trail.path)
    use(one)
    page = look_on(one)
    assert sorted(s["watch"] for s in sessions(one)) == [False, True]
    for command in "sessions", "watch":
        lines = one.ctl(command).stdout.splitlines()
        assert [line.endswith("  watch") for line in lines].count(True) == 1
    one.wait_line(r"session opened .* watch=yes")
    opened = trail.wait("open", 2)
    assert "watch" not in opened[0] and opened[1]["watch"] == 1
    page.shut()
    trail.wait("end")
    assert one.stop() == 0
    status, said = trail.verify()
    assert status == 0 and said["whole"]


# whatever dies


def test_a_broker_that_is_killed_changes_nothing(lab):
    one = lab(OPEN)
    holder = use(one)
    page = look_on(one)
    page.send(GREETING + b"\1\1" + KEY)
    number = intend(one, "x", "watch")["intent"]
    broker = one.broker()
    os.kill(broker, signal.SIGKILL)
    one.wait_other_broker([broker])
    until(lambda: len(sessions(one)) == 2, 20, "the sessions to be known again")
    assert sorted(s["watch"] for s in sessions(one)) == [False, True]
    page.send(POINTER + REQUEST + KEY + REQUEST)
    expect_got(one, 1, GREETING + b"\1\1" + REQUEST * 2)
    # that number is forgotten, and lets nobody in
    assert open_page(one, "x", number).turned_away()[0] == 4513
    assert open_page(one, "x").turned_away()[0] == 4510
    # and the new one knows who watches whom
    holder.shut()
    assert page.wait_close() == (4513, "who you watched has left")
    until(lambda: is_usable(one), 10, "the desktop to be free")


def test_it_ends_with_a_worker_that_had_the_holder(lab):
    one = lab(OPEN)
    use(one)
    (session,) = sessions(one)
    pages = [look_on(one) for _ in range(4)]
    watching = sorted((s["conn"], s["worker"]) for s in sessions(one) if s["watch"])
    left = [page for page, (_, worker) in zip(pages, watching) if worker != session["worker"]]
    assert left, "all of them at one worker"
    os.kill(one.workers()[session["worker"]], signal.SIGKILL)
    for page in left:
        assert page.wait_close() == (4513, "who you watched has left")


# who is told


def test_each_who_uses_it_is_told_of_each_who_looks_on(lab):
    one = lab('watch = { "*" }')
    first = use(one)
    page = look_on(one)
    assert page.hear("watching") == {"type": "watching", "user": "127.0.0.1"}
    watched = first.hear("watched")
    assert watched["user"] == "127.0.0.1" and watched["number"] > 0
    second = use(one)
    assert second.hear("watched") == watched
    page.shut()
    for holder in first, second:
        assert holder.hear("watch-over")["number"] == watched["number"]
    assert not [said for said in page.said if said["type"] in ("held", "watched")]


def test_clients_without_a_page_are_watched_too(lab):
    one = lab(OPEN)
    holder = one.connect("x")
    assert holder.recv_exact(len(DESKTOP)) == DESKTOP
    page = look_on(one)
    page.send(GREETING + b"\1\1" + KEY + REQUEST)
    expect_got(one, 1, GREETING + b"\1\1" + REQUEST)
    holder.send(GREETING + b"\1\1" + KEY)  # and hear no text
    expect_got(one, 0, GREETING + b"\1\1" + KEY)
    holder.shut()
    assert page.wait_close()[0] == 4513
