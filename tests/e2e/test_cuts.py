# SPDX-License-Identifier: ISC
"""Either side ends, or breaks, at every byte of a session's life.

Whatever is cut and wherever: each process holds in the end what it held
before, and the log has one line for each session, which tells the truth
about who left and how, and counts the bytes.
"""

from functools import partial

import pytest

import rfb
from cuts import (
    CLIENT_CLOSED,
    CLIENT_LEFT,
    CLIENT_LOST,
    FIN,
    NO_GREETING,
    RST,
    SANDBOXES,
    TARGET_LOST,
    TARGET_RST_AT_ONCE,
    each,
    open_field,
    pattern,
)
from daemon import free_port
from tlsclient import TLS_1_3, Listen, client_context, listen_body
from wsclient import BINARY, PING, encode_close, encode_frame

BOTH = (FIN, RST)
# A reset drops what its sender has not sent yet (RFC 9293, 3.10.5). So much
# fits into the window that a connection on loopback begins with.
RST_SPARES = 16384
EARLY = encode_frame(BINARY, b"early bird") + encode_close(1000)
HEADS = {"7 bit": 6, "16 bit": 8, "64 bit": 14}  # RFC 6455, 5.2
LENGTHS = {"7 bit": 10, "16 bit": 200, "64 bit": 65536}

RECORD = encode_frame(BINARY, bytes(200))
RECORD_MORE = 5 + 1 + 16  # its head, its type, what proves it: RFC 8446, 5.2


@pytest.fixture(params=SANDBOXES, ids="sandbox={}".format)
def sandbox(request):
    return request.param


@pytest.fixture
def secured(authority):
    address = f"127.0.0.1:{free_port()}"
    return {
        "listen": [Listen(address, listen_body([authority.server()]))],
        "context": client_context(version=TLS_1_3),
    }


@pytest.fixture(params=[False, True], ids="tls={}".format)
def field(request, bridge, sandbox, secured):
    """Over TLS a FIN comes without close_notify: that is a cut, too."""
    how = secured if request.param else {}
    return open_field(bridge, sandbox, allow=["127.0.0.0/8:1-65535"], **how)


# the client's head, and the answer to it


async def cut_head(case, missing, how):
    head = case.head()
    await case.connect()
    await case.send(head[: max(0, len(head) - missing)])
    case.cut_client(how)
    if missing > 0:
        case.expect_none()
    else:
        case.expect(CLIENT_LEFT, sent=b"", said=b"")
        if how == RST:
            case.may_end_before()
    await case.drain()


def test_cuts_in_the_head(field):
    field.run(each("head", cut_head, ("missing", range(180)), ("how", BOTH)))


async def cut_answer(case, at, how):
    head = case.head()
    await case.connect()
    await case.send(head)
    await case.read_raw(at)
    case.cut_client(how)
    case.expect(CLIENT_LEFT, sent=b"", said=b"")
    if at == 0 and how == RST:
        case.may_end_before()
    await case.drain()


def test_cuts_in_the_answer_to_the_handshake(field):
    field.run(each("answer", cut_answer, ("at", range(130)), ("how", BOTH)))


# before the greeting


async def cut_client_before_greeting(case, at, how, is_glued):
    """What it has sent before goes nowhere: nobody knows what is there."""
    if is_glued:
        await case.handshake(EARLY[:at])
        await case.accept()
    else:
        await case.handshake()
        await case.accept()
        await case.send(EARLY[:at])
    case.cut_client(how)
    case.expect(CLIENT_LEFT, sent=b"", said=b"")
    await case.drain()


def test_client_cuts_before_the_greeting(field):
    field.run(
        each(
            "before greeting",
            cut_client_before_greeting,
            ("at", range(len(EARLY) + 1)),
            ("how", BOTH),
            ("is_glued", (False, True)),
        )
    )


async def cut_client_in_greeting(case, at, how):
    await case.handshake()
    await case.accept()
    await case.say(rfb.GREETING[:at])
    await case.send(encode_frame(PING))
    case.cut_client(how)
    case.expect(CLIENT_LEFT, sent=b"", said=b"")
    await case.drain()


def test_client_cuts_while_the_target_greets(field):
    field.run(
        each("greeting", cut_client_in_greeting, ("at", range(12)), ("how", BOTH))
    )


async def cut_greeting(case, at, how, is_early):
    await case.handshake()
    if is_early:
        await case.send(EARLY[:16])
    await case.accept()
    await case.say(rfb.GREETING[:at])
    case.cut_target(how)
    if at < len(rfb.GREETING):
        outcomes, said = [NO_GREETING[how]], b""
    else:
        outcomes, said = [TARGET_LOST[how]], rfb.GREETING
    if how == RST:
        # the broker may have seen it before anything was handed over
        outcomes.append(TARGET_RST_AT_ONCE)
        said = None
    case.expect(*outcomes, said=said)
    await case.drain()


def test_target_cuts_in_the_greeting(field):
    field.run(
        each(
            "greeting",
            cut_greeting,
            ("at", range(13)),
            ("how", BOTH),
            ("is_early", (False, True)),
        )
    )


# frames of the client


async def cut_frame(case, form, at, how):
    data = pattern(LENGTHS[form])
    frame = encode_frame(BINARY, data)
    await case.open()
    await case.send(frame[:at])
    case.cut_client(how)
    is_sure = how == FIN or at < RST_SPARES
    sent = data[: max(0, at - HEADS[form])] if is_sure else None
    case.expect(CLIENT_LOST[how], sent=sent, said=rfb.GREETING)
    await case.drain()


def places(form):
    """Every byte of a frame; of a long one those where something changes."""
    size = HEADS[form] + LENGTHS[form]
    if size < 1000:
        return range(size + 1)
    return [*range(40), *range(32760, 32776), *range(size - 20, size + 1)]


@pytest.mark.parametrize("form", HEADS)
def test_client_cuts_in_a_frame(field, form):
    field.run(
        each("frame", partial(cut_frame, form=form), ("at", places(form)), ("how", BOTH))
    )


async def cut_record(case, at, how):
    await case.open()
    await case.tls.send_part(RECORD, at)
    case.cut_client(how)
    case.expect(CLIENT_LOST[how], sent=b"", said=rfb.GREETING)
    await case.drain()


def test_client_cuts_in_a_record_of_tls(bridge, sandbox, secured):
    """Nothing of what is not proved to be whole goes on."""
    field = open_field(bridge, sandbox, allow=["127.0.0.0/8:1-65535"], **secured)
    size = len(RECORD) + RECORD_MORE
    field.run(each("record", cut_record, ("at", range(size)), ("how", BOTH)))


async def cut_target_in_frame(case, form, at, how):
    """The client's frame is half there; the rest of it goes nowhere."""
    data = pattern(LENGTHS[form])
    frame = encode_frame(BINARY, data)
    await case.open()
    await case.send(frame[:at])
    case.cut_target(how)
    case.expect(TARGET_LOST[how], said=rfb.GREETING)
    await case.wait_close()
    await case.send(frame[at:])
    await case.drain()


@pytest.mark.parametrize("form", HEADS)
def test_target_cuts_in_a_frame(field, form):
    field.run(
        each(
            "frame",
            partial(cut_target_in_frame, form=form),
            ("at", places(form)[: HEADS[form] + 20]),
            ("how", BOTH),
        )
    )


# bytes of the target


async def cut_target_payload(case, at, how):
    data = pattern(at)
    await case.open()
    await case.say(data)
    case.cut_target(how)
    is_sure = how == FIN or at < RST_SPARES
    case.expect(
        TARGET_LOST[how], sent=b"", said=rfb.GREETING + data if is_sure else None
    )
    await case.drain()


SIZES = [*range(140), *range(65520, 65552), 131071, 131072, 131073]


def test_target_cuts_in_its_bytes(field):
    field.run(each("bytes", cut_target_payload, ("at", SIZES), ("how", BOTH)))


async def cut_client_in_payload(case, at, how):
    """The client leaves when it has read so much of a frame."""
    data = pattern(65536)
    await case.open()
    await case.say(data)
    await case.read_raw(at)
    case.cut_client(how)
    case.expect(CLIENT_LOST[how], sent=b"")
    await case.drain()


def test_client_cuts_while_it_reads(field):
    field.run(
        each(
            "reading",
            cut_client_in_payload,
            ("at", [*range(32), 1000, 65535, 65536, 65540]),
            ("how", BOTH),
        )
    )


# closing, in both orders


async def cut_close(case, at, how, reason):
    data = b"last words"
    close = encode_close(1000, reason)
    await case.open()
    await case.send(encode_frame(BINARY, data) + close[:at])
    case.cut_client(how)
    case.expect(
        CLIENT_LOST[how] if at < len(close) else CLIENT_CLOSED,
        sent=data,
        said=rfb.GREETING,
    )
    await case.drain()


@pytest.mark.parametrize("reason", ["", "x" * 123])
def test_client_cuts_in_its_close(field, reason):
    field.run(
        each(
            "close",
            partial(cut_close, reason=reason),
            ("at", range(len(encode_close(1000, reason)) + 1)),
            ("how", BOTH),
        )
    )


async def cut_close_answer(case, at, how, target_how):
    """The target has ended before; the client's answer tells nothing new."""
    await case.open()
    case.cut_target(target_how)
    await case.wait_close()
    await case.send(encode_close(1000, "bye")[:at])
    case.cut_client(how)
    case.expect(TARGET_LOST[target_how], sent=b"", said=rfb.GREETING)
    await case.drain()


def test_client_cuts_in_its_answer_to_a_close(field):
    field.run(
        each(
            "answer",
            cut_close_answer,
            ("at", range(12)),
            ("how", BOTH),
            ("target_how", BOTH),
        )
    )


async def cut_target_behind_close(case, how):
    """The client has closed; how the target then ends is nobody's affair."""
    await case.open()
    await case.send(encode_frame(BINARY, b"bye") + encode_close(1000))
    while len(case.target_got) < 3:
        case.target_got += await case.loop.sock_recv(case.conn, 3)
    case.cut_target(how)
    case.expect(CLIENT_CLOSED, sent=b"bye", said=rfb.GREETING)
    await case.drain()


def test_target_cuts_behind_the_close(field):
    field.run(each("behind", cut_target_behind_close, ("how", BOTH * 10)))


# both at once


async def cut_both(case, at, client_how, target_how, client_first, number):
    frame = encode_frame(BINARY, b"0123456789")
    await case.open()
    await case.send(frame[:at])
    if client_first:
        case.cut_client(client_how)
    case.cut_target(target_how)
    if not client_first:
        case.cut_client(client_how)
    case.expect(CLIENT_LOST[client_how], TARGET_LOST[target_how], said=rfb.GREETING)
    await case.drain()


def test_both_cut_at_once(field):
    field.run(
        each(
            "both",
            cut_both,
            ("at", (0, 1, 3, 6, 9, 16)),
            ("client_how", BOTH),
            ("target_how", BOTH),
            ("client_first", (False, True)),
            ("number", range(4)),
        )
    )
