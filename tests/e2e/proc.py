# SPDX-License-Identifier: ISC
"""Running programs with their output captured, and reading /proc."""

import os
import re
import signal
import subprocess
import threading
import time

from waiting import process_end, seconds


class Program:
    """A started program; its output is kept line by line."""

    def __init__(self, argv, log_path, capture="stdout", **popen):
        self.argv = argv
        self.lines = []
        self._news = threading.Condition()
        self._is_over = False
        self._file = open(log_path, "ab")
        pipes = {"stdout": self._file, "stderr": self._file}
        pipes[capture] = subprocess.PIPE
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, **pipes, **popen
        )
        self.pid = self.process.pid
        self._reader = threading.Thread(
            target=self._read, args=(getattr(self.process, capture),), daemon=True
        )
        self._reader.start()

    def _read(self, pipe):
        with pipe:
            for raw in pipe:
                self._file.write(raw)
                self._file.flush()
                with self._news:
                    self.lines.append(raw.decode("utf-8", "replace").rstrip("\n"))
                    self._news.notify_all()
        with self._news:
            self._is_over = True
            self._news.notify_all()

    def wait_line(self, matches, timeout=10, start=0):
        """The first line from number start on for which matches(line) is true.

        matches may be a regular expression as well.
        """
        if isinstance(matches, str):
            pattern = re.compile(matches)
            test = pattern.search
        else:
            pattern = matches
            test = matches
        deadline = time.monotonic() + seconds(timeout)
        at = start
        with self._news:
            while True:
                for line in self.lines[at:]:
                    if test(line):
                        return line
                at = len(self.lines)
                left = deadline - time.monotonic()
                if self._is_over or left <= 0:
                    raise AssertionError(
                        f"no line {pattern!r} from {os.path.basename(self.argv[0])};"
                        " its last lines:\n  " + "\n  ".join(self.lines[-20:])
                    )
                self._news.wait(left)

    def mark(self):
        """The number of lines so far: a start for wait_line."""
        with self._news:
            return len(self.lines)

    def grep(self, pattern, start=0):
        with self._news:
            return [x for x in self.lines[start:] if re.search(pattern, x)]

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=10):
        """The exit status, once all output has been read too."""
        status = self.process.wait(seconds(timeout))
        self._reader.join(seconds(timeout))
        return status

    def is_running(self):
        return self.process.poll() is None

    def stop(self, timeout=10):
        if self.is_running():
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(seconds(timeout))
            except subprocess.TimeoutExpired:
                self.process.kill()
        status = self.process.wait()
        self._reader.join(seconds(5))
        if not self._file.closed:
            self._file.close()
        return status


def read_status(pid):
    """/proc/PID/status as a dictionary of texts."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return dict(
            (key, value.strip())
            for key, _, value in (line.partition(":") for line in f)
        )


def read_stat(pid):
    """(comm, state, ppid) of /proc/PID/stat, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            text = f.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    return head.partition("(")[2], fields[0], int(fields[1])


def children(pid):
    """{pid: comm} of the living children of a process."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        stat = read_stat(int(name))
        if stat and stat[2] == pid and stat[1] not in "ZX":
            found[int(name)] = stat[0]
    return found


def is_alive(pid):
    stat = read_stat(pid)
    return stat is not None and stat[1] not in "ZX"


def own_kib(pid):
    """The memory that nobody else gives it: the pages of its program come and
    go as the machine has use for them."""
    status = read_status(pid)
    return sum(int(status[x].split()[0]) for x in ("RssAnon", "RssShmem", "VmSwap"))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def kill_and_wait(pid, timeout=10):
    os.kill(pid, signal.SIGKILL)
    assert process_end(pid, timeout)
