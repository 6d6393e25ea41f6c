# SPDX-License-Identifier: ISC
"""Many transferring sessions at once, every byte of them checked.

Each session reads a stream of its own from a testcard with "source" and
sends random bytes to its "sink". A thread drives them all; it is paced, so
that a small machine has time for what is tested.
"""

import hashlib
import random
import re
import selectors
import ssl
import struct
import threading
import time

import rfb
import wsclient
from waiting import seconds

READ_BYTES = 16384  # of a session in a turn
SEND_MAX_BYTES = 2048
PACE_SEC = 0.01  # between turns


class Session:
    def __init__(self, client, number):
        self.client = client
        self.number = number
        self.stream = rfb.raw_greet(client, rfb.version(number))
        self.sent = 0
        self.hash = hashlib.sha256()
        self.out = b""
        self.closing = False
        self.close = None  # (code, reason) of the server's close frame
        self.is_over = False
        self.error = None
        self.dice = random.Random(number)
        self._take(bytes(client.data))
        client.sock.setblocking(False)

    @property
    def received(self):
        return self.stream.at

    def digest(self):
        return self.sent, self.hash.hexdigest()

    def _take(self, data):
        if data:
            self.stream.check(data)

    def _take_frame(self, frame):
        if frame.opcode in (wsclient.BINARY, wsclient.CONT):
            self._take(frame.payload)
        elif frame.opcode == wsclient.PING:
            self.out += wsclient.encode_frame(wsclient.PONG, frame.payload)
        elif frame.opcode == wsclient.CLOSE:
            (code,) = struct.unpack(">H", frame.payload[:2] or b"\x03\xed")
            self.close = code, frame.payload[2:].decode("ascii")
            if not self.closing:
                self.out += wsclient.encode_close(code)

    def on_readable(self):
        sock = self.client.sock
        data = sock.recv(READ_BYTES)
        if not data:
            self.is_over = True
            if self.close is None:
                self.error = "ended without a close frame"
            return
        self.client.reader.feed(data)
        if isinstance(sock, ssl.SSLSocket) and sock.pending() > 0:
            self.client.reader.feed(sock.recv(sock.pending()))
        while (frame := self.client.reader.next()) is not None:
            self._take_frame(frame)

    def on_writable(self):
        if not self.out and not self.closing and self.close is None:
            data = self.dice.randbytes(self.dice.randint(1, SEND_MAX_BYTES))
            self.sent += len(data)
            self.hash.update(data)
            self.out = wsclient.encode_frame(wsclient.BINARY, data)
        if self.out:
            self.out = self.out[self.client.sock.send(self.out) :]

    def run(self, mask):
        try:
            if mask & selectors.EVENT_WRITE:
                self.on_writable()
            if mask & selectors.EVENT_READ:
                self.on_readable()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except (OSError, AssertionError) as problem:
            self.is_over = True
            self.error = self.error or repr(problem)


class Swarm:
    """Opens count sessions; they transfer until finish(). tls: context and
    what belongs to it, see wsclient.py."""

    def __init__(self, address, target, count, first=0, **tls):
        self.sessions = []
        self.selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._is_stopped = False
        for number in range(first, first + count):
            session = Session(wsclient.connect(address, target, **tls), number)
            self.sessions.append(session)
            self._watch(session)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _watch(self, session):
        self.selector.register(
            session.client.sock,
            selectors.EVENT_READ | selectors.EVENT_WRITE,
            session,
        )

    def _run(self):
        while not self._is_stopped:
            with self._lock:
                for key, mask in self.selector.select(0):
                    key.data.run(mask)
                    if key.data.is_over:
                        self.selector.unregister(key.data.client.sock)
            time.sleep(PACE_SEC)

    def wait(self, condition, timeout=10, what="the sessions"):
        """Waits until condition(sessions), looked at between turns."""
        deadline = time.monotonic() + seconds(timeout)
        while True:
            with self._lock:
                if condition(self.sessions):
                    return
            if time.monotonic() > deadline:
                raise AssertionError(f"waited for {what} in vain; {self}")
            time.sleep(PACE_SEC)

    def wait_progress(self, count=65536, timeout=20, sessions=None):
        """Until each living session has read and sent so much more."""
        with self._lock:
            start = {
                s: (s.received, s.sent)
                for s in sessions or self.sessions
                if not s.is_over
            }
        self.wait(
            lambda _: all(
                s.is_over
                or (s.received >= r + count and s.sent >= w + count // 32)
                for s, (r, w) in start.items()
            ),
            timeout,
            "progress",
        )

    def living(self):
        with self._lock:
            return [s for s in self.sessions if not s.is_over]

    def over(self):
        with self._lock:
            return [s for s in self.sessions if s.is_over]

    def errors(self):
        with self._lock:
            return [(s.number, s.error) for s in self.sessions if s.error]

    def finish(self, timeout=30):
        """Closes every living session in good order; waits for the echoes."""
        with self._lock:
            for session in self.sessions:
                if not session.is_over and session.close is None:
                    session.closing = True
                    session.out += wsclient.encode_close(1000)
        self.wait(
            lambda all_of_them: all(s.is_over for s in all_of_them),
            timeout,
            "the closing handshakes",
        )
        self.stop()

    def stop(self):
        self._is_stopped = True
        self._thread.join(seconds(10))
        for session in self.sessions:
            session.client.close()
        self.selector.close()

    def __str__(self):
        over = [s for s in self.sessions if s.is_over]
        return (
            f"{len(self.sessions)} sessions, {len(over)} over, errors: "
            f"{[(s.number, s.error) for s in over if s.error][:5]}"
        )


def sinks_of(card):
    """{(bytes, SHA-256)} that the testcard's connections have swallowed."""
    pattern = re.compile(r" sink bytes=(\d+) sha256=(\w+)")
    found = [pattern.search(line) for line in card.grep(pattern)]
    return {(int(m[1]), m[2]) for m in found}
