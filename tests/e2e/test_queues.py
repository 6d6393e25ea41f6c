# SPDX-License-Identifier: ISC
"""All clients at once, as behind a proxy that restarts: what the processes ask
of each other piles up, and nobody is taken for an attacker."""

import contextlib
import json
import os
import re
import resource
import selectors
import signal
import socket
import time

import pytest

import rfb
from waiting import seconds, until
from wsclient import Closed

MANY = 10000
SPARE = 500  # descriptors of this process, and of a session's other side
CARD_EACH = 50  # of so many clients one asks for a desktop that is there
TARGETS = "GET /api/targets HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
OPEN = (
    "GET /proxy?target={} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture
def many():
    """As many clients as may be, up to MANY."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # the daemon raises its own, too, and needs two for a session
    yield min(MANY, hard // 2 - SPARE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Storm:
    """Connections that all ask in the same moment."""

    def __init__(self, one, count):
        self.one = one
        self.answers = {}
        self.socks = [socket.create_connection(one.address) for _ in range(count)]
        until(lambda: one.conns() >= count, 60, "all to be taken")

    def ask(self, request):
        """request(i) is what the i-th sends."""
        for i, sock in enumerate(self.socks):
            sock.sendall(request(i).encode())

    def read(self, is_whole, timeout=60, socks=None):
        """Until each has what is_whole(bytes) wants, or its end."""
        selector = selectors.DefaultSelector()
        for sock in socks or self.socks:
            if sock in self.answers and is_whole(self.answers[sock]):
                continue
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ)
        deadline = time.monotonic() + seconds(timeout)
        while selector.get_map():
            assert time.monotonic() < deadline, f"{len(selector.get_map())} are left"
            for key, _ in selector.select(1):
                data = key.fileobj.recv(65536)
                answer = self.answers.get(key.fileobj, b"") + data
                self.answers[key.fileobj] = answer
                if not data or is_whole(answer):
                    selector.unregister(key.fileobj)
        return [self.answers[sock] for sock in self.socks]

    def close(self):
        for sock in self.socks:
            sock.close()


def is_http(answer):
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return end != b"" and (length is None or len(body) >= int(length[1]))


def has_frame(answer):
    """Something came behind the 101."""
    return answer.partition(b"\r\n\r\n")[2] != b"" or not answer.startswith(
        b"HTTP/1.1 101"
    )


def is_told(answer):
    """A Close has come."""
    frames = answer.partition(b"\r\n\r\n")[2]
    while len(frames) >= 2 and len(frames) >= 2 + frames[1]:
        if frames[:1] == b"\x88":
            return True
        frames = frames[2 + frames[1] :]
    return False


class Bystander:
    """A session that runs meanwhile, and the processes that it needs."""

    def __init__(self, one, card):
        self.one = one
        self.client = one.connect(card.target, timeout=20)
        rfb.raw_greet(self.client)
        self.pids = one.all_pids()

    def check(self):
        self.client.send(b"still there")
        assert self.client.recv_exact(11) == b"still there"
        assert self.one.all_pids() == self.pids
        assert all(p["restarts"] == 0 for p in self.one.status()["processes"])


def start(bridge, testcard, workers, many):
    card = testcard("echo")
    one = bridge(
        workers=workers,
        max_connections=many + 100,
        listen_backlog=16384,
        extra=f'target "desk" {{ address = "{card.target}" }}',
    )
    return one, card, Bystander(one, card)


def sessions_of(one):
    return json.loads(one.ctl("-j", "sessions").stdout)["sessions"]


@pytest.mark.parametrize("workers", [1, 2])
def test_all_who_ask_for_the_targets_at_once_are_answered(
    bridge, testcard, many, workers
):
    one, _, bystander = start(bridge, testcard, workers, many)
    storm = Storm(one, many)
    storm.ask(lambda i: TARGETS)
    answers = storm.read(is_http)
    statuses = {answer[9:12] for answer in answers}
    assert statuses <= {b"200", b"503"} and b"200" in statuses
    bystander.check()
    storm.close()
    until(lambda: one.conns() == 1, 30, "the others to be counted off")
    assert b'"sessions":1' in one.get("/api/targets").body
    bystander.check()


@pytest.mark.parametrize("workers", [1, 2])
def test_all_who_open_at_once_hear_what_comes_of_it(bridge, testcard, many, workers):
    """Most are refused by the broker; some have a session."""
    one, card, bystander = start(bridge, testcard, workers, many)
    storm = Storm(one, many)
    storm.ask(
        lambda i: OPEN.format(card.target if i % CARD_EACH == 0 else "192.0.2.1")
    )
    answers = storm.read(has_frame)
    assert all(answer.startswith(b"HTTP/1.1 101") for answer in answers)
    frames = [answer.partition(b"\r\n\r\n")[2] for answer in answers]
    assert all(frame[:1] in (b"\x82", b"\x88") for frame in frames)
    assert b"RFB 003.008\n" in frames[0]
    refused = [sock for i, sock in enumerate(storm.socks) if i % CARD_EACH != 0]
    storm.read(is_told, socks=refused)
    closes = {storm.answers[sock].rpartition(b"\x88")[2][1:3] for sock in refused}
    assert closes == {(4520).to_bytes(2, "big")}
    bystander.check()
    # all sessions end at once
    storm.close()
    until(lambda: one.conns() == 1, 30, "the others to be counted off")
    until(lambda: len(sessions_of(one)) == 1, 30, "their leases to be free")
    bystander.check()


@pytest.mark.parametrize("workers", [1, 2])
def test_all_who_wait_for_a_broker_that_hangs_are_served_when_it_goes_on(
    bridge, testcard, many, workers
):
    one, _, bystander = start(bridge, testcard, workers, many)
    storm = Storm(one, many)
    broker = one.broker()
    os.kill(broker, signal.SIGSTOP)
    storm.ask(lambda i: OPEN.format("192.0.2.1") if i % 2 else TARGETS)
    # that of all the others was read before this
    assert b'"sessions":null' in one.get("/api/targets").body
    os.kill(broker, signal.SIGCONT)
    answers = storm.read(lambda answer: has_frame(answer) and is_http(answer))
    assert {answer[9:12] for answer in answers[0::2]} <= {b"200", b"503"}
    assert {answer[9:12] for answer in answers[1::2]} == {b"101"}
    bystander.check()
    storm.close()


# ---- /healthz ----


def health(one, method="GET"):
    answer = one.get("/healthz", method=method)
    return answer.status, answer.body


def test_health_tells_of_a_broker_that_hangs_before_the_watchdog_does(
    bridge, testcard
):
    card = testcard("echo")
    one = bridge(watchdog_timeout=60, connect_timeout=1)
    assert health(one) == (200, b"ok\n")
    assert health(one, "HEAD") == (200, b"")
    broker = one.broker()
    os.kill(broker, signal.SIGSTOP)
    status, body = health(one)
    assert status == 503 and b"the broker" in body
    assert health(one, "HEAD") == (503, b"")
    # and who opens a session hears whose fault it is
    with one.connect(card.target, timeout=30) as client:
        with pytest.raises(Closed) as closed:
            client.recv_exact(1)
        assert closed.value.code == 4581
        assert card.target not in closed.value.reason
    one.wait_end(code=4581)
    os.kill(broker, signal.SIGCONT)
    until(lambda: health(one) == (200, b"ok\n"), 10, "it to answer again")


def test_health_tells_of_a_broker_in_a_crash_loop(bridge):
    one = bridge()

    def is_down():
        """Each one that comes is killed; between two there is none."""
        broker = one.broker()
        if broker is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(broker, signal.SIGKILL)
        return health(one)[0] == 503

    until(is_down, 60, "a crash loop that is noticed")
    until(lambda: health(one)[0] == 200, 60, "the next one to serve")
