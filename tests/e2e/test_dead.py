# SPDX-License-Identifier: ISC
"""Hosts that are gone, and hosts that live and have no room (DESIGN 5)."""

import os

import pytest

import netns
import rfb
from rawmode import open_raw
from waiting import until


@pytest.fixture
def hosts():
    why = netns.reason_not()
    if why:
        pytest.skip(why)
    two = netns.Hosts()
    yield two
    two.close()


def test_a_host_that_is_gone_is_noticed_by_data_on_its_way(hosts, bridge, testcard):
    """No ping and no keep-alive does it: what was sent is not answered."""
    with hosts.on("right"):
        far = testcard("echo", host="10.77.0.2")
    with hosts.on("left"):
        near = testcard("source=0")
        one = bridge(
            ["10.77.0.1:6080"], allow=["10.77.0.2:1-65535", "127.0.0.1:1-65535"],
            ping_interval=0,
        )
        typing, _ = open_raw(one, far, timeout=30)
    with hosts.on("right"):
        watching, _ = open_raw(one, near)
    typing.send(b"here")
    assert typing.recv_exact(4) == b"here"
    watching.recv_exact(1 << 24)
    hosts.cut()
    typing.send(b"gone")
    code, reason = typing.wait_close()
    assert (code, reason) == (4500, f"{far.target}: Connection timed out")
    assert one.wait_end(30, target=near.target)["reason"] == (
        "client lost: Connection timed out"
    )


@pytest.mark.skipif(not os.path.exists(netns.RTO_MAX), reason="needs Linux 6.15")
def test_a_host_that_had_no_room_when_it_went_is_noticed(hosts, bridge, testcard):
    """Nothing is on its way to it, and it is asked for room for ever."""
    with hosts.on("left"):
        near = testcard("source=0")
        one = bridge(["10.77.0.1:6080"], ping_interval=0)
    with hosts.on("right"):
        watching, _ = open_raw(one, near)

    def is_asked_for_room():
        """proc_net_tcp: timer 4 is that of zero window probes."""
        with hosts.on("left"), open("/proc/thread-self/net/tcp") as file:
            rows = [line.split() for line in file]
        return any(r[1].endswith(":17C0") and r[5].startswith("04:") for r in rows)

    until(is_asked_for_room, 10, "no more room")
    hosts.cut()
    assert one.wait_end(60)["reason"] == "client lost: Connection timed out"
    watching.close()
