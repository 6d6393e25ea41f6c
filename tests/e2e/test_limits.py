# SPDX-License-Identifier: ISC
"""How long a session may last: idle-timeout and session-timeout."""

import time

import rfb
from waiting import seconds


def test_a_session_whose_client_says_nothing_ends(bridge, testcard):
    """What the target sends does not count, nor do pongs."""
    one = bridge(idle_timeout=1, ping_interval=1)
    with one.connect(testcard("echo").target) as client:
        rfb.raw_greet(client)
        assert client.wait_close()[0] == 4515
    one.wait_end(code=4515)


def test_a_session_whose_client_says_something_goes_on(bridge, testcard):
    one = bridge(idle_timeout=2)
    with one.connect(testcard("echo").target) as client:
        rfb.raw_greet(client)
        began = time.monotonic()
        while time.monotonic() - began < seconds(4):
            client.send(b"x")
            assert client.recv_exact(1) == b"x"
            time.sleep(0.2)


def test_a_session_ends_when_its_time_is_over(bridge, testcard):
    one = bridge(session_timeout=1)
    with one.connect(testcard("source=0").target) as client:
        rfb.raw_greet(client)
        assert client.wait_close()[0] == 4514
    one.wait_end(code=4514)
