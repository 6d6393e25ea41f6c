# SPDX-License-Identifier: ISC
"""Connections that ask for nothing, or never end asking, in numbers."""

import selectors
import socket
import time

from rawmode import open_raw
from waiting import seconds


def is_over(sock):
    """The server has closed it."""
    sock.setblocking(False)
    try:
        return sock.recv(4096) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


class Crowd:
    """Connections that are silent, or drip a byte a second."""

    def __init__(self, address):
        self.address = address
        self.socks = []
        self.over_count = 0

    def grow(self, count):
        for _ in range(count):
            self.socks.append(socket.create_connection(self.address, seconds(20)))

    def drip(self, count):
        """A byte of a head from each of the last count that are there."""
        for sock in self.socks[-count:]:
            try:
                sock.send(b"G")
            except OSError:
                pass

    def wait_end(self, timeout):
        """Until the server has closed them all."""
        selector = selectors.DefaultSelector()
        for sock in self.socks:
            selector.register(sock, selectors.EVENT_READ)
        deadline = time.monotonic() + seconds(timeout)
        while selector.get_map():
            left = len(selector.get_map())
            assert time.monotonic() < deadline, f"{left} are left"
            for key, _ in selector.select(1):
                if is_over(key.fileobj):
                    selector.unregister(key.fileobj)

    def close(self):
        for sock in self.socks:
            sock.close()


def time_to_open(one, card):
    """Seconds for an honest session: connect, upgrade, greeting, echo."""
    began = time.monotonic()
    client, _ = open_raw(one, card)
    client.send(b"x")
    assert client.recv_exact(1) == b"x"
    took = time.monotonic() - began
    client.close()
    return took
