# SPDX-License-Identifier: ISC
"""The short form of tests/soak, which says what it is."""

import os
import subprocess
import sys

import pytest

from daemon import IS_ROOT, PREFIX
from waiting import seconds

SOAK = os.path.join(os.path.dirname(__file__), "../soak/soak.py")
LOAD_SEC = 20
ALL_SEC_MAX = 240  # with the waits for a quiet daemon, whose deadlines are longer


@pytest.mark.skipif(not PREFIX, reason="VB_PREFIX is not set")
@pytest.mark.skipif(not IS_ROOT, reason="needs to read other processes' /proc")
def test_a_short_soak_leaves_everything_as_it_was(directory):
    """100 sessions of all kinds at a time, through kills and reloads."""
    path = os.path.join(directory, "soak.log")
    with open(path, "wb") as log:
        done = subprocess.run(
            [sys.executable, "-B", SOAK, "--seconds", str(LOAD_SEC)]
            + ["--sessions", "100", "--seed", os.environ.get("SOAK_SEED", "1")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=seconds(ALL_SEC_MAX),
            check=False,
        )
    with open(path, encoding="utf-8") as log:
        text = log.read()
    print(text)
    assert done.returncode == 0, text
    assert "PASSED" in text
