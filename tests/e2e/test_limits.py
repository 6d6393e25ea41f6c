# SPDX-License-Identifier: ISC
"""How long a session may last: idle-timeout and max-session."""

import time

import pytest

import rfb
from waiting import seconds
from wsclient import Closed

REQUEST = b"\3\1\0\0\0\0\0\1\0\1"
KEY = b"\4\1\0\0\0\0\0a"
POINTER = b"\5\0\0\1\0\1"
CUT_TEXT = b"\6\0\0\0\0\0\0\1x"
FENCE = b"\xf8\0\0\0\0\0\0\0\2ab"
SIZE = b"\xfb\0\4\0\3\0\0\0"
ENCODINGS = b"\2\0\0\1\0\0\0\0"


def log_in(client):
    """As a viewer does, to a testcard that gives all back."""
    rfb.raw_greet(client)
    client.send(b"\1\1")
    client.recv_exact(2)


def keep_saying(client, said, span):
    """Until the session is ended, or for so many seconds; gives the code."""
    end = time.monotonic() + seconds(span)
    try:
        while time.monotonic() < end:
            client.send(said)
            assert client.recv_exact(len(said)) == said
            time.sleep(0.1)
    except (Closed, BrokenPipeError, ConnectionResetError):
        return client.close_code
    return None


def test_a_session_whose_client_says_nothing_ends(bridge, testcard):
    """What the target sends does not count, nor do pongs."""
    one = bridge(idle_timeout=1, ping_interval=1)
    with one.connect(testcard("echo").target) as client:
        rfb.raw_greet(client)
        assert client.wait_close()[0] == 4515
    one.wait_end(code=4515)


@pytest.mark.parametrize(
    "said", [REQUEST, FENCE, SIZE, ENCODINGS, REQUEST + FENCE], ids=repr
)
def test_a_session_whose_viewer_alone_speaks_ends(bridge, testcard, said):
    one = bridge(idle_timeout=2)
    with one.connect(testcard("echo").target) as client:
        log_in(client)
        assert keep_saying(client, said, 30) == 4515
    assert "idle for 2 s" in one.wait_end(code=4515)["reason"]


@pytest.mark.parametrize(
    "said", [KEY, POINTER, CUT_TEXT, REQUEST + KEY, KEY + REQUEST], ids=repr
)
def test_a_session_whose_person_does_something_goes_on(bridge, testcard, said):
    one = bridge(idle_timeout=2)
    with one.connect(testcard("echo").target) as client:
        log_in(client)
        assert keep_saying(client, said, 4) is None


def test_what_cannot_be_followed_keeps_a_session(bridge, testcard):
    """The login is none that the bridge knows."""
    one = bridge(idle_timeout=2)
    with one.connect(testcard("echo").target) as client:
        rfb.raw_greet(client)
        assert keep_saying(client, b"x", 4) is None


def test_without_require_rfb_each_byte_keeps_a_session(bridge, testcard):
    one = bridge(idle_timeout=2, require_rfb=False)
    with one.connect(testcard("echo").target) as client:
        log_in(client)
        assert keep_saying(client, REQUEST, 4) is None


@pytest.mark.parametrize("name", ["max_session", "session_timeout"])
def test_a_session_ends_when_its_time_is_over(bridge, testcard, name):
    """By its name, and by its older one."""
    one = bridge(**{name: 1})
    with one.connect(testcard("source=0").target) as client:
        rfb.raw_greet(client)
        assert client.wait_close()[0] == 4514
    assert "its limit of 1 s" in one.wait_end(code=4514)["reason"]


def test_keys_do_not_make_a_session_longer(bridge, testcard):
    one = bridge(max_session=2)
    with one.connect(testcard("echo").target) as client:
        log_in(client)
        assert keep_saying(client, KEY, 30) == 4514


# a target's own


def section(name, card, **own):
    lines = "\n".join(f"{k.replace('_', '-')} = {v}" for k, v in own.items())
    return f'target "{name}" {{ address = "{card.target}"\n{lines}\n}}\n'


def test_a_target_has_limits_of_its_own(bridge, testcard):
    cards = [testcard("echo") for _ in range(4)]
    one = bridge(
        idle_timeout=3600,
        max_session=3600,
        extra=section("idle", cards[0], idle_timeout=1)
        + section("brief", cards[1], max_session=1)
        + section("usual", cards[2]),
    )
    usual = one.connect("usual")
    log_in(usual)
    for name, code in (("idle", 4515), ("brief", 4514)):
        with one.connect(name) as client:
            log_in(client)
            assert client.wait_close()[0] == code
    # by its address it is the same target
    with one.connect(cards[0].target) as client:
        log_in(client)
        assert client.wait_close()[0] == 4515
    assert keep_saying(usual, REQUEST, 0.5) is None
    usual.shut()


def test_a_target_may_have_no_limit(bridge, testcard):
    free, bound = testcard("echo"), testcard("echo")
    one = bridge(
        idle_timeout=2,
        max_session=3,
        extra=section("free", free, idle_timeout=0, max_session=0)
        + section("bound", bound),
    )
    client = one.connect("free")
    log_in(client)
    with one.connect("bound") as other:
        log_in(other)
        assert other.wait_close()[0] == 4515
    with one.connect("bound") as other:
        log_in(other)
        assert keep_saying(other, KEY, 30) == 4514
    client.send(b"still there")
    assert client.recv_exact(11) == b"still there"
    client.shut()


def test_a_reload_brings_a_limit_to_sessions_that_are_open(bridge, testcard):
    one = bridge(idle_timeout=3600)
    with one.connect(testcard("echo").target) as client:
        log_in(client)
        with open(one.conf_path, encoding="utf-8") as file:
            text = file.read()
        one.write_conf(text.replace("idle-timeout = 3600", "idle-timeout = 1"))
        assert one.ctl("reload", "-f", one.conf_path).returncode == 0
        assert keep_saying(client, REQUEST, 30) == 4515
