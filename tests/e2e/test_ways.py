# SPDX-License-Identifier: ISC
"""Whose fault it is that a session is slow: what vncbridgectl sessions tells of
its two ways, and what the page is told."""

import json
import os
import threading
import time

import netns
import pytest
import rfb
import slowway
from pages import open_page
from waiting import until

BYTES = 64 << 20  # more than all buffers between the two


def session_of(one):
    done = one.ctl("-j", "sessions")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["sessions"]
    return found


def test_round_trips_and_pings_are_told(bridge, testcard):
    one = bridge(ping_interval=1)
    with one.connect(testcard("echo").target) as client:
        rfb.raw_greet(client)

        def is_told():
            client.send(b"x")  # what arrives is read, and pings are answered
            client.recv_exact(1)
            found = session_of(one)
            return found["ping_ms"] is not None and found

        found = until(is_told, 20, "a ping")
        assert 0 <= found["ping_ms"] < 10_000
        for way in ("client", "target"):
            assert 0 < found[f"{way}_rtt_us"] < 10_000_000
            assert found[f"{way}_stalled_since"] is None
            assert found[f"{way}_resent"] >= 0
        assert "ms" in one.ctl("sessions").stdout


def test_a_client_that_does_not_read_stalls(bridge, testcard):
    one = bridge()
    with one.connect(testcard(f"source={BYTES}", "sink").target) as client:
        stream = rfb.raw_greet(client)
        found = until(
            lambda: session_of(one)["client_stalled_since"] and session_of(one),
            20,
            "the client to stall",
        )
        assert found["target_stalled_since"] is None
        assert found["client_stalled_since"] >= found["since"]
        assert " client " in one.ctl("sessions").stdout
        stream.check(client.recv_exact(BYTES))
        until(
            lambda: session_of(one)["client_stalled_since"] is None,
            20,
            "the client to go on",
        )


# what the page is told


@pytest.fixture
def hosts():
    reason = netns.reason_not()
    if reason:
        pytest.skip(reason)
    two = netns.Hosts()
    yield two
    two.close()


def test_a_page_is_told_once_and_others_nothing(bridge, testcard):
    one = bridge(ping_interval=1)
    target = testcard("echo").target
    page = open_page(one, target).greeted()
    said = page.hear("ways")
    for way in said["you"], said["desktop"]:
        assert way["state"] == "good"
        assert 0 < way["ms"] < 150
    with one.connect(target) as other:  # a text frame would be a fault of its
        rfb.raw_greet(other)
        began = time.monotonic()
        while time.monotonic() - began < 5:  # two looks and more
            other.send(b"x")
            other.recv_exact(1)
            page.lives()
    assert all(said["desktop"]["state"] == "good" for said in page.said), page.said
    page.close()


@pytest.fixture
def slow_way(hosts):
    """On "left": a host that is 200 ms away, and back."""
    if not os.path.exists(slowway.TUN):
        pytest.skip("no TUN")
    with hosts.on("left"):
        way = slowway.Way(100)
    end, other = os.pipe()
    thread = threading.Thread(target=way.run, args=(end,))
    thread.start()
    yield way
    os.close(other)
    thread.join()
    os.close(end)
    way.close()


def test_a_page_is_told_of_a_desktop_that_is_far_away(hosts, slow_way, bridge, testcard):
    with hosts.on("left"):
        card = testcard("echo", host=slow_way.near)
        one = bridge(allow=[f"{slow_way.far}:1-65535"])
        page = open_page(one, f"{slow_way.far}:{card.port}").greeted()
        said = page.hear("ways")
        assert said["you"]["state"] == "good"
        assert said["desktop"]["state"] == "slow"
        assert said["desktop"]["ms"] >= 200
        page.close()


def test_a_page_is_told_of_a_desktop_that_answers_nothing(hosts, bridge, testcard):
    """One key is enough: it waits in the kernel, not in the bridge."""
    with hosts.on("right"):
        far = testcard("echo", host="10.77.0.2")
    with hosts.on("left"):
        one = bridge(allow=["10.77.0.2:1-65535"])
        page = open_page(one, far.target).greeted()
        page.lives()
        assert page.hear("ways")["desktop"]["state"] == "good"
        hosts.down()
        page.send(b"x")
        said = page.hear("ways")
        assert said["you"]["state"] == "good"
        assert said["desktop"]["state"] == "stalled"
        until(lambda: session_of(one)["target_stalled_since"], 10, "the broker to know")
        hosts.up()
        assert page.recv_exact(1) == b"x"
        assert page.hear("ways")["desktop"]["state"] != "stalled"
        page.close()
