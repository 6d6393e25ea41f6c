# SPDX-License-Identifier: ISC
"""One target that only one may have, and many who want it at the same moment,
while processes are killed. The target counts."""

import json
import os
import random
import select
import signal
import socket
import threading
import time

import rfb
from pages import PROTOCOL, Page, intend, open_page
from waiting import seconds, until
from wsclient import Closed

SETTINGS = {"connections_per_second_of_address": 0}
PROBLEMS = (Closed, OSError, EOFError, AssertionError, KeyError)


class Counting:
    """A desktop that counts who is there, and obeys nobody. What has been closed
    before somebody comes is seen before they are: it looks for ends between the
    moment that one waits and accept()."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.target = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.conns = []
        self.accepted = 0
        self.most = 0
        self._stop, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _is_over(self, conn):
        try:
            while data := conn.recv(65536, socket.MSG_DONTWAIT):
                assert data
            return True
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _look(self):
        for conn in [conn for conn in self.conns if self._is_over(conn)]:
            self.conns.remove(conn)
            conn.close()

    def _run(self):
        while True:
            found, _, _ = select.select([self.listener, self._stop, *self.conns], [], [])
            if self._stop in found:
                return
            self._look()
            if self.listener not in found:
                continue
            conn, _ = self.listener.accept()
            self.conns.append(conn)
            self.accepted += 1
            self.most = max(self.most, len(self.conns))
            try:
                conn.sendall(rfb.GREETING)
            except OSError:
                pass

    def stop(self):
        self._wake.send(b"x")
        self._thread.join()
        for thing in self.listener, self._stop, self._wake, *self.conns:
            thing.close()


def section(target, more):
    return f'target "x" {{ address = "{target}" {more} }}\n'


def sessions(one):
    return json.loads(one.ctl("-j", "sessions").stdout)["sessions"]


def get_in(one, headers=(), timeout=10):
    """Somebody's page, once the desktop is free."""
    found = []

    def tries():
        try:
            found.append(open_page(one, "x", headers=headers))
            rfb.raw_greet(found[-1])
        except PROBLEMS:
            return False
        return True

    until(tries, timeout, "the desktop to be free")
    return found[-1]


# all at once


def ask_at_once(one, count):
    """Pages that have all asked before the first reads its answer."""
    pages = [Page(one.address) for _ in range(count)]
    offer = [("Sec-WebSocket-Protocol", f"{PROTOCOL}, binary")]
    heads = [page.upgrade_head("/proxy?target=x", offer) for page in pages]
    for page, head in zip(pages, heads):
        page.send(head)
    for page in pages:
        assert page.read_upgrade().status == 101
    return pages


def storm(one, count):
    """One of them has it, and all others hear so; it is free again then."""
    holders, codes = [], []
    for page in ask_at_once(one, count):
        try:
            rfb.raw_greet(page)
            holders.append(page)
        except Closed as closed:
            page.answer_close()
            codes.append(closed.code)
        if page not in holders:
            page.close()
    assert len(holders) == 1, (len(holders), codes)
    assert codes == [4510] * (count - 1)
    holders[0].shut()
    holders[0].close()
    until(lambda: not sessions(one), 10, "the end of the lease")


# kills


class Guests:
    """Clients who come and go, ask, take over, answer, and vanish; each by a
    seed of its own."""

    def __init__(self, one, count, seed, who=((),)):
        self.one = one
        self.is_over = threading.Event()
        self.was_in = 0
        self.faults = []
        self.threads = [
            threading.Thread(
                target=self._run, args=(random.Random(f"{seed}-{i}"), who[i % len(who)])
            )
            for i in range(count)
        ]
        for thread in self.threads:
            thread.start()

    def _run(self, chance, headers):
        while not self.is_over.is_set():
            try:
                self._visit(chance, headers)
            except PROBLEMS:
                pass  # nobody is promised anything while processes die
            except Exception as fault:  # pylint: disable=broad-except
                self.faults.append(fault)
                return

    def _visit(self, chance, headers):
        intent = None
        kind = chance.choice(["", "take", "ask", "move"])
        if kind:
            intent = intend(self.one, "x", kind, headers).get("intent")
            time.sleep(chance.choice([0, 0, 0.05]))
        page = open_page(self.one, "x", intent, headers)
        page.sock.settimeout(seconds(2))
        try:
            if chance.random() < 0.5:  # it does not wait for an answer
                time.sleep(chance.random() ** 3 * 0.02)
                return
            rfb.raw_greet(page)
            self.was_in += 1
            page.sock.settimeout(0.05 + chance.random() * 0.2)
            asked = page.hear("asked")
            page.say(f'{chance.choice(["keep", "give"])} {asked["number"]}')
            page.sock.settimeout(seconds(2))
            if chance.random() < 0.5:
                page.shut()
        finally:
            if chance.random() < 0.5:
                page.reset()
            page.close()

    def stop(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join(seconds(60))
            assert not thread.is_alive()
        assert not self.faults, self.faults


def kill_some(one, chance, count, roles=("broker", "worker"), age=0):
    """Kills so many processes, of which each has lived for some time: so that
    the master starts the next one at once."""
    seen = {}
    while count > 0:
        time.sleep(chance.random() * 0.3)
        now = time.monotonic()
        found = one.processes()
        pids = [(role, pid) for role in roles for pid in found.get(role, [])]
        for _, pid in pids:
            seen.setdefault(pid, now)
        old = [(role, pid) for role, pid in pids if now - seen[pid] >= age]
        role = chance.choice(roles)
        old = [pid for its_role, pid in old if its_role == role]
        if not old:
            continue
        try:
            os.kill(chance.choice(old), signal.SIGKILL)
        except ProcessLookupError:
            continue
        count -= 1


def survive(one, desktop, seed, kills, who=((),), roles=("broker", "worker"), age=0):
    """Never two, whatever is killed; and in the end somebody gets in."""
    print(f"seed={seed}")
    guests = Guests(one, 16, seed, who)
    try:
        kill_some(one, random.Random(seed), kills, roles, age)
    finally:
        guests.stop()
    page = get_in(one, who[0], 60)
    until(lambda: len(desktop.conns) == 1, 10, "the others' ends")
    page.shut()
    until(lambda: not desktop.conns, 10, "the last one's end")
    print(f"accepted={desktop.accepted} greeted={guests.was_in}")
    assert desktop.most == 1, (desktop.most, seed)
    assert guests.was_in > 0
