# SPDX-License-Identifier: ISC
"""Stalls, their cost, and their end: in a short form for the tests here, and
in a long one for tests/long. Each prints its figures."""

import subprocess
import time

from kernel import keeps_freed_memory, pss_kib, socket_bytes
from loads import Stalling, Trips, Verify
from proc import cpu_seconds
from waiting import seconds, until
from wsclient import BINARY, connect, encode_frame

KIB = 1024
WORKER_BOUND_KIB = 1024  # of a worker, for each stalled session
WARM_BYTES = 50_000_000
SLACK_BYTES = 131072  # the kernel's rounding: it stops behind a limit


def wait_idle(pid, timeout=30):
    """Until a process has used no CPU time for a while: all is stuck."""
    state = {"cpu": None, "since": 0}

    def is_idle():
        now, cpu = time.monotonic(), cpu_seconds(pid)
        if cpu != state["cpu"]:
            state.update(cpu=cpu, since=now)
        return now - state["since"] > 0.5

    until(is_idle, timeout, "the worker to be idle")




def assert_others_live(alone_ms, beside_ms):
    """Wide, since a busy machine alone makes it some times as much: what
    waits for somebody else's stall would take as long as that."""
    assert beside_ms < 10 * alone_ms + seconds(0.5) * 1000


def stall(one, directory, side, size, others, hold_sec=0):
    """One side of a session reads nothing while the other sends size bytes;
    others go on meanwhile. Then it reads, and nothing may be missing."""
    worker = one.workers()[0]
    trips = Trips(directory, one)
    _, alone = trips.measure(others)
    # what all share, and what the allocator keeps: no session's own
    print("warm:", Verify(directory, one, WARM_BYTES).finish())
    before = pss_kib([worker])
    mark = one.mark()
    verify = Verify(directory, one, size, stalls=side)
    try:
        one.wait_line("session opened", start=mark)
        wait_idle(worker)
        _, beside = trips.measure(others)
        time.sleep(hold_sec)
        wait_idle(worker)
        assert verify.is_running(), verify.log_text()
        grown = pss_kib([worker]) - before
        verify.resume()
        report = verify.finish()
    finally:
        verify.stop()
        trips.stop()
    print(
        f"stalled {side}: worker {grown:+} KiB; {others} others' p99 {alone:.2f} ms"
        f" before, {beside:.2f} ms meanwhile; then {report}"
    )
    assert grown <= WORKER_BOUND_KIB or keeps_freed_memory(worker)
    assert_others_live(alone, beside)


def _stalled_client(one, target):
    client = connect(one.address, target, timeout=30, rcvbuf=16384)
    client.recv_exact(12)
    return client


def _fill(clients):
    """Sends on all until none takes more: a round without progress."""
    wire = encode_frame(BINARY, bytes(65536))
    for client in clients:
        client.sock.setblocking(False)
    offset = dict.fromkeys(clients, 0)
    stuck_since = time.monotonic()
    while time.monotonic() - stuck_since < 1:
        for client in clients:
            try:
                sent = client.sock.send(wire[offset[client] :])
            except BlockingIOError:
                continue
            offset[client] = (offset[client] + sent) % len(wire)
            stuck_since = time.monotonic()


def many_stalls(one, keep, side, count, socket_buffer):
    """count sessions, all stalled on one side: what do they take?"""
    target = keep(Stalling(floods=side == "client"))
    worker = one.workers()[0]
    warm = _stalled_client(one, target.target)
    warm.close()
    before = pss_kib([worker])
    clients = [_stalled_client(one, target.target) for _ in range(count)]
    if side == "target":
        _fill(clients)
    wait_idle(worker, 60)
    worker_kib = (pss_kib([worker]) - before) / count
    kernel = sum(socket_bytes(one, target.port)) / count
    print(
        f"{count} stalled {side}s, socket-buffer {socket_buffer}: each"
        f" {worker_kib:.0f} KiB of the worker, {kernel / KIB:.0f} KiB of the kernel"
    )
    for client in clients:
        client.reset()
    assert worker_kib <= WORKER_BOUND_KIB or keeps_freed_memory(worker)
    if socket_buffer:
        assert kernel >= socket_buffer / 8, "there was no stall"
        assert kernel <= 2 * socket_buffer + SLACK_BYTES
    return worker_kib, kernel


def fairness(one, directory, others):
    """p99 of the others' round trips without, and beside, a full-speed one.
    Their own ends never wait for a CPU, if that is allowed, and the fast
    one's do first: what the daemon adds is to be looked at, and not how many
    processes share a CPU with it."""
    at_once = ["chrt", "-f", "1"]
    if subprocess.run([*at_once, "true"], check=False, capture_output=True).returncode:
        at_once = []
    trips = Trips(directory, one, by=at_once)
    fast = Trips(directory, one, "fast", by=["nice", "-n", "19"])
    try:
        _, alone = trips.measure(others)
        flood = fast.load("down", 1, 60000)
        try:
            flood.stdout.readline()  # it is at full speed now
            _, beside = trips.measure(others)
        finally:
            flood.kill()
            flood.communicate()
    finally:
        trips.stop()
        fast.stop()
    print(
        f"{others} sessions' p99 {alone:.2f} ms alone, {beside:.2f} ms beside one"
        f" at full speed: {beside / alone:.2f} times"
    )
    return alone, beside
