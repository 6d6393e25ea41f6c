#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The soak: many sessions of mixed behaviour, through kills and reloads; what
the daemon has at the end is what it had at the start. See README.md."""

import argparse
import asyncio
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../e2e")]

# pylint: disable=wrong-import-position
import daemon  # noqa: E402
from asynctls import SecureAddress  # noqa: E402
from asyncws import Broken  # noqa: E402
from behaviour import desk, open_vnc, talk  # noqa: E402
from census import Census, cpu_ticks  # noqa: E402
from chaos import Chaos  # noqa: E402
from farm import Farm  # noqa: E402
from ledger import Ledger  # noqa: E402
from proc import children, is_alive  # noqa: E402
from targets import closed_port  # noqa: E402
from waiting import PATIENCE, seconds  # noqa: E402
from world import World  # noqa: E402

WORKERS = 3
DESKS = 6
ROUND_SEC = 150  # of the long form, between two looks at a quiet daemon
WARM_PART = 0.2  # of the time, at most WARM_SEC_MAX
WARM_SEC_MAX = 90
CHAOS_MEAN_SEC = 5  # between two deeds
CHAOS_SHORT_MEAN_SEC = 0.6
BROKER_PART = 0.6  # of the rounds: after it the broker lives on, and is weighed
QUIET_SEC_MAX = 60  # for everything to be as it was
TRIM_SEC = 8  # more, in which memory goes back (common/trim.h)
DRAIN_SESSIONS = 40
TLS_FOLDER = "tls"
PROGRESS_SEC = 30
GROWTH_MAX_KIB = 512  # of a process's own memory, from warm to the end
GROWTH_SHORT_MAX_KIB = 1024  # the short form is hardly warm
DESCRIPTORS_EACH = 4  # of ours, for a session

CONF = {
    "workers": WORKERS,
    "handshake_timeout": 5,
    "connect_timeout": 5,
    "greeting_timeout": 5,
    "keepalive_timeout": 60,
    "ping_interval": 4,
    "drain_timeout": 20,
    "max_connections": 4000,
}


class Soak:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.dice = random.Random(f"{options.seed}:chaos")
        self.one = None
        self.started = time.monotonic()
        self.logs = []  # lines of daemons that have ended
        self.looks = []  # [(what, Census)]
        self.lag_sec = 0.0
        warm = min(WARM_SEC_MAX, options.seconds * WARM_PART)
        self.warm_sec = warm
        self.rounds = max(1, round((options.seconds - warm) / ROUND_SEC))
        self.is_long = self.rounds > 1

    # the stage

    def build_world(self):
        farm = Farm()
        self.port = daemon.free_port()
        self.address = ("127.0.0.1", self.port)
        secure = SecureAddress(
            "127.0.0.1", daemon.free_port(), os.path.join(self.folder, TLS_FOLDER)
        )
        world = self.world = World(self.options.seed, farm, self.address, secure)
        ports = {
            name: farm.listen(getattr(farm, name))
            for name in ("vnc", "mute", "garbage", "leaves")
        }
        ports["closed"] = closed_port()
        for name, port in ports.items():
            setattr(world, name, f"127.0.0.1:{port}")
        world.denied = f"127.0.0.1:{farm.listen(farm.vnc)}"
        world.own = f"127.0.0.1:{self.port}"
        for i in range(DESKS):
            world.desks[f"desk{i}"] = f"127.0.0.1:{farm.listen(farm.vnc)}"
        self.ports = sorted(ports.values())
        self.chaos = Chaos(world, self.dice, self.make_conf)

    def make_conf(self, has_extra, more_ports):
        """Desks are reached as targets only; "extra" comes and goes."""
        extra = "".join(
            f'target "{name}" {{ address = "{address}" exclusive = yes }}\n'
            for name, address in self.world.desks.items()
        )
        if has_extra:
            extra += f'target "extra" {{ address = "{self.world.vnc}" }}\n'
        extra += self.world.secure.section()
        allow = [f"127.0.0.1:{port}" for port in self.ports]
        if more_ports:
            allow.append("127.0.0.1:1")
        return daemon.conf_text(
            self.folder, [self.world.own], extra, allow=allow, **CONF
        )

    def start(self):
        self.one = self.chaos.one = daemon.Daemon(
            self.folder, self.make_conf(False, False), address=self.address
        )

    # looking at it

    async def look(self, what):
        """A census of the quiet daemon; waits until it is as at the start."""
        began = time.monotonic()
        has_rested = not self.is_long
        while True:
            try:
                faults, census = await self.try_look()
            except (FileNotFoundError, ProcessLookupError) as problem:
                faults, census = [repr(problem)], None  # something just ended
            if time.monotonic() > began + seconds(QUIET_SEC_MAX):
                break
            if not faults and has_rested:
                break
            await asyncio.sleep(0.25 if faults else TRIM_SEC)
            has_rested = has_rested or not faults
        for fault in faults:
            self.world.complain(f"{what}: {fault}")
        if census is not None:
            self.looks.append((what, census))

    async def try_look(self):
        """([what is not quiet], census)"""
        faults = []
        processes = await self.chaos.processes()
        for process in processes:
            if process["state"] != "ready":
                faults.append(f"{process['role']} is {process['state']}")
            if process["connections"] or process["sessions"]:
                faults.append(
                    f"{process['role']} {process['index']} has"
                    f" {process['connections']} connections,"
                    f" {process['sessions']} sessions"
                )
        listed = await self.chaos.sessions()
        if listed != []:
            faults.append(f"{listed} in the table of sessions")
        if self.world.farm.open:
            faults.append(f"{self.world.farm.open} connections at the targets")
        if faults:
            return faults, None
        names = {
            p["pid"]: f"worker {p['index']}" if p["role"] == "worker" else p["role"]
            for p in processes
        }
        census = Census(self.one.pid, names, self.folder)
        if self.looks:
            faults += census.differences(self.looks[0][1])
        return faults, census

    async def probe_leases(self):
        """Every exclusive target is free: each is had by somebody, once."""
        for name in sorted(self.world.desks):
            self.world.ending.set()
            session = self.world.new_session(desk)
            session.dice.choice = _always(name, session.dice.choice)
            await self.world.run(session)
            if session.outcome != "ok" or session.codes != {1000}:
                self.world.complain(f"{name} is not free: {session}")
        self.world.ending.clear()

    async def progress(self):
        """A line now and then, and how late this loop was at most."""
        last = time.monotonic()
        ticks, own = 0, time.process_time()
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.1)
            now = time.monotonic()
            self.lag_sec = max(self.lag_sec, now - began - 0.1)
            if now - last < PROGRESS_SEC:
                continue
            pids = [self.one.pid, *children(self.one.pid)]
            used = sum(cpu_ticks(pid) for pid in pids)
            busy = time.process_time()
            print(
                f"{now - self.started:6.0f} s  {len(self.world.sessions)} sessions,"
                f" {len(self.world.living)} living, {self.world.moved_bytes >> 20} MiB,"
                f" {len(self.chaos.kills)} kills,"
                f" {self.world.outcomes['broken']} broken by them,"
                f" {len(self.world.problems)} problems; CPU"
                f" {max(0, used - ticks) / os.sysconf('SC_CLK_TCK') / (now - last):.0%}"
                f" (soak {(busy - own) / (now - last):.0%}), late by"
                f" {self.lag_sec * 1000:.0f} ms",
                flush=True,
            )
            last, ticks, own = now, used, busy
            self.lag_sec = 0.0

    # the play

    async def round(self, name, sec, may_lose_broker, mean_sec):
        self.world.ending.clear()
        work = [self.world.user(i) for i in range(self.options.sessions)]
        tasks = [asyncio.create_task(w) for w in work]
        over = asyncio.create_task(asyncio.sleep(sec))
        await self.chaos.run(sec, mean_sec, may_lose_broker)
        await over
        self.world.ending.set()
        await asyncio.gather(*tasks)
        await self.chaos.restore()
        await self.probe_leases()
        await self.look(name)

    async def play(self):
        mean = CHAOS_MEAN_SEC if self.is_long else CHAOS_SHORT_MEAN_SEC
        sec = (self.options.seconds - self.warm_sec) / self.rounds
        await self.probe_leases()
        await self.look("start")
        await self.round("warm", self.warm_sec, True, mean)
        for i in range(self.rounds):
            may_lose = not self.is_long or i < BROKER_PART * self.rounds
            await self.round(f"round {i + 1}", sec, may_lose, mean)
        await self.end_in_order()

    async def end_in_order(self):
        """SIGTERM under sessions; then it starts again, as at first."""
        sessions = [self.world.new_session(_stays) for _ in range(DRAIN_SESSIONS)]
        tasks = [asyncio.create_task(self.world.run(s)) for s in sessions]
        while not all(s.is_up or s.outcome for s in sessions):
            await asyncio.sleep(0.05)
        await self.terminate()
        await asyncio.gather(*tasks)
        self.start()
        for _ in range(DRAIN_SESSIONS // 4):
            self.world.ending.set()
            await self.world.run(self.world.new_session(talk))
        await self.look("started again")
        await self.terminate()

    async def terminate(self):
        await self.chaos.processes()
        self.one.signal(signal.SIGTERM)
        status = await asyncio.to_thread(self.one.wait, CONF["drain_timeout"] + 10)
        self.logs.append(self.one.lines)
        self.one.stop()
        if status != 0:
            self.world.complain(f"it ended with status {status}")
        for pid in self.chaos.known_pids:
            if is_alive(pid):
                self.world.complain(f"process {pid} has outlived it")
        left = set(os.listdir(self.folder)) - {
            "vncbridge.conf",
            "vncbridged.log",
            TLS_FOLDER,
        }
        if left:
            self.world.complain(f"files left behind: {sorted(left)}")

    # the verdict

    def table(self):
        """Rows (figure, start, warm, end, fault or "")."""
        # the last look is behind the restart
        looks = [self.looks[i][1] for i in (0, 1, -2)]
        start = looks[0]
        rows = [("processes", *(len(c.family) for c in looks))]
        rows.append(("zombies", *(c.zombies for c in looks)))
        rows.append(("listening sockets", *(len(c.listeners) for c in looks)))
        rows.append(("files", *(len(c.files) for c in looks)))
        for name in start.names.values():
            counts = [sum(c.descriptors[name].values()) for c in looks]
            rows.append((f"descriptors: {name}", *counts))
        rows = [(*row, "" if row[1] == row[3] else "DIFFERS") for row in rows]
        for name in start.names.values():
            for kind, title in ((0, "PSS"), (1, "own")):
                figures = [_memory(c, name, kind) for c in looks]
                verdict = self.verdict(name, kind)
                rows.append((f"{title} KiB: {name}", *figures, verdict))
        return rows

    def verdict(self, name, kind):
        """A process is weighed from the first quiet look behind the warm-up
        that found it to the last."""
        looks = [c for what, c in self.looks[1:] if what != "started again"]
        pid = next(p for p, n in looks[-1].names.items() if n == name)
        had = [c.memory[pid][kind] for c in looks if pid in c.memory]
        if len(had) < 2:
            return "new since"
        grown = had[-1] - had[0]
        text = f"{grown:+d} in {len(had) - 1} rounds"
        most = GROWTH_MAX_KIB if self.is_long else GROWTH_SHORT_MAX_KIB
        if kind == 1 and grown > most and not self.options.asan:
            self.world.complain(f"{name} has grown: {had} KiB")
            text += " TOO MUCH"
        return text

    def report(self):
        world, chaos = self.world, self.chaos
        ledger = Ledger(world, chaos)
        for lines in self.logs:
            ledger.read(lines)
        ledger.check()
        if not (world.secure.full and world.secure.resumed):
            world.complain("no TLS, or no session that was resumed")
        for problem in world.farm.problems:
            world.complain(problem)
        print(f"\n{'figure':26} {'start':>9} {'warm':>9} {'end':>9}")
        for name, *figures, verdict in self.table():
            print(f"{name:26}", *(f"{str(f):>9}" for f in figures), "", verdict)
        kinds = ", ".join(f"{n} × {k}" for k, n in sorted(chaos.counts.items()))
        print(f"\ndeeds: {kinds}")
        print(
            f"{len(world.sessions)} sessions: {world.outcomes['ok']} as they should,"
            f" {ledger.excused} broken by {len(chaos.kills)} kills;"
            f" {world.moved_bytes >> 20} MiB checked; {ledger.lines} lines of log"
        )
        secure = world.secure
        print(
            f"{secure.full} full TLS handshakes, {secure.resumed} resumed,"
            f" {secure.count} certificates"
        )
        print(
            f"{len(world.problems)} problems, seed {self.options.seed}:",
            "FAILED" if world.problems else "PASSED",
            flush=True,
        )
        return 1 if world.problems else 0


async def _stays(session):
    """Until the daemon tells it to go."""
    ws = await open_vnc(session, "echo")
    session.codes = {4580}
    end = await ws.wait_end()
    if isinstance(end, Broken):
        raise end
    assert end.code == 4580 and "restart" in end.reason, end
    await ws.answer_close(end.code)


def _always(value, otherwise):
    """The dice of a probe: value wherever it can be chosen."""
    return lambda items: value if value in items else otherwise(items)


def _memory(census, name, kind):
    return next(census.memory[p][kind] for p, n in census.names.items() if n == name)


def parse_options():
    environ = os.environ.get
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--seconds", type=float, default=float(environ("SOAK_SEC") or 1800)
    )
    parser.add_argument(
        "--sessions", type=int, default=int(environ("SOAK_SESSIONS") or 500)
    )
    parser.add_argument("--seed", default=environ("SOAK_SEED") or None)
    options = parser.parse_args()
    options.seed = options.seed or str(random.randrange(1 << 32))
    worker = os.path.join(daemon.PREFIX, "libexec/vncbridge/vncbridge-worker")
    with open(worker, "rb") as f:
        # its allocator keeps what was freed: memory tells nothing
        options.asan = b"__asan_init" in f.read()
    return options


async def run(options, folder):
    soak = Soak(options, folder)
    soak.build_world()
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    ticker = None
    try:
        soak.start()
        ticker = asyncio.create_task(soak.progress())
        await soak.play()
        return soak.report()
    finally:
        if ticker is not None:
            ticker.cancel()
        soak.world.farm.stop()
        if soak.one is not None and soak.one.is_running():
            soak.one.stop()


def main():
    options = parse_options()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.sessions * DESCRIPTORS_EACH > hard:
        sys.exit(f"soak: {hard} descriptors do not suffice")
    if not daemon.IS_ROOT:
        sys.exit("soak: only root sees what sandboxed processes have")
    print(
        f"soak: {options.sessions} sessions at a time, {options.seconds:.0f} s,"
        f" seed {options.seed}, patience {PATIENCE:g}",
        flush=True,
    )
    folder = tempfile.mkdtemp(prefix="vb-soak-")
    os.chmod(folder, 0o755)
    daemon.give_to_daemon(folder)
    status = 1
    try:
        status = asyncio.run(run(options, folder))
    except asyncio.CancelledError:
        print("soak: interrupted", flush=True)
    finally:
        if status == 0:
            shutil.rmtree(folder)
        else:
            print(f"files are kept in {folder}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
