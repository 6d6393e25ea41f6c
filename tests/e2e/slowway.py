#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A long way to a host that is this one: slowway.py MS. Needs root, and a kernel
with TUN. What is sent to the address "far" comes back after so long as if "far"
had sent it, to "near", where any server may listen: both addresses of a packet
are exchanged, which leaves its checksums as they are. Until it is stopped, or
its input ends; while it is paused, the far host answers nothing."""

import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUN = "/dev/net/tun"
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
PACKET_MAX = 65536


class Way:
    """In the network namespace of who makes it."""

    def __init__(self, ms, number=0):
        self.delay_sec = ms / 1000
        net = "198.18.%d.%d" % divmod(4 * (number % 16384), 256)  # RFC 2544
        head, _, last = net.rpartition(".")
        self.near, self.far = (f"{head}.{int(last) + i}" for i in (1, 2))
        self.fd = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        asked = struct.pack("16sH22x", b"vbway%d", IFF_TUN_NO_PI)
        name = fcntl.ioctl(self.fd, TUNSETIFF, asked)[:16].rstrip(b"\0").decode()
        for words in f"addr add {self.near}/30 dev {name}", f"link set {name} up":
            subprocess.run(["ip", *words.split()], check=True)

    def run(self, stop):
        """Until stop, a descriptor, can be read."""
        waiting = collections.deque()
        while True:
            left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
            found, _, _ = select.select([self.fd, stop], [], [], left)
            if stop in found:
                return
            if self.fd in found:
                packet = os.read(self.fd, PACKET_MAX)
                if packet[0] >> 4 == 4:
                    back = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
                    waiting.append((time.monotonic() + self.delay_sec, back))
            while waiting and waiting[0][0] <= time.monotonic():
                os.write(self.fd, waiting.popleft()[1])

    def close(self):
        os.close(self.fd)


def main():
    way = Way(int(sys.argv[1]), os.getpid())
    print(f"near={way.near} far={way.far}", flush=True)
    way.run(0)


if __name__ == "__main__":
    main()
