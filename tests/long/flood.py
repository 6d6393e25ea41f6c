# SPDX-License-Identifier: ISC
"""One address with as many connections as it can get, beside a desktop of
another's: two hosts with a cable between them (netns.py)."""

import os
import resource
import signal
import socket
import struct
import time

import rfb
from proc import cpu_seconds
from wsclient import WsClient

FLOODER = "10.77.0.2"
VIEWER = "10.77.0.3"
CONNECTIONS = 5000
TRIPS_SEC = 10
RESET = struct.pack("ii", 1, 0)


def add_viewer(hosts):
    with hosts.on("right"):
        hosts._ip(f"addr add {VIEWER}/24 dev right")


def open_viewer(hosts, one, card):
    with hosts.on("right"):
        viewer = WsClient(one.address, source=VIEWER)
    viewer.open(card.target)
    rfb.raw_greet(viewer)
    return viewer


def trips(viewer):
    """Round trips, 5 ms apart: median, 99th percentile and longest, in ms."""
    times = []
    end = time.monotonic() + TRIPS_SEC
    while (began := time.monotonic()) < end:
        viewer.send(b"x")
        assert viewer.recv_exact(1) == b"x"
        times.append((time.monotonic() - began) * 1000)
        time.sleep(0.005)
    times.sort()
    return (
        f"{times[len(times) // 2]:.2f} ms, 99 of 100 within"
        f" {times[len(times) * 99 // 100]:.2f}, at most {times[-1]:.2f}"
    )


def _connect(address):
    sock = socket.socket()
    sock.bind((FLOODER, 0))
    sock.settimeout(10)
    sock.connect(address)
    return sock


def hold(address):
    """5,000 connections; those that are closed are opened again."""
    held = []
    while True:
        if len(held) < CONNECTIONS:
            held.append(_connect(address))
            continue
        sock = held.pop(0)
        sock.setblocking(False)
        try:
            is_over = sock.recv(1) == b""
        except BlockingIOError:
            is_over = False
        except OSError:
            is_over = True
        if is_over:
            sock.close()
        else:
            held.append(sock)
            time.sleep(0.001)


def hammer(address):
    """As fast as it can, and never two at a time; a reset leaves its port free."""
    while True:
        try:
            sock = _connect(address)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            sock.close()
        except OSError:
            pass


class Flood:
    """A process of the host "right" that does that to the bridge."""

    def __init__(self, hosts, one, what):
        with hosts.on("right"):
            self.pid = os.fork()
            if self.pid == 0:
                try:
                    resource.setrlimit(
                        resource.RLIMIT_NOFILE, (CONNECTIONS + 100,) * 2
                    )
                    what(one.address)
                finally:
                    os._exit(1)

    def stop(self):
        assert os.waitpid(self.pid, os.WNOHANG) == (0, 0), "the flood has ended"
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def beside(hosts, one, viewer, what, settle_sec=5):
    """The viewer's round trips while that goes on."""
    flood = Flood(hosts, one, what)
    try:
        time.sleep(settle_sec)
        accepted = one.status()["accepted"]
        before = sum(cpu_seconds(pid) for pid in one.all_pids())
        found = trips(viewer)
        used = sum(cpu_seconds(pid) for pid in one.all_pids()) - before
        now = one.status()
        rate = (now["accepted"] - accepted) / TRIPS_SEC
        return (
            f"{found}; {one.conns()} connections, {rate:.0f} more came in a"
            f" second, {used / TRIPS_SEC:.2f} CPUs"
        )
    finally:
        flood.stop()
