# SPDX-License-Identifier: ISC
"""Who a page is, its host says; and only a name of the bridge's own may say it.

A stranger's page can have its own name lead to the bridge (DNS rebinding), and
then has a Host and an Origin that fit together. The rows of what is a name are
in tests/unit/check_names.c.
"""

import os
import re
import signal
import socket
import subprocess

import pytest

import daemon
from certs import self_signed
from tlsclient import client_context, listen_tls
from wsclient import HttpClient, WsClient

EVIL = "evil.example"
PATHS = ["/", "/lab1", "/api/targets", "/assets/style.css", "/a/b"]


def ask(one, host, path="/", method="GET", context=None):
    with HttpClient(one.address, context=context) as client:
        client.request(method, path, [("Host", host)], host=False)
        return client.read_response(has_body=method != "HEAD")


def upgrade(one, card, host, scheme="http", context=None):
    with WsClient(one.address, context=context) as client:
        headers = [("Host", host), ("Origin", f"{scheme}://{host}")]
        return client.upgrade(f"/proxy?target={card.target}", headers)


def test_a_strange_name_gets_nothing_but_a_421(bridge, testcard):
    one, card = bridge(), testcard("echo")
    host = f"{EVIL}:{one.address[1]}"
    for path in PATHS:
        for method in ("GET", "HEAD"):
            assert ask(one, host, path, method).status == 421, (method, path)
    assert upgrade(one, card, host).status == 421
    assert upgrade(one, card, "%s:%d" % one.address).status == 101
    assert not card.grep("^conn=2 "), "the target saw the stranger"


def test_absolute_form_goes_before_the_host_field_9112_3_2_2(bridge):
    one = bridge()
    for absolute, host, status in [
        (EVIL, "127.0.0.1", 421),
        ("127.0.0.1", EVIL, 200),
    ]:
        with HttpClient(one.address) as client:
            client.sock.sendall(
                f"GET http://{absolute}/ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
            )
            assert client.read_response().status == status


def test_healthz_answers_whoever_asks(bridge):
    one = bridge()
    for host in (EVIL, "10.1.2.3:80", "lb-17"):
        assert ask(one, host, "/healthz").status == 200


def test_the_page_says_what_to_add_where(bridge):
    answer = ask(bridge(), f"{EVIL}:6080")
    assert f'hosts = {{ "{EVIL}" }}' in answer.body.decode()
    assert "vncbridge.conf" in answer.body.decode()
    assert answer.get("content-type").startswith("text/plain")


def test_what_is_listed_is_a_name_of_the_bridge_until_a_reload(bridge, testcard):
    card = testcard("echo")
    one = bridge(
        workers=2,
        hosts=["Bridge.example", "*.lab.example"],
        origins=["https://panel.example:8443", "https://*.sites.example"],
    )
    names = ["bridge.example", "a.lab.example", "a.b.lab.example", "panel.example",
             "x.sites.example"]
    for host in names:
        assert upgrade(one, card, host).status == 101, host
        assert ask(one, f"{host.upper()}.:6080").status == 200, host
    for host in ("lab.example", "x.panel.example", "bridge.example.evil"):
        assert upgrade(one, card, host).status == 421, host
    text = open(one.conf_path, encoding="utf-8").read()
    one.write_conf(re.sub("(?m)^(hosts|origins) = .*$", "", text))
    mark = one.mark()
    one.signal(signal.SIGHUP)
    one.wait_line("reloaded", start=mark)
    for host in names:
        assert upgrade(one, card, host).status == 421, host


def test_the_machine_is_known_by_its_own_names(bridge):
    one = bridge()
    short = socket.gethostname().partition(".")[0]
    for host in (socket.gethostname(), short, f"{short}.local", "localhost"):
        assert ask(one, host).status == 200, host
        one.wait_line(re.escape(f" {host}, "))


def test_names_of_certificates_are_the_bridges(bridge, directory):
    pair = self_signed(directory, "own", ["DNS:tls.example", "DNS:*.wild.example"])
    address = "127.0.0.1:%d" % daemon.free_port()
    one = bridge(extra=listen_tls(address, pair))
    plain, one.address = one.address, ("127.0.0.1", int(address.rpartition(":")[2]))
    context = client_context()
    for host, status in [
        ("tls.example", 200), ("a.wild.example", 200), ("127.0.0.1", 200),
        ("wild.example", 421), ("a.b.wild.example", 421), (EVIL, 421),
    ]:
        assert ask(one, host, context=context).status == status, host
    # what came in plain is sent to a name of the bridge, and to no other
    assert ask(one, "tls.example").get("location") == "https://tls.example/"
    answer = ask(one, EVIL)
    assert answer.status == 421 and answer.get("location") is None
    one.address = plain
    assert ask(one, "tls.example").status == 200


@pytest.mark.parametrize("text", ["bridge.example:80", "http://a", "*", "a b", "*.*.a"])
def test_a_list_with_what_is_no_name_is_refused_with_its_line(directory, text):
    conf = os.path.join(directory, "x.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write(f'\n\nhosts = {{ "a.example", "{text}" }}\n')
    done = subprocess.run(
        [daemon.VNCBRIDGED, "-n", "-f", conf], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and f"x.conf:3: hosts: \"{text}\"" in done.stderr


def test_n_says_which_names_there_are(directory):
    text = daemon.conf_text(directory, [f"127.0.0.1:{daemon.free_port()}"])
    status, err, _ = daemon.run_to_end(directory, text, args=("-n",))
    assert status == 0
    assert "list the name that a proxy passes on in hosts" in err
