# SPDX-License-Identifier: ISC
"""Whose fault it is that a session is slow: what vncbridgectl sessions tells of
its two ways."""

import json

import rfb
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
