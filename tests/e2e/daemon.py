# SPDX-License-Identifier: ISC
"""Starts the installed daemon with a configuration, and reads its log."""

import errno
import json
import os
import pwd
import random
import re
import shlex
import signal
import socket
import subprocess
import time

import wsclient
from proc import Program, children, is_alive
from waiting import process_end, seconds, until

PREFIX = os.environ.get("VB_PREFIX", "")
VNCBRIDGED = os.path.join(PREFIX, "sbin/vncbridged")
VNCBRIDGECTL = os.path.join(PREFIX, "sbin/vncbridgectl")
DEFAULT_USER = "_vncbridge"
IS_ROOT = os.geteuid() == 0

LINE = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (?P<process>[^:=]+?) "
    r"(?P<level>error|warning|info|debug): (?P<text>.*)$"
)
PAIR = re.compile(r'([a-z_][a-z0-9_-]*)=("(?:[^"\\]|\\.)*"|\S*)')


def parse_pairs(text):
    """{key: value} of a line, quotes removed."""
    return {
        key: value[1:-1] if value.startswith('"') else value
        for key, value in PAIR.findall(text)
    }


def user_name():
    """Whom the daemon becomes when root starts it."""
    try:
        pwd.getpwnam(DEFAULT_USER)
        return DEFAULT_USER
    except KeyError:
        return "nobody"


def as_ordinary_user():
    """What to put before a command so that it does not run as root."""
    if not IS_ROOT:
        return []
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def give_to_daemon(path):
    """Lets the daemon's user write there (pid file, control socket)."""
    if IS_ROOT:
        os.chown(path, pwd.getpwnam(user_name()).pw_uid, -1)


def has_asan():
    """Whether the daemon was built with it."""
    path = os.path.join(PREFIX, "libexec/vncbridge/vncbridge-worker")
    try:
        with open(path, "rb") as f:
            return b"__asan_init" in f.read()
    except OSError:
        return False


GIVEN = set()  # ports: one configuration may want several


def free_port():
    """On every address, and no connection gets it as its own: tests run side
    by side, and the kernel gives those from 32,768 on."""
    while True:
        port = random.randrange(10_000, 32_768)
        if port in GIVEN:
            continue
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("", port))
                GIVEN.add(port)
                return port
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quote_list(texts):
    return "{ " + ", ".join(quote(t) for t in texts) + " }"


def conf_text(directory, listen, extra="", **settings):
    """A configuration: underscores of settings become hyphens. listen:
    addresses, with what stands in their braces if they are tlsclient.Listen."""
    lines = [
        f'listen "{address}" {{ {getattr(address, "body", "")} }}'
        for address in listen
    ]
    settings.setdefault("workers", 1)
    if IS_ROOT:
        settings.setdefault("user", user_name())
    settings.setdefault("pid_file", os.path.join(directory, "vncbridged.pid"))
    settings.setdefault("control_socket", os.path.join(directory, "ctl.sock"))
    for name, value in settings.items():
        if value is None:
            continue
        if isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, (list, tuple)):
            text = quote_list(value)
        elif isinstance(value, int):
            text = str(value)
        else:
            text = quote(value)
        lines.append(f"{name.replace('_', '-')} = {text}")
    return "\n".join(lines) + "\n" + extra + "\n"


class Daemon(Program):
    """A running daemon; ready when the constructor is through. context: of
    TLS, if that is what it speaks at address."""

    def __init__(self, directory, conf=None, args=("-d",), address=None, **popen):
        self.directory = directory
        self.conf_path = os.path.join(directory, "vncbridge.conf")
        self.address = address
        self.control_socket = os.path.join(directory, "ctl.sock")
        argv = [VNCBRIDGED, *args]
        if conf is not None:
            self.write_conf(conf)
            argv += ["-f", self.conf_path]
        self.prefix = popen.pop("prefix", [])
        context = popen.pop("context", None)
        self.tls = {} if context is None else {"context": context}
        super().__init__(
            [*self.prefix, *argv],
            os.path.join(directory, "vncbridged.log"),
            capture="stderr",
            **popen,
        )
        if address is not None:
            self.wait_ready()

    def write_conf(self, text):
        with open(self.conf_path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.conf_path, 0o644)

    def wait_ready(self, timeout=10):
        """A worker answers; a daemon that ended says why."""

        def answers():
            if not self.is_running():
                self.wait()
                raise AssertionError(
                    "the daemon ended:\n  " + "\n  ".join(self.lines)
                    + "\n  " + shlex.join(self.argv)
                )
            try:
                return self.get("/healthz").status == 200
            except (OSError, EOFError):
                return False

        until(answers, timeout, "the daemon to be ready")

    def connect(self, target, **how):
        return wsclient.connect(self.address, target, **{**self.tls, **how})

    def get(self, path, **how):
        return wsclient.get(self.address, path, **{**self.tls, **how})

    @property
    def target(self):
        return "%s:%d" % self.address

    # the log

    def wait_log(self, timeout=10, start=0, level=None, process=None, **pairs):
        """The pairs of the first line that has all of these."""

        def fits(line):
            match = LINE.match(line)
            if not match:
                return False
            if level and match["level"] != level:
                return False
            if process and not match["process"].startswith(process):
                return False
            found = parse_pairs(match["text"])
            return all(
                key in found and (value is None or found[key] == str(value))
                for key, value in pairs.items()
            )

        line = self.wait_line(fits, timeout, start)
        return parse_pairs(LINE.match(line)["text"])

    def wait_end(self, timeout=10, start=0, **pairs):
        """The line that a session leaves at its end."""
        keys = dict.fromkeys(
            "conn client target seconds to_client to_target code reason".split()
        )
        return self.wait_log(timeout, start, **{**keys, **pairs})

    # its processes

    def processes(self):
        """{"worker": [pids], "broker": [pids], and so on}"""
        found = {"worker": [], "broker": [], "keeper": [], "auth": []}
        for pid, comm in sorted(children(self.pid).items()):
            for role, pids in found.items():
                if comm.startswith(f"vncbridge-{role}"[:15]):
                    pids.append(pid)
        return found

    def workers(self):
        return self.processes()["worker"]

    def broker(self):
        pids = self.processes()["broker"]
        return pids[0] if len(pids) == 1 else None

    def all_pids(self):
        found = self.processes()
        return [self.pid, *(pid for pids in found.values() for pid in pids)]

    def wait_other_worker(self, known, timeout=10):
        """Until there are as many workers as known, with a new one."""

        def has_new():
            now = self.workers()
            return len(now) == len(known) and set(now) - set(known)

        return until(has_new, timeout, "a new worker").pop()

    def wait_other_broker(self, known, timeout=10):
        return until(
            lambda: self.broker() not in (None, known) and self.broker(),
            timeout,
            "a new broker",
        )

    def status(self):
        """What vncbridgectl says, as a dictionary."""
        done = self.ctl("-j", "status")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def conns(self):
        """Connections that the workers have, as the master knows."""
        return sum(p["connections"] for p in self.status()["processes"])

    def ctl(self, *args, timeout=10):
        return subprocess.run(
            [VNCBRIDGECTL, "-s", self.control_socket, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=seconds(timeout),
            check=False,
        )

    def stop(self, timeout=10):
        pids = self.all_pids() if self.is_running() else []
        if self.is_running():
            self.signal(signal.SIGTERM)
            # a second one ends it now, if sessions keep it; were it sent
            # at once, the kernel would make one of the two
            if not process_end(self.pid, 0.3):
                self.signal(signal.SIGTERM)
        status = super().stop(timeout)
        until(
            lambda: not any(is_alive(p) for p in pids), timeout, "all processes to end"
        )
        return status


def run_to_end(directory, conf=None, args=("-d",), timeout=10, **popen):
    """Runs a daemon that must end by itself; (status, stderr, stdout)."""
    argv = [*popen.pop("prefix", []), VNCBRIDGED, *args]
    if conf is not None:
        path = os.path.join(directory, "vncbridge.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(conf)
        os.chmod(path, 0o644)
        argv += ["-f", path]
    started = time.monotonic()
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=seconds(timeout),
        check=False,
        **popen,
    )
    assert time.monotonic() - started < seconds(timeout)
    return done.returncode, done.stderr, done.stdout
