# SPDX-License-Identifier: ISC
"""What the kernel says about each process: DESIGN 2, "after start nothing
runs as root"."""

import os
import pwd
import re
import signal

import pytest

import daemon
from daemon import IS_ROOT, as_ordinary_user, conf_text, free_port, has_asan
from proc import kill_and_wait, read_status
from waiting import until

CAPABILITIES = ["CapInh", "CapPrm", "CapEff", "CapAmb"]
SECCOMP_FILTER = "2"


def check_sandbox(pid):
    status = read_status(pid)
    for name in CAPABILITIES:
        assert int(status[name], 16) == 0, (pid, name, status[name])
    assert status["NoNewPrivs"] == "1", pid
    assert status["Seccomp"] == SECCOMP_FILTER, pid
    return status


def check_user(pid, user, group):
    status = check_sandbox(pid)
    assert status["Uid"].split() == [str(user)] * 4
    assert status["Gid"].split() == [str(group)] * 4
    assert set(status["Groups"].split()) <= {str(group)}
    return status


def check_limits(one, pid, is_master):
    with open(f"/proc/{pid}/limits", encoding="ascii") as f:
        limits = dict(
            (m[1], (m[2], m[3]))
            for m in re.finditer(r"^(Max [\w ]+?)  +(\S+) +(\S+)", f.read(), re.M)
        )
    assert limits["Max core file size"] == ("0", "0"), pid
    if not is_master:
        assert limits["Max file size"] == ("0", "0"), pid


def check_all(one, user, group):
    pids = one.all_pids()
    assert len(pids) == 5
    for pid in pids:
        status = check_user(pid, user, group)
        if IS_ROOT:
            check_limits(one, pid, pid == one.pid)
            # not dumpable: its files in /proc belong to root, not to itself
            assert os.stat(f"/proc/{pid}/status").st_uid == 0
        yield status


@pytest.mark.skipif(not IS_ROOT, reason="needs to be started as root")
def test_started_as_root_every_process_is_powerless(bridge):
    one = bridge(workers=2)
    entry = pwd.getpwnam(daemon.user_name())
    for status in check_all(one, entry.pw_uid, entry.pw_gid):
        assert int(status["CapBnd"], 16) == 0


def test_started_as_an_ordinary_user_it_is_the_same(place):
    port = free_port()
    text = conf_text(place, [f"127.0.0.1:{port}"], user=None, workers=2)
    one = daemon.Daemon(
        place, text, address=("127.0.0.1", port), prefix=as_ordinary_user()
    )
    try:
        user, group = os.geteuid(), os.getegid()
        if IS_ROOT:
            entry = pwd.getpwnam("nobody")
            user, group = entry.pw_uid, entry.pw_gid
        assert len(list(check_all(one, user, group))) == 5
    finally:
        one.stop()


@pytest.mark.skipif(not IS_ROOT, reason="needs capabilities to lend")
def test_capabilities_that_a_user_was_lent_end_at_the_start(place):
    """As with User= and AmbientCapabilities= in a systemd unit."""
    port = free_port()
    text = conf_text(place, [f"127.0.0.1:{port}"], user=None, workers=2)
    lent = ["--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service"]
    one = daemon.Daemon(
        place, text, address=("127.0.0.1", port), prefix=as_ordinary_user() + lent
    )
    try:
        entry = pwd.getpwnam("nobody")
        assert len(list(check_all(one, entry.pw_uid, entry.pw_gid))) == 5
    finally:
        one.stop()


def test_a_restarted_child_is_as_powerless(bridge):
    one = bridge(workers=1)
    worker, broker = one.workers(), one.broker()
    kill_and_wait(worker[0])
    kill_and_wait(broker)
    new = [one.wait_other_worker(worker), one.wait_other_broker(broker)]
    for pid in new:
        status = until(
            lambda p=pid: read_status(p)["Seccomp"] == "2" and read_status(p),
            10,
            "the sandbox",
        )
        if IS_ROOT:
            entry = pwd.getpwnam(daemon.user_name())
            check_user(pid, entry.pw_uid, entry.pw_gid)
            assert int(status["CapBnd"], 16) == 0
        else:
            check_sandbox(pid)


def test_each_process_says_that_it_is_in_its_sandbox(bridge):
    one = bridge(workers=2)
    for name in ("master", "broker", "keeper", "worker 0", "worker 1"):
        lines = one.grep(rf"Z {name} info: sandbox ")
        assert len(lines) == 1, (name, lines)
        pairs = daemon.parse_pairs(lines[0])
        assert pairs["no-new-privs"] == "1", lines
        assert "seccomp" in pairs and "landlock" in pairs, lines


def listening_inodes(port):
    inodes = set()
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as f:
            for line in list(f)[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].split(":")[1], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    return inodes


@pytest.mark.skipif(not IS_ROOT, reason="needs to read other processes' /proc")
def test_only_the_master_holds_the_listener(bridge):
    one = bridge(workers=2)
    inodes = listening_inodes(one.address[1])
    assert len(inodes) == 1
    for pid in one.all_pids():
        links = set()
        for fd in os.listdir(f"/proc/{pid}/fd"):
            links.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
        assert bool(links & inodes) == (pid == one.pid), (pid, links)
        files = [x for x in links if x.startswith("/") and x != "/dev/null"]
        allowed = {
            os.path.join(one.directory, f"vncbridged.{end}") for end in ("pid", "pid.lock")
        }
        logs = {x for x in files if x.startswith(one.directory)}
        assert pid == one.pid or not files, (pid, files)
        assert logs <= allowed | {os.path.join(one.directory, "vncbridged.log")}


@pytest.mark.skipif(not IS_ROOT, reason="needs to read other processes' /proc")
def test_children_inherit_no_environment(bridge):
    """But for what a build's instrumentation reads: that, all get alike."""
    env = {**os.environ, "VB_SECRET": "s3cret", "ASAN_OPTIONS": "detect_leaks=0"}
    one = bridge(workers=1, popen={"env": env})
    environments = []
    for pid in one.all_pids():
        if pid == one.pid:
            continue
        with open(f"/proc/{pid}/environ", "rb") as f:
            environments.append(f.read())
    assert len(environments) == 3
    assert environments[0] == environments[1]
    assert b"s3cret" not in environments[0]


@pytest.mark.parametrize("last, ports", [(5000, 5000), (65535, 65535)])
def test_any_number_of_ports_is_in_the_brokers_sandbox(bridge, last, ports):
    """DNS has its port in both."""
    one = bridge(allow=[f"127.0.0.0/8:1-{last}"])
    line = one.wait_line(r"Z broker info: sandbox ")
    pairs = daemon.parse_pairs(line)
    if pairs["tcp"] != "kernel-too-old":
        assert (pairs["tcp"], pairs["ports"]) == ("connect", str(ports))


def test_children_hold_no_terminal_and_no_journal(bridge):
    """With -d, the master's standard error would let them write lines that
    look like its own."""
    one = bridge(workers=2)
    for pid in set(one.all_pids()) - {one.pid}:
        # a sanitizer's report goes to standard error
        for fd in range(2 if has_asan() else 3):
            assert os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/null", (pid, fd)


def test_sandbox_off_is_a_warning_at_every_start(bridge):
    one = bridge(sandbox=False)
    assert one.grep(r" warn\w*: .*sandbox")
    for pid in one.all_pids():
        assert read_status(pid)["NoNewPrivs"] == "1"


@pytest.mark.skipif(not IS_ROOT, reason="needs strange signals to be allowed")
def test_a_signal_to_a_child_from_outside_is_survived(bridge):
    """SIGHUP to all of the group, as a terminal sends, ends nobody."""
    one = bridge(workers=1)
    pids = one.all_pids()
    for pid in pids[1:]:
        os.kill(pid, signal.SIGHUP)
    assert one.get("/healthz").status == 200
    assert one.all_pids() == pids
