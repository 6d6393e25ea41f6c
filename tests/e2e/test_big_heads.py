# SPDX-License-Identifier: ISC
"""Heads as large as a single sign-on and a chain of proxies make them, and what
they may cost."""

import signal

import pytest

from certs import self_signed
from daemon import free_port, has_asan
from proc import own_kib
from tlsclient import client_context, listen_tls
from waiting import until
from wsclient import HttpClient, WsClient

LARGE_MAX = 512  # heads beyond the usual 8 KiB that a worker keeps in part
BIG = [
    [("Cookie", "s=" + "x" * 9000)],
    [("Cookie", "; ".join(f"s{i}=" + "x" * 4000 for i in range(3)))],
    [("X-Access-Token", "x" * 15000)],
    [("X-Access-Token", "x" * 31000)],
    [(f"X-Hop-{i}", "v") for i in range(60)],
    [(f"X-Hop-{i}", "v" * 200) for i in range(110)],
]


@pytest.mark.parametrize("fields", BIG)
def test_what_a_front_adds_is_taken(bridge, testcard, fields):
    one, card = bridge(), testcard("echo")
    with WsClient(one.address) as client:
        assert client.upgrade(f"/proxy?target={card.target}", fields).status == 101
        assert client.recv_exact(12) == b"RFB 003.008\n"
    assert one.get("/", headers=fields).status == 200


def test_over_tls_too(bridge, testcard, directory):
    address = "127.0.0.1:%d" % free_port()
    one = bridge(extra=listen_tls(address, self_signed(directory, "own")))
    address = ("127.0.0.1", int(address.rpartition(":")[2]))
    card = testcard("echo")
    for fields in BIG:
        with WsClient(address, context=client_context()) as client:
            assert client.upgrade(f"/proxy?target={card.target}", fields).status == 101
    assert not one.grep("refused")


def head_of(size):
    start = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "
    return start + b"y" * (size - len(start) - 4) + b"\r\n\r\n"


def answer_to(one, data):
    with HttpClient(one.address) as client:
        client.sock.sendall(data)
        return client.read_response().status


@pytest.mark.parametrize("most", [1024, 8192, 100_000])
def test_the_limit_is_a_setting_that_a_reload_changes(bridge, most):
    one = bridge(request_head=most)
    assert answer_to(one, head_of(most)) == 200
    assert answer_to(one, head_of(most + 1)) == 431
    text = open(one.conf_path, encoding="utf-8").read()
    one.write_conf(text.replace(f"request-head = {most}", "request-head = 2000"))
    with HttpClient(one.address) as waiting:
        waiting.sock.sendall(head_of(most)[:-1])
        assert one.get("/healthz").status == 200, "it has been read"
        mark = one.mark()
        one.signal(signal.SIGHUP)
        one.wait_line("reloaded", start=mark)
        assert answer_to(one, head_of(2000)) == 200
        assert answer_to(one, head_of(2001)) == 431
        waiting.sock.sendall(b"\n")
        assert waiting.read_response().status == (200 if most < 2000 else 431)


def test_requests_behind_a_large_one_are_answered_too(bridge):
    one = bridge()
    with HttpClient(one.address) as client:
        client.sock.sendall((head_of(30000) + head_of(100)) * 5)
        for _ in range(10):
            assert client.read_response().status == 200


def test_parts_of_large_heads_are_bounded_and_the_oldest_makes_room(bridge):
    one = bridge(handshake_timeout=600)
    worker = one.workers()[0]
    before = own_kib(worker)
    part = head_of(30000)[:-1]
    clients = [HttpClient(one.address) for _ in range(LARGE_MAX + 40)]
    for client in clients:
        client.sock.sendall(part)
    # so many have heard that they must go, and no other
    refused = "status=503: too many clients wait with large heads|more lines like these"
    one.wait_line(refused)
    # a sanitizer keeps what was freed
    assert has_asan() or own_kib(worker) - before < LARGE_MAX * 32 + 8192
    statuses = []
    for client in clients:
        client.sock.sendall(b"\n")
        statuses.append(client.read_response().status)
        client.close()
    assert statuses.count(503) == 40 and statuses.count(200) == LARGE_MAX
    assert statuses[-1] == 200, "the last is no reason to refuse the last"
    until(lambda: one.conns() == 0, 10, "all of them to go")


def test_usual_parts_are_no_reason_to_make_room(bridge):
    one = bridge(handshake_timeout=600)
    clients = [HttpClient(one.address) for _ in range(LARGE_MAX + 40)]
    for client in clients:
        client.sock.sendall(head_of(8000)[:-1])
    for client in clients:
        client.sock.sendall(b"\n")
        assert client.read_response().status == 200
        client.close()
