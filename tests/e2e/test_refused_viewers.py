# SPDX-License-Identifier: ISC
"""What a viewer that is not the bridge's own page hears of a session that
never was: an RFB server that refuses (RFC 6143, 7.1.2), then the Close."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading

import pytest

import rfb
import targets
from targets import closed_port
from waiting import seconds, until
from wsclient import BINARY, CLOSE, WsClient

VIEWER = shutil.which("vncviewer")
SERVER = shutil.which("Xtigervnc")
needs_viewer = pytest.mark.skipif(
    VIEWER is None or SERVER is None, reason="needs vncviewer and Xtigervnc"
)


@contextlib.contextmanager
def in_use(bridge, target, testcard):
    card = testcard("echo")
    one = bridge(extra=f'target "x" {{ address = "{card.target}" exclusive = yes }}')
    with one.connect("x") as holder:
        assert holder.recv_exact(12) == rfb.GREETING
        yield one, "x"


@contextlib.contextmanager
def too_many(bridge, target, testcard):
    card = testcard("echo")
    one = bridge(max_sessions=1)
    with one.connect(card.target) as holder:
        assert holder.recv_exact(12) == rfb.GREETING
        yield one, card.target


@contextlib.contextmanager
def not_allowed(bridge, target, testcard):
    yield bridge(allow=["10.0.0.0/24"]), "10.0.1.1"


@contextlib.contextmanager
def refused(bridge, target, testcard):
    yield bridge(), f"127.0.0.1:{closed_port()}"


@contextlib.contextmanager
def no_answer(bridge, target, testcard):
    yield bridge(connect_timeout=1), target(targets.NeverAccepts()).target


@contextlib.contextmanager
def no_greeting(bridge, target, testcard):
    yield bridge(greeting_timeout=1), target(targets.Silent()).target


@contextlib.contextmanager
def no_vnc_server(bridge, target, testcard):
    yield bridge(), target(targets.Says(b"SSH-2.0-OpenSSH_9.2\r\n")).target


@contextlib.contextmanager
def closed_at_once(bridge, target, testcard):
    yield bridge(), target(targets.ClosesAtOnce()).target


REFUSALS = [
    (in_use, 4510, "in use"),
    (too_many, 4522, "too many sessions"),
    (not_allowed, 4520, "not allowed"),
    (refused, 4500, "refused"),
    (no_answer, 4501, "1 s"),
    (no_greeting, 4501, "said nothing for 1 s"),
    (no_vnc_server, 4503, "is not a VNC server: it says SSH-2.0"),
    (closed_at_once, 4503, "closed the connection before a VNC greeting"),
]
NAMES = [case[0].__name__ for case in REFUSALS]


def read_refusal(client):
    """The payloads of the frames before the Close, and that one's."""
    parts = []
    while True:
        frame = client.recv_frame()
        if frame.opcode == CLOSE:
            return parts, frame.payload
        assert frame.opcode == BINARY and frame.fin
        parts.append(frame.payload)


@pytest.mark.parametrize("way, code, words", REFUSALS, ids=NAMES)
def test_a_refusal_is_readable_as_rfb(bridge, target, testcard, way, code, words):
    with way(bridge, target, testcard) as (one, text):
        with one.connect(text) as client:
            parts, close = read_refusal(client)
            assert parts[0] == rfb.GREETING and len(parts) == 2
            reason = rfb.refusal_of(b"".join(parts))
            assert words in reason
            assert int.from_bytes(close[:2], "big") == code
            # a Close frame has room for less
            assert close[2:].decode() == reason[:123]
            client.send(rfb.GREETING)  # an answer that no one waits for
            client.close_code = code
            client.answer_close()
        end = one.wait_end(code=str(code))
        assert end["to_client"] == "0" and end["reason"] == reason


def test_a_long_reason_is_whole(bridge, target):
    """A Close frame has room for 123 bytes, and the target's name is long."""
    server = target(targets.Says(b"\xff" * 64))
    name = "t" + "o" * 60 + "." + "l" * 20
    one = bridge(extra=f'target "{name}" {{ address = "{server.target}" }}')
    with one.connect(name) as client:
        parts, close = read_refusal(client)
    reason = rfb.refusal_of(b"".join(parts))
    assert len(close) == 125 and len(reason) > 123
    assert reason.startswith(close[2:].decode()) and reason.endswith(r"\xff")


class Greets(targets.Target):
    """And closes, in good order."""

    def serve(self, conn, number):
        conn.sendall(rfb.GREETING)


def test_nothing_is_refused_once_a_target_has_greeted(bridge, target):
    server = target(Greets())
    with bridge().connect(server.target) as client:
        parts, close = read_refusal(client)
    assert parts == [rfb.GREETING]
    assert int.from_bytes(close[:2], "big") == 1000


# a native viewer


class Tunnel:
    """A port of TCP whose connections go to a target through the bridge."""

    def __init__(self, one, text):
        self.one, self.text = one, text
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                end, _ = self.sock.accept()
                self._carry(end)

    def _carry(self, end):
        with end, WsClient(self.one.address) as client:
            client.open(self.text)
            while (frame := client.recv_frame()).opcode != CLOSE:
                if frame.opcode == BINARY:
                    end.sendall(frame.payload)
            end.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                while end.recv(4096):
                    pass

    def close(self):
        self.sock.close()


@pytest.fixture(scope="module")
def display(tmp_path_factory):
    """An X server for the viewer; it finds a free number itself."""
    read, write = os.pipe()
    args = [SERVER, "-displayfd", str(write), "-SecurityTypes", "None"]
    args += ["-rfbport", "-1", "-nolisten", "tcp", "-geometry", "640x480"]
    log = open(tmp_path_factory.mktemp("x") / "log", "wb")  # noqa: SIM115
    server = subprocess.Popen(args, pass_fds=[write], stdout=log, stderr=log)
    os.close(write)
    with os.fdopen(read) as file, log:
        number = file.readline().strip()
        assert number, "no X server"
        yield f":{number}"
        server.terminate()
        server.wait(seconds(10))


@needs_viewer
@pytest.mark.parametrize("way, code, words", REFUSALS, ids=NAMES)
def test_vncviewer_shows_the_reason(
    bridge, target, testcard, display, tmp_path, way, code, words
):
    log = tmp_path / "viewer.log"
    env = {**os.environ, "DISPLAY": display, "HOME": str(tmp_path)}
    with way(bridge, target, testcard) as (one, text), open(log, "wb") as out:
        tunnel = Tunnel(one, text)
        viewer = subprocess.Popen(
            [VIEWER, "-Log", "*:stderr:30", f"127.0.0.1::{tunnel.port}"],
            env=env, stdout=out, stderr=out,
        )
        try:
            until(lambda: words in shown(log), 20, f"the viewer to say {words!r}")
        finally:
            viewer.kill()  # it may wait for somebody to read its window
            viewer.wait(seconds(10))
            tunnel.close()


def shown(log):
    """What the viewer's window says, which its log has in several lines."""
    text = log.read_text(errors="replace")
    at = text.find("Authentication failure:")
    return "" if at == -1 else " ".join(text[at:].split())
