# SPDX-License-Identifier: ISC
"""vncbridgectl reload: listeners that stay, come, go and stand in each other's way."""

import pwd
import signal
import socket

import pytest

import rfb
import wsclient
from daemon import IS_ROOT, free_port, user_name
from reloading import NEW_TARGET, accepts, append, read_conf, refused, reload


@pytest.mark.skipif(not IS_ROOT, reason="needs root's rights")
def test_a_privileged_port_is_added_and_removed_again(bridge):
    """While no process of the daemon is root."""
    one = bridge()
    port = next(p for p in range(700, 1000) if is_free(p))
    uid = pwd.getpwnam(user_name()).pw_uid
    for pid in one.all_pids():
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in f.read()
    text = read_conf(one)
    one.write_conf(text + f'listen "127.0.0.1:{port}" {{ }}\n')
    done = reload(one)
    assert done.returncode == 0, done.stderr
    assert accepts(("127.0.0.1", port)) and accepts(one.address)
    one.write_conf(text)
    assert reload(one).returncode == 0
    assert not accepts(("127.0.0.1", port)) and accepts(one.address)


def is_free(port):
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def test_who_waits_in_a_listeners_queue_is_served_after_a_reload(bridge):
    """The socket stays: it is not closed and opened again."""
    one = bridge()
    inode = one_listener(one)
    one.process.send_signal(signal.SIGSTOP)
    waiting = socket.create_connection(one.address, timeout=10)
    one.process.send_signal(signal.SIGCONT)
    append(one, NEW_TARGET)
    assert reload(one).returncode == 0
    waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert waiting.recv(100).startswith(b"HTTP/1.1 200")
    waiting.close()
    assert one_listener(one) == inode


def one_listener(one):
    """The inode of the daemon's TCP listener."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        rows = [line.split() for line in list(f)[1:]]
    port = "%04X" % one.address[1]
    (inode,) = [r[9] for r in rows if r[3] == "0A" and r[1].endswith(":" + port)]
    return inode


def test_a_port_of_another_program_is_told(bridge):
    one = bridge()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        append(one, 'listen "127.0.0.1:%d" { }\n' % other.getsockname()[1])
        refused(one, "is in use by another program")


def change_address(one, old, new):
    """Writes another address into the configuration."""
    text = read_conf(one)
    assert text.count(f'"{old}"') == 1
    one.write_conf(text.replace(f'"{old}"', f'"{new}"'))


@pytest.mark.parametrize(
    "old, new", [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0"), ("[::]", "[::1]")]
)
def test_an_address_within_another_is_refused_with_the_reason(
    bridge, testcard, old, new
):
    """Of the same port the kernel has only one of the two. Nothing is lost,
    and it works with the port left out in between."""
    card, port = testcard("echo"), free_port()
    other = f"127.0.0.1:{free_port()}"
    one = bridge(listen=[other, f"{old}:{port}"])
    host = "::1" if ":" in old else "127.0.0.1"
    with wsclient.connect((host, port), card.target) as client:
        assert client.recv_exact(12) == rfb.GREETING
        change_address(one, f"{old}:{port}", f"{new}:{port}")
        refused(one, "the daemon itself has this port open")
        mark = one.mark()
        one.signal(signal.SIGHUP)
        line = one.wait_line(r"reload", start=mark)
        assert f"listen {new}:{port}: the daemon itself" in line
        assert f"at {old}:{port}" in line and "in two reloads" in line
        assert accepts((host, port)) and accepts(one.address)
        text = read_conf(one)
        one.write_conf(text.replace(f'listen "{new}:{port}" {{  }}\n', ""))
        assert reload(one).returncode == 0
        assert not accepts((host, port))
        one.write_conf(text)
        assert reload(one).returncode == 0
        assert accepts((host, port))
        assert client.shut() == 1000


def test_an_address_of_the_other_family_takes_the_port_over(bridge, testcard):
    """[::]:P does not have 0.0.0.0:P: one reload does it, and back."""
    card, port = testcard("echo"), free_port()
    one = bridge(listen=[f"127.0.0.1:{free_port()}", f"[::]:{port}"])
    with wsclient.connect(("::1", port), card.target) as client:
        assert client.recv_exact(12) == rfb.GREETING
        change_address(one, f"[::]:{port}", f"0.0.0.0:{port}")
        assert reload(one).returncode == 0
        assert accepts(("127.0.0.1", port)) and not accepts(("::1", port))
        change_address(one, f"0.0.0.0:{port}", f"[::]:{port}")
        assert reload(one).returncode == 0
        assert accepts(("::1", port)) and not accepts(("127.0.0.1", port))
        assert client.shut() == 1000


def test_two_listeners_of_one_port_are_told_from_another_program(bridge):
    one, port = bridge(), free_port()
    append(one, f'listen "127.0.0.1:{port}" {{ }}\nlisten "0.0.0.0:{port}" {{ }}\n')
    refused(one, f"listen 0.0.0.0:{port}: this port belongs to listen 127.0.0.1:{port}")
