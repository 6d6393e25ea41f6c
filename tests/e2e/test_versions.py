# SPDX-License-Identifier: ISC
"""vncbridgectl and a daemon of different versions, after an update: what
lasts of their protocol (common/PROTOCOL.md, "Another version")."""

import contextlib
import os
import socket
import struct
import subprocess
import threading

import pytest

from daemon import VNCBRIDGECTL
from waiting import process_end, seconds

STATUS, STATUS_IS, STOP, STOPPING, REREAD, RELOADED, UNKNOWN, CERTS, CERTS_ARE = range(
    1, 10
)
SESSIONS, SESSIONS_ARE, RELOAD, RELOAD_GO = range(10, 14)
DONE, FAILED = 0, 3
OTHERS = [1, 5, 99, 0xFFFFFFFF]


@contextlib.contextmanager
def asked_at(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.settimeout(seconds(10))
        sock.connect(path)
        yield sock


def say(sock, kind, version, more=b""):
    sock.send(struct.pack("=III", kind, 0, version) + more)


def hear(sock):
    """(type, version, body behind it)."""
    data = sock.recv(1 << 20)
    kind, zero, version = struct.unpack_from("=III", data)
    assert zero == 0
    return kind, version, data[12:]


@pytest.mark.parametrize("version", OTHERS)
def test_another_version_is_told_the_status(bridge, version):
    one = bridge()
    with asked_at(one.control_socket) as sock:
        for more in (b"", b"x", b"field" * 1000):
            say(sock, STATUS, version, more)
            kind, mine, body = hear(sock)
            assert kind == STATUS_IS and mine not in OTHERS
            (count,) = struct.unpack_from("=I", body, 68)
            processes = [
                struct.unpack_from("=IIIIIIIxxxxQ", body, 76 + 40 * i)
                for i in range(count)
            ]
            assert sorted(p[2] for p in processes) == sorted(one.all_pids())


@pytest.mark.parametrize("is_now", [0, 1])
@pytest.mark.parametrize("version", OTHERS)
def test_another_version_stops_it(bridge, version, is_now):
    one = bridge()
    with asked_at(one.control_socket) as sock:
        say(sock, STOP, version, struct.pack("=I", is_now) + b"new" * 100)
        kind, _, body = hear(sock)
        assert (kind, struct.unpack_from("=I", body)[0]) == (STOPPING, DONE)
        assert sock.recv(1) == b""
    assert process_end(one.pid, 10)


@pytest.mark.parametrize("version", OTHERS)
def test_another_version_has_it_reloaded(bridge, version):
    one = bridge()
    text = open(one.conf_path, encoding="utf-8").read()
    one.write_conf(text + 'target "lab" { address = "127.0.0.1:5901" }\n')
    with asked_at(one.control_socket) as sock:
        say(sock, RELOAD, version)
        kind, mine, _ = hear(sock)
        assert kind == RELOAD_GO and mine not in OTHERS
        say(sock, REREAD, version, b"/some/other.conf\0")
        kind, _, body = hear(sock)
        assert (kind, struct.unpack_from("=I", body)[0]) == (RELOADED, FAILED)
        assert one.conf_path.encode() in body
        for name in (b"", one.conf_path.encode() + b"\0"):
            say(sock, REREAD, version, name)
            kind, _, body = hear(sock)
            assert (kind, struct.unpack_from("=I", body)[0]) == (RELOADED, DONE)
    assert '"lab"' in one.get("/api/targets").body.decode()
    one.write_conf(text + "colour = blue\n")
    with asked_at(one.control_socket) as sock:
        say(sock, REREAD, version)
        kind, _, body = hear(sock)
        assert (kind, struct.unpack_from("=I", body)[0]) == (RELOADED, FAILED)
        assert b"colour" in body


@pytest.mark.parametrize("kind", [24, 29, 60, 1000, 0xFFFFFFFF])
def test_what_it_does_not_know_is_answered_and_costs_nothing(bridge, kind):
    one = bridge()
    with asked_at(one.control_socket) as sock:
        say(sock, kind, 99, b"?" * 50)
        answer, _, body = hear(sock)
        assert answer == UNKNOWN
        assert struct.unpack_from("=I", body)[0] == kind
        say(sock, STATUS, 99)
        assert hear(sock)[0] == STATUS_IS


# ------------------------------------------- vncbridgectl, and other daemons


class Other:
    """A daemon of version 99, whose structs have grown."""

    def __init__(self, path):
        self.asked = []
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        with self.listener, self.listener.accept()[0] as sock:
            while True:
                data = sock.recv(1 << 20)
                if not data:
                    return
                (kind,) = struct.unpack_from("=I", data)
                self.asked.append(kind)
                answer, body = self.answer(kind)
                say(sock, answer, 99, body + b"grown" * 20000)
                if kind == STOP:
                    return

    def answer(self, kind):
        version = b"9.9.9".ljust(32, b"\0")
        if kind == STATUS:
            process = struct.pack("=IIIIIIIxxxxQ", 1, 0, 4242, 1, 0, 0, 0, 1)
            head = struct.pack("=IQQQII", 7, 1, 2, 3, 0, 100)
            return STATUS_IS, head + version + struct.pack("=Ixxxx", 1) + process
        if kind == CERTS:
            return CERTS_ARE, struct.pack("=II", 0, 0)
        if kind == STOP:
            return STOPPING, struct.pack("=II", DONE, 5)
        if kind == RELOAD:
            return RELOAD_GO, struct.pack("=I", FAILED)
        if kind == REREAD:
            return RELOADED, struct.pack("=II", DONE, 8) + b"\0"
        return UNKNOWN, struct.pack("=I", kind) + version

    def ctl(self, *args):
        done = subprocess.run(
            [VNCBRIDGECTL, "-s", self.path, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=seconds(20),
            check=False,
        )
        self.thread.join(seconds(10))
        assert not self.thread.is_alive()
        return done


@pytest.fixture
def other(tmp_path):
    return Other(os.path.join(tmp_path, "ctl.sock"))


def test_ctl_shows_the_status_of_another_version(other):
    done = other.ctl("status")
    assert done.returncode == 0, done.stderr
    assert "vncbridged 9.9.9 running" in done.stdout
    assert "4242" in done.stdout
    assert "keeps the programs that it was started with" in done.stdout


@pytest.mark.parametrize("command", ["stop", "drain"])
def test_ctl_stops_another_version(other, command):
    done = other.ctl(command)
    assert done.returncode == 0, done.stderr
    assert other.asked == [STOP]


def test_ctl_has_another_version_read_its_own_file(other):
    done = other.ctl("reload")
    assert done.returncode == 0, done.stderr
    assert other.asked == [RELOAD, REREAD]
    assert "another version" in done.stderr


def test_ctl_names_both_versions_where_it_is_not_understood(other):
    done = other.ctl("sessions")
    assert done.returncode == 2
    assert "version 9.9.9" in done.stderr and "restart it" in done.stderr
    assert done.stdout == ""
