# SPDX-License-Identifier: ISC
"""Cuts while somebody waits: a full queue, a name, a connection, a process.

A stopped process makes the order of events sure: what was cut before it
goes on was cut before it could know.
"""

import asyncio
import contextlib
import os
import signal
import threading
from functools import partial

import pytest

import rfb
from cuts import (
    CLIENT_FIN,
    CLIENT_LEFT,
    CLIENT_LOST,
    CLIENT_RST,
    FIN,
    NO_GREETING,
    RST,
    SANDBOXES,
    TARGET_FIN,
    TARGET_LOST,
    TARGET_RST,
    TARGET_RST_AT_ONCE,
    each,
    open_field,
    pattern,
)
from dnsserver import DnsServer
from proc import read_stat
from targets import NeverAccepts
from waiting import seconds, until
from wsclient import BINARY, encode_close, encode_frame

BOTH = (FIN, RST)
EARLY = encode_frame(BINARY, b"early bird") + encode_close(1000)
SMALL_BYTES = 8192  # of a kernel's buffer
FLOOD_BYTES = 32 << 20  # more than all buffers on the way take
STALL_SEC = 0.2  # nothing moved for so long: all of them are full
NOTICED_SEC = 1.5  # the worker has looked twice for clients that have left


@pytest.fixture
def names():
    """A name server that answers no question until its gate is open."""

    def answer(*_):
        server.gate.wait(seconds(60))
        return []

    server = DnsServer({"silent.example": answer})
    server.gate = threading.Event()
    yield server
    server.gate.set()
    server.stop()


@pytest.fixture(params=SANDBOXES, ids="sandbox={}".format)
def field(request, bridge, names):
    return open_field(
        bridge,
        request.param,
        allow=["127.0.0.0/8:1-65535", "*.example:5900-5999"],
        nameservers=[names.address],
    )


# full queues


async def push(case, sock, data):
    """Sends until all buffers on the way are full; gives how much went."""
    done = 0
    while done < len(data):
        try:
            done += sock.send(data[done : done + (1 << 18)])
        except BlockingIOError:
            if not await case.is_writable(sock, STALL_SEC):
                return done
    raise AssertionError("nothing stalled")


async def push_frame(case, data):
    """The same in a frame; gives how much of data went."""
    head = encode_frame(BINARY, mask=bytes(4), length=len(data))
    case.is_in_frame = True
    await case.send(head)
    return await push(case, case.client, data)


async def stall_target(case):
    """The target reads nothing; gives what the client has sent of it."""
    data = pattern(FLOOD_BYTES)
    case.listen(rcvbuf=SMALL_BYTES)
    await case.open(sndbuf=SMALL_BYTES)
    return data[: await push_frame(case, data)]


async def stall_client(case):
    """The client reads nothing; gives what the target has said."""
    data = pattern(FLOOD_BYTES)
    await case.open(rcvbuf=SMALL_BYTES)
    return rfb.GREETING + data[: await push(case, case.conn, data)]


async def client_cuts_and_target_resumes(case, how, pause_sec):
    sent = await stall_target(case)
    case.cut_client(how)
    await asyncio.sleep(pause_sec)
    # what the bridge had not read of a client that broke off may be lost
    case.expect(
        CLIENT_LOST[how], sent=sent if how == FIN else None, said=rfb.GREETING
    )
    await case.drain()
    assert case.target_got == sent[: len(case.target_got)]


async def client_resets_and_target_stays_deaf(case):
    """Nobody reads, and nobody will: only the kernel knows."""
    await stall_target(case)
    case.cut_client(RST)
    case.expect(CLIENT_RST, said=rfb.GREETING)
    case.is_deaf = True
    await case.wait_ended()


async def target_cuts_while_deaf(case, how):
    """Its FIN is one way only: it may still read. But it does not."""
    sent = await stall_target(case)
    case.cut_target(how)
    case.expect(TARGET_LOST[how], said=rfb.GREETING)
    await case.drain()
    assert case.target_got == sent[: len(case.target_got)]


async def target_cuts_and_client_resumes(case, how):
    said = await stall_client(case)
    case.cut_target(how)
    case.expect(TARGET_LOST[how], sent=b"", said=said if how == FIN else None)
    await case.drain()
    assert case.client_got == said[: len(case.client_got)]


async def client_cuts_while_deaf(case, how):
    await stall_client(case)
    case.cut_client(how)
    case.expect(CLIENT_LOST[how], sent=b"")
    await case.drain()


async def both_stall(case, who, how):
    """Neither reads; the one that is not cut is what resumes."""
    data = pattern(FLOOD_BYTES)
    case.listen(rcvbuf=SMALL_BYTES)
    await case.open(sndbuf=SMALL_BYTES, rcvbuf=SMALL_BYTES)
    await push_frame(case, data)
    await push(case, case.conn, data)
    if who == "client":
        case.cut_client(how)
        case.expect(CLIENT_LOST[how])
    else:
        case.cut_target(how)
        case.expect(TARGET_LOST[how])
    await case.drain()
    assert case.target_got == data[: len(case.target_got)]
    assert case.client_got == (rfb.GREETING + data)[: len(case.client_got)]


def test_cuts_with_a_full_queue(field):
    field.run(
        [
            *each(
                "resumes",
                client_cuts_and_target_resumes,
                ("how", BOTH),
                ("pause_sec", (0, NOTICED_SEC)),
            ),
            *each("while deaf", target_cuts_while_deaf, ("how", BOTH)),
            *each("resumes", target_cuts_and_client_resumes, ("how", BOTH)),
            *each("while deaf", client_cuts_while_deaf, ("how", BOTH)),
            *each("both", both_stall, ("who", ("client", "target")), ("how", BOTH)),
            ("stays deaf", client_resets_and_target_stays_deaf),
        ]
    )


# one way only


async def half_close(case, who):
    """One ends while the other's bytes are on their way to it."""
    data = pattern(300_000)
    frame = encode_frame(BINARY, data)
    await case.open()
    if who == "client":
        case.cut_client(FIN)
        case.expect(CLIENT_FIN, sent=b"")
        with contextlib.suppress(ConnectionError):
            await case.say(data)
    else:
        case.is_in_frame = True
        case.cut_target(FIN)
        case.expect(TARGET_FIN, said=rfb.GREETING)
        with contextlib.suppress(ConnectionError):
            await case.send(frame)
    await case.drain()
    assert case.target_got == data[: len(case.target_got)]


def test_one_ends_and_the_other_sends_on(field):
    field.run(each("half", half_close, ("who", ("client", "target") * 20)))


# the target is being opened


async def cut_opening(case, target, early, is_glued, how):
    case.target = target
    await case.handshake(early if is_glued else b"")
    if not is_glued:
        await case.send(early)
    case.cut_client(how)
    case.expect(CLIENT_LEFT, sent=b"", said=b"")
    await case.drain()
    await case.wait_ended()


def test_client_cuts_while_the_target_is_opened(field, target, names):
    targets = target(NeverAccepts()).target, "silent.example:5901"
    field.run(
        each(
            "opening",
            cut_opening,
            ("target", targets),
            ("early", (b"", b"\x82", EARLY[:16], EARLY, EARLY[16:])),
            ("is_glued", (False, True)),
            ("how", BOTH),
        ),
        then=names.gate.set,
    )


# a process that waits


class Stopped:
    """A process that does nothing until all cases have done their part."""

    def __init__(self, pid, count):
        self.pid = pid
        self.barrier = asyncio.Barrier(count)

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)
        until(lambda: read_stat(self.pid)[1] == "T", 10, "the process to stop")

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)

    async def when_all_have_come(self, do):
        if await self.barrier.wait() == 0:
            do()
        await self.barrier.wait()


def run_stopped(field, pid, scripts):
    """Runs scripts, each of which gets stopped= beside its case."""
    stopped = Stopped(pid, len(scripts))
    try:
        field.run([(n, partial(s, stopped=stopped)) for n, s in scripts])
    finally:
        stopped.go_on()


async def leave_before_hand_over(case, stopped, missing, extra, how):
    await stopped.when_all_have_come(stopped.stop)
    head = case.head()
    await case.connect()
    await case.send(head[: len(head) - missing] + extra)
    case.cut_client(how)
    if missing > 0 or how == RST:
        case.expect_none()  # nothing could be answered
    else:
        case.expect(CLIENT_LEFT, sent=b"", said=b"")
    await stopped.when_all_have_come(stopped.go_on)
    await case.drain()


def test_client_is_gone_before_the_worker_has_it(field):
    run_stopped(
        field,
        field.daemon.workers()[0],
        [
            *each(
                "whole",
                leave_before_hand_over,
                ("missing", (0,)),
                ("extra", (b"", EARLY)),
                ("how", BOTH * 4),
            ),
            *each(
                "not whole",
                leave_before_hand_over,
                ("missing", (1, 2, 60, 200)),
                ("extra", (b"",)),
                ("how", BOTH * 3),
            ),
        ],
    )


async def leave_before_broker(case, stopped, early, how, target_how):
    await stopped.when_all_have_come(stopped.stop)
    await case.handshake(early)
    case.cut_client(how)
    case.expect(CLIENT_LEFT, sent=b"", said=b"")
    if target_how is None:
        case.listener.close()
    await stopped.when_all_have_come(stopped.go_on)
    await case.drain()


def test_client_is_gone_before_the_broker_looks(field):
    """With the target there, or gone as well."""
    run_stopped(
        field,
        field.daemon.broker(),
        each(
            "broker",
            leave_before_broker,
            ("early", (b"", EARLY[:9], EARLY)),
            ("how", BOTH * 2),
            ("target_how", (FIN, None)),
        ),
    )


async def cut_before_opened(case, stopped, said, how, target_how):
    """The connected socket may be on its way from broker to worker."""
    await case.handshake()
    await case.accept()
    await stopped.when_all_have_come(stopped.stop)
    await case.say(said)
    outcomes = []
    if target_how:
        case.cut_target(target_how)
        outcomes.append(TARGET_LOST[target_how] if said else NO_GREETING[target_how])
    if target_how == RST:
        outcomes.append(TARGET_RST_AT_ONCE)
    if how:
        case.cut_client(how)
        outcomes.append(CLIENT_LEFT)
    if how and said:
        outcomes.append(CLIENT_LOST[how])
    case.expect(*outcomes)
    await stopped.when_all_have_come(stopped.go_on)
    await case.drain()


def test_either_is_gone_before_the_worker_has_the_target(field):
    sides = {"said": (b"", rfb.GREETING)}
    scripts = [
        *each(
            "client",
            cut_before_opened,
            ("how", BOTH * 2),
            ("target_how", (None,)),
            *sides.items(),
        ),
        *each(
            "target",
            cut_before_opened,
            ("how", (None,)),
            ("target_how", BOTH * 2),
            *sides.items(),
        ),
        *each(
            "both",
            cut_before_opened,
            ("how", BOTH * 2),
            ("target_how", BOTH * 2),
            *sides.items(),
        ),
    ]
    run_stopped(field, field.daemon.workers()[0], scripts)
