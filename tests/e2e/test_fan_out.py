# SPDX-License-Identifier: ISC
"""A name with many silent addresses takes nothing from others."""

import os
import subprocess

import pytest

import netns
import wsclient
from daemon import free_port
from dnsserver import DnsServer
from wsclient import Closed

CLIENTS = 200
ADDRESSES = [f"10.88.0.{n}" for n in range(1, 31)]  # as many as UDP takes
NOBODY = (  # what goes there is for a card that is not on the cable
    "neigh add 10.77.0.66 lladdr 02:00:00:00:00:66 dev left nud permanent",
    "route add 10.88.0.0/24 via 10.77.0.66 dev left",
)
TIMEOUT = 12  # long after 200 clients with 30 sockets each would fill 4,096


@pytest.fixture
def hosts():
    reason = netns.reason_not()
    if reason:
        pytest.skip(reason)
    two = netns.Hosts()
    yield two
    two.close()


def is_over(client):
    """Whether it has been told anything."""
    client.sock.setblocking(False)
    try:
        return bool(client.sock.recv(1))
    except BlockingIOError:
        return False


def test_many_silent_addresses_shut_nobody_out(hosts, bridge, testcard, target):
    port = free_port()
    with hosts.on("left"):
        for words in NOBODY:
            subprocess.run(["ip", *words.split()], check=True)
        dns = target(DnsServer({"m.example": ADDRESSES}))
        card = testcard()
        one = bridge(
            listen=[f"10.77.0.1:{port}"],
            allow=["127.0.0.1:1-65535", *(f"{address}:5901" for address in ADDRESSES)],
            nameservers=[dns.address],
            connect_timeout=TIMEOUT,
            connections_per_second_of_address=0,  # the honest one is quick
            popen={"prefix": ["prlimit", "--nofile=4096"]},
        )
        busy = [one.connect("m.example:5901") for _ in range(CLIENTS)]
    most = 0
    with hosts.on("right"):
        while not is_over(busy[0]):
            most = max(most, len(os.listdir(f"/proc/{one.broker()}/fd")))
            with wsclient.connect(one.address, card.target) as honest:
                assert honest.recv_exact(4) == b"RFB "
    assert CLIENTS <= most < 4 * CLIENTS
    for client in busy[1:]:
        with pytest.raises(Closed) as closed:
            client.recv_exact(1)
        assert closed.value.code == 4501
        client.close()
    busy[0].close()
