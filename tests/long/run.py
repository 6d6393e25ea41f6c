#!/usr/bin/python3 -B
# SPDX-License-Identifier: ISC
"""The long forms of what tests/e2e/test_bounded.py and test_crowd.py test;
prints the figures. run.py [NAME]..., all without a name; see README.md."""

import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
os.environ.setdefault(
    "VB_TESTCARD", os.path.join(os.environ.get("VB_BUILD", ""), "testcard")
)

# the path is set only now
# pylint: disable=wrong-import-position
import bounded  # noqa: E402
import daemon  # noqa: E402
import flood  # noqa: E402
import leases  # noqa: E402
import loads  # noqa: E402
import logins  # noqa: E402
import netns  # noqa: E402
import testcard  # noqa: E402
from crowd import Crowd, time_to_open  # noqa: E402
from people import People  # noqa: E402
from proc import cpu_seconds  # noqa: E402
from rawmode import open_raw  # noqa: E402
from waiting import until  # noqa: E402

GB = 1_000_000_000
SILENT_COUNT = 10000
DRIPPING_COUNT = 5000
DEFAULT_BUFFER = 4194304
HOLD_SEC = 150  # more than the kernel's or anybody's two minutes


class Place:
    """A folder with a daemon in it, and targets that end with it. users: names
    of those who log in, with the cost of their hashes."""

    def __init__(self, users=None, host="127.0.0.1", **settings):
        self.path = tempfile.mkdtemp(prefix="vb-long-")
        os.chmod(self.path, 0o755)
        daemon.give_to_daemon(self.path)
        self.kept = []
        self.people = People(self.path)
        if users:
            for name, cost in users.items():
                self.people.add(name, cost=cost)
            card = self.keep(testcard.Testcard(self.path, "echo"))
            settings["extra"] = (
                f'target "lab" {{ address = "{card.target}" }}\n' + self.people.section
            )
        settings.setdefault("allow", ["127.0.0.1:1-65535"])
        settings.setdefault("ping_interval", 0)
        port = daemon.free_port()
        self.one = daemon.Daemon(
            self.path,
            daemon.conf_text(self.path, [f"{host}:{port}"], **settings),
            address=(host, port),
        )

    def keep(self, thing):
        self.kept.append(thing)
        return thing

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for thing in [*self.kept, self.one]:
            thing.stop()
        shutil.rmtree(self.path, ignore_errors=True)


def run_hash():
    """10 GB each way at once, by hash."""
    with Place(ping_interval=5) as place:
        before = cpu_seconds(place.one.workers()[0])
        report = loads.Verify(place.path, place.one, 10 * GB).finish(1800)
        used = cpu_seconds(place.one.workers()[0]) - before
        print(f"{report}; {used / 20:.2f} CPU seconds of the worker a GB")


def run_stall():
    """1 GB behind a side that reads nothing for longer than two minutes."""
    for side in ("client", "target"):
        with Place() as place:
            bounded.stall(place.one, place.path, side, GB, 200, HOLD_SEC)


def run_memory():
    """What stalled sessions take: kernel and worker."""
    for side in ("client", "target"):
        for count in (1, 100, 500):
            # 500 without a cap are more than a small machine's tcp_mem
            for size in (0, DEFAULT_BUFFER) if count < 500 else (DEFAULT_BUFFER,):
                with Place(socket_buffer=size) as place:
                    bounded.many_stalls(place.one, place.keep, side, count, size)


def run_speed():
    """One session at full speed, with and without the cap."""
    for size in (0, DEFAULT_BUFFER, 0, DEFAULT_BUFFER):
        with Place(socket_buffer=size) as place:
            trips = place.keep(loads.Trips(place.path, place.one))
            speed, cpu = trips.speed(place.one.workers()[0])
            print(
                f"socket-buffer {size}: {speed:.0f} MB/s to one client,"
                f" {cpu:.2f} CPU seconds of the worker a GB"
            )


def run_fair():
    """Round trips beside a session at full speed."""
    with Place() as place:
        for others in (1, 16, 64, 200):
            for _ in range(3):
                bounded.fairness(place.one, place.path, others)


def _openings(one, card, count=20):
    """The median and the longest of some sessions' openings, in ms."""
    times = sorted(time_to_open(one, card) * 1000 for _ in range(count))
    return times[count // 2], times[-1]


def _longest_trip(client, duration):
    """Round trips of a session, one behind the other; the longest, in ms."""
    until_then, longest = time.monotonic() + duration, 0
    while (began := time.monotonic()) < until_then:
        client.send(b"x")
        assert client.recv_exact(1) == b"x"
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.002)  # it costs little beside the crowd
    return longest * 1000


def run_crowd():
    """Silent and dripping connections beside an honest client."""
    with Place(handshake_timeout=10) as place:
        one = place.one
        card = place.keep(testcard.Testcard(place.path, "echo"))
        print("alone: a session opens in %.1f ms, at most %.1f" % _openings(one, card))
        crowd = Crowd(one.address)
        crowd.grow(SILENT_COUNT)
        before = sum(cpu_seconds(pid) for pid in one.all_pids())
        print(
            f"beside {SILENT_COUNT} silent ones: %.1f ms, at most %.1f"
            % _openings(one, card)
        )
        crowd.grow(DRIPPING_COUNT)
        session, _ = open_raw(one, card)
        began, worst, trip = time.monotonic(), 0, 0
        while time.monotonic() - began < 20:
            crowd.drip(DRIPPING_COUNT)
            worst = max(worst, _openings(one, card, 5)[1])
            rest = 1 - (time.monotonic() - began) % 1
            trip = max(trip, _longest_trip(session, rest))
        used = sum(cpu_seconds(pid) for pid in one.all_pids()) - before
        print(
            f"while {DRIPPING_COUNT} more drip, and all time out: at most"
            f" {worst:.1f} ms, and a session's round trip {trip:.1f};"
            f" {used / 20:.2f} CPUs"
        )
        session.close()
        crowd.wait_end(10)
        until(lambda: one.conns() == 0, 10, "the connections to be counted off")
        print("all are gone, 20 s after the last came")
        crowd.close()


def run_slow_hash():
    """Sessions and logins beside wrong logins of a slow hash."""
    users = {"alice": 5, "bob": 5, "slow": logins.SLOW_COST}
    with Place(users, **logins.PROXY) as place:
        trips = place.keep(loads.Trips(place.path, place.one))
        logins.slow_hash(place, trips)


def run_kills():
    """A thousand logins while auth and its helpers are killed."""
    users = {f"user{i}": 5 for i in range(logins.USERS_COUNT)}
    with Place(users, **logins.PROXY) as place:
        logins.kills(place, list(users))


def run_leases():
    """A thousand times 64 who want one target; and 200 kills beside 16 guests."""
    leases.run_storms(Place)
    leases.run_kills(Place)


def run_rights():
    """Rights that end, beside many who keep theirs."""
    users = {f"user{i}": 5 for i in range(10)}
    with Place(users, workers=2, **logins.PROXY) as place:
        logins.rights(place, place.people)


def run_flood():
    """5,000 connections of one address beside a desktop of another's."""
    off = {
        "max_connections_of_address": 0,
        "connections_per_second_of_address": 0,
    }
    for name, settings in (("the defaults", {}), ("no limits", off)):
        hosts = netns.Hosts()
        flood.add_viewer(hosts)
        with hosts.on("left"), Place(host="10.77.0.1", **settings) as place:
            card = place.keep(testcard.Testcard(place.path, "echo"))
            viewer = flood.open_viewer(hosts, place.one, card)
            print(f"{name}: a desktop's round trip alone: {flood.trips(viewer)}")
            for what in (flood.hold, flood.hammer):
                print(
                    f"  beside {what.__name__}: "
                    + flood.beside(hosts, place.one, viewer, what)
                )
            viewer.close()
        hosts.close()


RUNS = {
    name[4:]: value for name, value in list(globals().items()) if name[:4] == "run_"
}


def main(names):
    unknown = set(names) - set(RUNS)
    if unknown:
        sys.exit(f"no such run: {', '.join(unknown)}; there are {', '.join(RUNS)}")
    for name in names or RUNS:
        print(f"# {name}: {RUNS[name].__doc__}", flush=True)
        RUNS[name]()
        sys.stdout.flush()


main(sys.argv[1:])
