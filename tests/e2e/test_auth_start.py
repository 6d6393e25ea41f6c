# SPDX-License-Identifier: ISC
"""The users' file at the start, at a check and at a reload: what is refused, in
which words, and that nothing else changes by it."""

import os
import re
import signal

import pytest

from daemon import IS_ROOT, conf_text, free_port, give_to_daemon, run_to_end
from people import Browser, People, hash_of, logged_in
from proc import children, is_alive
from waiting import until

FILE_MOST = 16 << 20  # vncbridge-users(5)


@pytest.fixture
def people(directory):
    return People(directory).add("alice").add("bob")


def make(place, section):
    """A configuration, and the line of its auth section."""
    text = conf_text(place, [f"127.0.0.1:{free_port()}"], section)
    return text, 1 + text[: text.index(section)].count("\n")


def refused(place, text):
    """What -n says, which is what a start says; both refuse."""
    status, checked, out = run_to_end(place, text, args=("-n",))
    assert (status, out) == (1, ""), checked
    (fault,) = [x for x in checked.splitlines() if x.startswith("vncbridged: ")]
    fault = fault.removeprefix("vncbridged: ")
    status, started, _ = run_to_end(place, text, args=("-d",))
    assert status == 1, started
    assert any(x.endswith(": " + fault) for x in started.splitlines()), started
    return fault


def auth_of(one):
    return [p for p in one.status()["processes"] if p["role"] == "auth"]


def others_of(one):
    return {p["pid"] for p in one.status()["processes"] if p["role"] != "auth"}


def reload(one):
    return one.ctl("-f", one.conf_path, "reload")


def is_let_in(one, name):
    return Browser(one).login(name).status == 303


# ---- refused ----

GOOD = f"alice:{hash_of('x')}::"
REFUSED = [
    (f"{GOOD}\n# a remark\n\nbob:{hash_of('x')}:\n", 4, "and this one has 3"),
    (f"{GOOD}\n{GOOD}\n", 2, '"alice" is also in line 1'),
    ("alice:secret::\n", 1, 'the hash of "alice"'),
    ("alice:::\n", 1, 'the hash of "alice"'),
    ("alice:$1$abcdefgh$abcdefghijklmnopqrstuv::\n", 1, 'the hash of "alice"'),
    (f"{GOOD}x\n", 1, 'the second factor of "alice"'),
    (f"-{GOOD}\n", 1, "the name of a user"),
    (f"{GOOD}\r\n", 1, "lines end with LF alone"),
    (f"{GOOD}\0\n", 1, "a NUL byte"),
    ("x" * 100_000, 1, "the line is longer than"),
]


@pytest.mark.parametrize("text, line, why", REFUSED, ids=[r[2] for r in REFUSED])
def test_a_wrong_line_is_told_by_start_check_and_reload(
    bridge, people, place, text, line, why
):
    one = bridge(extra=people.section)
    who = logged_in(one, "alice")
    before = others_of(one), auth_of(one)[0]["pid"]
    people.write(text)
    conf, at = make(place, people.section)
    wanted = rf":\d+: users' file {re.escape(people.path)}:{line}: .*{re.escape(why)}"
    fault = refused(place, conf)
    assert re.search(wanted, fault) and f":{at}: " in fault, fault
    assert "secret" not in fault
    done = reload(one)
    assert done.returncode == 1
    assert re.search(wanted, done.stderr), done.stderr
    # and all goes on with those it had
    assert (others_of(one), auth_of(one)[0]["pid"]) == before
    assert who.get("/api/login").status == 200
    assert is_let_in(one, "bob")
    people.write()
    assert reload(one).returncode == 0
    assert who.get("/api/login").status == 200


def missing(path):
    os.unlink(path)
    return 'there is none: make it with "vncbridgectl user add NAME"'


def folder(path):
    os.unlink(path)
    os.mkdir(path)
    return "it is a directory"


def pipe(path):
    os.unlink(path)
    os.mkfifo(path)
    return "it is not a regular file"


def huge(path):
    with open(path, "r+b") as f:
        f.truncate(FILE_MOST + 1)
    return "it is larger than 16 MiB"


@pytest.mark.parametrize("spoil", [missing, folder, pipe, huge])
def test_a_file_that_will_not_do_is_told_by_start_check_and_reload(
    bridge, people, place, spoil
):
    one = bridge(extra=people.section)
    who = logged_in(one, "alice")
    why = spoil(people.path)
    conf, at = make(place, people.section)
    wanted = f":{at}: users' file {people.path}: {why}"
    fault = refused(place, conf)
    assert fault.endswith(wanted), fault
    done = reload(one)
    assert done.returncode == 1 and people.path in done.stderr, done.stderr
    assert who.get("/api/login").status == 200
    assert is_let_in(one, "bob")


@pytest.mark.skipif(not IS_ROOT, reason="needs root's rights")
def test_a_reload_by_signal_has_the_rights_of_the_daemon(bridge, people):
    """And says which file it may not open."""
    one = bridge(extra=people.section)
    os.chmod(people.path, 0o600)
    mark = one.mark()
    one.signal(signal.SIGHUP)
    line = one.wait_line(r"reload failed", start=mark)
    assert f"users' file {people.path}: Permission denied" in line, line
    assert is_let_in(one, "bob")
    # root opens it for the daemon
    people.add("carol")
    os.chmod(people.path, 0o600)
    assert reload(one).returncode == 0
    assert is_let_in(one, "carol")
    give_to_daemon(people.path)
    mark = one.mark()
    one.signal(signal.SIGHUP)
    one.wait_line(r"reloaded generation=3", start=mark)


def test_a_file_that_all_can_read_is_warned_of(bridge, people):
    """And one that nobody else can is not."""
    one = bridge(extra=people.section)
    line = one.wait_line(r"users' file \S+ mode=0644")
    assert people.path in line and "chmod 0640" in line
    os.chmod(people.path, 0o640)
    give_to_daemon(people.path)
    mark = one.mark()
    assert reload(one).returncode == 0
    assert not any("users' file" in x for x in one.lines[mark:])


def test_a_check_of_a_good_file_changes_nothing(place, people):
    conf, _ = make(place, people.section)
    before = sorted(os.listdir(place))
    status, err, out = run_to_end(place, conf, args=("-n",))
    assert status == 0 and "configuration ok" in out, (err, out)
    assert set(os.listdir(place)) - set(before) <= {"vncbridge.conf"}


# ---- comes and goes ----


def test_auth_runs_only_where_people_log_in(bridge, people):
    one = bridge()
    assert auth_of(one) == []
    others = others_of(one)
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    for _ in range(3):
        one.write_conf(text + people.section)
        assert reload(one).returncode == 0
        (auth,) = until(lambda: auth_of(one), 10, "auth")
        helpers = list(children(auth["pid"]))
        assert helpers
        assert is_let_in(one, "alice")
        assert Browser(one).get("/").status == 303
        one.write_conf(text)
        assert reload(one).returncode == 0
        until(
            lambda p=(auth["pid"], *helpers): not any(is_alive(x) for x in p),
            10,
            "auth and its helpers to end",
        )
        assert auth_of(one) == []
        assert Browser(one).get("/").status == 200
    assert others_of(one) == others


def test_a_reload_that_brings_a_refused_file_brings_nothing(bridge, people):
    one = bridge()
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    good = people.lines["alice"]
    people.write("alice:secret::\n")
    one.write_conf(text + people.section)
    done = reload(one)
    assert done.returncode == 1 and 'the hash of "alice"' in done.stderr
    until(lambda: auth_of(one) == [], 10, "auth to be gone")
    assert Browser(one).get("/").status == 200
    people.write(good + "\n")
    assert reload(one).returncode == 0
    assert is_let_in(one, "alice")


def test_a_stop_leaves_no_helper(bridge, people):
    one = bridge(extra=people.section)
    (auth,) = auth_of(one)
    pids = [auth["pid"], *children(auth["pid"])]
    assert one.stop() == 0
    until(lambda: not any(is_alive(p) for p in pids), 10, "auth to end")
