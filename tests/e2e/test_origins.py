# SPDX-License-Identifier: ISC
"""Which pages may open sessions, and which may show the bridge in a frame. The
rows of what an entry is are in check_conf_site.c and check_origin.c."""

import os
import re
import subprocess

import pytest

import daemon
from wsclient import WsClient


def upgrade(one, card, origin):
    with WsClient(one.address) as client:
        path = f"/proxy?target={card.target}"
        return client.upgrade(path, [("Origin", origin)]).status


def framers(one, path="/"):
    policy = one.get(path).get("content-security-policy")
    return re.search(r"; frame-ancestors ([^;]*)$", policy)[1].split(" ")


def refusal(directory, text):
    conf = os.path.join(directory, "x.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write(text)
    done = subprocess.run(
        [daemon.VNCBRIDGED, "-n", "-f", conf], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, "it was taken"
    return done.stderr


APPS = ["capacitor://localhost", "chrome-extension://abcdefghijklmnop", "app://console",
        "vscode-webview://0f3c", "file://"]


def test_pages_of_apps_open_sessions_if_they_are_listed(bridge, testcard):
    card = testcard("echo")
    one = bridge(origins=APPS)
    for origin in APPS:
        assert upgrade(one, card, origin) == 101, origin
    for origin in ("app://other", "ionic://localhost", "chrome-extension://x", "null"):
        assert upgrade(one, card, origin) == 403, origin
    # a name of an app is none of the bridge's: only sites are
    assert one.get("/", headers=[("Host", "console")]).status in (400, 421)
    assert framers(one) == ["'self'", *APPS[:-1], "file:"]


def test_a_wildcard_stands_for_one_label_or_more(bridge, testcard):
    card = testcard("echo")
    one = bridge(origins=["https://*.panel.example", "http://*.lab:8080"])
    for origin in ("https://a.panel.example", "https://a.b.panel.example",
                   "http://x.lab:8080"):
        assert upgrade(one, card, origin) == 101, origin
    for origin in ("https://panel.example", "http://a.panel.example",
                   "https://a.panel.example:8443", "https://a.panel.example.evil",
                   "http://x.lab", "https://evil/.panel.example"):
        assert upgrade(one, card, origin) == 403, origin
    assert framers(one) == ["'self'", "https://*.panel.example", "http://*.lab:8080"]


def test_who_frames_may_be_others_than_those_who_open(bridge, testcard):
    card = testcard("echo")
    one = bridge(
        origins=["https://opens.example"], frame_ancestors=["https://frames.example"]
    )
    assert framers(one) == framers(one, "/lab1") == ["'self'", "https://frames.example"]
    assert upgrade(one, card, "https://opens.example") == 101
    assert upgrade(one, card, "https://frames.example") == 403
    with WsClient(one.address) as client:
        client.request("GET", "/", [("Host", "frames.example")], host=False)
        assert client.read_response().status == 421


def test_nobody_frames_where_the_list_is_empty(bridge):
    assert framers(bridge(origins=["https://a"], extra="frame-ancestors = { }")) == [
        "'self'"
    ]
    assert framers(bridge(origins=["https://a", "https://[::1]:1"])) == [
        "'self'", "https://a"
    ]


def test_a_thousand_sites_are_named_to_the_last(bridge, testcard):
    card = testcard("echo")
    sites = [f"https://site{i:04}.panel.example:8443" for i in range(1000)]
    one = bridge(origins=sites)
    assert framers(one) == ["'self'", *sites]
    assert upgrade(one, card, sites[-1]) == 101
    tag = one.get("/").get("etag")
    assert one.get("/", headers=[("If-None-Match", tag)]).status == 304


@pytest.mark.parametrize("name", ["origins", "frame-ancestors"])
def test_what_does_not_fit_is_told_at_load_and_not_cut(directory, name):
    sites = ", ".join(f'"https://{"x" * 60}.site{i:04}.example"' for i in range(1000))
    error = refusal(directory, f"{name} = {{ {sites} }}\n")
    assert f"{name}: " in error and "at most 49152 are allowed" in error
    assert ("in frame-ancestors" in error) == (name == "origins")


def test_many_origins_are_taken_where_few_may_frame(bridge, testcard):
    card = testcard("echo")
    sites = [f"https://{'x' * 60}.site{i:04}.example" for i in range(1000)]
    one = bridge(origins=sites, frame_ancestors=["https://*.example"])
    assert framers(one) == ["'self'", "https://*.example"]
    assert upgrade(one, card, sites[-1]) == 101


@pytest.mark.parametrize(
    "text", ["https://[::1]", "null", "app://", "https://a; script-src *", "*"])
def test_what_no_browser_would_understand_is_refused_with_its_line(directory, text):
    error = refusal(directory, f'\nframe-ancestors = {{ "{text}" }}\n')
    assert f'x.conf:2: frame-ancestors: "{text}"' in error
