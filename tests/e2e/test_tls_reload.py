# SPDX-License-Identifier: ISC
"""vncbridgectl reload where TLS is spoken: sessions go on, certificates change."""

import os
import signal
import ssl

import pytest

import rfb
import swarm
from certs import Pair, self_signed
from daemon import IS_ROOT, free_port, give_to_daemon
from kernel import keeps_freed_memory
from proc import kill_and_wait, own_kib
from tlsclient import TLS_1_2, TLS_1_3, Listen, client_context, listen_body
from waiting import until
from wsclient import HttpClient

NEEDS_ROOT = pytest.mark.skipif(not IS_ROOT, reason="needs root's rights")
SESSIONS = 200
SOCKET_BYTES = 65536
CHANGES = 8  # of the certificate, while they transfer
RELOADS = 100
GROWTH_KIB = 1024  # of all processes together, that is nobody's leak


@pytest.fixture
def secure(bridge):
    """secure(pair, ...): a daemon whose first listener has that pair."""

    def start(pair, **settings):
        address = Listen(f"127.0.0.1:{free_port()}", listen_body([pair]))
        return bridge(listen=[address], context=client_context(pair), **settings)

    return start


def reload(one):
    return one.ctl("reload", "-f", one.conf_path, timeout=30)


def keeper_of(one):
    (pid,) = one.processes()["keeper"]
    return pid


def count_fds(pids):
    return [len(os.listdir(f"/proc/{pid}/fd")) for pid in pids]


def shown(one, **how):
    """The certificate that a new connection is shown, in PEM."""
    with HttpClient(one.address, context=client_context(**how)) as client:
        return ssl.DER_cert_to_PEM_cert(client.sock.getpeercert(True))


def connections_of(one):
    return {
        p["index"]: p["connections"]
        for p in one.status()["processes"]
        if p["role"] == "worker"
    }


def shown_by_each_worker(one):
    """By connections that stay open, so that every worker has some of them."""
    before, clients = connections_of(one), []
    try:
        for _ in range(4 * len(before)):
            clients.append(HttpClient(one.address, context=client_context()))
        after = connections_of(one)
        assert all(after[index] > before[index] for index in before), (before, after)
        return {
            ssl.DER_cert_to_PEM_cert(client.sock.getpeercert(True))
            for client in clients
        }
    finally:
        for client in clients:
            client.close()


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def test_sessions_lose_not_a_byte_while_certificates_change(
    secure, testcard, directory
):
    card, pair = testcard("source=0", "sink"), self_signed(directory)
    # what waits in the kernel is little: a slow machine, which reads it all
    # before it sees the end, still moves each session within its deadline
    one = secure(
        pair, workers=2, max_connections=1000, socket_buffer=SOCKET_BYTES
    )
    crowd = swarm.Swarm(
        one.address, card.target, SESSIONS, rcvbuf=SOCKET_BYTES, **one.tls
    )
    crowd.wait_progress()
    pids = one.all_pids()
    for i in range(CHANGES):
        fresh = self_signed(directory, f"fresh{i}")
        pair.replace(fresh)
        done = reload(one)
        assert done.returncode == 0, done.stderr
        assert shown_by_each_worker(one) == {read(fresh.certificate)}
        crowd.wait_progress(4096)
    assert one.all_pids() == pids
    assert len(crowd.living()) == SESSIONS
    crowd.finish()
    assert not crowd.errors(), crowd
    sent = {session.digest() for session in crowd.sessions}
    assert len(sent) == SESSIONS
    until(lambda: sent <= swarm.sinks_of(card), 20, "all that was sent")


@NEEDS_ROOT
def test_a_hundred_new_certificates_leave_nothing_behind(secure, directory):
    """With a handshake of each version for each of them."""
    pair = self_signed(directory)
    one = secure(pair, workers=2)
    others = [self_signed(directory, name) for name in ("odd", "even")]

    def change(i):
        pair.replace(others[i % 2])
        assert reload(one).returncode == 0
        new = read(others[i % 2].certificate)
        assert shown(one, version=TLS_1_2) == new
        assert shown(one, version=TLS_1_3) == new

    for i in range(10):
        change(i)
    pids = one.all_pids()
    until(lambda: one.conns() == 0, 5, "the connections to end")
    fds, memory = count_fds(pids), sum(own_kib(p) for p in pids)
    for i in range(RELOADS):
        change(i)
    assert one.status()["generation"] == 1 + 10 + RELOADS
    assert one.all_pids() == pids
    # what vncbridgectl had open may have been counted before
    until(lambda: count_fds(pids) <= fds, 5, "no more descriptors than before")
    if not keeps_freed_memory(one.pid):
        assert sum(own_kib(p) for p in pids) - memory < GROWTH_KIB


# as certbot has its files


class Lineage:
    """live/NAME/*.pem are links to archive/NAME/*N.pem."""

    def __init__(self, folder, name="lab"):
        self.archive = os.path.join(folder, "archive", name)
        self.live = os.path.join(folder, "live", name)
        os.makedirs(self.archive)
        os.makedirs(self.live)
        self.count = 0
        self.pair = Pair(*(os.path.join(self.live, f) for f in self.names()))

    def names(self, number=""):
        return f"fullchain{number}.pem", f"privkey{number}.pem"

    def issue(self):
        """The next pair, that no link leads to yet."""
        self.count += 1
        made = self_signed(self.archive, f"made{self.count}")
        for old, name in zip((made.certificate, made.key), self.names(self.count)):
            os.rename(old, os.path.join(self.archive, name))

    def give_away(self):
        """The newest to the daemon's user."""
        for name in self.names(self.count):
            give_to_daemon(os.path.join(self.archive, name))

    def link(self, *which):
        """Puts the links of these two files (0, 1) to the newest, by rename."""
        for i in which:
            to = os.path.join("../../archive/lab", self.names(self.count)[i])
            path = os.path.join(self.live, self.names()[i])
            os.symlink(to, path + ".new")
            os.rename(path + ".new", path)


@pytest.fixture
def lineage(directory):
    made = Lineage(directory)
    made.issue()
    made.link(0, 1)
    return made


def test_a_renewal_by_links_is_taken(secure, lineage):
    one = secure(lineage.pair)
    first = shown(one)
    lineage.issue()
    assert reload(one).returncode == 0
    assert shown(one) == first  # the links are the old ones
    lineage.link(0, 1)
    done = reload(one)
    assert done.returncode == 0, done.stderr
    assert shown(one) == read(lineage.pair.certificate) != first


def test_sighup_takes_what_the_daemon_may_read(secure, lineage):
    """Also where a link leads: the sandbox knows that folder too."""
    lineage.give_away()
    one = secure(lineage.pair)
    first = shown(one)
    lineage.issue()
    lineage.give_away()
    lineage.link(0, 1)
    mark = one.mark()
    one.signal(signal.SIGHUP)
    assert "reloaded" in one.wait_line(r"reload", start=mark)
    assert shown(one) == read(lineage.pair.certificate) != first


@NEEDS_ROOT
def test_sighup_that_may_not_read_the_key_says_so(secure, lineage):
    """And names the way that works; the old certificate stays."""
    one = secure(lineage.pair)
    first = shown(one)
    lineage.issue()
    lineage.link(0, 1)
    mark = one.mark()
    one.signal(signal.SIGHUP)
    line = one.wait_line(r"reload", start=mark)
    for text in (lineage.pair.key, "Permission denied", "vncbridgectl reload"):
        assert text in line, line
    assert shown(one) == first and one.status()["generation"] == 1
    assert reload(one).returncode == 0
    assert shown(one) != first


@pytest.mark.parametrize("half", [0, 1], ids=["certificate", "key"])
def test_a_renewal_caught_half_way_is_refused(secure, lineage, half):
    """The certificate of one pair and the key of another: the old pair goes
    on, and the same reload succeeds when the other half is there too."""
    one = secure(lineage.pair)
    first, pids = shown(one), one.all_pids()
    lineage.issue()
    lineage.link(half)
    done = reload(one)
    assert done.returncode == 1
    assert lineage.pair.certificate in done.stderr
    assert "the key does not match the certificate" in done.stderr
    assert f"{one.conf_path}:" in done.stderr
    assert shown(one) == first and one.status()["generation"] == 1
    lineage.link(1 - half)
    assert reload(one).returncode == 0
    assert shown(one) == read(lineage.pair.certificate) != first
    assert one.all_pids() == pids


def test_files_that_were_overwritten_do_not_hurt_the_next_keeper(
    secure, testcard, directory
):
    """In place, the same inodes, and no reload yet: the pair that holds is
    the one that was read, until the next reload takes the new."""
    pair = self_signed(directory)
    fresh = self_signed(directory, "fresh")
    one, card = secure(pair, workers=2), testcard()
    first = shown(one)
    with one.connect(card.target) as client:
        assert client.recv_exact(12) == rfb.GREETING
        for path, source in (
            (pair.key, fresh.key), (pair.certificate, fresh.certificate),
        ):  # fmt: skip
            with open(path, "r+", encoding="ascii") as file:
                file.truncate(0)
                file.write(read(source))
        mark, pid = one.mark(), keeper_of(one)
        kill_and_wait(pid)
        one.wait_line(r"keeper died pid=%d" % pid, start=mark)
        assert shown_by_each_worker(one) == {first}
        assert not one.grep(r"does not match|crash loop", start=mark)
        assert reload(one).returncode == 0
        assert shown_by_each_worker(one) == {read(fresh.certificate)}
        assert client.shut() == 1000


@pytest.mark.parametrize("left", ["", "-----BEGIN PRIVATE KEY-----\n"])
def test_a_key_that_is_cut_off_meanwhile_does_no_harm(secure, directory, left):
    """A program that writes it anew has just begun when the keeper dies."""
    pair = self_signed(directory)
    one = secure(pair)
    first = shown(one)
    with open(pair.key, "r+", encoding="ascii") as file:
        file.truncate(0)
        file.write(left)
    kill_and_wait(keeper_of(one))
    assert shown(one) == first
    done = reload(one)
    assert done.returncode == 1 and pair.certificate in done.stderr
    assert shown(one) == first
