# SPDX-License-Identifier: ISC
"""The relay over TLS to the target: every byte, both ways, in bounded memory;
with TLS on both sides; and a real VNC server behind a terminator."""

import os
import shutil
import signal
import subprocess

import pytest

import rfb
from daemon import free_port
from rawmode import check_sink, open_raw, read_stream
from targets import free_vnc_port
from tlsclient import TLS_1_2, TLS_1_3, Listen, client_context, listen_body
from tlstarget import TlsFront, server_context, target_section
from waiting import seconds, until

# the same, with a target that speaks TLS: `testcard` below is what they get
from test_backpressure import (  # noqa: F401
    test_client_that_reads_nothing_costs_no_memory,
    test_many_stalled_sessions_stay_in_bounds,
    test_target_that_reads_nothing_costs_no_memory,
)
from test_relay import (  # noqa: F401
    test_one_byte_is_not_held_back,
    test_to_the_client_not_a_byte_is_missing,
    test_to_the_target_a_great_frame,
    test_to_the_target_frames_cut_anywhere,
    test_to_the_target_frames_of_every_size,
    test_to_the_target_many_small_frames,
)

# Python's ssl can't send and receive at once: for clients in plain only
from test_relay import test_echo_of_both_ways_at_once as echo_both_ways_at_once

MIB = 1 << 20
XVNC = shutil.which("Xvnc") or shutil.which("Xtigervnc")


class Behind:
    """A testcard whose address is that of the TLS before it."""

    def __init__(self, card, front):
        self.card = card
        self.target, self.port = front.target, front.port

    def __getattr__(self, name):
        return getattr(self.card, name)


@pytest.fixture
def fronts(target, authority):
    """fronts(port, version=None): TLS before a plain port."""
    pair = authority.server()
    return lambda port, version=None: target(
        TlsFront(server_context(pair, version), port)
    )


@pytest.fixture(name="testcard")
def secure_testcard(testcard, fronts, one, authority):
    """Testcards behind TLS, which the daemon learns of by a reload."""
    sections = []

    def start(*knobs, **how):
        card = testcard(*knobs, **how)
        front = fronts(card.port)
        sections.append(
            target_section(
                f"card{len(sections)}", front.target, tls_ca=authority.certificate
            )
        )
        with open(one.conf_path, encoding="utf-8") as file:
            text = file.read()
        one.write_conf(text.split("target ")[0] + "".join(sections))
        mark = one.mark()
        assert one.ctl("reload", "-f", one.conf_path).returncode == 0
        one.wait_line("reloaded", start=mark)
        return Behind(card, front)

    start.plain = testcard
    return start


@pytest.fixture(params=["plain", "TLS"])
def one(request, bridge, authority):
    """A daemon whose clients speak plainly, or TLS too."""
    if request.param == "plain":
        return bridge(ping_interval=0)
    listen = Listen(f"127.0.0.1:{free_port()}", listen_body([authority.server()]))
    return bridge(
        listen=[listen], context=client_context(authority), ping_interval=0
    )


@pytest.mark.parametrize("one", ["plain"], indirect=True)
def test_echo_of_both_ways_at_once(one, testcard):
    echo_both_ways_at_once(one, testcard)


def test_both_versions_carry_all(one, testcard, fronts, authority):
    size = 5 * MIB + 123
    source, sink = testcard.plain(f"source={size}"), testcard.plain("sink")
    sections = ""
    for number, version in enumerate((TLS_1_2, TLS_1_3)):
        for name, card in (("source", source), ("sink", sink)):
            sections += target_section(
                f"{name}{number}", fronts(card.port, version).target,
                tls_ca=authority.certificate,
            )  # fmt: skip
    with open(one.conf_path, "a", encoding="utf-8") as file:
        file.write(sections)
    assert one.ctl("reload", "-f", one.conf_path).returncode == 0
    until(lambda: b'"sink1"' in one.get("/api/targets").body, 10, "the reload")
    data = os.urandom(size)
    for number in range(2):
        client = one.connect(f"source{number}")
        read_stream(client, rfb.raw_greet(client, rfb.version(number)), size)
        assert client.wait_close()[0] == 1000
        client = one.connect(f"sink{number}")
        rfb.raw_greet(client, rfb.version(1))
        client.send(data)
        assert client.shut() == 1000
        check_sink(sink, data, number + 1)
        end = one.wait_end(target=f"sink{number}")
        assert end["target-tls"] == f"TLSv1.{number + 2}"


def test_a_stop_ends_in_good_order(one, testcard):
    card = testcard("echo")
    client, _ = open_raw(one, card)
    client.send(b"x")
    assert client.recv_exact(1) == b"x"
    one.signal(signal.SIGTERM)
    assert client.wait_close()[0] == 4580


@pytest.mark.skipif(XVNC is None, reason="no Xvnc here")
@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_a_real_server_behind_a_terminator(
    bridge, fronts, authority, directory, version
):
    port = free_vnc_port()
    with open(os.path.join(directory, "xvnc.log"), "wb") as log:
        server = subprocess.Popen(
            [
                *(XVNC, f":{port - 5900}", "-rfbport", str(port)),
                *("-SecurityTypes", "None", "-localhost", "-geometry", "320x200"),
                *("-nolisten", "tcp", "-nolisten", "unix"),
            ],
            stdout=log, stderr=log, cwd=directory,
        )  # fmt: skip
    try:
        front = fronts(port, version)
        one = bridge(
            extra=target_section("desk", front.target, tls_ca=authority.certificate)
        )
        client = None

        def opens():
            nonlocal client
            try:
                client = rfb.Rfb(one.connect("desk"))
                return True
            except Exception:  # noqa: BLE001  it is not there yet
                assert server.poll() is None, "Xvnc has ended"
                return False

        until(opens, 20, "Xvnc to greet")
        assert (client.width, client.height) == (320, 200)
        client.request(w=320, h=200)
        client.read_message()
    finally:
        server.terminate()
        server.wait(seconds(10))
