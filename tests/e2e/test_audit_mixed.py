# SPDX-License-Identifier: ISC
"""10,000 events of all kinds, while every process is killed again and again:
the audit trail has what clients saw, and adds up."""

import collections
import concurrent.futures
import os
import random
import signal
import threading

import rfb
from audit import Trail, chain_is_good
from people import Browser, People
from targets import closed_port
from waiting import until

EVENTS = int(os.environ.get("VB_AUDIT_EVENTS", "10000"))
THREADS = 12
USERS = 4
ROLES = ["worker", "broker", "auth", "keeper"]
KILL_EACH = max(EVENTS // 40, 1)  # a process, after that many
BROKERS_CODES = (4500, 4520, 4522)  # the worker says others, 4581 among them


class Crowd:
    """What clients have seen: nothing is counted that they are not sure of."""

    def __init__(self, one, desktop, seed):
        self.one, self.desktop, self.seed = one, desktop, seed
        self.nobody = closed_port()
        self.seen = collections.Counter()
        self.sessions = set()  # the client's end of each that was open
        self.refusals = collections.Counter()  # (client's end, code)
        self.users = [None] * USERS
        self.killed = collections.Counter()
        self.lock = threading.Lock()

    def kill(self, dice, role):
        """Of each kind but the master, which ends them all."""
        found = self.one.processes()[role]
        if not found:
            return
        try:
            os.kill(dice.choice(found), signal.SIGKILL)
            self.killed[role] += 1
        except ProcessLookupError:
            pass

    def note(self, what, key=None):
        with self.lock:
            self.seen[what] += 1
            if what == "open":
                self.sessions.add(key)
            elif what == "refuse":
                self.refusals[key] += 1

    def session(self, target, who):
        client, response = who.connect(target)
        with client:
            if response.status != 101:
                return
            here = "%s:%d" % client.sock.getsockname()[:2]
            try:
                got = client.recv_exact(12)
            except EOFError:
                return
            except Exception:  # noqa: BLE001: a Close; its code is looked at
                if client.close_code in BROKERS_CODES:
                    self.note("refuse", (here, client.close_code))
                return
            if got == rfb.GREETING:
                self.note("open", here)

    def login(self, number, password=None):
        who = Browser(self.one)
        response = who.login(f"user{number}", password)
        if response.status == 303 and who.cookie:
            self.note("login")
            with self.lock:
                self.users[number] = who
        elif b"password" in response.body and response.status == 401:
            self.note("failure")

    def logout(self, number):
        with self.lock:
            who, self.users[number] = self.users[number], None
        if who is not None and who.logout().status in (200, 303):
            self.note("logout")

    def act(self, number):
        dice = random.Random(self.seed * 1_000_003 + number)
        if number % KILL_EACH == KILL_EACH - 1:
            self.kill(dice, ROLES[number // KILL_EACH % len(ROLES)])
        user = dice.randrange(USERS)
        who = self.users[user]
        pick = dice.random()
        try:
            if pick < 0.02 or who is None:
                self.login(user)
            elif pick < 0.022:
                self.login(user, "wrong")
            elif pick < 0.04:
                self.logout(user)
            elif pick < 0.30:
                self.session("192.0.2.1:5901", who)
            elif pick < 0.40:
                self.session(f"127.0.0.1:{self.nobody}", who)
            else:
                self.session(self.desktop, who)
        except (OSError, EOFError, AssertionError, ValueError):
            self.seen["unsure"] += 1

    def hold(self, count):
        """Sessions that stay open."""

        def somebody():
            self.login(0)
            return next((who for who in self.users if who), None)

        who = until(somebody, 20, "somebody who may log in")
        return [who.open(self.desktop) for _ in range(count)]


def run(crowd, first, count):
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(crowd.act, range(first, first + count)))


def test_records_add_up_with_what_clients_saw(bridge, directory, testcard):
    trail = Trail(directory)
    people = People(directory)
    for number in range(USERS):
        people.add(f"user{number}", cost=4)
    settings = {
        "audit_file": trail.path,
        "extra": people.section,
        "workers": 2,
        "login_idle": 0,
        "max_sessions_of_user": 0,
    }
    one = bridge(**settings)
    desktop = testcard("echo").target
    crowds, killed = [], collections.Counter()
    # the daemon itself is killed half way
    for part in range(2):
        crowd = Crowd(one, desktop, part)
        run(crowd, part * EVENTS // 2, EVENTS // 2)
        killed += crowd.killed
        crowds.append(crowd)
        if part == 0:
            held = crowd.hold(5)
            pids = one.all_pids()
            one.signal(signal.SIGKILL)
            one.process.wait()
            until(
                lambda: not any(os.path.exists(f"/proc/{p}") for p in pids[1:]),
                10,
                "all processes to end",
            )
            for client in held:
                client.close()
            one = bridge(**settings)
    until(lambda: one.status()["audit"]["running"] == 0, 20, "no session")
    end = one.status()["audit"]
    assert end["opened"] == end["ended"] and end["lost"] == 0
    assert one.stop() == 0

    assert all(killed[role] for role in ROLES)
    records = trail.records()  # each line parses
    assert chain_is_good(trail.lines())
    status, said = trail.verify()
    assert status == 0, said
    kinds = said["kinds"]
    assert kinds["open"] == kinds["end"] + said["cut_off"]
    assert said["cut_off"] == len(held)
    assert said["running"] == 0 and said["earlier"] == 0 and said["lost"] == 0
    assert (kinds["start"], kinds["stop"]) == (2, 1)

    # what a client saw has its record, by its address and code
    opened = collections.Counter(r["client"] for r in records if r["kind"] == "open")
    refused = collections.Counter(
        (r["client"], r["code"]) for r in records if r["kind"] == "refuse" and "code" in r
    )
    seen = sum((c.seen for c in crowds), collections.Counter())
    for crowd in crowds:
        assert not [s for s in crowd.sessions if not opened[s]]
    for kind in ("open", "login", "logout"):
        assert kinds[kind] >= seen[kind] > 0, (kind, kinds, seen)
    # of strangers' the rest is counted, which dies with the whole daemon
    start = [n for n, r in enumerate(records) if r["kind"] == "start"][1]
    repeated, last = collections.Counter(), collections.Counter()
    for r in records[start:]:
        repeated[r["kind"]] += r.get("repeated", 0)
        last[r["kind"]] += r.get("repeated", 1)
    assert set(+repeated) <= {"refuse", "failure"}
    untold = [s for s in crowds[1].refusals if not refused[s]]
    assert len(untold) <= repeated["refuse"]
    for kind in ("refuse", "failure"):
        assert last[kind] >= crowds[1].seen[kind] > 0, (kind, last, seen)
    # and little that none saw: what was cut off while it was on its way
    assert kinds["open"] - seen["open"] <= seen["unsure"] + EVENTS * 0.05
    print(f"killed {dict(killed)}, seen {dict(seen)}, records {kinds}")
