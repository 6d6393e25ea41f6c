# SPDX-License-Identifier: ISC
"""What a stalled session may take, and what it costs the others (DESIGN 5).

tests/long has the long forms of these.
"""

import os

import pytest

import bounded
import loads
from daemon import IS_ROOT
from kernel import HAS_SS

pytestmark = [
    pytest.mark.skipif(
        not os.path.exists(loads.program("long/verify")),
        reason="VB_BUILD has no test programs",
    ),
    pytest.mark.skipif(not IS_ROOT, reason="needs to read other processes' /proc"),
    pytest.mark.skipif(not HAS_SS, reason="ss is not there"),
]

MB = 1_000_000


@pytest.mark.parametrize("side", ["client", "target"])
def test_a_stall_costs_one_mib_and_no_byte(bridge, directory, side):
    one = bridge(ping_interval=0)
    bounded.stall(one, directory, side, 300 * MB, others=200)


@pytest.mark.parametrize("side", ["client", "target"])
def test_many_stalls_stay_within_the_documented_bound(bridge, target, side):
    one = bridge(ping_interval=0, socket_buffer=262144)
    bounded.many_stalls(one, target, side, 50, 262144)


def test_frames_of_every_size_arrive_as_they_were_sent(bridge, directory):
    one = bridge(ping_interval=1)
    print(loads.Verify(directory, one, 200 * MB).finish())


def test_a_session_at_full_speed_leaves_the_others_theirs(bridge, directory):
    """The figures are printed; noise is not to decide here."""
    one = bridge()
    alone, beside = bounded.fairness(one, directory, 64)
    bounded.assert_others_live(alone, beside)
