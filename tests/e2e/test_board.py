# SPDX-License-Identifier: ISC
"""The board: who sees what, what changes, and what ends it."""

import json
import os
import signal

import pytest
from board import Board, is_free, is_used
from leaselab import get_in, lab  # noqa: F401
from loginlab import reload
from pages import open_page
from people import Browser, People, logged_in
from targets import Says
from waiting import until

# what it shows


def test_it_shows_the_targets(lab):
    one = lab('group = "Lab 2" description = "a <b> \\"c\\"" mode = "ask"')
    with Board(one).ready() as board:
        assert board.status == 200
        assert b"content-type: text/event-stream" in board.head.lower()
        assert b"content-length" not in board.head.lower()
        assert b"x-accel-buffering: no" in board.head.lower()
        assert board.targets == {
            "x": {
                "id": 0,
                "name": "x",
                "description": 'a <b> "c"',
                "group": "Lab 2",
                "mode": "ask",
                "places": 1,
                "may": "",
            }
        }
        assert board.states == {}


def test_a_change_is_seen(lab):
    one = lab('mode = "exclusive"')
    with Board(one).ready() as board:
        page = open_page(one, "x").greeted()
        state = board.until("x", is_used)
        assert state["sessions"] == 1
        assert state["by"] == ["127.0.0.1"]
        assert abs(state["since"] - dict(board.events)["ready"]["now"]) < 60
        with Board(one).ready() as second:
            assert second.states["x"] == state
        page.shut()
        board.until("x", is_free)


def test_boards_are_in_the_metrics(lab):
    one = lab("")
    boards = [Board(one).ready() for _ in range(3)]
    assert "vncbridge_boards 3\n" in one.ctl("metrics").stdout
    for board in boards:
        board.close()
    until(lambda: "vncbridge_boards 0\n" in one.ctl("metrics").stdout, 10, "none")


def test_every_worker_tells(lab):
    one = lab('mode = "exclusive"', workers=3)
    boards = [Board(one).ready() for _ in range(12)]
    page = open_page(one, "x").greeted()
    for board in boards:
        board.until("x", is_used)
    page.shut()
    for board in boards:
        board.until("x", is_free)
        board.close()


def test_addresses_at_a_shared_desktop_are_nobody_elses(lab):
    one = lab("")
    with Board(one).ready() as board:
        pages = [open_page(one, "x").greeted() for _ in range(2)]
        state = board.until("x", lambda s: s.get("sessions") == 2)
        assert "by" not in state
        assert len(pages) == 2


def test_who_waits_is_seen(lab):
    one = lab('mode = "queue"')
    with Board(one).ready() as board:
        pages = [open_page(one, "x").greeted(), open_page(one, "x")]
        assert board.until("x", lambda s: s.get("waiting") == 1)["sessions"] == 1
        pages[0].shut()
        board.until("x", lambda s: is_used(s) and "waiting" not in s)


def test_a_kept_place_is_seen(lab):
    one = lab('mode = "exclusive" grace = 60')
    with Board(one).ready() as board:
        page = open_page(one, "x").greeted()
        board.until("x", is_used)
        page.reset()
        state = board.until("x", lambda s: s.get("kept") == 1)
        assert state == {"kept": 1, "by": ["127.0.0.1"]}


def test_a_lock_is_seen_with_its_words(lab):
    one = lab("")
    with Board(one).ready() as board:
        assert one.ctl("lock", "-m", 'is "repaired"', "x").returncode == 0
        board.until("x", lambda s: s.get("locked") == 'is "repaired"')
        assert one.ctl("unlock", "x").returncode == 0
        board.until("x", is_free)


def test_a_desktop_that_can_not_be_reached(bridge, testcard):
    one = bridge(extra='target "x" { address = "127.0.0.1:9" }\n')
    with Board(one).ready() as board:
        assert open_page(one, "x").turned_away()[0] == 4500
        down = board.until("x", lambda s: "down" in s)["down"]
        assert abs(down - dict(board.events)["ready"]["now"]) < 60


def test_what_is_no_vnc_server_is_down(bridge, target):
    other = target(Says(b"no such server\n"))
    one = bridge(extra=f'target "x" {{ address = "{other.target}" }}\n')
    with Board(one).ready() as board:
        assert open_page(one, "x").turned_away()[0] == 4503
        board.until("x", lambda s: "down" in s)


def test_head_has_no_body(lab):
    answer = lab("").get("/events", method="HEAD")
    assert answer.status == 200
    assert answer.body == b""


# whose it is


@pytest.fixture
def people_lab(bridge, testcard):
    def make(extra="", **settings):
        cards = [testcard("echo"), testcard("echo")]
        people = People(bridge.directory)
        for name, groups in (("alice", "students"), ("bob", "students"), ("carol", "staff")):
            people.add(name, groups=groups)
        one = bridge(
            workers=2,
            extra=people.section
            + f'target "a" {{ address = "{cards[0].target}" mode = "exclusive"'
            + ' takeover = { "@staff" } }\n'
            + f'target "b" {{ address = "{cards[1].target}" }}\n'
            + extra,
            **settings,
        )
        one.people = people
        return one

    return make


SECTIONS = (
    'access "students" { users = { "@students" } targets = { "b" } }\n'
    'access "staff" { users = { "@staff" } targets = { "*" } }\n'
)


def test_who_has_no_login_sees_none(people_lab):
    with Board(people_lab()) as board:
        assert board.status == 401


def test_each_sees_what_is_granted(people_lab):
    one = people_lab(SECTIONS)
    alice, carol = logged_in(one, "alice"), logged_in(one, "carol")
    with Board(one, alice.fields()).ready() as hers, Board(one, carol.fields()).ready() as theirs:
        assert list(hers.targets) == ["b"]
        assert list(theirs.targets) == ["a", "b"]
        assert theirs.targets["a"]["may"] == "t"
        assert theirs.targets["b"]["may"] == ""
        page = open_page(one, "a", headers=carol.fields()).greeted()
        assert theirs.until("a", is_used)["by"] == ["carol"]
        other = open_page(one, "b", headers=alice.fields()).greeted()
        # hers alone has come to her, and it would have come after the other
        assert hers.until("b", is_used)["by"] == ["alice"]
        assert list(hers.states) == ["b"]
        page.shut()
        other.shut()


def test_the_end_of_a_login_is_the_end_of_its_boards(people_lab):
    one = people_lab()
    alice, bob = logged_in(one, "alice"), logged_in(one, "bob")
    boards = [Board(one, alice.fields()).ready() for _ in range(4)]
    with Board(one, bob.fields()).ready() as his:
        alice.logout()
        for board in boards:
            assert board.until_over()["code"] == 4521
            assert board.ends()
            board.close()
        page = open_page(one, "b", headers=bob.fields()).greeted()
        his.until("b", is_used)
        page.shut()
    with Board(one, alice.fields()) as again:
        assert again.status == 401


def test_ones_own_name_is_the_first(people_lab):
    one = people_lab()
    pages = []
    for name in ("alice", "bob", "carol"):
        fields = logged_in(one, name).fields()
        pages.append(open_page(one, "b", headers=fields).greeted())
    for own, others in (("alice", ["bob", "carol"]), ("carol", ["alice", "bob"])):
        with Board(one, logged_in(one, own).fields()).ready() as board:
            assert board.states["b"]["by"] == [own, *others]
    for page in pages:
        page.shut()


def test_looking_is_no_use_of_a_login(people_lab):
    """Else a page that somebody left open would keep its login for ever."""
    one = people_lab(login_idle=2)
    alice = logged_in(one, "alice")
    with Board(one, alice.fields()).ready() as board:
        assert board.until_over()["code"] == 4521


# what ends it


def test_a_reload_begins_another(lab):
    one = lab("")
    with Board(one).ready() as board:
        text = open(one.conf_path).read()
        one.write_conf(text + 'target "y" { address = "127.0.0.1:9" }\n')
        reload(one)
        assert board.until_over() == {"code": 0}
        assert board.ends()
    with Board(one).ready() as board:
        assert list(board.targets) == ["x", "y"]


def test_the_brokers_death_begins_another(lab):
    one = lab('mode = "exclusive"')
    page = open_page(one, "x").greeted()
    with Board(one).ready() as board:
        broker = one.broker()
        os.kill(broker, signal.SIGKILL)
        assert board.until_over() == {"code": 0}
        one.wait_other_broker({broker})

    def shows_it():
        with Board(one) as board:
            return board.status == 200 and is_used(board.ready().states.get("x", {}))

    until(shows_it, 10, "a board that shows who is there")
    page.lives()


def test_a_workers_death_is_seen_by_the_others(lab):
    one = lab('mode = "exclusive"', workers=2)
    page = open_page(one, "x").greeted()
    sessions = json.loads(one.ctl("-j", "sessions").stdout)["sessions"]
    holders = sessions[0]["worker"]
    pids = {p["index"]: p["pid"] for p in one.status()["processes"] if p["role"] == "worker"}
    boards = [Board(one).ready() for _ in range(6)]
    os.kill(pids[holders], signal.SIGKILL)
    alive = 0
    for board in boards:
        try:
            board.until("x", is_free)
            alive += 1
        except (EOFError, ConnectionError):
            pass  # it was that worker's
        board.close()
    assert alive > 0
    page.close()
    get_in(one).shut()


def test_stopping_ends_it(lab):
    one = lab("")
    with Board(one).ready() as board:
        one.signal(signal.SIGTERM)
        assert board.until_over() == {"code": 0}
        assert board.ends()


# many


def make_many(bridge, count, hidden=0, **settings):
    extra = "".join(
        f'target "vm{i:05}" {{ address = "127.0.0.1:{1024 + i % 60000}" group = "rack {i // 64}" }}\n'
        for i in range(count)
    )
    return bridge(extra=extra, **settings)


def test_ten_thousand_targets(bridge):
    one = make_many(bridge, 10000, workers=2)
    with Board(one).ready() as board:
        assert len(board.targets) == 10000
        assert list(board.targets) == [f"vm{i:05}" for i in range(10000)]
        listed = json.loads(one.get("/api/targets").body)["targets"]
        assert [t["name"] for t in listed] == list(board.targets)
        assert one.ctl("lock", "vm09999").returncode == 0
        board.until("vm09999", lambda s: "locked" in s)
    assert len(json.loads(one.ctl("-j", "targets").stdout)["targets"]) == 10000


def test_who_reads_nothing_costs_nothing(lab):
    """It gets what is true by then, and none of what was true between."""
    one = lab("", workers=1)
    with Board(one, rcvbuf=4096).ready() as slow, Board(one).ready() as quick:
        for i in range(300):
            assert one.ctl("lock", "-m", f"{i} " + "y" * 70, "x").returncode == 0
        quick.until("x", lambda s: s.get("locked", "").startswith("299 "))
        slow.until("x", lambda s: s.get("locked", "").startswith("299 "))


def test_many_boards(lab):
    one = lab('mode = "exclusive"', workers=2)
    boards = [Board(one).ready() for _ in range(300)]
    page = open_page(one, "x").greeted()
    for board in boards:
        board.until("x", is_used)
        board.close()
    page.shut()
    until(lambda: one.conns() == 0, 10, "all of them to be forgotten")


def test_boards_make_room_for_who_has_more_to_ask(lab):
    """They come again by themselves; a session that is refused does not."""
    one = lab("", workers=1, max_connections=4)
    boards = [Board(one).ready() for _ in range(4)]
    page = open_page(one, "x").greeted()
    assert boards[0].ends()
    boards[1].until("x", is_used)
    page.lives()
    for board in boards:
        board.close()


def test_it_is_only_read(lab):
    assert Browser(lab("")).ask("POST", "/events", "").status == 405
