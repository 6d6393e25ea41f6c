# SPDX-License-Identifier: ISC
"""What the clients do: one coroutine for each kind of session.

Each says in session.codes with which codes the daemon's log may end it (none:
it never becomes a session), and checks every byte that comes. What a session
does is drawn from its own dice, so that seed and number tell it.
"""

import asyncio
import contextlib
import hashlib
import re

from asyncws import BINARY, Broken, Closed, Connection, WebSocket, upgrade_head
from farm import GREETING, Pattern, command
from wsclient import PING, encode_frame

KIB, MIB = 1024, 1 << 20
ABNORMAL = 1006  # in the log: no Close frame came
SLICE_BYTES = 16 * KIB


async def open_vnc(session, what, *numbers, target=None):
    """A session whose target has greeted, and was told what to do."""
    ws = session.add(WebSocket(session.address))
    session.step = "open"
    assert await ws.open(session.way, target or session.world.vnc) == 101
    session.step = "greeting"
    assert await ws.read_data(len(GREETING)) == GREETING
    await ws.send_data(command(what, session.number, *numbers))
    session.step = what
    session.is_up = what == "echo"  # one that ends when it wants to
    return ws


async def echo(ws, dice, count):
    """Sends in frames of all sizes, and compares what comes back."""
    data = dice.randbytes(count)

    async def send():
        at = 0
        while at < count:
            size = min(count - at, dice.choice([1, 100, 5000, SLICE_BYTES, MIB]))
            await ws.send_data(data[at : at + size])
            at += size

    sending = asyncio.create_task(send())
    try:
        assert await ws.read_data(count) == data, "the echo is not what was sent"
        await sending
    finally:
        sending.cancel()
        await asyncio.wait([sending])


async def shut(session, ws):
    """In good order, and the log must count what was counted here."""
    session.step = "close"
    session.is_up = False
    session.codes = {1000}
    await ws.shut()
    session.counts = ws.received, ws.sent


async def idle(session):
    ws = await open_vnc(session, "echo")
    reading = asyncio.create_task(ws.wait_end())
    resting = asyncio.create_task(session.world.rest(session.dice.uniform(10, 120)))
    await asyncio.wait([resting, reading], return_when=asyncio.FIRST_COMPLETED)
    resting.cancel()
    if reading.done():
        raise reading.result()
    await shut(session, ws)
    assert ws.received == len(GREETING), "an idle session got bytes"


async def talk(session):
    ws = await open_vnc(session, "echo")
    for _ in range(session.dice.randint(3, 15)):
        size = session.dice.choice([1, 8, 60, 1000, 20 * KIB])
        await echo(ws, session.dice, size)
        if await session.world.rest(session.dice.expovariate(1 / 4)):
            break
    await shut(session, ws)


async def burst(session):
    ws = await open_vnc(session, "echo")
    for _ in range(2):
        await echo(ws, session.dice, session.dice.randint(64 * KIB, MIB // 2))
    await shut(session, ws)


async def eager(session):
    """The first bytes come right behind the request's head."""
    data = command("echo", session.number) + b"early"
    early = encode_frame(BINARY, data)
    ws = session.add(WebSocket(session.address))
    session.step = "open"
    status = await ws.open(session.way, session.world.vnc, early)
    assert status == 101
    ws.sent = len(data)
    session.step = "echo"
    assert await ws.read_data(len(GREETING) + 5) == GREETING + b"early"
    await echo(ws, session.dice, 1000)
    await shut(session, ws)


async def pull(session, wait_sec=0.0, most=MIB):
    """All that the target sends, then its end."""
    count = session.dice.randint(1, most)
    ws = await open_vnc(session, "source", count)
    if wait_sec > 0:
        ws.hold()
        await session.world.rest(wait_sec)
    pattern = Pattern(session.number)
    session.codes = {1000}
    closed = await ws.read_to_close(pattern.check)
    assert (closed.code, pattern.at) == (1000, count), (closed, pattern.at, count)
    session.counts = ws.received, ws.sent
    await ws.answer_close(closed.code)


async def slow_client(session):
    """Reads nothing for a while: the target has to wait. Not for as long as
    a closing session may stand still, 5 s."""
    await pull(session, session.dice.uniform(1, 3.5), 4 * MIB)


async def push(session, wait_ms=0, most=MIB):
    """All that the client sends must have come to the target."""
    count = session.dice.randint(1, most)
    ws = await open_vnc(session, "sink", wait_ms)
    digest, left = hashlib.sha256(), count
    while left > 0:
        data = session.dice.randbytes(min(left, SLICE_BYTES))
        digest.update(data)
        left -= len(data)
        await ws.send_data(data)
    await shut(session, ws)
    sunk = await session.world.wait_sunk(session.number)
    if sunk[0] < count:
        # the client was told goodbye; its worker may have died since
        raise Broken(f"{sunk[0]} of {count} bytes came to the target")
    assert sunk == (count, digest.hexdigest()), f"{sunk} for {count} bytes"


async def slow_target(session):
    """The target reads nothing for a while: the client has to wait."""
    await push(session, session.dice.randint(500, 3000), 4 * MIB)


async def pings(session):
    """A flood of pings: the last is always answered (RFC 6455, 5.5.3)."""
    ws = await open_vnc(session, "echo")
    flood = b"".join(encode_frame(PING, b"%d" % i) for i in range(2000))
    await ws.send_raw(flood + encode_frame(PING, b"last"))
    await echo(ws, session.dice, 1000)
    await shut(session, ws)
    assert ws.pongs and ws.pongs[-1] == b"last", ws.pongs[-1:]


async def leaves_flood(session):
    """Closes in good order while the target sends as it can."""
    ws = await open_vnc(session, "source", 1 << 40)
    pattern = Pattern(session.number)
    pattern.check(await ws.read_data(session.dice.randint(1, MIB)))
    session.codes = {1000}
    await ws.shut(pattern.check)
    session.counts = ws.received, ws.sent


async def target_resets(session):
    count = session.dice.randint(1, 256 * KIB)
    ws = await open_vnc(session, "reset", count)
    pattern = Pattern(session.number)
    session.codes = {4500}
    closed = await ws.read_to_close(pattern.check)
    assert closed.code == 4500 and "reset" in closed.reason, closed
    await ws.answer_close(closed.code)


async def cut(session):
    """Leaves at any point, by FIN or RST, in the middle of what it does."""
    dice = session.dice
    ws = session.add(WebSocket(session.address))
    session.codes = {ABNORMAL}
    session.may_be_unheard = True
    point = dice.choice(["connected", "head", "asked", "greeted", "frame", "flood"])
    session.step = "cut " + point
    await ws.connect(session.way)
    head = upgrade_head(session.way, session.world.vnc)
    if point == "head":
        await ws.send(head[: dice.randrange(len(head))])
    elif point == "asked":
        await ws.send(head)
    elif point != "connected":
        await ws.leave()
        what = ("source", 8 * MIB) if point == "flood" else ("echo",)
        ws = await open_vnc(session, *what)
        session.may_be_unheard = False
        if point == "frame":
            frame = encode_frame(BINARY, dice.randbytes(1000))
            await ws.send_raw(frame[: dice.randrange(len(frame))])
        elif point == "flood":
            await ws.read_data(dice.randint(1, 256 * KIB))
    session.is_up = False
    await ws.leave(with_reset=dice.random() < 0.5)


async def goes_while_opening(session):
    """The target says nothing, and the client does not wait for it."""
    ws = session.add(WebSocket(session.address))
    session.codes = {ABNORMAL}
    session.step = "open"
    assert await ws.open(session.way, session.world.mute) == 101
    await asyncio.sleep(session.dice.uniform(0, 0.5))
    if session.dice.random() < 0.5:
        ws.half_close()  # not even that is waited for
        session.step = "end"
        assert isinstance(await ws.wait_end(), Broken)
    else:
        await ws.leave(with_reset=True)


async def deaf(session):
    """Does not answer pings."""
    ws = session.add(WebSocket(session.address))
    ws.answers_pings = False
    session.codes = {4530}
    assert await ws.open(session.way, session.world.vnc) == 101
    assert await ws.read_data(len(GREETING)) == GREETING
    session.step = "deaf"
    closed = await ws.read_to_close()
    assert closed.code == 4530 and ws.pings == 2, (closed, ws.pings)
    await ws.answer_close(closed.code)


async def refused(session):
    """Targets that there is no session with."""
    world = session.world
    target, code, why = session.dice.choice(
        [
            (world.closed, 4500, "refused"),
            (world.denied, 4520, "not allowed"),
            (world.own, 4520, "not allowed"),
            (world.garbage, 4503, "is not a VNC server"),
            (world.leaves, 4503, "closed the connection"),
            (world.mute, 4501, "said nothing for"),
            ("no.such.name.invalid", 4520, "not allowed"),
            ("-", 4520, "not a valid"),
        ]
    )
    ws = session.add(WebSocket(session.address))
    session.step = f"refused {target}"
    session.codes = {code}
    assert await ws.open(session.way, target) == 101
    closed = await ws.read_to_close()
    assert closed.code == code and why in closed.reason, closed
    assert ws.received == 0
    session.counts = 0, 0
    await ws.answer_close(code)


BAD_HEADS = [
    ([(b"HTTP/1.1", b"HTTP/1.1 ")], b"", {400}),
    ([(b"GET", b"POST")], b"", {405}),
    ([(b"Host: ", b"Host : ")], b"", {400}),
    ([(b"\r\nUpgrade", b"\nUpgrade")], b"", {400}),
    ([(b"Version: 13", b"Version: 8")], b"", {426}),
    ([(b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: x")], b"", {400}),
    ([], b"Origin: https://elsewhere.example\r\n", {403}),
    ([], b"Host: twice.example\r\n", {400}),
    ([], b"X: " + b"x" * 33000 + b"\r\n", {431}),
    ([], b"X: y\r\n" * 130, {431}),
    ([], b"Content-Length: 5\r\n", {400, 413}),
    ([(b"/proxy?", b"/nothing/like/this?")], b"", {404}),
]  # fmt: skip


async def bad_handshake(session):
    replace, extra, expected = session.dice.choice(BAD_HEADS)
    conn = session.add(Connection(session.address))
    session.codes = None
    session.step = f"{replace} {extra[:40]}"
    await conn.connect(session.way)
    world = session.world
    await conn.send(upgrade_head(session.way, world.vnc, replace, extra))
    status, _ = await conn.read_head()
    assert status in expected, status


async def half_open(session):
    """A head that never ends: 408 when its time is over; nothing for silence."""
    conn = session.add(Connection(session.address))
    session.codes = None
    session.step = "half open"
    await conn.connect(session.way)
    if session.dice.random() >= 0.7:
        assert await conn.recv() == b"", "an answer to nothing"
        return
    ended = asyncio.create_task(conn.read_head())
    for byte in b"GET / HTTP/1.1\r\nHost: x":
        await asyncio.wait([ended], timeout=0.5)
        if ended.done():
            break
        await conn.send(bytes([byte]))
    status, _ = await ended
    assert status == 408, status


async def half_shaken(session):
    """A TLS handshake that is cut, or never goes on."""
    way, dice = session.world.secure, session.dice
    conn = session.add(Connection(session.address))
    session.codes = None
    session.step = "half shaken"
    hello = way.hello()
    await conn.connect(tuple(way))  # all by hand
    await conn.send(hello[: dice.randint(0, len(hello))])
    if dice.random() < 0.3:
        await conn.send(dice.randbytes(dice.randint(1, 400)))
    if dice.random() < 0.5:
        await conn.leave(with_reset=dice.random() < 0.5)
        return
    with contextlib.suppress(Broken):  # bytes that nobody read reset it
        while await conn.recv():
            pass


async def pages(session):
    """Requests behind one another on one connection."""
    world = session.world
    conn = session.add(Connection(session.address))
    session.codes = None
    await conn.connect(session.way)
    host = "Host: %s:%d\r\n\r\n" % session.way
    for _ in range(session.dice.randint(1, 6)):
        path = session.dice.choice(
            ["/", "/desk0", "/healthz", "/api/targets", "/no/such/page", "/assets/x.js"]
            + world.assets
        )
        session.step = path
        await conn.send(f"GET {path} HTTP/1.1\r\n{host}".encode())
        status, body = await conn.read_response()
        assert status == (404 if "such" in path or "x.js" in path else 200), status
        if path == "/":
            world.assets = sorted(set(re.findall(r"/?(assets/[\w.-]+)", body.decode())))
            world.assets = ["/" + name for name in world.assets]
        if path != "/api/targets":
            assert world.bodies.setdefault(path, body) == body, "another body"
        if await world.rest(session.dice.expovariate(1)):
            break


async def bad_frames(session):
    """What breaks RFC 6455 ends the session, and says so."""
    frame, code = session.dice.choice(
        [
            (encode_frame(BINARY, b"x", mask=False), 1002),
            (encode_frame(BINARY, b"x", rsv=4), 1002),
            (encode_frame(0x1, b"text"), 1003),
            (encode_frame(0x3, b"x"), 1002),
            (encode_frame(PING, b"x" * 126), 1002),
            (encode_frame(PING, b"x", fin=False), 1002),
            (encode_frame(0x8, b"x"), 1002),
        ]
    )
    ws = await open_vnc(session, "echo")
    await echo(ws, session.dice, 100)
    session.step = f"bad frame {frame!r}"
    session.is_up = False
    session.codes = {code}
    await ws.send_raw(frame)
    closed = await ws.read_to_close()
    assert closed.code == code, closed
    await ws.answer_close(code)


async def desk(session):
    """An exclusive target: one holder, and the others hear who it is."""
    world, name = session.world, session.dice.choice(sorted(session.world.desks))
    target = session.dice.choice([name, world.desks[name]])
    ws = session.add(WebSocket(session.address))
    session.step = session.desk = name
    session.codes = {1000, 4510}
    assert await ws.open(session.way, target) == 101
    try:
        assert await ws.read_data(len(GREETING)) == GREETING
    except Closed as closed:
        assert closed.code == 4510, closed
        session.codes = {4510}
        world.check_holder(session, name, closed.reason)
        await ws.answer_close(closed.code)
        return
    await world.take_desk(session, name)
    try:
        await ws.send_data(command("echo", session.number))
        for _ in range(session.dice.randint(1, 8)):
            await echo(ws, session.dice, 200)
            if await world.rest(session.dice.expovariate(1 / 2)):
                break
    finally:
        world.leave_desk(session, name)
    await shut(session, ws)


KINDS = {
    idle: 24,
    talk: 24,
    desk: 8,
    cut: 10,
    refused: 7,
    pages: 5,
    burst: 4,
    pull: 5,
    push: 5,
    slow_client: 4,
    slow_target: 4,
    bad_handshake: 4,
    half_open: 3,
    half_shaken: 4,
    bad_frames: 3,
    eager: 3,
    leaves_flood: 3,
    target_resets: 3,
    goes_while_opening: 3,
    pings: 2,
    deaf: 2,
}

__all__ = ["KINDS", "Broken"]
