# SPDX-License-Identifier: ISC
"""What one address may have: max-connections-of-address and
connections-per-second-of-address. The clients are another host's, since this
host's own addresses are not limited."""

import os
import signal

import pytest

import netns
import rfb
from daemon import free_port
from tlsclient import Listen
from waiting import until
from wsclient import Closed, HttpClient, WsClient

HERE = "10.77.0.2"  # a client's address
MANY = 40  # more than are told why they are refused
FULL = {"process": "master", "why": "max-connections-of-address reached"}
FAST = {"process": "master", "why": "connections-per-second-of-address reached"}


class World:
    """A bridge at an address of the host "left", clients of the host "right"."""

    def __init__(self, hosts, bridge):
        self.hosts = hosts
        self.bridge = bridge
        self.one = None
        self.clients = []

    def add(self, name, *addresses):
        with self.hosts.on(name):
            for address in addresses:
                nodad = " nodad" if ":" in address else ""
                self.hosts._ip(f"addr add {address} dev {name}{nodad}")

    def start(self, address="10.77.0.1", more=(), **settings):
        listen = [f"{address}:{free_port()}", *more]
        with self.hosts.on("left"):
            self.one = self.bridge(listen=listen, **settings)
        # what has asked whether it is ready comes from its own address
        until(lambda: self.one.conns() == 0, 10, "nobody to be there")

    def come(self, source=HERE, kind=HttpClient):
        with self.hosts.on("right"):
            client = kind(self.one.address, source=source)
        self.clients.append(client)
        return client

    def status(self, source=HERE):
        """Of the answer to one that comes, and stays; None: it was closed."""
        return ask(self.come(source))

    def leave(self):
        while self.clients:
            self.clients.pop().close()

    def is_served(self, source=HERE):
        """And goes again."""
        status = self.status(source)
        self.clients.pop().close()
        return status == 200


def ask(client):
    try:
        client.request("GET", "/robots.txt")
        return client.read_response().status
    except (OSError, AssertionError, EOFError):
        return None


@pytest.fixture
def world(bridge):
    reason = netns.reason_not()
    if reason:
        pytest.skip(reason)
    hosts = netns.Hosts()
    made = World(hosts, bridge)
    yield made
    made.leave()
    hosts.close()


SOURCES = {
    "the same": (HERE, HERE, True),
    "another": (HERE, "10.77.0.3", False),
    "of the same /64": ("fd77:0:0:1::2", "fd77:0:0:1::3", True),
    "of another /64": ("fd77:0:0:1::2", "fd77:0:0:2::2", False),
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("who", SOURCES)
def test_an_address_has_as_many_connections_as_it_may(world, who, workers):
    first, second, is_one = SOURCES[who]
    world.add("left", "fd77:0:0:1::1/64", "fd77:0:0:2::1/64")
    world.add("right", "10.77.0.3/24", "fd77:0:0:1::2/64", "fd77:0:0:1::3/64",
              "fd77:0:0:2::2/64")
    where = "[fd77:0:0:1::1]" if ":" in first else "10.77.0.1"
    world.start(where, max_connections_of_address=3, workers=workers)
    assert [world.status(first) for _ in range(3)] == [200, 200, 200]
    assert world.status(second) == (429 if is_one else 200)
    assert world.status(first) == 429
    world.one.wait_log(level="warning", **FULL)
    world.clients[0].close()
    until(lambda: world.is_served(first), 10, "a place that is free again")


def test_a_few_hear_why_and_a_flood_is_closed(world):
    world.start(max_connections_of_address=1)
    assert world.status() == 200
    with world.come() as client:
        client.request("GET", "/")
        answer = client.read_response()
        assert (answer.status, answer.get("retry-after")) == (429, "5")
        assert answer.get("connection") == "close"
        assert b"Your address has as many connections" in answer.body
    flood = [world.come() for _ in range(MANY)]
    said = [ask(client) for client in flood]
    assert set(said) == {429, None}
    assert ask(world.clients[0]) == 200  # it has noticed nothing


def test_one_log_line_is_not_for_each(world):
    world.start(max_connections_of_address=1)
    assert world.status() == 200
    mark = world.one.mark()
    for _ in range(100):
        world.come().close()
    world.one.wait_log(start=mark, **FULL)
    assert world.status() in (429, None)
    lines = world.one.grep("max-connections-of-address reached", start=mark)
    assert 0 < len(lines) <= 20


def test_connections_come_no_faster_than_they_may(world):
    world.start(connections_per_second_of_address=1)
    said = [world.status() for _ in range(30)]
    assert said.count(200) >= 10 and set(said[:10]) == {200}
    assert 429 in said or None in said
    world.one.wait_log(level="warning", **FAST)
    world.leave()
    until(world.is_served, 10, "the next to be let in")


def test_what_is_not_limited(world):
    world.add("right", "10.77.0.3/24")
    world.start(
        max_connections_of_address=1,
        connections_per_second_of_address=1,
        trusted_proxies=[HERE],
    )
    # a proxy, with everybody behind it; and this host itself
    assert {world.status() for _ in range(20)} == {200}
    with world.hosts.on("left"):
        for _ in range(20):
            client = HttpClient(world.one.address)
            world.clients.append(client)
            assert ask(client) == 200
    assert [world.status("10.77.0.3") for _ in range(2)] == [200, 429]


def test_behind_the_proxy_protocol_sessions_of_an_address_are_counted(world, testcard):
    """Connections there are the proxy's, and as many as it likes."""
    with world.hosts.on("left"):
        card = testcard("echo")
    port = free_port()
    world.start(
        more=[Listen(f"10.77.0.1:{port}", "proxy-protocol = yes")],
        trusted_proxies=[HERE],
        max_connections_of_address=1,
        max_sessions_of_address=2,
    )
    world.one.address = ("10.77.0.1", port)

    def code(client):
        ws = world.come(kind=WsClient)
        ws.send_raw(b"PROXY TCP4 %s 192.0.2.1 4000 80\r\n" % client)
        ws.open(card.target)
        try:
            return ws.recv_exact(12) == rfb.GREETING
        except Closed as closed:
            return closed.code

    assert [code(b"198.51.100.7") for _ in range(3)] == [True, True, 4522]
    assert code(b"198.51.100.8") is True


def test_a_reload_applies_to_those_that_come(world):
    world.start(max_connections_of_address=2)
    assert [world.status() for _ in range(3)] == [200, 200, 429]
    with open(world.one.conf_path, encoding="utf-8") as file:
        before = file.read()
    for limit, expected in ((3, [200, 429]), (1, [429]), (0, [200] * 5)):
        world.one.write_conf(before.replace("address = 2", f"address = {limit}"))
        mark = world.one.mark()
        world.one.signal(signal.SIGHUP)
        world.one.wait_line("reloaded", start=mark)
        assert [world.status() for _ in expected] == expected


def test_a_worker_that_dies_leaves_no_place_taken(world):
    world.start(max_connections_of_address=2)
    assert [world.status() for _ in range(3)] == [200, 200, 429]
    os.kill(world.one.workers()[0], signal.SIGKILL)
    until(world.is_served, 10, "the next worker")
    world.leave()
    assert [world.status() for _ in range(3)] == [200, 200, 429]


def test_an_honest_crowd_behind_one_address_is_let_in(world, testcard):
    """A school: each viewer has six connections for pages and a session."""
    with world.hosts.on("left"):
        card = testcard("echo")
    world.start()
    for _ in range(64):
        viewer = world.come(kind=WsClient)
        viewer.open(card.target)
        rfb.raw_greet(viewer)
        assert {world.status() for _ in range(6)} == {200}
