# SPDX-License-Identifier: ISC
"""The long forms of tests/e2e/test_lease_races.py."""

import random

from races import SETTINGS, Counting, section, storm, survive

ROUNDS = 1000
KILLS = 200
AGE_SEC = 10  # then the master starts the next one at once


def run_storms(make_place):
    desktop = Counting()
    with make_place(
        workers=4, extra=section(desktop.target, 'mode = "exclusive"'), **SETTINGS
    ) as place:
        for _ in range(ROUNDS):
            storm(place.one, 64)
    desktop.stop()
    assert desktop.most == 1 and desktop.accepted == ROUNDS
    print(f"{ROUNDS} rounds of 64: one has it each time")


def run_kills(make_place):
    desktop = Counting()
    seed = random.randrange(1 << 32)
    extra = section(desktop.target, 'mode = "ask" ask-timeout = 1 takeover = { "*" }')
    with make_place(workers=8, extra=extra, **SETTINGS) as place:
        survive(place.one, desktop, seed, KILLS, age=AGE_SEC)
    desktop.stop()
