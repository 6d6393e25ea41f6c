# SPDX-License-Identifier: ISC
"""A daemon in the background and its syslogd, which may stand still, end,
and come back. /dev is one of the test's own, in a mount namespace."""

import os
import re
import signal
import socket
import subprocess

import pytest

import rfb
import wsclient
from daemon import IS_ROOT, conf_text, free_port, run_to_end
from waiting import process_end, seconds, until

LINE = re.compile(rb"<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d vncbridged\[(\d+)\]: (.*)")
LOST = re.compile(rb"^master: lost (\d+) log lines: they were not read$")
DAEMON_INFO = b"30"  # syslog(3): facility and severity
QUEUE = "/proc/sys/net/unix/max_dgram_qlen"  # lines that nobody has read

DEV = """
set -e
dev=$0/dev
mkdir "$dev"
for node in null zero random urandom; do
    : > "$dev/$node"
    mount --bind "/dev/$node" "$dev/$node"
done
ln -s "$0/syslog.sock" "$dev/log"
mount --rbind "$dev" /dev
exec "$@"
"""


def _own_dev(directory):
    return ["unshare", "-m", "sh", "-c", DEV, directory]


def _reason_not(directory):
    if not IS_ROOT:
        return "needs root for a /dev of its own"
    done = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", directory],
        stderr=subprocess.PIPE, text=True, check=False,
    )
    return f"no mount namespaces: {done.stderr}" if done.returncode else None


class Syslogd:
    """Reads when it is asked to."""

    def __init__(self, directory):
        self._path = os.path.join(directory, "syslog.sock")
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(self._path)
        os.chmod(self._path, 0o666)
        self._sock.settimeout(seconds(10))

    def next(self):
        """(priority, pid, text)"""
        line = self._sock.recv(65536)
        match = LINE.fullmatch(line)
        assert match, line
        return match[1], int(match[2]), match[3]

    def wait(self, pattern):
        while True:
            line = self.next()
            if re.search(pattern, line[2]):
                return line

    def all(self):
        """What is there."""
        self._sock.setblocking(False)
        lines = []
        try:
            while True:
                lines.append(self.next()[2])
        except BlockingIOError:
            self._sock.settimeout(seconds(10))
        return lines

    def end(self):
        self._sock.close()
        os.unlink(self._path)


@pytest.fixture
def background(place):
    """(address, pid, Syslogd) of a daemon in the background."""
    why = _reason_not(place)
    if why:
        pytest.skip(why)
    syslogd = Syslogd(place)
    address = ("127.0.0.1", free_port())
    text = conf_text(place, ["%s:%d" % address], allow=["127.0.0.1:1-65535"])
    status, err, _ = run_to_end(place, text, args=[], prefix=_own_dev(place))
    assert status == 0, err
    with open(os.path.join(place, "vncbridged.pid"), encoding="ascii") as file:
        pid = int(file.read())
    yield address, pid, syslogd
    os.kill(pid, signal.SIGTERM)
    assert process_end(pid)


def _refused(address):
    """A session that the policy refuses: it has a line, at once."""
    with wsclient.connect(address, "192.0.2.1") as client:
        client.wait_close()


def _served(address, card):
    """One that opens has its lines, however many there are."""
    with wsclient.connect(address, card.target) as client:
        client.recv_exact(len(rfb.GREETING))


def test_the_log_goes_to_syslog(background):
    address, pid, syslogd = background
    assert syslogd.wait(rb"^master: ready version=")[:2] == (DAEMON_INFO, pid)
    _refused(address)
    assert syslogd.wait(rb"^worker 0: session ended .*code=4520")[:2] == (
        DAEMON_INFO, pid,
    )


def test_a_syslogd_that_stands_still_stops_nobody(background, testcard):
    """syslog(3) would wait for it, and the master with it."""
    address, _, syslogd = background
    card = testcard("echo")
    with open(QUEUE, encoding="ascii") as file:
        attempts = int(file.read()) + 50
    for _ in range(attempts):
        _served(address, card)
    lines = []
    served = attempts

    def is_told():
        nonlocal served
        _served(address, card)
        served += 1
        lines.extend(syslogd.all())
        return any(map(LOST.search, lines))

    until(is_told, 10, "that lines were lost")
    lost = next(filter(None, map(LOST.search, lines)))
    assert 0 < int(lost[1]) <= 2 * served  # two lines each


def test_a_syslogd_that_is_replaced_gets_the_next_line(background, place):
    """Also from within the sandbox."""
    address, _, syslogd = background
    syslogd.wait(rb"^master: ready version=")
    syslogd.end()
    _refused(address)  # to nobody
    other = Syslogd(place)
    _refused(address)
    assert other.wait(rb"^worker 0: session ended .*code=4520")
    other.end()
