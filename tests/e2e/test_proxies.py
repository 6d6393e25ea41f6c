# SPDX-License-Identifier: ISC
"""What proxies say of their clients: believed of trusted-proxies alone, of each
request anew, and seen in the log, in vncbridgectl, in the check of Origin and
in answers. The rows of what is well-formed are in check_forwarding.c."""

import json
import os

import pytest

import daemon
from daemon import free_port
from tlsclient import Listen, client_context, listen_body
from waiting import until
from wsclient import HttpClient, WsClient

CLIENT = "198.51.100.7"
OTHER = "203.0.113.9"
TRUSTING = {"trusted_proxies": ["127.0.0.1"]}
HEADERS = [
    ("standard", lambda a: [("Forwarded", f"for={a}")]),
    ("customary", lambda a: [("X-Forwarded-For", a)]),
]


@pytest.fixture(params=[h[1] for h in HEADERS], ids=[h[0] for h in HEADERS])
def saying(request):
    """saying(address): the fields of a request that a proxy passes on."""
    return request.param


def refused(one, headers, start=0):
    """The line of a request that is refused, and names its client."""
    before = len(one.lines)
    assert one.get("/proxy?target=a", headers=headers).status == 426
    return one.wait_log(status="426:", start=max(start, before), client=None)


def sessions(one):
    done = one.ctl("-j", "sessions")
    return json.loads(done.stdout)["sessions"]


def test_the_client_is_named_in_log_and_sessions(bridge, testcard, saying):
    card = testcard("echo")
    one = bridge(**TRUSTING)
    with one.connect(card.target, headers=saying(CLIENT)) as client:
        client.recv_exact(12)
        opened = one.wait_log(tls="-", client=f"{CLIENT}:0", target=card.target)
        assert opened["via"].startswith("127.0.0.1:")
        (found,) = sessions(one)
        assert found["client"] == f"{CLIENT}:0"
    ended = one.wait_end(client=f"{CLIENT}:0")
    assert ended["via"] == opened["via"]


def test_a_new_broker_hears_the_same_client(bridge, testcard, saying):
    card = testcard("echo")
    one = bridge(**TRUSTING)
    with one.connect(card.target, headers=saying(CLIENT)) as client:
        client.recv_exact(12)
        old = one.broker()
        os.kill(old, 9)
        one.wait_other_broker(old)
        until(lambda: [s["client"] for s in sessions(one)] == [f"{CLIENT}:0"], 10,
              "the session with its client")


def test_what_others_say_is_no_fact(bridge, testcard, saying):
    card = testcard("echo")
    one = bridge()
    line = refused(one, saying(CLIENT))
    assert line["client"].startswith("127.0.0.1:") and "via" not in line
    with one.connect(card.target, headers=saying(CLIENT)) as client:
        client.recv_exact(12)
        (found,) = sessions(one)
        assert found["client"].startswith("127.0.0.1:")
    one.wait_end()
    assert not one.grep(CLIENT)


def test_another_trusted_address_is_not_this_one(bridge, saying):
    one = bridge(trusted_proxies=["127.0.0.2", "10.0.0.0/8", "::1"])
    assert refused(one, saying(CLIENT))["client"].startswith("127.0.0.1:")
    assert not one.grep(CLIENT)


def test_a_forged_hop_is_not_believed(bridge):
    one = bridge(**TRUSTING)
    for headers in (
        [("X-Forwarded-For", f"{OTHER}, {CLIENT}")],
        [("X-Forwarded-For", OTHER), ("X-Forwarded-For", CLIENT)],
        [("X-Forwarded-For", f"127.0.0.1, {CLIENT}, 127.0.0.1")],
        [("Forwarded", f'for={OTHER};x=", for={CLIENT}'), ("Forwarded", f"for={CLIENT}")],
        [("Forwarded", f"for={OTHER}, for={CLIENT};proto=https")],
        [("X_Forwarded_For", OTHER), ("X-Forwarded-For", CLIENT)],
    ):
        assert refused(one, headers)["client"] == f"{CLIENT}:0", headers
    for headers in (
        [("X_Forwarded_For", OTHER)],
        [("X-Forwarded-For", f"{OTHER}, x")],
        [("X-Forwarded-For", f"{OTHER}, unknown")],
        [("Forwarded", f"for={OTHER}, for=_hidden")],
        [("Forwarded", f'for={OTHER}, for="')],
        [("X-Real-IP", OTHER)],
    ):
        line = refused(one, headers)
        assert line["client"].startswith("127.0.0.1:") and "via" not in line, headers
    assert not one.grep(OTHER)


def test_v6_and_ports_are_told(bridge):
    one = bridge(**TRUSTING)
    for headers, shown in (
        ([("X-Forwarded-For", "2001:db8::7")], "[2001:db8::7]:0"),
        ([("X-Forwarded-For", "[2001:db8::7]:4711")], "[2001:db8::7]:4711"),
        ([("X-Forwarded-For", f"{CLIENT}:4711")], f"{CLIENT}:4711"),
        ([("Forwarded", 'for="[2001:db8::7]:4711"')], "[2001:db8::7]:4711"),
    ):
        assert refused(one, headers)["client"] == shown


def test_each_request_of_a_connection_has_its_own_client(bridge, testcard):
    card = testcard("echo")
    one = bridge(**TRUSTING)
    for fields, shown in (
        ([("X-Forwarded-For", OTHER)], f"{OTHER}:0"),
        ([], "127.0.0.1:"),
    ):
        with WsClient(one.address) as client:
            client.request("GET", "/robots.txt", [("X-Forwarded-For", CLIENT)])
            assert client.read_response().status == 200
            client.open(card.target, fields)
            client.recv_exact(12)
            (found,) = sessions(one)
            assert found["client"].startswith(shown)
        start = len(one.lines)
        with HttpClient(one.address) as client:
            client.request("GET", "/robots.txt", [("X-Forwarded-For", CLIENT)])
            assert client.read_response().status == 200
            client.request("GET", "/proxy", fields)
            client.read_response()
        assert one.wait_log(start=start, status="426:")["client"].startswith(shown)
        until(lambda: not sessions(one), 10, "the end of the session")
    # one that does not finish its head is not the one before
    with HttpClient(one.address) as client:
        client.request("GET", "/robots.txt", [("X-Forwarded-For", CLIENT)])
        assert client.read_response().status == 200
        start = len(one.lines)
        client.send(f"GET / HTTP/1.1\r\nX-Forwarded-For: {OTHER}\r\n\r\n".encode())
        assert client.read_response().status == 400
    assert one.wait_log(start=start, status="400:")["client"].startswith("127.0.0.1:")
    assert not one.grep(CLIENT)


def test_pipelined_requests_do_not_share_a_client(bridge):
    """Each is answered for its own: the scheme is seen in the answer."""
    one = bridge(hsts=100, **TRUSTING)
    head = "GET /robots.txt HTTP/1.1\r\nHost: %s\r\n%s\r\n"
    https = "X-Forwarded-Proto: https\r\n"
    with HttpClient(one.address) as client:
        client.send("".join(
            head % (client.authority, extra) for extra in (https, "", https, "")
        ).encode())
        told = [client.read_response().get("strict-transport-security") for _ in range(4)]
    assert told == ["max-age=100", None, "max-age=100", None]


def test_a_reload_ends_trust_with_the_next_request(bridge, saying):
    one = bridge(**TRUSTING)
    place = os.path.dirname(one.conf_path)
    listen = [one.target]
    text = lambda **how: daemon.conf_text(place, listen, allow=["127.0.0.1:1-65535"], **how)
    with HttpClient(one.address) as client:
        def hsts(want):
            client.request("GET", "/robots.txt", [("X-Forwarded-Proto", "https")])
            return client.read_response().get("strict-transport-security") == want

        one.write_conf(text(hsts=100, **TRUSTING))
        assert one.ctl("reload", "-f", one.conf_path).returncode == 0
        until(lambda: hsts("max-age=100"), 10, "the new settings")
        one.write_conf(text(hsts=100))
        assert one.ctl("reload", "-f", one.conf_path).returncode == 0
        until(lambda: hsts(None), 10, "no more trust on this connection")
    line = refused(one, saying(CLIENT))
    assert line["client"].startswith("127.0.0.1:")


def upgrade(one, card, origin, headers):
    with WsClient(one.address) as client:
        path = f"/proxy?target={card.target}"
        return client.upgrade(path, [("Origin", origin), *headers]).status


def test_origin_is_compared_with_the_host_and_scheme_that_the_browser_used(
    bridge, testcard
):
    card = testcard("echo")
    one = bridge(hosts=["vnc.example"], **TRUSTING)
    customary = [("X-Forwarded-Host", "vnc.example"), ("X-Forwarded-Proto", "https")]
    standard = [("Forwarded", f"for={CLIENT};proto=https;host=vnc.example")]
    for headers in (customary, standard):
        assert upgrade(one, card, "https://vnc.example", headers) == 101
        assert upgrade(one, card, "http://vnc.example", headers) == 403
        assert upgrade(one, card, "https://evil.example", headers) == 403
        assert upgrade(one, card, f"http://{one.target}", headers) == 403
    plain = [("X-Forwarded-Host", "vnc.example"), ("X-Forwarded-Proto", "http")]
    assert upgrade(one, card, "http://vnc.example", plain) == 101
    # a page of a stranger's name, which leads to the proxy, is none of ours
    evil = [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https")]
    assert upgrade(one, card, "https://evil.example", evil) == 421


def test_host_of_others_is_not_looked_at(bridge, testcard):
    card = testcard("echo")
    one = bridge(hosts=["vnc.example"])
    headers = [("X-Forwarded-Host", "vnc.example"), ("X-Forwarded-Proto", "https"),
               ("Forwarded", "proto=https;host=vnc.example")]
    assert upgrade(one, card, "https://vnc.example", headers) == 403
    assert upgrade(one, card, f"http://{one.target}", headers) == 101
    assert one.get("/", headers=headers).get("strict-transport-security") is None


def test_hsts_follows_the_scheme_of_the_browser(bridge):
    one = bridge(hsts=100, **TRUSTING)
    for value, told in (("https", "max-age=100"), ("wss", "max-age=100"),
                        ("http", None), ("x", None)):
        answer = one.get("/", headers=[("X-Forwarded-Proto", value)])
        assert answer.get("strict-transport-security") == told, value
    assert one.get("/").get("strict-transport-security") is None


def test_the_policy_names_the_browsers_host(bridge):
    one = bridge(hosts=["vnc.example"], **TRUSTING)
    answer = one.get("/", headers=[("X-Forwarded-Host", "vnc.example:8443")])
    assert "wss://vnc.example:8443" in answer.get("content-security-policy")


def test_redirect_to_https_has_host_and_prefix_and_no_circle(bridge, authority):
    pair = authority.server("bridge")
    listen = Listen(f"127.0.0.1:{free_port()}", listen_body([pair]))
    one = bridge(listen=[listen], context=client_context(authority),
                 hosts=["vnc.example"], **TRUSTING)

    def plain(*headers):
        with HttpClient(one.address) as client:
            client.request("GET", "/lab1?x", headers)
            return client.read_response()

    answer = plain(("X-Forwarded-Host", "vnc.example"), ("X-Forwarded-Prefix", "/vnc"))
    assert answer.status == 308
    assert answer.get("location") == "https://vnc.example/vnc/lab1?x"
    answer = plain(("X-Forwarded-Prefix", "//evil.example"))
    assert answer.get("location") == f"https://{one.target}/lab1?x"
    # the browser did ask by https: it is the proxy that must
    answer = plain(("X-Forwarded-Host", "vnc.example"), ("X-Forwarded-Proto", "https"))
    assert answer.status == 400 and answer.get("location") is None


def test_fields_that_disagree_are_not_believed_and_told_once(bridge):
    one = bridge(**TRUSTING)
    for _ in range(3):
        line = refused(one, [("Forwarded", f"for={OTHER}"), ("X-Forwarded-For", CLIENT)])
        assert line["client"].startswith("127.0.0.1:")
    assert len(one.grep("proxy=127.0.0.1 passes on Forwarded and X-Forwarded")) == 1
    assert not one.grep(OTHER) and not one.grep(CLIENT)
    both = [("Forwarded", f"for={CLIENT}"), ("X-Forwarded-For", CLIENT)]
    assert refused(one, both)["client"] == f"{CLIENT}:0"


def test_the_quota_of_lines_is_each_clients(bridge):
    """One client's twenty lines a minute are not taken from another's."""
    one = bridge(**TRUSTING)
    for _ in range(25):
        one.get("/proxy", headers=[("X-Forwarded-For", OTHER)])
    assert refused(one, [("X-Forwarded-For", CLIENT)])["client"] == f"{CLIENT}:0"
    assert len(one.grep(rf"refused .*client={OTHER}:0 ")) == 20


def test_a_head_cut_at_each_byte_names_the_right_client(bridge):
    one = bridge(**TRUSTING)
    head = (f"GET /proxy?target=a HTTP/1.1\r\nHost: {one.target}\r\n"
            f'Forwarded: for={OTHER};x="a,b", for="{CLIENT}:80";proto=https\r\n\r\n').encode()
    cuts = range(head.index(b"Forwarded"), len(head), 6)
    for cut in cuts:
        start = len(one.lines)
        with HttpClient(one.address) as client:
            client.send(head[:cut])
            until(lambda: one.conns() > 0, 10, "the connection")
            client.send(head[cut:])
            assert client.read_response().status == 426
        if not one.grep("more lines"):
            found = one.wait_log(start=start, client=None, status="426:")
            assert found["client"] == f"{CLIENT}:80"
        if cut - cuts[0] > 6 * 15:
            break  # of one client the log has twenty lines a minute
    assert not one.grep(rf"client={OTHER}")


def test_a_list_with_everybody_in_it_is_warned_of(directory):
    warning = "trusted-proxies has every address in it"
    for proxies, count in ((["127.0.0.1"], 0), (["::1", "0.0.0.0/0"], 1), (["::/0"], 1)):
        text = daemon.conf_text(directory, [f"127.0.0.1:{free_port()}"],
                                trusted_proxies=proxies)
        status, errors, _ = daemon.run_to_end(directory, text, args=("-n",))
        assert status == 0 and errors.count(warning) == count, proxies
