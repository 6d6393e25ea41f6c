# SPDX-License-Identifier: ISC
"""Signals that come while the daemon starts."""

import os
import signal

import pytest

import daemon
from daemon import conf_text, free_port
from waiting import until

STAGES = [
    "privileges dropped",
    "sandbox entered",
    "keeper info: sandbox entered",
    "broker info: sandbox entered",
    "keeper ready pid=",
    "broker ready pid=",
    "worker 0 ready pid=",
    "ready version=",
]


@pytest.mark.parametrize("stage", STAGES)
def test_a_hangup_during_the_start_is_obeyed_after_it(place, stage):
    """With other ports too, which replace the broker."""
    port = free_port()
    text = conf_text(place, [f"127.0.0.1:{port}"], workers=2)
    one = daemon.Daemon(place, text, args=("-d", "-v"))
    one.address = ("127.0.0.1", port)
    try:
        one.wait_line(lambda line: stage in line)
        one.write_conf(text + 'allow = { "10.0.0.1:7777" }\n')
        one.signal(signal.SIGHUP)
        one.signal(signal.SIGHUP)
        one.wait_line(lambda line: "reloaded generation=2" in line)
        until(lambda: one.get("/healthz").status == 200, 10, "it to serve")
        assert not [line for line in one.lines if "could not start" in line]
        assert not [line for line in one.lines if "reload failed" in line]
        assert os.path.exists(one.control_socket)
    finally:
        one.stop()
