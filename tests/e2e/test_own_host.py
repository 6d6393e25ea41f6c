# SPDX-License-Identifier: ISC
"""The bridge never dials itself, by whatever address this host has."""

import subprocess

import pytest

import netns
from daemon import free_port
from outcomes import outcome, reaches
from waiting import until

OWN = ("127.0.0.1", "127.0.0.2", "10.77.0.1")


@pytest.fixture
def hosts():
    reason = netns.reason_not()
    if reason:
        pytest.skip(reason)
    two = netns.Hosts()
    yield two
    two.close()


def ip(words):
    done = subprocess.run(["ip", *words.split()], check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def add(address):
    """Until the kernel has it: a v6 address it gives to a thread of its own."""
    host = address.partition("/")[0]
    ip(f"addr add {address} dev left" + (" nodad" if ":" in host else ""))
    until(lambda: ip(f"route get {host}").startswith("local"), 10, f"{host} is ours")


@pytest.mark.parametrize("wildcard", ["0.0.0.0", "[::]"])
def test_no_address_of_this_host_leads_to_the_bridge(hosts, bridge, testcard, wildcard):
    port = free_port()
    with hosts.on("left"):
        for address in ("10.77.0.9/24", "10.99.0.1/32", "fd77::1/64", "fd77::9/64"):
            add(address)
        ip("route add local 10.66.0.0/16 dev lo")  # AnyIP
        one = bridge(
            listen=[f"127.0.0.1:{free_port()}", f"{wildcard}:{port}"],
            allow=["*:1-65535", "0.0.0.0/0:1-65535", "[::/0]:1-65535"],
            i_know_this_is_an_open_proxy=True,
            connect_timeout=2,
        )
        for host in (
            *OWN, "10.77.0.9", "10.99.0.1", "10.66.1.2", "[fd77::1]", "[fd77::9]",
            "[64:ff9b::10.77.0.9]",
        ):
            code, reason = outcome(one, f"{host}:{port}")
            assert (code, "is not allowed" in reason) == (4520, True), (host, reason)
        # what comes later
        for address in ("10.77.0.33/24", "fd77::33/64"):
            host = address.partition("/")[0]
            add(address)
            shown = f"[{host}]" if ":" in host else host
            assert outcome(one, f"{shown}:{port}")[0] == 4520
            ip(f"addr del {address} dev left")
    with hosts.on("right"):
        card = testcard(host="10.77.0.2", port=port)
    with hosts.on("left"):
        assert reaches(one, f"10.77.0.2:{card.port}")
