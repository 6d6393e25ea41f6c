# SPDX-License-Identifier: ISC
"""Processes that die, and what else happens, in the middle of a login by way of
an OpenID provider: it can be begun again, and nobody is let in."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import faults
from people import problem_of
from proc import kill_and_wait
from signon import EITHER, user_of
from waiting import until

DISCOVERY = "/.well-known/openid-configuration"


def pids(one, *roles):
    return [p["pid"] for p in one.status()["processes"] if p["role"] in roles]


def kill(one, role):
    pid = until(lambda: pids(one, role), 20, role)[0]
    kill_and_wait(pid)


@pytest.mark.parametrize("role", ["auth", "fetch"])
def test_killed_between_the_steps(lab, role):
    one = lab.start()
    stays = lab.logged_in(one, "bob")
    who, thief = lab.visitor(one), lab.visitor(one)
    kill(one, role)
    way = lab.provider.approve(who.begin("lab1"))
    thief.cookie = who.cookie
    kill(one, role)
    assert thief.is_nobody()
    answer = who.come_back(way)
    # fetch knew nothing; auth may have lost what it had begun
    assert answer.status == 303 or (role == "auth" and answer.status in EITHER)
    assert who.is_nobody() == (answer.status != 303)
    assert user_of(stays) == "bob"
    lab.works(one)
    one.stop()


@pytest.mark.parametrize("role", ["auth", "fetch"])
@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/jwks", "/me"])
def test_killed_while_it_waits(lab, role, path):
    one = lab.start()
    who = lab.visitor(one)
    start = one.mark()
    with ThreadPoolExecutor() as pool, faults.Held(lab.provider, path) as held:
        if path == DISCOVERY:
            waiting = pool.submit(who.start, "lab1")
        else:
            way = lab.provider.approve(who.begin("lab1"))
            waiting = pool.submit(who.come_back, way)
        held.wait()
        kill(one, role)
        # let go, so that a second question has its answer
        held.let_go()
        answer = waiting.result(90)
    if answer.status == 303 and path != DISCOVERY:
        assert user_of(who) == "alice"
    elif answer.status != 303:
        assert answer.status in EITHER and problem_of(answer) is not None
        assert who.is_nobody()
    lab.says_no_secret(one)
    assert one.grep("signal=9", start)
    lab.works(one)
    one.stop()


def test_worker_killed_between_the_steps(lab):
    """What was begun is auth's: any worker takes the person back."""
    one = lab.start(workers=2)
    who = lab.visitor(one)
    way = lab.provider.approve(who.begin("lab1"))
    for pid in one.workers():
        kill_and_wait(pid)
    until(lambda: len(one.workers()) == 2, 20, "workers")
    one.wait_ready(20)
    assert who.come_back(way).status == 303 and user_of(who) == "alice"
    one.stop()


def test_a_reload_between_the_steps(lab):
    one = lab.start()
    who = lab.visitor(one)
    way = lab.provider.approve(who.begin("lab1"))
    done = one.ctl("-f", one.conf_path, "reload")
    assert done.returncode == 0, done.stderr
    assert who.come_back(way).status == 303 and user_of(who) == "alice"
    one.stop()


def test_many_that_begin_and_never_come_back(lab):
    """They take up no place of those who do."""
    one = lab.start()
    who = lab.visitor(one)
    way = lab.provider.approve(who.begin("lab1"))
    crowd = lab.visitor(one)
    for _ in range(300):
        crowd.cookie = None
        assert crowd.start().status in (303, 429, 503)
    assert who.come_back(way).status == 303
    assert lab.visitor(one).log_in_by(lab.provider).status == 303
    one.stop()
