# SPDX-License-Identifier: ISC
"""Two hosts with a cable between them: network namespaces. Needs root."""

import contextlib
import ctypes
import os
import shutil
import subprocess

from daemon import IS_ROOT

CLONE_NEWNET = 0x40000000
RTO_MIN = "5ms"  # Linux waits 200 ms at least before it sends again
RTO_MAX = "/proc/sys/net/ipv4/tcp_rto_max_ms"  # and up to two minutes
RETRIES = "/proc/sys/net/ipv4/tcp_retries2"  # after so many it gives up
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Hosts:
    """Two namespaces, "left" at 10.77.0.1 and "right" at 10.77.0.2."""

    def __init__(self):
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._spaces = {}
        try:
            for name in ("left", "right"):
                _check(_libc.unshare(CLONE_NEWNET))
                self._spaces[name] = os.open("/proc/self/ns/net", os.O_RDONLY)
        finally:
            _check(_libc.setns(self._home, CLONE_NEWNET))
        right = f"/proc/{os.getpid()}/fd/{self._spaces['right']}"
        with self.on("left"):
            self._ip("link add left type veth peer name right")
            self._ip(f"link set right netns {right}")
            self._set_up("left", "10.77.0.1")
        with self.on("right"):
            self._set_up("right", "10.77.0.2")

    def _ip(self, words):
        subprocess.run(["ip", *words.split()], check=True)

    def _set_up(self, name, address):
        self._ip("link set lo up")
        self._ip(f"addr add {address}/24 dev {name}")
        self._ip(f"link set {name} up")
        self._ip(f"route change 10.77.0.0/24 dev {name} rto_min {RTO_MIN}")
        with contextlib.suppress(FileNotFoundError), open(RTO_MAX, "w") as file:
            file.write("1000")
        with open(RETRIES, "w") as file:
            file.write("100")

    @contextlib.contextmanager
    def on(self, name):
        """Sockets made, and programs started, inside belong to that host;
        this thread only."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _check(_libc.setns(self._spaces[name], CLONE_NEWNET))
        try:
            yield
        finally:
            _check(_libc.setns(before, CLONE_NEWNET))
            os.close(before)

    def cut(self):
        """The cable: nothing arrives any more, and nobody is told."""
        with self.on("right"):
            self._ip("link set right arp off")
            self._ip("addr flush dev right")

    def down(self):
        """The link, for a while: both hosts see that."""
        with self.on("right"):
            self._ip("link set right down")

    def up(self):
        with self.on("right"):
            self._ip("link set right up")

    def close(self):
        for space in (*self._spaces.values(), self._home):
            os.close(space)


def reason_not():
    """Why there can be no hosts here, or None."""
    if not IS_ROOT or not shutil.which("ip"):
        return "needs root and ip"
    try:
        Hosts().close()
    except (OSError, subprocess.CalledProcessError) as problem:
        return f"no network namespaces: {problem}"
    return None
