# SPDX-License-Identifier: ISC
"""As in a container: process 1, without a folder to write to."""

import os
import signal
import subprocess

import pytest

import daemon
from daemon import IS_ROOT, VNCBRIDGECTL, conf_text, free_port
from proc import is_alive
from waiting import until

NEEDS_ROOT = pytest.mark.skipif(not IS_ROOT, reason="needs root for namespaces")


def start(place, **how):
    port = free_port()
    text = conf_text(
        place, [f"127.0.0.1:{port}"], pid_file="", control_socket="", **how.pop("conf", {})
    )
    return daemon.Daemon(place, text, address=("127.0.0.1", port), **how)


@pytest.mark.parametrize("args", [("-d",), ("-d", "-v")])
def test_pid_file_and_control_socket_can_be_switched_off(place, args):
    before = set(os.listdir(place))
    one = start(place, args=args)
    try:
        assert one.get("/healthz").status == 200
        made = set(os.listdir(place)) - before
        assert made <= {"vncbridge.conf", "vncbridged.log"}, made
        done = subprocess.run(
            [VNCBRIDGECTL, "-f", one.conf_path, "status"],
            capture_output=True, text=True, timeout=20, check=False,
        )
        assert done.returncode == 2
        assert "this daemon has no control socket" in done.stderr
        one.signal(signal.SIGHUP)
        one.wait_line(lambda line: "reloaded generation=2" in line)
    finally:
        one.stop()


@NEEDS_ROOT
@pytest.mark.parametrize("setting", ["pid_file", "control_socket"])
def test_a_read_only_folder_is_named_with_what_to_do(place, setting):
    folder = os.path.join(place, "run")
    os.mkdir(folder)
    text = conf_text(
        place, [f"127.0.0.1:{free_port()}"], **{setting: f"{folder}/x"}
    )
    shell = f'mount -t tmpfs -o ro none "{folder}" && exec "$@"'
    path = os.path.join(place, "vncbridge.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", shell, "sh", daemon.VNCBRIDGED, "-d", "-f", path],
        capture_output=True, text=True, timeout=20, check=False,
    )
    name = setting.replace("_", "-")
    assert done.returncode == 1
    assert f"{name} {folder}/x: Read-only file system" in done.stderr
    assert f'{name} = ""' in done.stderr


@NEEDS_ROOT
@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_as_process_1_it_reaps_orphans_and_ends_despite_one(place, sig):
    """The shell leaves two, one of which goes on for longer than the test."""
    orphans = "(sleep 0.01 & sleep 1000 & echo $! >%s/orphan)" % place
    shell = f'{orphans}; exec "$@"'
    one = start(
        place,
        prefix=["unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
                "sh", "-c", shell, "sh"],
    )
    (inner,) = children_of(one.pid)
    try:
        until(lambda: not zombies_of(inner), 10, "orphans to be reaped")
        assert [c for c in children_of(inner) if comm(c) == "sleep"]
        os.kill(inner, sig)
        until(lambda: not is_alive(inner), 10, "process 1 to end")
        one.wait_line(lambda line: line.endswith("master info: ended"))
    finally:
        one.stop()


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(word) for word in f.read().split()]


def comm(pid):
    with open(f"/proc/{pid}/comm", encoding="ascii") as f:
        return f.read().strip()


def zombies_of(pid):
    found = []
    for child in children_of(pid):
        with open(f"/proc/{child}/stat", encoding="ascii") as f:
            if f.read().rpartition(")")[2].split()[0] == "Z":
                found.append(child)
    return found
