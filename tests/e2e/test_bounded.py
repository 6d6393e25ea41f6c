# SPDX-License-Identifier: ISC
"""What a stalled session may take, and what it costs the others (DESIGN 5).

tests/long has the long forms of these.
"""

import os
from collections import Counter

import pytest

import bounded
import loads
from daemon import IS_ROOT
from kernel import HAS_SS, socket_limits
from loads import Stalling

pytestmark = [
    pytest.mark.alone,  # they take what the kernel has for TCP
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


def test_sessions_that_come_late_get_smaller_buffers(bridge, target):
    """socket-memory: the 33rd would have exceeded a worker's 8 MiB."""
    one = bridge(workers=1, socket_buffer=262144, socket_memory=8)
    card = target(Stalling(floods=False))
    clients = []
    for _ in range(33):
        clients.append(one.connect(card.target))
        clients[-1].recv_exact(12)  # it is counted before it is connected
    assert Counter(socket_limits(one, card.port)) == {
        (131072, 262144): 32,
        (262144, 131072): 32,
        (65536, 131072): 1,
        (131072, 65536): 1,
    }
    for client in clients:
        client.close()


def test_frames_of_every_size_arrive_as_they_were_sent(bridge, directory):
    one = bridge(ping_interval=1)
    print(loads.Verify(directory, one, 200 * MB).finish())


def test_a_session_at_full_speed_leaves_the_others_theirs(bridge, directory):
    """The figures are printed; noise is not to decide here."""
    one = bridge()
    alone, beside = bounded.fairness(one, directory, 64)
    bounded.assert_others_live(alone, beside)
