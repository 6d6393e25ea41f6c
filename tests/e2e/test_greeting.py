# SPDX-License-Identifier: ISC
"""Targets that are slow to greet, and repeaters, which greet twice."""

import threading

import pytest

import targets
from rfb import GREETING
from targets import Target
from waiting import until
from wsclient import Closed

REPEATER = b"RFB 000.000\n"
BLOCK_BYTES = 250


class Slow(Target):
    """Greets when it is told to; then echoes."""

    def __init__(self, **how):
        self.may_greet = threading.Event()
        super().__init__(**how)

    def serve(self, conn, number):
        self.may_greet.wait()
        conn.sendall(GREETING)
        while data := conn.recv(4096):
            self.note(number, data)
            conn.sendall(data)

    def stop(self):
        self.may_greet.set()
        super().stop()


class Repeater(Target):
    """Mode II of UltraVNC's; then says answer, and echoes; None: it ends."""

    def __init__(self, answer=GREETING, hello=(REPEATER,), **how):
        self.answer = answer
        self.hello = hello
        self.blocks = []
        super().__init__(**how)

    def serve(self, conn, number):
        for part in self.hello:
            conn.sendall(part)
        block = b""
        while len(block) < BLOCK_BYTES:
            part = conn.recv(BLOCK_BYTES - len(block))
            if not part:
                return
            block += part
        self.blocks.append(block)
        if self.answer is None:
            return
        conn.sendall(self.answer)
        while data := conn.recv(4096):
            self.note(number, data)
            conn.sendall(data)


def section(name, server, **settings):
    lines = [f'address = "{server.target}"']
    for key, value in settings.items():
        text = value if isinstance(value, int) else f'"{value}"'
        lines.append(f"{key.replace('_', '-')} = {text}")
    return f'target "{name}" {{ {" ".join(lines)} }}\n'


def end_of(client):
    with pytest.raises(Closed) as closed:
        while True:
            client.recv_exact(1)
    return closed.value.code, closed.value.reason


# ---- slow is not wrong ----


@pytest.mark.parametrize(
    "make,words",
    [
        (targets.Silent, "accepted the connection, but said nothing for 1 s"),
        (lambda: targets.Says(b"RFB 003"), "did not finish its greeting within 1 s"),
    ],
)
def test_a_greeting_that_does_not_come_is_late_and_not_wrong(
    bridge, target, make, words
):
    server = target(make())
    one = bridge(greeting_timeout=1, connect_timeout=30)
    code, reason = end_of(one.connect(server.target))
    assert code == 4501 and server.target in reason and words in reason
    server.wait_ended()  # it is not kept busy
    assert one.wait_end(code=4501)["reason"] == reason


def wait_pings(client, count):
    """Nothing but pings comes; each is answered."""
    while client.pings < count:
        frame = client.reader.next()
        if frame is None:
            client.reader.feed(client.sock.recv(4096))
            continue
        assert frame.opcode == 9
        client.pings += 1
        client.send_frame(10, frame.payload)


def test_who_greets_late_is_waited_for_and_the_client_kept_awake(bridge, target):
    """Longer than connect-timeout, and for a proxy before us with pings."""
    server = target(Slow())
    one = bridge(connect_timeout=1, ping_interval=1)
    client = one.connect(server.target)
    wait_pings(client, 3)
    server.may_greet.set()
    assert client.recv_exact(12) == GREETING
    client.send(b"there")
    assert client.recv_exact(5) == b"there"
    client.shut()


@pytest.mark.parametrize("by", ["name", "address"])
def test_a_target_has_a_limit_of_its_own(bridge, target, by):
    quick, slow = target(targets.Silent()), target(Slow())
    one = bridge(
        greeting_timeout=2,
        ping_interval=1,
        extra=section("quick", quick, greeting_timeout=1)
        + section("slow", slow, greeting_timeout=60),
    )
    code, reason = end_of(one.connect("quick" if by == "name" else quick.target))
    assert code == 4501 and "for 1 s" in reason
    client = one.connect("slow" if by == "name" else slow.target)
    wait_pings(client, 3)
    slow.may_greet.set()
    assert client.recv_exact(12) == GREETING
    client.shut()


def test_the_client_is_kept_awake_while_the_target_is_dialled(bridge, target):
    server = target(targets.NeverAccepts())
    one = bridge(connect_timeout=3, ping_interval=1)
    client = one.connect(server.target)
    wait_pings(client, 1)
    assert end_of(client)[0] == 4501


@pytest.mark.parametrize("value", ["0", "3601", "-1"])
def test_a_limit_out_of_its_range_is_told(bridge, target, value):
    server = target(targets.Silent())
    one = bridge()
    with open(one.conf_path, encoding="utf-8") as file:
        text = file.read()
    for line in (
        f"greeting-timeout = {value}",
        f'target "x" {{ address = "{server.target}" greeting-timeout = {value} }}',
    ):
        one.write_conf(text + line + "\n")
        done = one.ctl("reload", "-f", one.conf_path)
        assert done.returncode == 1
        assert "greeting-timeout must be from 1 to 3600 seconds" in done.stderr


# ---- repeaters ----


@pytest.mark.parametrize("require_rfb", [True, False])
@pytest.mark.parametrize("by", ["name", "address"])
def test_a_repeater_is_told_which_server_is_meant(bridge, target, by, require_rfb):
    """By its address, too: nobody picks another one's number."""
    server = target(Repeater())
    one = bridge(
        require_rfb=require_rfb, extra=section("pc7", server, repeater_id="1234")
    )
    with one.connect("pc7" if by == "name" else server.target) as client:
        client.send(b"RFB 003.008\n")
        assert client.recv_exact(24) == GREETING + b"RFB 003.008\n"
        client.shut()
    assert server.blocks == [b"ID:1234".ljust(BLOCK_BYTES, b"\0")]


@pytest.mark.parametrize(
    "hello", [(REPEATER[:1], REPEATER[1:11], REPEATER[11:]), (REPEATER + GREETING,)]
)
def test_a_repeaters_greetings_may_come_in_pieces_or_at_once(bridge, target, hello):
    answer = b"" if GREETING in hello[0] else GREETING
    server = target(Repeater(answer + b"more", hello))
    one = bridge(extra=section("pc7", server, repeater_id="lab.pc-7_a"))
    with one.connect("pc7") as client:
        assert client.recv_exact(16) == GREETING + b"more"
        client.shut()
    assert server.blocks[0].rstrip(b"\0") == b"ID:lab.pc-7_a"


def test_a_server_that_is_no_repeater_is_joined_as_ever(bridge, target):
    server = target(targets.Says(GREETING))
    one = bridge(extra=section("pc7", server, repeater_id="1234"))
    with one.connect("pc7") as client:
        assert client.recv_exact(12) == GREETING
        client.send(b"x")
        until(lambda: server.received[0] == b"x", 10, "what the client said")
        client.shut()


def test_a_repeater_without_a_number_is_the_clients_to_ask(bridge, target):
    """noVNC's repeaterID."""
    server = target(Repeater())
    one = bridge()
    block = b"ID:77".ljust(BLOCK_BYTES, b"\0")
    with one.connect(server.target) as client:
        assert client.recv_exact(12) == REPEATER
        client.send(block)
        assert client.recv_exact(12) == GREETING
        client.shut()
    assert server.blocks == [block]


@pytest.mark.parametrize(
    "answer,code,words",
    [
        (REPEATER, 4503, "is not a VNC server"),
        (b"no such server\n", 4503, "is not a VNC server"),
        (None, 4500, "the repeater dropped ID 1234"),
        (b"", 4501, "the server with ID 1234 did not greet within 1 s"),
        (b"RFB 00", 4501, "the server with ID 1234 did not greet within 1 s"),
    ],
)
def test_what_a_repeater_does_not_do_is_told(bridge, target, answer, code, words):
    server = target(Repeater(answer))
    one = bridge(greeting_timeout=1, extra=section("pc7", server, repeater_id="1234"))
    assert end_of(one.connect("pc7"))[0] == code
    assert words in one.wait_end(code=code)["reason"]


@pytest.mark.parametrize("value", ["", "ID:1234", "a b", "x" * 33, "1/2", "ä"])
def test_a_number_that_no_repeater_knows_is_told(bridge, target, value):
    one, server = bridge(), target(targets.Silent())
    with open(one.conf_path, encoding="utf-8") as file:
        text = file.read()
    one.write_conf(text + section("pc7", server, repeater_id=value))
    done = one.ctl("reload", "-f", one.conf_path)
    assert done.returncode == 1 and "repeater-id:" in done.stderr
