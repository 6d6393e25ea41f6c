# SPDX-License-Identifier: ISC
"""The keeper behind the real daemon: who has the keys, and who never has."""

import os
import re
import shutil
import signal
import socket
import ssl

import pytest

from certs import Pair, self_signed
from daemon import (
    IS_ROOT,
    conf_text,
    free_port,
    has_asan,
    run_to_end,
    user_name,
)
from proc import kill_and_wait
from tlsclient import listen_tls
from waiting import until

HANDSHAKES = 1000
MAPPING_MOST = 1 << 28  # a sanitizer's shadow has terabytes of nothing


def keeper_of(one):
    return next(p for p in one.status()["processes"] if p["role"] == "keeper")


def others_of(one):
    return {
        (p["role"], p["index"]): p["pid"]
        for p in one.status()["processes"]
        if p["role"] != "keeper"
    }


@pytest.fixture
def tls(bridge, directory):
    """Starts a daemon with a listener that has these pairs."""

    def start(*pairs, **settings):
        port = free_port()
        listen = listen_tls(f"127.0.0.1:{port}", *pairs)
        one = bridge(extra=listen, **settings)
        one.tls_port = port
        return one

    return start


def reload(one, wanted):
    mark = one.mark()
    one.signal(signal.SIGHUP)
    return one.wait_line(wanted, start=mark)


def memory_of(pid, with_programs=True):
    """All that a process has, mapping for mapping; or all but what it can't
    write and is in the file system."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as f:
        lines = f.read().splitlines()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in lines:
            span, rights = line.split()[:2]
            first, last = (int(x, 16) for x in span.split("-"))
            if "r" not in rights or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            if last - first > MAPPING_MOST:
                continue
            is_program = "w" not in rights and "/" in line and "/memfd:" not in line
            if is_program and not with_programs:
                continue
            try:
                mem.seek(first)
                yield mem.read(last - first)
            except OSError:
                continue  # guard pages, and what is not there


def handshakes(port, count):
    """Full ones, of both versions and with both kinds of key, one by one."""
    rsa = "ECDHE-RSA-AES128-GCM-SHA256"
    ecdsa = "ECDHE-ECDSA-AES128-GCM-SHA256"
    seen = set()
    for i in range(count):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if i % 2:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(rsa if i % 4 == 1 else ecdsa)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
            with context.wrap_socket(sock) as tls_sock:
                seen.add((tls_sock.version(), tls_sock.cipher()[0]))
    assert {("TLSv1.2", rsa), ("TLSv1.2", ecdsa)} < seen
    assert any(version == "TLSv1.3" for version, _ in seen)


def find(pid, needles):
    """The names of those that are in its memory."""
    found = set()
    for piece in memory_of(pid):
        for name, forms in needles.items():
            if any(form in piece for form in forms):
                found.add(name)
    return found


def needles_of(pair):
    """As numbers are written, as OpenSSL keeps them, and as the file has it."""
    needles = {k: (v, v[::-1]) for k, v in pair.secrets().items()}
    assert needles
    needles["file"] = tuple(pair.key_lines())
    return needles


def make_both(directory):
    ec = self_signed(directory, "ec")
    return [ec, self_signed(directory, "rsa", key="rsa2048")]


@pytest.mark.skipif(not IS_ROOT, reason="only root may look into processes")
def test_nobody_but_the_keeper_has_the_keys(tls, directory):
    """The same search finds them there, or it would prove nothing."""
    pairs = make_both(directory)
    one = tls(*pairs)
    new = make_both(directory)
    for path in [p for pair in new for p in (pair.certificate, pair.key)]:
        shutil.chown(path, user_name())
    handshakes(one.tls_port, 100)
    reload(one, r"reloaded generation=2")
    handshakes(one.tls_port, HANDSHAKES)
    for pair in new:
        needles = needles_of(pair)
        numbers = set(needles) - {"file"}
        assert find(keeper_of(one)["pid"], needles) == numbers
        for who, pid in others_of(one).items():
            assert find(pid, needles) == set(), who
        # the search sees what is there: the name of the file is
        path = {"path": (pair.certificate.encode(),)}
        assert find(others_of(one)[("master", 0)], path)


def test_a_key_in_the_certificates_file_gets_to_no_worker(tls, directory):
    path = self_signed(directory, "both").both()
    one = tls(Pair(path, path))
    assert keeper_of(one)["state"] == "ready"
    for (role, _), pid in others_of(one).items():
        if role != "worker":
            continue
        for fd in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{fd}"
            if "memfd" not in os.readlink(path):
                continue
            with open(path, "rb") as f:
                assert b"PRIVATE" not in f.read()


def refuse_start(place, listen, wanted):
    text = conf_text(place, [], extra=listen)
    path = os.path.join(place, "refused.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    for args in (["-n", "-f", path], ["-d", "-f", path]):
        status, err, _ = run_to_end(place, args=args, cwd=place)
        assert status == 1, args
        assert re.search(re.escape(path) + r":\d+: certificate \"" + wanted, err), err
        # that is why, and no other trouble beside it
        assert "could not start" not in err, err


def test_keys_that_will_not_do_are_refused_with_file_and_line(place):
    good, other = self_signed(place, "good"), self_signed(place, "other")
    old = self_signed(place, "old", days=-1)
    none = os.path.join(place, "none.key")
    address = f"127.0.0.1:{free_port()}"
    for pairs, wanted in (
        ([Pair(good.certificate, other.key)], ".*good.pem.*other.key.*does not match"),
        ([good, old], ".*old.pem.*the certificate expired on"),
        ([Pair(good.certificate, none)], ".*good.pem.*none.key.*No such"),
        ([Pair(good.certificate, place)], ".*good.pem.*directory"),
        ([Pair(good.key, good.key)], ".*no certificate in it"),
        ([Pair(good.certificate, good.certificate)], ".*names another"),
    ):
        refuse_start(place, listen_tls(address, *pairs), wanted)


def test_a_key_that_others_can_read_is_warned_of(tls, directory):
    pair = self_signed(directory, "open")
    os.chmod(pair.key, 0o644)
    one = tls(pair)
    one.wait_line(r"open.key mode=0644.*users other than root")


def test_a_bad_certificate_never_replaces_a_good_one(tls, directory):
    pair = self_signed(directory, "first")
    one = tls(pair)
    before = others_of(one), keeper_of(one)["pid"]
    if IS_ROOT:
        shutil.chown(pair.key, user_name())
    bad = self_signed(directory, "second")
    if IS_ROOT:
        shutil.chown(bad.key, user_name())
    shutil.copy(bad.certificate, pair.certificate)
    line = reload(one, r"reload failed")
    assert "first.pem" in line and "does not match" in line
    shutil.copy(bad.key, pair.key)
    reload(one, r"reloaded generation=2")
    assert (others_of(one), keeper_of(one)["pid"]) == before


def test_two_reloads_at_once_both_hold(tls, directory):
    one = tls(self_signed(directory, "one"))
    if IS_ROOT:
        shutil.chown(os.path.join(directory, "one.key"), user_name())
    mark = one.mark()
    one.signal(signal.SIGHUP)
    one.wait_line(r"reloaded generation=2", start=mark)
    for _ in range(3):
        one.signal(signal.SIGHUP)
    one.wait_line(r"reloaded generation=3", start=mark)


def test_a_dead_keeper_is_replaced_and_the_others_stay(tls, directory):
    """The new one has the keys, though the file is no longer there."""
    pair = self_signed(directory, "gone")
    one = tls(pair)
    before = others_of(one)
    os.unlink(pair.key)
    pid = keeper_of(one)["pid"]
    mark = one.mark()
    kill_and_wait(pid)
    one.wait_line(r"keeper died pid=%d" % pid, start=mark)
    until(lambda: keeper_of(one)["state"] == "ready", 10, "a new keeper")
    assert keeper_of(one)["pid"] != pid
    assert others_of(one) == before


def test_more_handshakes_than_it_is_asked_for_at_once_wait(tls, directory):
    """200 wait for a keeper that stands still: a worker asks for 128."""
    one = tls(self_signed(directory, "lab"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    conns = one.conns()
    keeper = keeper_of(one)["pid"]
    os.kill(keeper, signal.SIGSTOP)
    clients = []
    try:
        for _ in range(200):
            raw = socket.create_connection(("127.0.0.1", one.tls_port))
            raw.setblocking(False)
            client = context.wrap_socket(raw, do_handshake_on_connect=False)
            with pytest.raises(ssl.SSLWantReadError):
                client.do_handshake()
            clients.append(client)
        until(lambda: one.conns() == conns + 200, 10, "all to be with a worker")
        for client in clients[:20]:  # these have asked, and don't wait
            client.close()
    finally:
        os.kill(keeper, signal.SIGCONT)
    for client in clients[20:]:
        client.settimeout(10)
        client.do_handshake()
        client.close()
    until(lambda: one.conns() == conns, 10, "them to be counted off")


@pytest.mark.skipif(not IS_ROOT, reason="only root may look into processes")
@pytest.mark.skipif(has_asan(), reason="the sanitizer makes mlock(2) do nothing")
def test_the_copies_of_keys_are_kept_from_the_swap(tls, directory):
    """The master has them in memory files: pages that one process has locked
    stay in memory. Those of the configuration before are needed, too."""
    pairs = make_both(directory)
    one = tls(*pairs)
    for path in [p for pair in pairs for p in (pair.certificate, pair.key)]:
        shutil.chown(path, user_name())
    for generation, sets in ((2, 1), (3, 2), (4, 2)):
        with open(f"/proc/{keeper_of(one)['pid']}/smaps", encoding="ascii") as f:
            pieces = f.read().split("\nVmFlags:")
        copies = [p for p in pieces if "/memfd:pem" in p]
        assert len(copies) == sets * len(pairs)
        for text in copies:
            locked = [line for line in text.split("\n") if line[:7] == "Locked:"]
            assert int(locked[-1].split()[1]) > 0, text
        reload(one, rf"reloaded generation={generation}")
