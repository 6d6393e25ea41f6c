# SPDX-License-Identifier: ISC
"""Who comes at the same moment, and processes that are killed in between: no
target sees two. VB_RACES multiplies rounds and kills; "make long" has more."""

import os
import signal
import time

import pytest

from pages import open_page
from people import People, logged_in
from races import SETTINGS, Counting, get_in, section, storm, survive
from waiting import until

RACES = int(os.environ.get("VB_RACES", "1"))
ROUNDS = 30 * RACES
KILLS = 20 * RACES
SEED = int(os.environ.get("VB_SEED", "20261129"))


@pytest.fixture
def desktop(target):
    return target(Counting())


def test_64_at_once_and_one_has_it(bridge, desktop):
    one = bridge(
        workers=4, extra=section(desktop.target, 'mode = "exclusive"'), **SETTINGS
    )
    for _ in range(ROUNDS):
        storm(one, 64)
    assert desktop.most == 1
    assert desktop.accepted == ROUNDS


def busy_worker(one):
    """The pid of the one that has the session."""

    def found():
        workers = one.workers()
        return [
            p["pid"]
            for p in one.status()["processes"]
            if p.get("sessions", 0) > 0 and p["pid"] in workers
        ]

    return until(found, 10, "its session")[0]


def test_the_end_of_the_holders_worker_is_the_end_of_its_lease(bridge, desktop):
    one = bridge(
        workers=2, extra=section(desktop.target, 'mode = "exclusive"'), **SETTINGS
    )
    holder = get_in(one)
    pid = busy_worker(one)
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    second = get_in(one, timeout=1)
    print(f"free after {time.monotonic() - began:.3f} s")
    assert desktop.most == 1
    for page in holder, second:
        page.close()


def test_a_worker_that_hangs_is_waited_for_by_a_new_broker(bridge, desktop):
    one = bridge(
        workers=2, extra=section(desktop.target, 'mode = "exclusive"'), **SETTINGS
    )
    holder = get_in(one)
    pid, broker = busy_worker(one), one.broker()

    def code():
        page = open_page(one, "x")
        try:
            return page.turned_away()[0]
        finally:
            page.close()

    os.kill(pid, signal.SIGSTOP)
    try:
        os.kill(broker, signal.SIGKILL)
        one.wait_other_broker(broker)
        # it has not told that it has it, and might never
        assert code() == 4581
    finally:
        os.kill(pid, signal.SIGCONT)
    until(lambda: code() == 4510, 10, "the holder to be known")
    assert desktop.most == desktop.accepted == 1
    holder.shut()
    get_in(one).close()


def test_nobody_meets_another_while_processes_die(bridge, desktop):
    one = bridge(
        workers=4,
        extra=section(desktop.target, 'mode = "ask" ask-timeout = 1 takeover = { "*" }'),
        **SETTINGS,
    )
    survive(one, desktop, SEED, KILLS)


def test_nor_in_a_queue_of_people_who_log_in(bridge, desktop):
    people = People(bridge.directory)
    for name in "ann", "bob":
        people.add(name)
    one = bridge(
        workers=3,
        extra=people.section
        + section(desktop.target, 'mode = "queue" grace = 1 takeover = { "*" }'),
        trusted_proxies=["127.0.0.1"],
        **SETTINGS,
    )
    https = [("X-Forwarded-Proto", "https")]
    who = [logged_in(one, name, headers=https).fields() for name in ("ann", "bob")]
    survive(one, desktop, SEED + 1, KILLS, who, ("broker", "worker", "auth"))
