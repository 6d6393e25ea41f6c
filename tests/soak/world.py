# SPDX-License-Identifier: ISC
"""The sessions of a soak, what they may know of each other, and who holds
what."""

import asyncio
import itertools
import random
import re
import time
from collections import Counter

from asyncws import Broken, Closed
from behaviour import KINDS
from waiting import seconds

SESSION_SEC_MAX = 180  # the longest life, by far: idle() rests for 120
SINK_SEC_MAX = 20  # from the client's end to the target's
LEASE_SLACK_SEC = 2  # the broker hears of a dead worker a little later
TLS_PART = 0.5  # of the sessions
PAUSE_SEC = 1  # between two sessions of a user, on average
ADDRESS_BASE = 0x7F010000  # 127.1.0.0: one address for each session


def address_of(number):
    value = ADDRESS_BASE + number
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


class Session:
    def __init__(self, world, number, kind):
        self.world = world
        self.number = number
        self.kind = kind
        self.dice = random.Random(f"{world.seed}:{number}:{kind.__name__}")
        self.address = address_of(number)
        dice = random.Random(f"{world.seed}:{number}:way")
        self.way = world.secure if dice.random() < TLS_PART else world.address
        self.desk = None
        self.codes = {1000}  # that the log may have; None: it has no line
        self.counts = None  # (to client, to target) that the log must have
        self.may_be_unheard = False  # gone before anything was opened
        self.is_up = False  # greeted, and not leaving yet
        self.is_leaving = False
        self.step = "start"
        self.started = time.monotonic()
        self.ended = None
        self.outcome = None  # "ok", "broken", "failed"
        self.conns = []

    def add(self, conn):
        self.conns.append(conn)
        return conn

    def is_cut(self):
        """Its connection has ended, whether it has looked or not."""
        return any(conn.is_over for conn in self.conns)

    def __str__(self):
        return f"session {self.number} ({self.kind.__name__}, {self.step})"


class World:
    """Names of targets, the numbers of sessions, and the desks' holders."""

    def __init__(self, seed, farm, address, secure):
        self.seed = seed
        self.farm = farm
        self.address = address  # plain
        self.secure = secure
        self.numbers = itertools.count(1)
        self.sessions = {}  # address -> Session
        self.living = set()
        self.problems = []
        self.outcomes = Counter()
        self.ending = asyncio.Event()  # of the round: everybody comes home
        self.holders = {}  # desk -> Session
        self.assets = []  # found in the start page
        self.bodies = {}
        self.desks = {}  # name -> address
        self.moved_bytes = 0
        # what behaviour.py calls the targets
        self.vnc = self.mute = self.garbage = self.leaves = ""
        self.closed = self.denied = self.own = ""

    def complain(self, text):
        self.problems.append(text)
        print("PROBLEM:", text, flush=True)

    async def rest(self, sec):
        """True when the round is ending: then at once."""
        try:
            await asyncio.wait_for(self.ending.wait(), sec)
            return True
        except asyncio.TimeoutError:
            return False

    async def wait_sunk(self, number):
        deadline = time.monotonic() + seconds(SINK_SEC_MAX)
        while number not in self.farm.sunk:
            assert time.monotonic() < deadline, "the target's end was not seen"
            await asyncio.sleep(0.05)
        return self.farm.sunk.pop(number)

    # exclusive targets

    def check_holder(self, session, desk, reason):
        """A refusal must name somebody who has it, or had it just now."""
        match = re.fullmatch(r"in use by ([\d.]+) since \d\d:\d\d UTC", reason)
        assert match, reason
        holder = self.sessions.get(match[1])
        assert holder is not None, f"nobody has {match[1]}"
        assert holder.desk == desk, f"{holder} has not {desk}"
        slack = seconds(LEASE_SLACK_SEC)
        assert holder is not session and (
            holder.ended is None or holder.ended > session.started - slack
        ), f"{holder} had gone"

    async def take_desk(self, session, desk):
        """One holder at a time: another can only be one whose worker died,
        and who hears it in a moment."""
        other, self.holders[desk] = self.holders.get(desk), session
        deadline = time.monotonic() + seconds(LEASE_SLACK_SEC)
        while other is not None and not (
            other.outcome or other.is_leaving or other.is_cut()
        ):
            assert time.monotonic() < deadline, f"{desk} is held by {other} too"
            await asyncio.sleep(0.01)

    def leave_desk(self, session, desk):
        session.is_leaving = True
        if self.holders.get(desk) is session:
            del self.holders[desk]

    # sessions

    def new_session(self, kind=None):
        number = next(self.numbers)
        if kind is None:
            dice = random.Random(f"{self.seed}:{number}")
            kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
        session = Session(self, number, kind)
        self.sessions[session.address] = session
        return session

    async def run(self, session):
        self.living.add(session)
        try:
            await asyncio.wait_for(session.kind(session), seconds(SESSION_SEC_MAX))
            session.outcome = "ok"
        except Broken as problem:
            session.outcome = "broken"  # to be excused by a kill, at the end
            session.step += f": {problem}"
        except (AssertionError, Closed) as problem:
            session.outcome = "failed"
            self.complain(f"{session}: {problem!r}")
        except asyncio.TimeoutError:
            session.outcome = "failed"
            self.complain(f"{session}: hangs")
        finally:
            session.ended = time.monotonic()
            session.is_up = False
            for conn in session.conns:
                self.moved_bytes += getattr(conn, "received", 0)
                self.moved_bytes += getattr(conn, "sent", 0)
                await conn.leave()
            session.conns = []
            self.living.discard(session)
            self.outcomes[session.outcome] += 1
        return session.outcome

    async def user(self, index):
        """One session after the other, until the round is over."""
        dice = random.Random(f"{self.seed}:user:{index}")
        over = await self.rest(dice.uniform(0, 5))
        while not over:
            await self.run(self.new_session())
            over = await self.rest(dice.expovariate(1 / PAUSE_SEC))
