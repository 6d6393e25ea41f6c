# SPDX-License-Identifier: ISC
"""Nothing is paced within this host, and what goes over a network is as the
operator has set it (common/tcp.h)."""

import contextlib
import subprocess

import pytest

import netns
import rfb
import wsclient
from kernel import HAS_SS

SETTING = "/proc/sys/net/ipv4/tcp_congestion_control"
ALLOWED = "/proc/sys/net/ipv4/tcp_allowed_congestion_control"

pytestmark = pytest.mark.skipif(not HAS_SS, reason="ss is not there")


def _read(path):
    with open(path, encoding="ascii") as file:
        return file.read().split()


@pytest.fixture
def hosts():
    why = netns.reason_not()
    if why:
        pytest.skip(why)
    two = netns.Hosts()
    yield two
    two.close()


def _set_another_than_reno():
    for name in ("bbr", "cubic"):
        with contextlib.suppress(OSError):
            with open(SETTING, "w", encoding="ascii") as file:
                file.write(name)
            return
    pytest.skip("the kernel has nothing but reno")


def _open(address, card):
    client = wsclient.connect(address, card.target)
    rfb.raw_greet(client, rfb.version(1))
    return client


def _is_reno(*words):
    """Of each of the daemon's sockets with clients, or with a target."""
    done = subprocess.run(
        ["ss", "-Htni", "state", "established", *words],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    infos = [line.split() for line in done.stdout.splitlines() if "cwnd:" in line]
    return ["reno" in info for info in infos]


def test_nothing_is_paced_within_this_host(hosts, bridge, testcard):
    with hosts.on("right"):
        far = testcard("echo", host="10.77.0.2")
    with hosts.on("left"):
        if "reno" not in _read(ALLOWED):
            pytest.skip("the administrator does not allow reno")
        _set_another_than_reno()
        near = testcard("echo")
        one = bridge(
            ["10.77.0.1:6080", "127.0.0.1:6081"],
            allow=["10.77.0.2:1-65535", "127.0.0.1:1-65535"],
        )
        close_by = _open(("127.0.0.1", 6081), near)
        outward = _open(("127.0.0.1", 6081), far)
    with hosts.on("right"):
        away = _open(one.address, near)
    with hosts.on("left"):
        assert _is_reno("sport", "=", ":6081") == [True, True]
        assert _is_reno("sport", "=", ":6080") == [False]
        assert _is_reno("dport", "=", f":{near.port}") == [True, True]
        assert _is_reno("dport", "=", f":{far.port}") == [False]
    for client in (close_by, outward, away):
        client.send(b"a word")
        assert client.recv_exact(6) == b"a word"
        client.close()
