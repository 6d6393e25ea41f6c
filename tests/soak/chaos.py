# SPDX-License-Identifier: ISC
"""What befalls the daemon meanwhile: kills, reloads, operators."""

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import socket
import time
from collections import Counter

from behaviour import shut
from asyncws import Closed, Connection, WebSocket
from daemon import VNCBRIDGECTL
from farm import GREETING
from waiting import seconds

CTL_SEC_MAX = 20
RELOAD_SEC_MAX = 15
SETTLE_SEC = 3  # after a kill the list of sessions may be short for a moment
LIST_SPARE_SEC = 1
STALE_SEC = 3  # a session that ended longer ago is in no list
SPARED = 0  # worker 0 lives through all of it: its memory is what counts

# deed: (how many in a deck, whether the broker may be lost by it)
DEEDS = {
    "kill_worker": (3, False),
    "kill_broker": (2, True),
    "kill_keeper": (2, False),
    "reload": (3, False),
    "reload_certificate": (2, False),
    "reload_ports": (1, True),
    "reload_broken": (1, False),
    "list_sessions": (5, False),
    "ask_status": (2, False),
    "abandon_ctl": (2, False),
    "garble_ctl": (1, False),
}


async def extra(session):
    """A probe: whether the target "extra" is there just now."""
    ws = session.add(WebSocket(session.address))
    session.codes = {1000, 4520}
    assert await ws.open(session.way, "extra") == 101
    try:
        assert await ws.read_data(len(GREETING)) == GREETING
        session.world.has_extra = True
    except Closed as closed:
        session.world.has_extra = False
        assert closed.code == 4520, closed
        session.codes = {4520}
        await ws.answer_close(closed.code)
        return
    await shut(session, ws)


async def show(session):
    """A probe: the certificate that a new client is shown."""
    conn = session.add(Connection(session.address))
    conn.resumes = False
    session.codes = None
    await conn.connect(session.world.secure)
    session.world.shown = conn.tls.peer_der()


class Chaos:
    def __init__(self, world, dice, make_conf):
        self.world = world
        self.dice = dice
        self.make_conf = make_conf  # (has_extra, more_ports) -> text
        self.one = None  # the daemon
        self.deck = []
        self.counts = Counter()
        self.kills = []  # (time, "worker 1", pid)
        self.known_pids = set()
        self.has_extra = False
        self.has_port = False
        self.broker_lost = 0.0  # when

    async def ctl(self, *args):
        """(status, stdout)"""
        process = await asyncio.create_subprocess_exec(
            VNCBRIDGECTL, "-s", self.one.control_socket, *args,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await asyncio.wait_for(process.communicate(), seconds(CTL_SEC_MAX))
        return process.returncode, out.decode()

    async def processes(self):
        """[process as vncbridgectl tells it]"""
        status, out = await self.ctl("-j", "status")
        assert status == 0, f"vncbridgectl status: {status}"
        found = json.loads(out)["processes"]
        self.known_pids |= {p["pid"] for p in found if p["pid"]}
        return found

    async def sessions(self):
        """[session], or None while there is no broker to ask."""
        status, out = await self.ctl("-j", "sessions")
        if status != 0 and time.monotonic() < self.broker_lost + seconds(SETTLE_SEC):
            return None
        assert status == 0, f"vncbridgectl sessions: {status}"
        return json.loads(out)["sessions"]

    async def run(self, sec, mean_sec, may_lose_broker):
        """Deed after deed; the last is to ask, when all has settled, for the
        list of those who have lived through it."""
        end = time.monotonic() + sec - seconds(SETTLE_SEC) - LIST_SPARE_SEC
        while True:
            await asyncio.sleep(self.dice.expovariate(1 / mean_sec))
            if time.monotonic() > end:
                break
            name = self._draw()
            if DEEDS[name][1] and not may_lose_broker:
                continue
            await self._do(name)
        settled = max([0.0, self.broker_lost, *(k[0] for k in self.kills)])
        wait = settled + seconds(SETTLE_SEC) + 0.1 - time.monotonic()
        await asyncio.sleep(max(0, wait))
        await self._do("list_sessions")

    async def _do(self, name):
        try:
            await getattr(self, name)()
        except (AssertionError, asyncio.TimeoutError) as problem:
            self.world.complain(f"{name}: {problem!r}")
        self.counts[name] += 1

    def _draw(self):
        """From a shuffled deck, with one of each on top: a short run has all."""
        if not self.deck:
            others = [name for name, (n, _) in DEEDS.items() for _ in range(n - 1)]
            once = list(DEEDS)
            self.dice.shuffle(others)
            self.dice.shuffle(once)
            self.deck = others + once
        return self.deck.pop()

    def _kill(self, name, pid):
        self.kills.append((time.monotonic(), name, pid))
        os.kill(pid, signal.SIGKILL)

    async def kill_worker(self):
        slots = [
            p
            for p in await self.processes()
            if p["role"] == "worker" and p["index"] != SPARED and p["pid"]
        ]
        if slots:
            victim = self.dice.choice(slots)
            self._kill(f"worker {victim['index']}", victim["pid"])

    async def kill_broker(self):
        for process in await self.processes():
            if process["role"] == "broker" and process["pid"]:
                self.broker_lost = time.monotonic()
                self._kill("broker", process["pid"])

    async def kill_keeper(self):
        """Handshakes wait for the next one; nothing else notices."""
        for process in await self.processes():
            if process["role"] == "keeper" and process["pid"]:
                self._kill("keeper", process["pid"])

    async def _hup(self, answer):
        mark = self.one.mark()
        self.one.signal(signal.SIGHUP)
        line = await asyncio.to_thread(
            self.one.wait_line,
            "reloaded generation=|reload failed",
            RELOAD_SEC_MAX,
            mark,
        )
        assert answer in line, line

    async def reload(self):
        """Another target, or one less; which must hold at once."""
        self.has_extra = not self.has_extra
        self.one.write_conf(self.make_conf(self.has_extra, self.has_port))
        await self._hup("reloaded")
        deadline = time.monotonic() + seconds(RELOAD_SEC_MAX)
        while True:
            self.world.has_extra = None
            await self.world.run(self.world.new_session(extra))
            if self.world.has_extra == self.has_extra:
                return
            assert time.monotonic() < deadline, "the reload has no effect"

    async def reload_certificate(self):
        """New clients are shown another; the old one's files are gone."""
        secure = self.world.secure
        old = secure.certificate
        await asyncio.to_thread(secure.issue)
        self.one.write_conf(self.make_conf(self.has_extra, self.has_port))
        await self._hup("reloaded")
        os.unlink(old.certificate)
        os.unlink(old.key)
        deadline = time.monotonic() + seconds(RELOAD_SEC_MAX)
        while True:
            self.world.shown = None
            await self.world.run(self.world.new_session(show))
            if self.world.shown == secure.certificate_der():
                return
            assert time.monotonic() < deadline, "the old certificate is shown"

    async def reload_ports(self):
        """Ports that the broker's sandbox does not have: it is replaced."""
        self.has_port = not self.has_port
        self.one.write_conf(self.make_conf(self.has_extra, self.has_port))
        self.broker_lost = time.monotonic()
        await self._hup("reloaded")

    async def reload_broken(self):
        good = self.make_conf(self.has_extra, self.has_port)
        self.one.write_conf(good + 'allow = { "127.0.0.1:99999" }\n')
        await self._hup("reload failed")
        self.one.write_conf(good)

    async def restore(self):
        """As at the start, for the figures of a quiet daemon."""
        if self.has_port:
            await self.reload_ports()
        if self.has_extra:
            await self.reload()

    async def ask_status(self):
        for process in await self.processes():
            assert process["sessions"] <= process["connections"], process

    async def list_sessions(self):
        """Who is there all the while is listed; who has gone is not."""
        began = time.monotonic()
        up = [s for s in self.world.living if s.is_up]
        listed = await self.sessions()
        if listed is None:
            return
        by_address = {s["client"].rpartition(":")[0]: s for s in listed}
        assert len(by_address) == len(listed), "a session is listed twice"
        last_kill = max([0.0, self.broker_lost, *(k[0] for k in self.kills)])
        if began > last_kill + seconds(SETTLE_SEC):
            missing = [
                str(s)
                for s in up
                if s.is_up and not s.is_cut() and s.address not in by_address
            ]
            assert not missing, f"not listed: {', '.join(missing)}"
        for address in by_address:
            assert ipaddress.ip_address(address).is_loopback
            session = self.world.sessions.get(address)
            assert session is not None, f"nobody has {address}"
            assert (
                session.ended is None or session.ended > began - seconds(STALE_SEC)
            ), f"still listed: {session}"

    async def abandon_ctl(self):
        """An operator's Ctrl-C."""
        process = await asyncio.create_subprocess_exec(
            VNCBRIDGECTL, "-s", self.one.control_socket, "sessions",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await asyncio.sleep(self.dice.uniform(0, 0.005))
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def garble_ctl(self):
        """What speaks to the control socket, and is no vncbridgectl."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.connect(self.one.control_socket)
            sock.send(self.dice.randbytes(self.dice.randint(1, 64)))
