# SPDX-License-Identifier: ISC
"""The audit trail as a test reads it."""

import hashlib
import json
import os
import subprocess

from daemon import VNCBRIDGECTL, give_to_daemon
from waiting import until


class Trail:
    """A folder that is the daemon's, with the file in it."""

    def __init__(self, directory):
        self.folder = os.path.join(directory, "audit")
        os.makedirs(self.folder, exist_ok=True)
        give_to_daemon(self.folder)
        self.path = os.path.join(self.folder, "audit.log")

    def lines(self, path=None):
        with open(path or self.path, "rb") as f:
            return f.read().split(b"\n")[:-1]

    def records(self, *kinds, path=None):
        """Each line, parsed; of these kinds, or all."""
        found = [json.loads(line) for line in self.lines(path)]
        return [r for r in found if not kinds or r["kind"] in kinds]

    def count(self, kind):
        return len(self.records(kind))

    def wait(self, kind, count=1, timeout=10):
        until(
            lambda: self.count(kind) >= count, timeout, f"{count} records of {kind}"
        )
        return self.records(kind)

    def verify(self, *paths, end=None):
        """(status, what it says as a dictionary)"""
        more = [] if end is None else ["-e", end]
        done = subprocess.run(
            [VNCBRIDGECTL, "audit", "verify", "-j", *more, *(paths or [self.path])],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, json.loads(done.stdout)


def chain_is_good(lines):
    """By another hand than vncbridgectl's."""
    last = "0" * 64
    for line in lines:
        if json.loads(line)["prev"] != last:
            return False
        last = hashlib.sha256(line).hexdigest()
    return True
