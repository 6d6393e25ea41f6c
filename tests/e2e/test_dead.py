# SPDX-License-Identifier: ISC
"""Hosts that are gone, and hosts that live and have no room (DESIGN 5)."""

import pytest

import netns
import rfb
from rawmode import open_raw


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
    watching.recv_exact(1 << 20)
    hosts.cut()
    typing.send(b"gone")
    code, reason = typing.wait_close()
    assert (code, reason) == (4500, f"{far.target}: Connection timed out")
    assert one.wait_end(30, target=near.target)["reason"] == (
        "client lost: Connection timed out"
    )
