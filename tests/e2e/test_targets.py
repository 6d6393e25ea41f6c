# SPDX-License-Identifier: ISC
"""What may be reached, how it is named, and what is no VNC server: DESIGN 4
and 6, seen from outside."""

import time

import pytest

import rfb
import targets
from dnsserver import DnsServer
from outcomes import outcome, reaches, refused
from targets import closed_port, free_vnc_port
from waiting import until
from wsclient import BINARY, Closed


SECRET = b"FLUSHALL\r\nQUIT\r\nGET / HTTP/1.0\r\n\r\n"


# how a target is named


def test_port_as_it_is(bridge, testcard):
    assert reaches(bridge(), testcard().target)


def test_default_port_is_5901(bridge, testcard):
    host = "127.9.59.1"
    card = testcard(host=host, port=5901)
    one = bridge(allow=[f"{host}:5900-5999"])
    assert reaches(one, host)
    assert one.get(f"/{host}").status == 200
    card.wait_line("version|accepted")


def test_default_port_of_the_configuration(bridge, testcard):
    card = testcard()
    assert reaches(bridge(default_port=card.port), "127.0.0.1")


def test_small_ports_are_display_numbers(bridge, testcard):
    port = free_vnc_port()
    testcard(port=port)
    one = bridge()
    assert reaches(one, f"127.0.0.1:{port - 5900}")
    assert reaches(one, f"127.0.0.1:{port}")


def test_v6(bridge, testcard):
    card = testcard(host="[::1]")
    one = bridge(allow=[f"[::1]:{card.port}"])
    assert reaches(one, f"[::1]:{card.port}")
    assert reaches(one, f"[0:0:0:0:0:0:0:1]:{card.port}")


def test_configured_target_by_its_name(bridge, testcard):
    card = testcard()
    one = bridge(
        allow=["192.0.2.1"],
        extra=f'target "Lab1" {{ address = "{card.target}" }}',
    )
    assert reaches(one, "lab1")
    assert reaches(one, "LAB1")
    assert refused(one, "lab2") in (4502, 4520)
    # its address is the same desktop; what is beside it is not allowed
    assert reaches(one, card.target)
    assert refused(one, f"127.0.0.2:{card.port}") == 4520
    assert refused(one, f"127.0.0.1:{closed_port()}") == 4520


def test_name_in_etc_hosts(bridge, testcard):
    card = testcard()
    one = bridge(allow=[f"127.0.0.1:{card.port}", f"[::1]:{card.port}"])
    assert reaches(one, f"localhost:{card.port}")
    assert reaches(one, f"LocalHost.:{card.port}")


# what goes wrong, in words


def check_words(code, reason, *words):
    assert reason.isascii() and 0 < len(reason) <= 123
    for word in words:
        assert word in reason.lower(), (code, reason)


def test_dead_port(bridge):
    one = bridge()
    code, reason = outcome(one, f"127.0.0.1:{closed_port()}")
    assert code == 4500
    check_words(code, reason, "refused")
    assert one.wait_end()["code"] == "4500"


def test_target_that_never_answers(bridge, target):
    server = target(targets.NeverAccepts())
    one = bridge(connect_timeout=1)
    began = time.monotonic()
    code, reason = outcome(one, server.target)
    assert code == 4501
    check_words(code, reason)
    assert 0.8 < time.monotonic() - began < 6


def test_name_that_does_not_exist(bridge, target):
    dns = target(DnsServer({}))
    one = bridge(nameservers=[dns.address], allow=["*:5900-5999"])
    code, reason = outcome(one, "nowhere.example")
    assert code == 4502
    check_words(code, reason, "nowhere.example")


def test_name_server_that_is_silent(bridge, target):
    dns = target(DnsServer({"slow.example": lambda *_: None}))
    one = bridge(nameservers=[dns.address], allow=["*:5900-5999"], connect_timeout=1)
    began = time.monotonic()
    assert outcome(one, "slow.example")[0] in (4501, 4502)
    assert time.monotonic() - began < 6


def test_forbidden_target(bridge):
    one = bridge(allow=["10.0.0.0/24"])
    code, reason = outcome(one, "10.0.1.1")
    assert code == 4520
    check_words(code, reason, "not allowed")
    assert one.wait_end()["code"] == "4520"


def test_text_that_is_no_target(bridge):
    one = bridge()
    for text in ("a%20b", "-", "a..b", ":5901", "[::1", "host:99999", "x" * 300):
        assert refused(one, text) in (400, 4502, 4520), text


# must-show 5: not one byte to what is no VNC server

KINDS = [
    (targets.Http, {4501}),
    (targets.Redis, {4501}),
    (targets.Silent, {4501}),
    (targets.Smtp, {4503}),
    (lambda: targets.Says(b"HTTP/1.1 200 OK\r\n\r\n"), {4503}),
    (lambda: targets.Says(b"SSH-2.0-OpenSSH_9.2\r\n"), {4503}),
    (lambda: targets.Says(b"-ERR unknown command\r\n"), {4503}),
    (lambda: targets.Says(b"RFB 3.8\n" + b"x" * 8), {4503}),
    (lambda: targets.Says(b"RFB 003.00x\n"), {4503}),
    (lambda: targets.Says(b"RFB 003.008\r\n"), {4503}),
    (lambda: targets.Says(b"rfb 003.008\n"), {4503}),
    (lambda: targets.Says(b"RFB 003 008\n"), {4503}),
    (lambda: targets.Says(b"\0" * 12), {4503}),
    (lambda: targets.Says(b"R"), {4501}),
    (targets.ClosesAtOnce, {4503}),
    (lambda: targets.Resets(b""), {4500, 4503}),
    (lambda: targets.Resets(b"RFB 003"), {4500, 4503}),
]


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_no_byte_goes_to_what_is_no_vnc_server(bridge, target, number):
    make, codes = KINDS[number]
    server = target(make())
    one = bridge(greeting_timeout=1)
    with one.connect(server.target) as client:
        client.send(SECRET)
        client.send(b"RFB 003.008\n")
        code, reason = client.wait_close()
    assert code in codes, (code, reason)
    check_words(code, reason)
    server.wait_ended()
    assert server.received == [b""], server.received
    end = one.wait_end()
    assert end["to_target"] == "0" and end["code"] == str(code)


def test_a_client_that_leaves_first_has_said_nothing_either(bridge, target):
    server = target(targets.Silent())
    one = bridge(greeting_timeout=2)
    client = one.connect(server.target)
    client.send(SECRET)
    server.wait_accepted()
    client.close()
    server.wait_ended()
    assert server.received == [b""]
    assert one.wait_end()["to_target"] == "0"


def test_a_client_that_leaves_in_silence_is_noticed_at_once(bridge, target):
    server = target(targets.Silent())
    one = bridge(connect_timeout=60)
    client = one.connect(server.target)
    server.wait_accepted()
    client.close()
    server.wait_ended()
    assert one.wait_end()["code"] == "1006"


@pytest.mark.parametrize(
    "greeting", [b"RFB 003.003\n", b"RFB 003.889\n", b"RFB 004.001\n", b"RFB 005.000\n"]
)
def test_every_version_of_rfb_is_let_through(bridge, target, greeting):
    server = target(targets.Says(greeting + b"more"))
    with bridge().connect(server.target) as client:
        assert client.recv_exact(16) == greeting + b"more"
        client.send(b"hello")
        server.wait_received(0, 5)


def test_client_bytes_wait_for_the_twelfth_byte(bridge, target):
    server = target(targets.Drips(b"RFB 003.008\n"))
    one = bridge()
    client = one.connect(server.target)
    client.send(b"early ")
    client.send_frame(BINARY, b"bird")
    server.wait_accepted()
    server.release(11)
    # a round trip through the same worker, behind the eleven
    assert one.get("/healthz").status == 200
    assert server.received == [b""]
    server.release(1)
    server.wait_received(0, 10)
    assert client.recv_exact(12) == b"RFB 003.008\n"
    assert server.received == [b"early bird"]
    client.shut()


def test_require_rfb_off_lets_everything_through(bridge, target):
    server = target(targets.Redis())
    one = bridge(require_rfb=False)
    with one.connect(server.target) as client:
        client.send(b"PING\r\n")
        assert client.recv_exact(5) == b"+OK\r\n"
    assert one.wait_end()["to_target"] == "6"


# leases and limits


def test_exclusive_target_is_held_by_one(bridge, testcard):
    card = testcard("echo")
    one = bridge(
        workers=2, extra=f'target "x" {{ address = "{card.target}" exclusive = yes }}'
    )
    first = one.connect("x")
    assert first.recv_exact(12) == rfb.GREETING
    code, reason = outcome(one, "x")
    assert code == 4510
    check_words(code, reason, "127.0.0.1")
    first.shut()
    until(lambda: is_open_now(one, "x"), 10, "the target to be free again")


def is_open_now(one, text):
    try:
        return reaches(one, text)
    except Closed:
        return False


def test_max_sessions(bridge, testcard):
    card = testcard("echo")
    one = bridge(max_sessions=2)
    held = [one.connect(card.target) for _ in range(2)]
    for client in held:
        assert client.recv_exact(12) == rfb.GREETING
    code, reason = outcome(one, card.target)
    assert code == 4522
    check_words(code, reason)
    held[0].shut()
    until(lambda: is_open_now(one, card.target), 10, "room for a session")


def test_max_sessions_of_a_target(bridge, testcard):
    """N and N + 1, by name and by address; a place is free after a close."""
    card = testcard("echo")
    lab = f'target "lab1" {{ address = "{card.target}" max-sessions = 2 }}\n'
    one = bridge(extra=lab)
    with one.connect("lab1") as first, one.connect(card.target) as second:
        first.recv_exact(12)
        second.recv_exact(12)
        for text in ("lab1", card.target):
            assert outcome(one, text) == (
                4522, "lab1 has as many viewers as it may have (2)"
            )
        one.wait_log(process="broker", why="max-sessions of the target reached")
        first.shut()
        until(lambda: reaches(one, "lab1"), 5, "a free place")


def test_max_sessions_of_address(bridge, testcard):
    card = testcard("echo")
    one = bridge(max_sessions_of_address=1, trusted_proxies=["127.0.0.1"])

    def of(address):
        return {"headers": [("X-Forwarded-For", address)]}

    held = one.connect(card.target, **of("198.51.100.7"))
    assert held.recv_exact(12) == rfb.GREETING
    code, reason = outcome(one, card.target, **of("198.51.100.7"))
    assert code == 4522
    check_words(code, reason)
    one.wait_log(why="max-sessions-of-address reached", client="198.51.100.7:0")
    for other in ("198.51.100.8", "2001:db8::7"):
        with one.connect(card.target, **of(other)) as client:
            assert client.recv_exact(12) == rfb.GREETING
    # this host's own programs, a proxy that is not trusted among them
    own = [one.connect(card.target) for _ in range(3)]
    for client in own:
        assert client.recv_exact(12) == rfb.GREETING
    held.shut()

    def is_free():
        try:
            with one.connect(card.target, **of("198.51.100.7")) as client:
                return client.recv_exact(12) == rfb.GREETING
        except Closed:
            return False

    until(is_free, 10, "room for the address")


def test_client_that_leaves_while_the_target_is_dialled(bridge, target, testcard):
    server = target(targets.NeverAccepts())
    card = testcard()
    one = bridge(connect_timeout=2)
    for _ in range(20):
        one.connect(server.target).reset()
    assert reaches(one, card.target)
    # all twenty are reported in their own time
    until(lambda: len(one.grep(r"code=\d+")) >= 20, 20, "twenty ends")


def test_many_targets_at_once(bridge, testcard):
    cards = [testcard("echo") for _ in range(10)]
    one = bridge(workers=2)
    clients = [one.connect(card.target) for card in cards for _ in range(5)]
    for number, client in enumerate(clients):
        rfb.raw_greet(client, rfb.version(number))
        client.send(b"%03d" % number)
    for number, client in enumerate(clients):
        assert client.recv_exact(3) == b"%03d" % number
        client.shut()


def test_unix_peers_are_no_targets_yet(bridge):
    assert refused(bridge(), "unix:/tmp/x") in (400, 4502, 4520)
