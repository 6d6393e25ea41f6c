# SPDX-License-Identifier: ISC
"""Starts the testcard and reads its report."""

import os
import re
import signal

from proc import Program

PROGRAM = os.environ.get("VB_TESTCARD", "")


class Testcard(Program):
    __test__ = False  # its name is no test's, whatever pytest thinks

    def __init__(self, directory, *knobs, port=0, host="127.0.0.1", args=()):
        argv = [PROGRAM, "-l", f"{host}:{port}", *args]
        for knob in knobs:
            argv += ["-x", knob]
        super().__init__(argv, os.path.join(directory, "testcard.log"))
        line = self.wait_line("^listening on ")
        self.port = int(line.rpartition(":")[2])
        self.address = (host.strip("[]"), self.port)
        self.target = f"{host}:{self.port}"

    def resume(self):
        self.signal(signal.SIGUSR1)

    def wait_event(self, conn, pattern, timeout=10):
        """The match of pattern in a line of this connection."""
        regex = re.compile(rf"^conn={conn} {pattern}")
        return regex.search(self.wait_line(regex.pattern, timeout))

    def sink_of(self, conn, timeout=10):
        """(bytes, SHA-256) that the connection swallowed; waits for its end."""
        match = self.wait_event(conn, r"sink bytes=(\d+) sha256=(\w+)", timeout)
        return int(match[1]), match[2]
