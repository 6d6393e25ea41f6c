# SPDX-License-Identifier: ISC
"""Connections that are cut at a chosen byte, many at once, and judged.

A case is one connection of a client and, if it comes to that, its target's.
Each has a loopback address of its own for both, so that the daemon's log
can be asked about it whatever else goes on. A script drives it, and says
what may be in the log afterwards; Field.run() runs the scripts and judges.
"""

import asyncio
import functools
import hashlib
import itertools
import json
import os
import re
import socket
import struct
from collections import defaultdict

import rfb
from aiotls import Tls
from daemon import IS_ROOT, LINE, has_asan, parse_pairs
from waiting import seconds, until
from wsclient import BINARY, CLOSE, CONT, FrameReader, encode_close, encode_frame

FIN, RST = "FIN", "RST"
READ_BYTES = 1 << 16
CASES_AT_ONCE = 48
CASE_SEC = 30
SETTLE_SEC = 20
IS_LISTENING = "00010000"  # in the flags of /proc/net/unix

# What the log may say, as (close code, pattern of the whole reason).
CLIENT_FIN = (1006, "client lost: connection closed without a close frame")
TLS_CUT = "client lost: connection cut, without a TLS closure or a close frame"
CLIENT_RST = (1006, "client lost: Connection reset by peer")
CLIENT_LEFT = (1006, "the client left before the target was connected")
CLIENT_CLOSED = (1000, "closed by the client")
TARGET_FIN = (1000, "the VNC server closed the connection")
TARGET_RST = (4500, r"127\.\S+:\d+: Connection reset by peer")
TARGET_RST_AT_ONCE = (4500, r"127\.\S+:\d+: connection reset")
NO_GREETING_FIN = (4503, r"127\.\S+:\d+ closed the connection before a VNC greeting")
NO_GREETING_RST = (4503, NO_GREETING_FIN[1] + ": Connection reset by peer")
CLIENT_LOST = {FIN: CLIENT_FIN, RST: CLIENT_RST}
TARGET_LOST = {FIN: TARGET_FIN, RST: TARGET_RST}
NO_GREETING = {FIN: NO_GREETING_FIN, RST: NO_GREETING_RST}


def address_of(number):
    """127.1.0.0 and on: loopback, and nobody else's."""
    number += 1 << 16
    return f"127.{number >> 16}.{number >> 8 & 255}.{number & 255}"


@functools.lru_cache(maxsize=4)
def pattern(count):
    """Bytes of which no part is like another."""
    return hashlib.shake_128(b"cuts").digest(count)


def each(name, script, *choices):
    """[(name, script)] for each combination of the choices."""
    return [
        (f"{name} {dict(chosen)}", functools.partial(script, **dict(chosen)))
        for chosen in itertools.product(
            *([(key, value) for value in values] for key, values in choices)
        )
    ]


def cut(sock, how):
    """FIN leaves the socket open, to be read; RST leaves nothing."""
    if how == FIN:
        sock.shutdown(socket.SHUT_WR)
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Case:
    def __init__(self, field, number, name):
        self.field = field
        self.name = name
        self.address = address_of(number)
        self.loop = asyncio.get_running_loop()
        self.client = self.tls = None
        self.conn = None  # the target's end
        self.mark = field.daemon.mark()
        self.listener = None
        self.target = None
        self.reader = FrameReader()
        self.client_got = bytearray()  # payload
        self.target_got = bytearray()
        self.code = None  # of the close frame that the client got
        self.answer, self.is_answered = b"", False
        self.has_connected = False
        self.client_cut = self.target_cut = None
        self.is_in_frame = False  # the client cannot send a close frame
        self.is_deaf = False  # the target never reads
        # what is expected
        self.may_be_session = True
        self.must_be_session = True
        self.outcomes = set()
        self.sent = None  # payload that the client has sent, if that is sure
        self.said = None  # the same of the target

    # the client

    def head(self):
        if self.target is None:
            self.listen()
        return (
            f"GET /proxy?target={self.target} HTTP/1.1\r\n"
            "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()

    async def connect(self, sndbuf=None, rcvbuf=None):
        sock = socket.socket()
        self.client = sock
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if sndbuf:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sndbuf)
        if rcvbuf:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        sock.bind((self.address, 0))
        await self.loop.sock_connect(sock, self.field.daemon.address)
        self.has_connected = True
        if self.field.context is not None:
            self.tls = Tls(sock, self.field.context)
            await self.tls.handshake()

    async def send(self, data):
        if self.tls is None:
            await self.loop.sock_sendall(self.client, data)
        elif data:
            await self.tls.send(data)

    async def handshake(self, extra=b"", **buffers):
        head = self.head()
        await self.connect(**buffers)
        await self.send(head + extra)
        while not self.is_answered:
            assert await self._read_client(), "ended in the handshake's answer"

    def _take(self, frame):
        if frame.opcode in (BINARY, CONT):
            self.client_got += frame.payload
        elif frame.opcode == CLOSE:
            self.code = 1005
            if frame.payload:
                (self.code,) = struct.unpack(">H", frame.payload[:2])

    def _take_answer(self, data):
        """Gives what comes behind it."""
        self.answer += data
        assert b"HTTP/1.1 101 ".startswith(self.answer[:13]), self.answer
        head, end, rest = self.answer.partition(b"\r\n\r\n")
        if not end:
            return b""
        self.answer, self.is_answered = head, True
        return rest

    async def _read_client(self, most=READ_BYTES):
        """Takes what comes; how much, 0 at the end."""
        if self.tls is None:
            data = await self.loop.sock_recv(self.client, most)
        else:
            data = await self.tls.recv(most)
        count = len(data)
        if not self.is_answered:
            data = self._take_answer(data)
        self.reader.feed(data)
        while (frame := self.reader.next()) is not None:
            self._take(frame)
        return count

    async def read_raw(self, count):
        """So many bytes as they come, whatever they mean."""
        while count > 0:
            part = await self._read_client(count)
            assert part, f"{self.name}: ended too early"
            count -= part

    async def read(self, count):
        """Until the client has got so much payload in all."""
        while len(self.client_got) < count:
            assert await self._read_client(), f"{self.name}: ended too early"

    async def wait_close(self):
        while self.code is None:
            assert await self._read_client(), f"{self.name}: ended without a close"

    def cut_client(self, how):
        self.client_cut = how
        cut(self.client, how)

    # the target

    def listen(self, rcvbuf=None):
        self.listener = socket.socket()
        self.listener.setblocking(False)
        if rcvbuf:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.listener.bind((self.address, 0))
        self.listener.listen()
        self.target = "%s:%d" % self.listener.getsockname()

    async def accept(self):
        self.conn, _ = await self.loop.sock_accept(self.listener)
        self.conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def say(self, data):
        await self.loop.sock_sendall(self.conn, data)

    def cut_target(self, how):
        self.target_cut = how
        cut(self.conn, how)

    async def open(self, **buffers):
        """A session with its greeting, on both sides."""
        await self.handshake(**buffers)
        await self.accept()
        await self.say(rfb.GREETING)
        await self.read(len(rfb.GREETING))

    # the end

    async def is_writable(self, sock, timeout):
        """Whether it becomes so within the time."""
        ready = self.loop.create_future()
        self.loop.add_writer(sock, lambda: ready.done() or ready.set_result(1))
        try:
            return bool((await asyncio.wait([ready], timeout=timeout))[0])
        finally:
            self.loop.remove_writer(sock)

    async def wait_ended(self):
        """Until the log has this session's last line."""
        pattern = rf"session ended .*client={re.escape(self.address)}:"
        while not self.field.daemon.grep(pattern, self.mark):
            await asyncio.sleep(0.02)

    async def _drain_client(self):
        if self.client is None or self.client.fileno() == -1:
            return
        is_answered = False
        try:
            while True:
                if self.code and not self.client_cut and not is_answered:
                    is_answered = True
                    if self.is_in_frame:
                        break
                    await self.send(encode_close(1000))
                if not await self._read_client():
                    break
        except ConnectionError:
            pass
        self.client.close()

    async def _drain_target(self):
        if self.conn is None or self.conn.fileno() == -1:
            return
        try:
            while data := await self.loop.sock_recv(self.conn, READ_BYTES):
                self.target_got += data
        except ConnectionError:
            pass
        self.conn.close()

    async def drain(self):
        """Reads what is left on both sides, answers a close, and closes."""
        await asyncio.gather(self._drain_client(), self._drain_target())

    def close(self):
        """All but the listener, if the bridge may still come to it."""
        for sock in (self.client, self.conn, self.conn and self.listener):
            if sock is not None:
                sock.close()

    # what is expected

    def expect(self, *outcomes, sent=None, said=None):
        """The session ends in one of these ways."""
        self.outcomes = set(outcomes)
        self.sent = sent
        self.said = said

    def expect_none(self):
        """There never is a session."""
        self.may_be_session = self.must_be_session = False

    def may_end_before(self):
        """The bridge may find the client gone before it answers."""
        self.must_be_session = False

    def judge(self, opened, ended):
        """opened, ended: this case's lines of the log. Gives complaints."""
        if not self.may_be_session:
            return ["never was a session"] if opened or ended else []
        if not ended and not self.must_be_session:
            return ["opened and never ended"] if opened else []
        if len(ended) != 1 or len(opened) > 1:
            return [f"{len(opened)} lines opened, {len(ended)} ended"]
        return list(self._judge_end(ended[0]))

    def _judge_end(self, end):
        found = int(end["code"]), end["reason"]
        if self.tls is not None and found == (1006, TLS_CUT):
            found = CLIENT_FIN
        if not any(
            code == found[0] and re.fullmatch(reason, found[1])
            for code, reason in self.outcomes
        ):
            yield f"the log says {found}, not one of {self.outcomes}"
        if (end["tls"] == "-") != (self.tls is None):
            yield f"the log says tls={end['tls']}"
        to_client, to_target = int(end["to_client"]), int(end["to_target"])
        if to_client == 0 and rfb.refusal_of(self.client_got) == found[1]:
            self.client_got.clear()  # the bridge's own words
        if self.said is not None and to_client != len(self.said):
            yield f"to_client={to_client}, and {len(self.said)} were said"
        if self.sent is not None and to_target != len(self.sent):
            yield f"to_target={to_target}, and {len(self.sent)} were sent"
        if self.client_cut is None:
            if len(self.client_got) != to_client:
                yield f"to_client={to_client}, {len(self.client_got)} came"
        if not self.is_deaf and self.target_cut != RST and len(self.target_got) != to_target:
            yield f"to_target={to_target}, {len(self.target_got)} came"
        if self.said is not None and not self.said.startswith(self.client_got):
            yield "the client got something else"
        if self.sent is not None and not self.sent.startswith(self.target_got):
            yield "the target got something else"
        if self.code not in (None, found[0]):
            yield f"the client was told {self.code}, the log {found}"


# The sandbox forbids the leak checker its ptrace: a second time without it.
# The checker runs when a drained worker ends; a broker is killed instead.
SANDBOXES = [True, False] if has_asan() else [True]


def open_field(bridge, sandbox, context=None, **settings):
    """Nothing but the cut may end a session there: no deadline, no ping.
    context: of clients, where the first listener speaks TLS."""
    options = os.environ.get("ASAN_OPTIONS", "")
    if not sandbox:
        options += ":detect_leaks=1"
    return Field(
        bridge(
            popen={"env": {**os.environ, "ASAN_OPTIONS": options}},
            workers=1,
            sandbox=sandbox,
            ping_interval=0,
            context=context,
            handshake_timeout=120,
            connect_timeout=120,
            greeting_timeout=120,
            **settings,
        ),
        context,
    )


class Field:
    """A daemon, and what its processes hold when nothing goes on."""

    def __init__(self, daemon, context=None):
        self.daemon = daemon
        self.context = context
        self._number = 0
        self.run([("warm-up", open_and_close)])
        self.held = self.descriptors()

    def descriptors(self):
        """{pid: how many} of every process, without vncbridgectl's.

        The processes show them to root alone: nothing for anybody else.
        """
        if not IS_ROOT:
            return {}
        asked = self._ctl_connections()
        return {
            pid: sum(link not in asked for link in self._links(pid))
            for pid in self.daemon.all_pids()
        }

    @staticmethod
    def _links(pid):
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                yield os.readlink(f"/proc/{pid}/fd/{name}")
            except FileNotFoundError:
                pass  # closed meanwhile

    def _ctl_connections(self):
        """Links of what the master has accepted on its control socket."""
        with open("/proc/net/unix", encoding="utf-8") as f:
            rows = [line.split() for line in f]
        return {
            f"socket:[{row[6]}]"
            for row in rows
            if row[-1] == self.daemon.control_socket and row[3] != IS_LISTENING
        }

    def run(self, scripts, then=None):
        """scripts: [(name, async function of a case)]. All is judged.

        then() is called when they are through, before the daemon must rest.
        """
        mark = self.daemon.mark()
        accepted = self.daemon.status()["accepted"]
        cases = asyncio.run(self._run(scripts))
        if then:
            then()
        self._settle(cases, mark, accepted)
        for case in cases:
            if case.listener is not None:
                case.listener.close()
        opened, ended = self._lines(mark)
        complaints = [
            f"{case.name}: {complaint}"
            for case in cases
            for complaint in case.judge(opened[case.address], ended[case.address])
        ]
        assert not complaints, "\n".join(
            [f"{len(complaints)} of {len(cases)}:", *complaints[:20]]
        )
        return cases

    async def _run(self, scripts):
        gate = asyncio.Semaphore(CASES_AT_ONCE)
        return await asyncio.gather(*(self._run_one(gate, *s) for s in scripts))

    async def _run_one(self, gate, name, script):
        self._number += 1
        case = Case(self, self._number, name)
        async with gate:
            try:
                await asyncio.wait_for(script(case), seconds(CASE_SEC))
            except (AssertionError, OSError, TimeoutError) as problem:
                raise AssertionError(f"{name}: {problem!r}") from problem
            finally:
                case.close()
        return case

    def _lines(self, mark):
        """{address: [pairs]} of the lines of sessions opened, and ended."""
        found = {"opened": defaultdict(list), "ended": defaultdict(list)}
        for line in self.daemon.grep(r"session (opened|ended) ", mark):
            text = LINE.match(line)["text"]
            pairs = parse_pairs(text)
            address = pairs["client"].rpartition(":")[0]
            found[text.split()[1]][address].append(pairs)
        return found["opened"], found["ended"]

    def _settle(self, cases, mark, accepted):
        """Until nothing is left of them, in any process."""
        daemon = self.daemon
        connected = sum(case.has_connected for case in cases)

        def is_quiet():
            status = daemon.status()
            return status["accepted"] - accepted >= connected and not any(
                p["connections"] or p["sessions"] for p in status["processes"]
            )

        until(is_quiet, SETTLE_SEC, "the last connection")
        until(lambda: self.sessions() == [], SETTLE_SEC, "the broker's table")
        if hasattr(self, "held"):
            until(
                lambda: self.descriptors() == self.held,
                SETTLE_SEC,
                f"the descriptors: {self.descriptors()}, not {self.held}",
            )
        # a line of the worker comes before the count that says it has ended;
        # here it is only a pipe away
        count = sum(case.must_be_session for case in cases)
        until(
            lambda: len(daemon.grep("session ended ", mark)) >= count,
            SETTLE_SEC,
            "the log",
        )

    def sessions(self):
        done = self.daemon.ctl("-j", "sessions")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["sessions"]


async def open_and_close(case):
    await case.open()
    await case.send(encode_frame(BINARY, b"hello") + encode_close(1000))
    case.expect(CLIENT_CLOSED, sent=b"hello", said=rfb.GREETING)
    await case.drain()
