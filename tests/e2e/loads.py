# SPDX-License-Identifier: ISC
"""Programs in C that drive sessions faster than Python can, and targets that
stall with little memory of their own.

VB_BUILD    where "make testprograms" has built them
"""

import json
import os
import signal
import socket
import subprocess
import threading

from proc import Program, cpu_seconds
from targets import Target
from waiting import seconds

BUILD = os.environ.get("VB_BUILD", "")
PATH = "/proxy?target=127.0.0.1:%d"
SMALL_BYTES = 16384  # of a peer's own buffers


def program(name):
    return os.path.join(BUILD, "tests", name)


class Verify(Program):
    """Bytes both ways at once, compared by hash; one side may stall first:
    "client", "target" or nobody."""

    def __init__(self, directory, one, size, stalls=None):
        option = {"client": ["-c"], "target": ["-t"], None: []}[stalls]
        super().__init__(
            [program("long/verify"), *option, str(one.address[1]), str(size)],
            os.path.join(directory, "verify.log"),
        )

    def resume(self):
        self.signal(signal.SIGUSR1)

    def finish(self, timeout=120):
        """What it reports; it has failed if the hashes differ."""
        assert self.wait(timeout) == 0, self.log_text()
        return self.lines[-1]

    def log_text(self):
        with open(self._file.name, encoding="utf-8") as f:
            return f.read()


class Trips:
    """Sessions that send 32 bytes, wait for them, and send the next. Their
    processes run by a command that sets their place in the queue for a CPU."""

    def __init__(self, directory, one, name="trips", by=()):
        self.counters = os.path.join(directory, name)
        self.one = one
        self.by = by
        self.cookie = None  # of a login, that its sessions show
        self.target = subprocess.Popen(
            [*by, program("bench/target"), self.counters],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.target.stdout.readline())

    def load(self, mode, count, window_ms, warm_ms=300):
        cookie = [] if self.cookie is None else ["-C", self.cookie]
        return subprocess.Popen(
            [
                *(*self.by, program("bench/load")),
                *("-c", self.counters, "-p", str(self.one.address[1])),
                *("-m", mode, "-n", str(count), "-u", PATH % self.port, *cookie),
                *("-t", str(window_ms), "-w", str(warm_ms)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def measure(self, count, window_ms=1500):
        """(p50, p99) of a round trip, in milliseconds."""
        load = self.load("rtt", count, window_ms)
        out, _ = load.communicate("\n", seconds(60))
        assert load.returncode == 0, out
        done = json.loads(out.splitlines()[-1])
        return done["p50_ns"] / 1e6, done["p99_ns"] / 1e6

    def speed(self, worker, window_ms=4000):
        """(MB/s to one client, CPU seconds of the worker a GB)."""
        load = self.load("down", 1, window_ms)
        begin = json.loads(load.stdout.readline())
        before = cpu_seconds(worker)
        end = json.loads(load.stdout.readline())
        used = cpu_seconds(worker) - before
        load.communicate("\n", seconds(60))
        size = end["units"] - begin["units"]
        took_ns = end["now_ns"] - begin["now_ns"]
        return size * 1000 / took_ns, used / size * 1e9

    def stop(self):
        self.target.kill()
        self.target.wait()
        self.target.stdout.close()


class Stalling(Target):
    """Greets, if it greets. Then floods, or does nothing: never reads."""

    def __init__(self, floods, greets=True):
        self.floods = floods
        self.greets = greets
        self._over = threading.Event()
        super().__init__(backlog=1024)
        for name in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            self.listener.setsockopt(socket.SOL_SOCKET, name, SMALL_BYTES)

    def serve(self, conn, number):
        conn.settimeout(None)
        if self.greets:
            conn.sendall(b"RFB 003.008\n")
        while self.floods:
            conn.sendall(bytes(65536))
        self._over.wait()

    def stop(self):
        self._over.set()
        super().stop()
