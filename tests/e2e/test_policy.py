# SPDX-License-Identifier: ISC
"""Who may be reached: DESIGN.md, 6, seen from outside."""

import signal

import pytest

import rfb
import targets
from dnsserver import DnsServer
from outcomes import outcome, reaches, refused
from targets import free_vnc_port


def test_default_policy_is_loopback_5900_to_5999(bridge, testcard):
    inside, outside = testcard(port=free_vnc_port()), testcard()
    assert not 5900 <= outside.port <= 5999
    elsewhere = testcard(host="127.0.0.2", port=free_vnc_port("127.0.0.2"))
    one = bridge(allow=None)
    assert reaches(one, inside.target)
    assert reaches(one, f"127.0.0.1:{inside.port - 5900}")
    for text in (outside.target, "10.0.0.1", "192.168.0.1:5901", "[2001:db8::1]"):
        assert outcome(one, text)[0] == 4520, text
    assert refused(one, elsewhere.target) == 4520
    assert not outside.grep("accepted") and not elsewhere.grep("accepted")


def forms_of_loopback(port):
    return [
        f"0:{port}",
        f"127.1:{port}",
        f"127.0.1:{port}",
        f"0x7f.1:{port}",
        f"0x7f000001:{port}",
        f"2130706433:{port}",
        f"0177.0.0.1:{port}",
        f"127.0.0.01:{port}",
        f"0.0.0.0:{port}",
        f"[::]:{port}",
        f"[::1%25lo]:{port}",
        f"[::ffff:0.0.0.0]:{port}",
        f"[fe80::1%25lo]:{port}",
        f"127.0.0.1%00.example:{port}",
        f"127.0.0.1%20:{port}",
        f"user@127.0.0.1:{port}",
        f"127.0.0.1:{port}:{port}",
        f"127.0.0.1:+{port}",
        f"127.0.0.1:0{port}0",
        f"127.0.0.1:{port}/x",
        f"%E2%91%A0%E2%91%A1%E2%91%A6.0.0.1:{port}",
        f"127%E3%80%820.0.1:{port}",
    ]


def test_strange_forms_of_an_address_are_refused(bridge, target):
    server = target(targets.Silent())
    one = bridge(allow=["127.0.0.0/8:1-65535", "[::1]:1-65535", "*.example:1-65535"])
    for text in forms_of_loopback(server.port):
        assert refused(one, text) in (400, 4520, 4502), text
    assert server.accepted == 0


def test_v4_mapped_v6_is_judged_as_v4(bridge, testcard):
    card = testcard()
    one = bridge(allow=[f"127.0.0.1:{card.port}"], deny=["127.0.0.2:1-65535"])
    assert reaches(one, f"[::ffff:127.0.0.1]:{card.port}")
    assert reaches(one, f"[::ffff:7f00:1]:{card.port}")
    assert refused(one, f"[::ffff:127.0.0.2]:{card.port}") == 4520
    only_v6 = bridge(allow=["[::/0]:1-65535"])
    assert refused(only_v6, f"[::ffff:127.0.0.1]:{card.port}") == 4520


def test_ranges_and_cidr(bridge, target):
    inside = target(targets.Says(rfb.GREETING, host="127.20.0.5"))
    one = bridge(allow=[f"127.20.0.0/29:{inside.port}-{inside.port + 1}"])
    assert reaches(one, inside.target)
    assert outcome(one, f"127.20.0.5:{inside.port + 1}")[0] == 4500
    for text in (
        f"127.20.0.5:{inside.port + 2}",
        f"127.20.0.5:{inside.port - 1}",
        f"127.20.0.8:{inside.port}",
        f"127.19.255.255:{inside.port}",
    ):
        assert outcome(one, text)[0] == 4520, text


def test_deny_wins(bridge, testcard, target):
    card = testcard()
    denied = target(targets.Says(rfb.GREETING, host="127.0.0.2"))
    dns = target(DnsServer({"two.lab.example": ["127.0.0.2"]}))
    one = bridge(
        allow=["*:1-65535", "127.0.0.0/8:1-65535", "*.lab.example:1-65535"],
        deny=["127.0.0.2:1-65535", "bad.lab.example:*"],
        nameservers=[dns.address],
    )
    assert reaches(one, card.target)
    assert outcome(one, denied.target)[0] == 4520
    # neither by a name that leads there
    assert outcome(one, f"two.lab.example:{denied.port}")[0] == 4520
    assert outcome(one, f"bad.lab.example:{card.port}")[0] == 4520
    assert dns.count("bad.lab.example") == 0
    assert denied.accepted == 0


def test_deny_of_a_configured_target_wins(bridge, target):
    denied = target(targets.Says(rfb.GREETING))
    one = bridge(
        deny=[f"127.0.0.1:{denied.port}"],
        extra=f'target "x" {{ address = "{denied.target}" }}',
    )
    assert outcome(one, "x")[0] == 4520
    assert denied.accepted == 0


@pytest.mark.parametrize(
    "text",
    [
        "169.254.169.254:80",
        "169.254.1.1",
        "[fe80::1]:5901",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "[ff02::1]",
        "[::]:5901",
        "240.0.0.1",
    ],
)
def test_special_addresses_need_an_entry_of_their_own(bridge, text):
    one = bridge(allow=["0.0.0.0/0:1-65535", "[::/0]:1-65535", "*:1-65535"])
    assert outcome(one, text)[0] == 4520


def test_own_listeners_are_never_dialled(bridge):
    one = bridge(allow=["127.0.0.0/8:1-65535", "*:1-65535"])
    assert outcome(one, one.target)[0] == 4520
    assert outcome(one, f"[::ffff:127.0.0.1]:{one.address[1]}")[0] == 4520


def test_own_listener_on_the_wildcard_address(bridge):
    from daemon import free_port

    port = free_port()
    one = bridge(listen=[f"0.0.0.0:{port}"], allow=["127.0.0.0/8:1-65535"])
    for host in ("127.0.0.1", "127.0.0.2", "127.255.255.254"):
        assert outcome(one, f"{host}:{port}")[0] == 4520, host


def test_own_listener_of_v6_and_one_that_a_reload_added(bridge):
    from daemon import free_port

    port = free_port()
    one = bridge(listen=[f"[::]:{port}"], allow=["[::1]:1-65535", "127.0.0.1"])
    for text in (f"[::1]:{port}", f"[0:0::1]:{port}", f"127.0.0.1:{port}"):
        assert outcome(one, text)[0] == 4520, text
    later = free_port()
    assert outcome(one, f"[::1]:{later}")[0] == 4500
    text = open(one.conf_path, encoding="utf-8").read()
    one.write_conf(f'listen "[::1]:{later}" {{ }}\n' + text)
    mark = one.mark()
    one.signal(signal.SIGHUP)
    one.wait_line("reloaded", start=mark)
    assert outcome(one, f"[::1]:{later}")[0] == 4520


def test_wildcard_names(bridge, target):
    server = target(targets.Says(rfb.GREETING))
    names = ["a.lab.example", "lab.example", "a.b.lab.example", "xlab.example"]
    dns = target(DnsServer({name: ["127.0.0.1"] for name in names}))
    one = bridge(
        allow=[f"*.lab.example:{server.port}", "127.0.0.1:1"],
        nameservers=[dns.address],
    )
    # an allowed name alone never leads to loopback
    assert outcome(one, f"a.lab.example:{server.port}")[0] == 4520
    one = bridge(
        allow=[f"*.lab.example:{server.port}", f"127.0.0.1:{server.port}"],
        deny=["xlab.example:*"],
        nameservers=[dns.address],
    )
    assert reaches(one, f"a.lab.example:{server.port}")
    assert reaches(one, f"A.Lab.Example.:{server.port}")
    assert reaches(one, f"a.b.lab.example:{server.port}")
    assert outcome(one, f"xlab.example:{server.port}")[0] == 4520


def test_address_of_a_name_is_judged(bridge, target):
    inside = target(targets.Says(rfb.GREETING, host="127.0.0.5"))
    outside = target(targets.Silent(host="127.0.0.6", port=inside.port))
    dns = target(
        DnsServer({"good.example": ["127.0.0.5"], "evil.example": ["127.0.0.6"]})
    )
    one = bridge(allow=[f"127.0.0.5:{inside.port}"], nameservers=[dns.address])
    assert reaches(one, f"good.example:{inside.port}")
    assert outcome(one, f"evil.example:{inside.port}")[0] == 4520
    assert outside.accepted == 0


def test_the_checked_address_is_the_one_that_is_dialled(bridge, target):
    """DNS rebinding: the name server answers something else next time."""
    good = target(targets.Says(rfb.GREETING, host="127.0.0.5"))
    evil = target(targets.Silent(host="127.0.0.6", port=good.port))

    def answer(name, kind, count):
        return ["127.0.0.5"] if count == 0 else ["127.0.0.6"]

    dns = target(DnsServer({"moving.example": answer}))
    one = bridge(allow=[f"127.0.0.5:{good.port}"], nameservers=[dns.address])
    assert reaches(one, f"moving.example:{good.port}")
    assert dns.questions.count(("moving.example", 1)) == 1
    assert evil.accepted == 0
    # by now it has moved: asked again, and judged again
    assert outcome(one, f"moving.example:{good.port}")[0] == 4520
    assert evil.accepted == 0


def test_next_address_is_tried_when_the_first_is_dead(bridge, target):
    server = target(targets.Says(rfb.GREETING, host="127.0.0.7"))
    dns = target(DnsServer({"two.example": ["127.0.0.6", "::1", "127.0.0.7"]}))
    one = bridge(
        allow=["127.0.0.0/8:1-65535", "[::1]:1-65535"], nameservers=[dns.address]
    )
    assert reaches(one, f"two.example:{server.port}")


def test_forbidden_addresses_among_good_ones_are_passed_over(bridge, target):
    good = target(targets.Says(rfb.GREETING, host="127.0.0.7"))
    evil = target(targets.Silent(host="127.0.0.6", port=good.port))
    dns = target(DnsServer({"mixed.example": ["127.0.0.6", "127.0.0.7"]}))
    one = bridge(allow=[f"127.0.0.7:{good.port}"], nameservers=[dns.address])
    assert reaches(one, f"mixed.example:{good.port}")
    assert evil.accepted == 0
