# SPDX-License-Identifier: ISC
"""What dies, is restarted, reloaded, drained: DESIGN 2."""

import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

import rfb
from daemon import IS_ROOT, VNCBRIDGED, conf_text, free_port
from proc import children, cpu_seconds, is_alive, kill_and_wait
from swarm import Swarm, sinks_of
from waiting import process_end, seconds, until
from wsclient import Closed, HttpClient, WsClient

SESSIONS = 100


@pytest.fixture
def swarm():
    """Starts swarms, and stops them."""
    started = []

    def start(*args, **how):
        started.append(Swarm(*args, **how))
        return started[-1]

    yield start
    for one in started:
        if not one._is_stopped:
            one.stop()


@pytest.fixture
def both(bridge, testcard):
    """A daemon with two workers, and a testcard that sends and swallows."""
    return bridge(workers=2, drain_timeout=5), testcard("source=0", "sink")


def check_all_arrived(card, sessions):
    """What these sessions sent is what the target swallowed."""
    sent = {session.digest(): session for session in sessions}
    try:
        until(lambda: sent.keys() <= sinks_of(card), 20, "all that was sent")
    except AssertionError:
        sunk = sinks_of(card)
        lost = [(s.number, d[0]) for d, s in sent.items() if d not in sunk]
        strange = sorted(size for size, digest in sunk - sent.keys())
        raise AssertionError(f"lost: {lost}, arrived instead: {strange}") from None


def sessions_of(one):
    done = one.ctl("-j", "sessions")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["sessions"]


# kill -9


def test_a_killed_worker_takes_only_its_own_sessions(both, swarm):
    one, card = both
    crowd = swarm(one.address, card.target, SESSIONS)
    crowd.wait_progress()
    workers = one.workers()
    began = time.monotonic()
    kill_and_wait(workers[0])
    new = one.wait_other_worker(workers)

    def is_ready():
        processes = one.status()["processes"]
        return [p for p in processes if p["pid"] == new and p["state"] == "ready"]

    until(is_ready, 1, "the new worker to be ready")
    assert time.monotonic() - began < seconds(1)
    crowd.wait(
        lambda all_of_them: sum(s.is_over for s in all_of_them) == SESSIONS // 2
    )
    living = crowd.living()
    crowd.wait_progress()
    assert len(crowd.living()) == SESSIONS // 2
    crowd.finish()
    assert all(s.error is None and s.close[0] == 1000 for s in living)
    check_all_arrived(card, living)
    assert one.grep(r"(warn|error)\w*: .*worker.*(killed|signal)")
    # the new one takes sessions
    after = swarm(one.address, card.target, 10, first=200)
    after.wait_progress(4096)
    after.finish()
    assert after.errors() == []


def test_sessions_go_on_without_the_broker(both, swarm):
    one, card = both
    crowd = swarm(one.address, card.target, SESSIONS)
    crowd.wait_progress()
    assert len(sessions_of(one)) == SESSIONS
    old = one.broker()
    kill_and_wait(old)
    late = WsClient(one.address, timeout=20)  # in the gap, or right behind it
    assert late.upgrade(f"/proxy?target={card.target}").status == 101
    late_answer = late.recv_exact(12)
    assert late_answer == rfb.GREETING
    assert one.wait_other_broker(old) != old
    crowd.wait_progress()
    assert crowd.errors() == [] and crowd.over() == []
    more = swarm(one.address, card.target, 5, first=300)
    more.wait_progress(4096)
    listed = sessions_of(one)
    assert len(listed) == SESSIONS + 6
    assert all(card.target in s["target"] for s in listed)
    late.close()
    more.finish()
    crowd.finish()
    assert crowd.errors() == []
    check_all_arrived(card, crowd.sessions)
    until(lambda: sessions_of(one) == [], 10, "the list to be empty")


def test_a_broker_killed_again_and_again_loses_no_lease(bridge, testcard):
    card = testcard("echo")
    one = bridge(
        workers=2, extra=f'target "x" {{ address = "{card.target}" exclusive = yes }}'
    )
    holder = one.connect("x")
    rfb.raw_greet(holder)
    for _ in range(3):
        old = one.broker()
        kill_and_wait(old)
        one.wait_other_broker(old, 20)
        client = one.connect("x", timeout=20)
        with pytest.raises(Closed) as closed:
            client.recv_exact(1)
        assert closed.value.code == 4510
        client.close()
    holder.send(b"mine")
    assert holder.recv_exact(4) == b"mine"


def test_no_process_outlives_the_master(both, swarm):
    one, card = both
    crowd = swarm(one.address, card.target, 20)
    crowd.wait_progress(4096)
    pids = one.all_pids()
    kill_and_wait(one.pid)
    for pid in pids:
        assert process_end(pid, 5), pid
    crowd.wait(lambda all_of_them: all(s.is_over for s in all_of_them))


def test_no_process_outlives_a_master_killed_early(bridge, directory):
    """At any moment of its start: killed a little later each time."""
    for step in range(12):
        place = os.path.join(directory, f"early{step}")
        os.mkdir(place)
        path = os.path.join(place, "c.conf")
        port = free_port()
        with open(path, "w", encoding="utf-8") as f:
            f.write(conf_text(place, [f"127.0.0.1:{port}"]))
        os.chmod(place, 0o777)
        process = subprocess.Popen(
            [VNCBRIDGED, "-d", "-f", path], stderr=subprocess.DEVNULL
        )
        seen = set()
        deadline = time.monotonic() + step * 0.005
        while time.monotonic() < deadline:
            seen |= set(children(process.pid))
        seen |= set(children(process.pid))
        process.kill()
        process.wait()
        for pid in seen:
            assert process_end(pid, 5), (step, pid)


def test_a_crash_loop_is_loud_and_slowed(both):
    one, _ = both
    mark = one.mark()
    pids = one.workers()
    seen = set(pids)
    deaths = []
    deadline = time.monotonic() + seconds(6)
    while time.monotonic() < deadline:
        for pid in one.workers():
            if pid != pids[1]:
                kill_and_wait(pid)
                deaths.append(time.monotonic())
                seen.add(pid)
        time.sleep(0.01)
    # without back-off there would be hundreds
    assert 3 <= len(deaths) < 40, len(deaths)
    gaps = [b - a for a, b in zip(deaths, deaths[1:])]
    assert max(gaps[-2:]) > min(gaps[:2]), gaps
    lines = one.grep(r" (warn|error)\w*: ", mark)
    assert len(lines) >= len(deaths)
    assert any("restart" in x or "back-off" in x or "delay" in x for x in lines), lines
    assert one.get("/healthz").status == 200
    assert cpu_seconds(one.pid) < 3


# stop


def test_sigterm_drains_with_4580_and_status_0(both, swarm):
    one, card = both
    crowd = swarm(one.address, card.target, 20)
    idle = HttpClient(one.address)
    crowd.wait_progress(4096)
    pids = one.all_pids()
    one.signal(signal.SIGTERM)
    crowd.wait(lambda all_of_them: all(s.is_over for s in all_of_them))
    assert {s.close[0] for s in crowd.sessions} == {4580}
    assert all("restart" in s.close[1] for s in crowd.sessions)
    assert one.wait() == 0
    assert not any(is_alive(pid) for pid in pids)
    with pytest.raises(OSError):
        one.get("/healthz")
    idle.close()
    ends = one.grep("code=4580")
    assert len(ends) == 20


def test_sigterm_does_not_wait_for_ever(bridge, testcard):
    """A client that does not answer the close frame, one that reads nothing."""
    one = bridge(drain_timeout=1)
    card, flood = testcard("echo"), testcard("source=0")
    deaf = one.connect(card.target)
    rfb.raw_greet(deaf)
    stuck = one.connect(flood.target, rcvbuf=8192)
    rfb.raw_greet(stuck)
    began = time.monotonic()
    one.signal(signal.SIGTERM)
    assert one.wait() == 0
    assert time.monotonic() - began < 5


def test_a_second_sigterm_ends_it_now(bridge, testcard):
    one = bridge(drain_timeout=60)
    card = testcard("source=0")
    client = one.connect(card.target, rcvbuf=8192)
    rfb.raw_greet(client)
    pids = one.all_pids()
    mark = one.mark()
    one.signal(signal.SIGTERM)
    one.wait_line("(?i)drain|stop", start=mark)
    assert one.is_running()
    began = time.monotonic()
    one.signal(signal.SIGTERM)
    one.wait()
    assert time.monotonic() - began < 3
    for pid in pids:
        assert process_end(pid, 3)


def test_no_new_connections_while_draining(bridge, testcard):
    one = bridge(drain_timeout=30)
    card = testcard("source=0")
    client = one.connect(card.target, rcvbuf=8192)
    rfb.raw_greet(client)
    mark = one.mark()
    one.signal(signal.SIGTERM)
    one.wait_line("(?i)drain|stop", start=mark)

    def is_refused():
        """At once: a connection that hangs in the queue helps nobody."""
        try:
            with HttpClient(one.address, timeout=2) as late:
                late.request("GET", "/healthz")
                return late.read_response().status == 503
        except (ConnectionError, EOFError):
            return True

    until(is_refused, 5, "new connections to be refused")
    assert one.is_running(), "it had ended: that is why"


def test_sigint_in_the_foreground_stops_too(bridge):
    one = bridge()
    one.signal(signal.SIGINT)
    assert one.wait() == 0


# reload


def reload(one):
    mark = one.mark()
    one.signal(signal.SIGHUP)
    return one.wait_line(r"(?i)(reload|configuration|generation)", start=mark)


def test_reload_under_100_sessions_changes_policy_and_loses_nothing(
    bridge, testcard, swarm
):
    card, other = testcard("source=0", "sink"), testcard("echo")
    one = bridge(workers=2, allow=[f"127.0.0.1:{card.port}"])
    crowd = swarm(one.address, card.target, SESSIONS)
    crowd.wait_progress()
    workers = one.workers()
    with one.connect(other.target) as client:
        assert client.wait_close()[0] == 4520
    good = open(one.conf_path, encoding="utf-8").read()

    # broken: nothing changes, and the line is named
    one.write_conf(good + "allow = { \"127.0.0.1:99999\" }\n")
    mark = one.mark()
    one.signal(signal.SIGHUP)
    line = one.wait_line(r"vncbridge\.conf:\d+", start=mark)
    assert f"vncbridge.conf:{good.count(chr(10)) + 1}" in line
    with one.connect(other.target) as client:
        assert client.wait_close()[0] == 4520
    crowd.wait_progress()

    # good: the new policy holds for the next connection
    one.write_conf(good.replace(f":{card.port}\"", f":{other.port}\""))
    reload(one)

    def new_policy_holds():
        with one.connect(other.target) as client:
            try:
                return client.recv_exact(12) == rfb.GREETING
            except Closed:
                return False

    until(new_policy_holds, 5, "the new policy")
    with one.connect(card.target) as client:
        assert client.wait_close()[0] == 4520
    crowd.wait_progress()
    assert crowd.over() == []
    assert one.workers() == workers
    crowd.finish()
    assert crowd.errors() == []
    check_all_arrived(card, crowd.sessions)


def test_reload_changes_settings_and_targets(bridge, testcard):
    card = testcard("echo")
    one = bridge(workers=1)
    assert one.get("/api/targets").body.count(b'"name"') == 0
    text = open(one.conf_path, encoding="utf-8").read()
    one.write_conf(
        text
        + f'target "new" {{ address = "{card.target}" }}\n'
        + 'origins = { "https://panel.example" }\n'
    )
    reload(one)
    until(lambda: b'"new"' in one.get("/api/targets").body, 5, "the new target")
    with one.connect("new", headers=[("Origin", "https://panel.example")]) as client:
        assert client.recv_exact(12) == rfb.GREETING


def test_reload_adds_and_removes_listeners(bridge, testcard):
    card = testcard("echo")
    one = bridge(workers=1)
    held = one.connect(card.target)
    rfb.raw_greet(held)
    port = free_port()
    text = open(one.conf_path, encoding="utf-8").read()
    new = text.replace(f'"{one.target}"', f'"127.0.0.1:{port}"')
    assert new != text
    one.write_conf(new)
    reload(one)
    old, one.address = one.address, ("127.0.0.1", port)
    one.wait_ready()
    with pytest.raises(OSError):
        HttpClient(old)
    held.send(b"still")
    assert held.recv_exact(5) == b"still"


def test_reload_with_a_listener_that_cannot_be_bound_changes_nothing(bridge):
    one = bridge(workers=1)
    with socket.create_server(("127.0.0.1", 0)) as busy:
        address = "127.0.0.1:%d" % busy.getsockname()[1]
        text = open(one.conf_path, encoding="utf-8").read()
        one.write_conf(f'listen "{address}" {{ }}\n' + text + 'base-path = "/x"\n')
        mark = one.mark()
        one.signal(signal.SIGHUP)
        one.wait_line(address.replace(".", r"\."), start=mark)
    assert one.get("/healthz").status == 200
    assert one.get("/x/healthz").status == 404


def test_reload_without_the_right_to_read_the_file_keeps_the_old_one(bridge):
    if not IS_ROOT:
        pytest.skip("needs a file that only root can read")
    one = bridge(workers=1)
    os.chmod(one.conf_path, 0o600)
    os.chown(one.conf_path, 0, 0)
    mark = one.mark()
    one.signal(signal.SIGHUP)
    line = one.wait_line(r"vncbridge\.conf", start=mark)
    assert "ermission" in line
    assert one.get("/healthz").status == 200


def test_twenty_reloads_in_a_row(bridge, testcard):
    card = testcard("echo")
    one = bridge(workers=2)
    client = one.connect(card.target)
    rfb.raw_greet(client)
    workers = one.workers()
    for _ in range(20):
        one.signal(signal.SIGHUP)
        client.send(b"x")
        assert client.recv_exact(1) == b"x"
    assert one.get("/healthz").status == 200
    assert one.workers() == workers


# who gets the load


def test_load_is_shared_evenly(both, swarm):
    one, card = both
    crowd = swarm(one.address, card.target, 40)
    crowd.wait_progress(4096)
    counts = {}
    for session in sessions_of(one):
        counts[session["worker"]] = counts.get(session["worker"], 0) + 1
    assert sorted(counts.values()) == [20, 20]


def test_a_worker_that_stands_still_gets_no_more(both):
    one, card = both
    stopped = one.workers()[0]
    os.kill(stopped, signal.SIGSTOP)
    try:
        answered = 0
        lock = threading.Lock()
        clients = []

        def ask():
            nonlocal answered
            client = HttpClient(one.address, timeout=8)
            clients.append(client)
            try:
                client.request("GET", "/healthz")
                if client.read_response().status == 200:
                    with lock:
                        answered += 1
            except OSError:
                pass

        threads = [threading.Thread(target=ask) for _ in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # what was handed over before anybody could know is lost, no more
        assert answered >= 100, answered
        for client in clients:
            client.close()
    finally:
        if is_alive(stopped):
            os.kill(stopped, signal.SIGCONT)


def test_descriptors_at_their_limit_pause_and_resume(bridge, testcard):
    """At the limit nothing spins, and service resumes."""
    one = bridge(workers=1, max_connections=50)
    card = testcard("echo")
    held = []
    for _ in range(120):
        client = HttpClient(one.address)
        held.append(client)
    master_cpu = cpu_seconds(one.pid)
    began = time.monotonic()
    while time.monotonic() - began < 1:
        children(one.pid)
    assert cpu_seconds(one.pid) - master_cpu < 0.5
    for client in held:
        client.close()
    one.wait_ready()
    client = one.connect(card.target)
    assert client.recv_exact(12) == rfb.GREETING
