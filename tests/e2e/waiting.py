# SPDX-License-Identifier: ISC
"""Waiting with a deadline, and nothing else."""

import os
import select
import time

# Slow machines and sanitizers: all deadlines are multiplied by this.
PATIENCE = float(os.environ.get("VB_PATIENCE", "1"))


def seconds(value):
    return value * PATIENCE


def until(condition, timeout=10, what="the condition"):
    """Asks again and again until condition() is true; returns its value.

    For states that nothing announces, /proc above all.
    """
    deadline = time.monotonic() + seconds(timeout)
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s for {what} in vain")
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


def process_end(pid, timeout=10):
    """True when pid has ended (or is a zombie) within the time."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], seconds(timeout))[0])
    finally:
        os.close(fd)
