# SPDX-License-Identifier: ISC
"""vncbridgectl reload: a bundle that root builds, and the daemon applies."""

import os
import signal
import subprocess
import threading

import pytest

import rfb
import swarm
import wsclient
from certs import self_signed
from daemon import IS_ROOT, VNCBRIDGECTL, free_port
from kernel import keeps_freed_memory
from proc import own_kib
from reloading import NEW_TARGET, append, read_conf, refused, reload
from tlsclient import listen_tls
from waiting import until

NEEDS_ROOT = pytest.mark.skipif(not IS_ROOT, reason="needs root's rights")
RELOADS = 100
SESSIONS = 200


def test_a_reload_applies_the_file(bridge):
    one = bridge(workers=2)
    pids = one.pid, one.workers()
    append(one, NEW_TARGET)
    done = reload(one)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    until(lambda: b'"new"' in one.get("/api/targets").body, 5, "the new target")
    assert one.status()["generation"] == 2
    assert (one.pid, one.workers()) == pids


@NEEDS_ROOT
def test_a_file_that_only_root_can_read_is_reloaded(bridge):
    one = bridge()
    append(one, NEW_TARGET)
    os.chmod(one.conf_path, 0o600)
    mark = one.mark()
    one.signal(signal.SIGHUP)
    assert "reload failed" in one.wait_line(r"reload", start=mark)
    assert reload(one).returncode == 0
    until(lambda: b'"new"' in one.get("/api/targets").body, 5, "the new target")


@pytest.mark.parametrize(
    "line, fault",
    [
        ("nonsense = 1\n", "nonsense"),
        ("workers = 1000\n", "workers must be from"),
        ('allow += { "a b" }\n', "is not HOST[:PORTS]"),
        ('target "x" { }\n', "address is missing"),
        ('target "x" {\n', 'has no "}" at its end'),
        ('pages = "/nonexistent"\n', "/nonexistent"),
        ('listen "203.0.113.9:6080" { }\n', "no such address on this host"),
        ('listen "nonsense" { }\n', "is not ADDRESS:PORT"),
    ],
)
def test_a_fault_is_told_and_changes_nothing(bridge, line, fault):
    one = bridge()
    text = "".join(
        x for x in read_conf(one).splitlines(True) if line.split()[0] not in x[:8]
    )
    one.write_conf((text if line.startswith("workers") else read_conf(one)) + line)
    refused(one, fault)
    if "/" not in fault and "no such" not in fault:
        done = reload(one)
        assert f"{one.conf_path}:" in done.stderr


def test_the_most_of_everything_can_be_reloaded(bridge, testcard):
    """Who can't get it, or may not do what it takes, would end of it."""
    card = testcard("echo")
    one = bridge(workers=2)
    client = one.connect(card.target)
    rfb.raw_greet(client)
    name = "a" * 60 + "." + "b" * 60
    targets = [
        f'target "t{i}" {{ address = "{name}" description = "{"d" * 120}" }}\n'
        for i in range(16384)
    ]
    rules = ", ".join(f'"{i}.{name}"' for i in range(4095))
    origins = ", ".join(f'"https://{i}.{name}"' for i in range(1024))
    servers = ", ".join(['"127.0.0.1"'] * 16)
    append(
        one,
        f"deny = {{ {rules} }}\norigins = {{ {origins} }}\n"
        "frame-ancestors = { }\n"  # they do not all fit into a field
        f"nameservers = {{ {servers} }}\n{''.join(targets)}",
    )
    before = one.all_pids()
    assert reload(one).returncode == 0
    client.send(b"still there")
    assert client.recv_exact(11) == b"still there"
    with one.connect(card.target, timeout=20) as other:
        rfb.raw_greet(other)
    assert one.all_pids() == before
    append(one, f'target "more" {{ address = "{name}" }}\n')
    refused(one, "16385 targets")


def test_a_missing_file_is_told(bridge):
    one = bridge()
    os.unlink(one.conf_path)
    refused(one, one.conf_path)


def test_what_takes_a_restart_is_named(bridge):
    one = bridge(max_connections=100)
    text = read_conf(one)
    for name, value in (
        ("pid-file", '"/nonexistent/pid"'),
        ("control-socket", '"/nonexistent/sock"'),
        ("max-connections", "200"),
    ):
        kept = [x for x in text.splitlines(True) if not x.startswith(name)]
        one.write_conf("".join(kept) + f"{name} = {value}\n")
        done = reload(one)
        assert done.returncode == 0, done.stderr
        assert f"warning: {name} " in done.stderr, done.stderr
        assert "restart" in done.stderr
    assert one.status()["max_connections"] == 100


def test_a_command_line_that_a_file_would_undo_is_respected(bridge):
    port = free_port()
    one = bridge(
        listen=[f"127.0.0.1:{port}"], args=("-d", "-l", f"127.0.0.1:{port}")
    )
    refused(one, "-l")


def test_without_a_daemon_reload_says_so(bridge):
    one = bridge()
    one.stop()
    done = reload(one)
    assert done.returncode == 2
    assert one.control_socket in done.stderr


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_workers_changes(bridge, testcard, workers):
    """More are started; the surplus ends when it is empty."""
    card = testcard("echo")
    one = bridge(workers=2)
    clients = [one.connect(card.target) for _ in range(4)]
    for client in clients:
        assert client.recv_exact(12) == rfb.GREETING
    text = read_conf(one)
    one.write_conf(text.replace("workers = 2", f"workers = {workers}"))
    assert reload(one).returncode == 0
    if workers == 1:
        assert len(one.workers()) == 2  # the sessions are not cut
        for client in clients:
            client.shut()
    until(lambda: len(one.workers()) == workers, 10, "the workers to be as many")
    with one.connect(card.target) as client:
        assert client.recv_exact(12) == rfb.GREETING


def is_held(one, holder):
    """The session of an exclusive target goes on, and nobody else has it."""
    with one.connect("x", timeout=20) as client:
        with pytest.raises(wsclient.Closed) as closed:
            client.recv_exact(1)
    assert closed.value.code == 4510
    holder.send(b"mine")
    assert holder.recv_exact(4) == b"mine"


def test_other_targets_and_rules_leave_the_broker_alone(bridge, testcard):
    """What it may dial is its sandbox: only other ports take another broker,
    of which neither a session nor a lease notices anything."""
    card = testcard("echo")
    one = bridge(
        workers=2,
        allow=[f"127.0.0.1:{card.port}", "127.0.0.1:5900-5910"],
        extra=f'target "x" {{ address = "{card.target}" exclusive = yes }}',
    )
    text = read_conf(one)
    allowed = f'"127.0.0.1:{card.port}", '
    holder = one.connect("x")
    rfb.raw_greet(holder)
    broker = one.broker()
    more = f'"[::1]:{card.port}", "127.0.0.1:5905", '
    for extra in ("", f'target "y" {{ address = "{card.target}" }}\n', NEW_TARGET):
        one.write_conf(text.replace(allowed, allowed + more) + extra)
        assert reload(one).returncode == 0
        is_held(one, holder)
    assert one.broker() == broker
    for ports in ("5900-5911", "5900-5910"):
        one.write_conf(text.replace("5900-5910", ports))
        assert reload(one).returncode == 0
        broker = one.wait_other_broker(broker)
        is_held(one, holder)


def count_fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


@NEEDS_ROOT
def test_a_hundred_reloads_leave_nothing_behind(bridge, directory):
    one = bridge(workers=2)
    pair = self_signed(directory, "lab")
    append(one, listen_tls(f"127.0.0.1:{free_port()}", pair))
    for _ in range(10):
        assert reload(one).returncode == 0
    pids = one.all_pids()
    fds = [count_fds(p) for p in pids]
    memory = sum(own_kib(p) for p in pids)
    for _ in range(RELOADS):
        assert reload(one).returncode == 0
    assert one.status()["generation"] == 111
    assert one.all_pids() == pids
    # one that was just being read was perhaps counted before
    until(
        lambda: all(count_fds(p) <= n for p, n in zip(pids, fds)),
        5,
        "descriptors as before",
    )
    if not keeps_freed_memory(one.pid):
        assert sum(own_kib(p) for p in pids) - memory < 1024


def test_running_sessions_lose_not_a_byte(bridge, testcard):
    card = testcard("source=0", "sink")
    one = bridge(workers=2, max_connections=1000)
    crowd = swarm.Swarm(one.address, card.target, SESSIONS)
    crowd.wait_progress()
    pids = one.all_pids()
    text = read_conf(one)
    port = free_port()
    extra = ["", NEW_TARGET, f'listen "127.0.0.1:{port}" {{ }}\n', "nonsense = 1\n"]
    for i in range(8):
        one.write_conf(text + extra[i % len(extra)])
        assert reload(one).returncode == (1 if i % 4 == 3 else 0)
        crowd.wait_progress(4096)
    assert one.all_pids() == pids
    assert len(crowd.living()) == SESSIONS
    crowd.finish()
    assert not crowd.errors(), crowd
    sent = {session.digest() for session in crowd.sessions}
    until(lambda: sent <= swarm.sinks_of(card), 20, "all that was sent")


def test_of_reloads_at_once_each_is_applied_or_told(bridge):
    one = bridge()
    append(one, NEW_TARGET)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(reload(one))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [done for done in results if done.returncode == 0]
    assert good and len(results) == len(threads)
    for done in results:
        assert done in good or "another reload" in done.stderr, done.stderr
    assert one.status()["generation"] == 1 + len(good)


def reader_of(pipe):
    """The pipe's other end, once there is one who waits for it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def test_a_reload_that_dies_in_the_middle_changes_nothing(bridge, directory):
    """It has begun, and hangs reading a file that nobody writes to."""
    one = bridge()
    pipe = os.path.join(directory, "pipe")
    os.mkfifo(pipe)
    argv = [VNCBRIDGECTL, "-s", one.control_socket, "reload", "-f", pipe]
    with subprocess.Popen(argv) as hung:
        end = until(lambda: reader_of(pipe), 10, "it to begin")
        assert "another reload" in reload(one).stderr
        hung.kill()
    os.close(end)
    until(lambda: reload(one).returncode == 0, 10, "the next one to work")
    assert one.status()["generation"] == 2
