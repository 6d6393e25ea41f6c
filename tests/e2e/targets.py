# SPDX-License-Identifier: ISC
"""Targets that are no VNC servers, or bad ones; each on a thread.

Each keeps, for every connection in the order of accepting, what it got.
"""

import socket
import struct
import threading

from waiting import seconds

HTTP = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)
SMTP = b"220 mail.example ESMTP\r\n"


class Target:
    """Accepts, and lets serve(conn) talk to each connection."""

    def __init__(self, host="127.0.0.1", port=0, backlog=128):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(backlog)
        self.port = self.listener.getsockname()[1]
        self.target = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.received = []
        self._news = threading.Condition()
        self._accepted = 0
        self._ended = 0
        self._is_stopped = False
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            with self._news:
                if self._is_stopped:
                    conn.close()
                    return
                self.received.append(b"")
                number = self._accepted
                self._accepted += 1
                self._news.notify_all()
            thread = threading.Thread(
                target=self._run, args=(conn, number), daemon=True
            )
            thread.start()

    def _run(self, conn, number):
        conn.settimeout(seconds(30))
        try:
            with conn:
                self.serve(conn, number)
        except OSError:
            pass
        with self._news:
            self._ended += 1
            self._news.notify_all()

    def note(self, number, data):
        with self._news:
            self.received[number] += data
            self._news.notify_all()

    def swallow(self, conn, number):
        while True:
            data = conn.recv(65536)
            if not data:
                return
            self.note(number, data)

    def serve(self, conn, number):
        raise NotImplementedError

    def _wait(self, condition, timeout, what):
        with self._news:
            if not self._news.wait_for(condition, seconds(timeout)):
                raise AssertionError(f"the target waited for {what} in vain")

    def wait_accepted(self, count=1, timeout=10):
        self._wait(lambda: self._accepted >= count, timeout, "a connection")

    def wait_ended(self, count=1, timeout=10):
        self._wait(lambda: self._ended >= count, timeout, "an end")

    def wait_received(self, number, count, timeout=10):
        self._wait(
            lambda: len(self.received) > number
            and len(self.received[number]) >= count,
            timeout,
            f"{count} bytes",
        )

    @property
    def accepted(self):
        return self._accepted

    def stop(self):
        with self._news:
            self._is_stopped = True
            self._news.notify_all()
        # close() alone leaves a thread in accept() for ever
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self._threads[0].join(seconds(5))


class Silent(Target):
    """Accepts, says nothing, listens."""

    def serve(self, conn, number):
        self.swallow(conn, number)


class Says(Target):
    """Says a few words at once, then listens to the end."""

    def __init__(self, words, **how):
        self.words = words
        super().__init__(**how)

    def serve(self, conn, number):
        conn.sendall(self.words)
        self.swallow(conn, number)


class Stays(Target):
    """Says much, and is still there when it has heard that no more comes."""

    def __init__(self, words):
        self.words = words
        super().__init__()

    def serve(self, conn, number):
        conn.sendall(self.words)
        self.swallow(conn, number)
        with self._news:
            self._news.wait_for(lambda: self._is_stopped, seconds(120))


class Http(Target):
    """A web server: waits for a request, as servers do that speak second."""

    def serve(self, conn, number):
        data = conn.recv(65536)
        self.note(number, data)
        if data:
            conn.sendall(HTTP)


class Smtp(Says):
    """A mail server: greets first, then obeys."""

    def __init__(self, **how):
        super().__init__(SMTP, **how)

    def serve(self, conn, number):
        conn.sendall(self.words)
        for line in conn.makefile("rb"):
            self.note(number, line)
            conn.sendall(b"250 ok\r\n")


class Redis(Target):
    """Executes inline commands, one a line, without any greeting."""

    def serve(self, conn, number):
        for line in conn.makefile("rb"):
            self.note(number, line)
            conn.sendall(b"+OK\r\n")


class ClosesAtOnce(Target):
    def serve(self, conn, number):
        return


class Resets(Target):
    """RST behind a few words."""

    def __init__(self, words=b"", **how):
        self.words = words
        super().__init__(**how)

    def serve(self, conn, number):
        conn.sendall(self.words)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Drips(Target):
    """A greeting byte by byte, each when release() is called."""

    def __init__(self, words, **how):
        self.words = words
        self._gate = threading.Semaphore(0)
        super().__init__(**how)

    def release(self, count=1):
        for _ in range(count):
            self._gate.release()

    def serve(self, conn, number):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(self.words)):
            if not self._gate.acquire(timeout=seconds(30)):
                return
            conn.sendall(self.words[i : i + 1])
        self.swallow(conn, number)


class NeverAccepts:
    """A listener whose queue is full: a SYN to it gets no answer."""

    def __init__(self, host="127.0.0.1", port=0):
        self.listener = socket.socket()
        self.listener.bind((host, port))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.target = f"{host}:{self.port}"
        self.fillers = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((host, self.port))
            self.fillers.append(filler)

    def stop(self):
        for filler in self.fillers:
            filler.close()
        self.listener.close()


def closed_port(host="127.0.0.1"):
    """A port where nobody listens."""
    with socket.socket() as sock:
        sock.bind((host, 0))
        return sock.getsockname()[1]


def free_vnc_port(host="127.0.0.1", first=5950, last=5999):
    """A free port of those that the default policy allows."""
    for port in range(first, last + 1):
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host, port))
            except OSError:
                continue
            return port
    raise AssertionError(f"no free port from {first} to {last}")
