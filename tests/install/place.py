# SPDX-License-Identifier: ISC
"""Commands, and the daemon as its init script runs it, for the tests here."""

import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD_SEC = 900
COMMAND_SEC = 30
READY_SEC = 15


def run(*command, sec=COMMAND_SEC, **kwargs):
    return subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=sec,
        **kwargs,
    )


def configure(source, folder, prefix, **kwargs):
    folder.mkdir(parents=True)
    done = run(
        source / "configure",
        f"--prefix={prefix}",
        f"--sysconfdir={prefix}/etc",
        f"--runstatedir={prefix}/run",
        f"--with-systemdsystemunitdir={prefix}/lib/systemd/system",
        cwd=folder,
        sec=BUILD_SEC,
        **kwargs,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return folder


def make(tree, *args, **kwargs):
    done = run("make", "-j2", *args, cwd=tree, sec=BUILD_SEC, **kwargs)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def files_below(folder):
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.is_dir()
    )


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Service:
    def __init__(self, prefix):
        self.prefix = prefix
        self.script = prefix / "etc/init.d/vncbridged"
        self.config = prefix / "etc/vncbridge.conf"
        self.pid_file = prefix / "run/vncbridged.pid"
        self.port = free_port()
        self.pids = set()
        self.configure()

    def configure(self, more=""):
        user = 'user = "nobody"\n' if os.geteuid() == 0 else ""
        self.config.write_text(
            f'{user}workers = 1\ndrain-timeout = 5\n'
            f'listen "127.0.0.1:{self.port}" {{ }}\n{more}'
        )

    def __call__(self, command):
        done = run(self.script, command, stdin=subprocess.DEVNULL)
        if is_daemon(self.pid()):
            self.pids.add(self.pid())
        return done

    def pid(self):
        try:
            return int(self.pid_file.read_text() or 0)
        except FileNotFoundError:
            return 0

    def get(self, path):
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()

    def targets(self):
        answer = json.loads(self.get("/api/targets"))
        return [target["name"] for target in answer["targets"]]


def is_alive(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not re.search(r"^State:\s*[ZX]", status, re.M)


def is_daemon(pid):
    try:
        comm = pathlib.Path(f"/proc/{pid}/comm").read_text()
    except FileNotFoundError:
        return False
    return comm == "vncbridged\n" and is_alive(pid)


def until(what):
    deadline = time.monotonic() + READY_SEC
    while not what():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
