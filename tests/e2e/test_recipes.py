# SPDX-License-Identifier: ISC
"""The recipes of README.md and doc/OPERATING.md, as they are there: nginx,
haproxy and Caddy before the bridge. Only ports, certificates and time limits are put in."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

import pytest

import rfb
import wsclient
from daemon import free_port
from proc import Program
from waiting import seconds, until

TOP = pathlib.Path(__file__).resolve().parents[2]
RECIPES = (TOP / "README.md", TOP / "doc" / "OPERATING.md")
LIMIT_SEC = 3  # in the place of the recipes' 75 seconds
QUIET_SEC = 2 * LIMIT_SEC


def recipe(language, replacements):
    """The code block of that language; each replacement must find its text."""
    text = "".join(path.read_text() for path in RECIPES)
    text = re.search(rf"```{language}\n(.*?)```", text, re.S)[1]
    for pattern, replacement in replacements:
        text, count = re.subn(pattern, replacement, text)
        assert count > 0, f"{pattern} is not in the recipe for {language}"
    return text


def nginx_conf(directory, port, upstream):
    # {PLAIN} is nginx's own: no crypt is needed
    passwords = os.path.join(directory, "htpasswd")
    with open(passwords, "w", encoding="ascii") as f:
        f.write("ann:{PLAIN}secret\n")
    text = recipe(
        "nginx",
        [
            (r"listen 443 ssl;", f"listen 127.0.0.1:{port};"),
            (r"ssl_certificate.*;", ""),
            (r"127\.0\.0\.1:6080", upstream),
            (r"/etc/nginx/desktops.htpasswd", passwords),
            (r"75s", f"{LIMIT_SEC}s"),
        ],
    )
    paths = "".join(
        f"{kind}_temp_path {directory}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"pid {directory}/nginx.pid;\nerror_log stderr;\ndaemon off;\n"
        f"events {{ }}\nhttp {{\naccess_log off;\n{paths}{text}}}\n"
    )


def haproxy_conf(_directory, port, upstream):
    return recipe(
        "haproxy",
        [
            (r"bind :443 ssl crt \S+", f"bind 127.0.0.1:{port}"),
            (r"127\.0\.0\.1:6080", upstream),
            (r"75s", f"{LIMIT_SEC}s"),
        ],
    )


def caddy_conf(directory, port, upstream):
    done = subprocess.run(
        [find_program("caddy"), "hash-password", "--plaintext", "secret"],
        capture_output=True, text=True, check=True, timeout=seconds(20),
    )
    text = recipe(
        "caddy",
        [
            (r"bridge\.example \{", f"http://:{port} {{\n    bind 127.0.0.1"),
            (r"127\.0\.0\.1:6080", upstream),
            (r"\$2a\$14\S+", done.stdout.strip().replace("\\", r"\\")),
        ],
    )
    return f"{{\nadmin off\nauto_https off\nstorage file_system {directory}\n}}\n{text}"


PROXIES = {
    "nginx": (nginx_conf, lambda conf: ["-p", os.path.dirname(conf), "-c", conf]),
    "haproxy": (haproxy_conf, lambda conf: ["-db", "-f", conf]),
    "caddy": (caddy_conf, lambda conf: ["run", "--adapter", "caddyfile", "--config", conf]),
}
HAVE_LIMITS = ("nginx", "haproxy")  # for a WebSocket in which nothing moves
AUTH = ("Authorization", "Basic YW5uOnNlY3JldA==")  # ann:secret


def find_program(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


@pytest.fixture(params=sorted(PROXIES))
def proxied(request, directory, bridge, testcard):
    """proxied(**settings of the bridge): the proxy's address."""
    program = find_program(request.param)
    if program is None:
        pytest.skip(f"{request.param} is not installed")
    make_conf, make_args = PROXIES[request.param]
    started = []

    def start(extra=None, **settings):
        if extra is None:
            extra = recipe("vncbridge", [])
        one = bridge(extra=extra, **settings)
        port = free_port()
        conf = os.path.join(directory, f"{request.param}.conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(make_conf(directory, port, one.target))
        proxy = Program(
            [program, *make_args(conf)],
            os.path.join(directory, f"{request.param}.log"),
            capture="stderr",
        )
        started.append(proxy)
        address = ("127.0.0.1", port)

        def answers():
            assert proxy.is_running(), "\n".join(proxy.lines)
            try:
                return wsclient.get(address, "/vnc/", [AUTH]).status in (200, 303)
            except (OSError, EOFError):
                return False

        until(answers, 10, f"{request.param} to answer")
        return address

    start.name = request.param
    yield start
    for proxy in started:
        proxy.stop()


def open_session(address, target, origin=None):
    client = wsclient.WsClient(address)
    origin = origin or "http://%s:%d" % address
    answer = client.upgrade(
        f"/vnc/proxy?target={target}", [AUTH, ("Origin", origin)]
    )
    return client, answer


def test_pages_and_session_work_below_the_prefix(proxied, testcard):
    card = testcard()
    address = proxied()
    for path in ("/vnc/", f"/vnc/{card.target}", "/vnc/[::1]:5901"):
        page = wsclient.get(address, path, [AUTH])
        assert page.status == 200 and b"<html" in page.body.lower(), path
    assert wsclient.get(address, "/vnc/assets/style.css", [AUTH]).status == 200
    client, answer = open_session(address, card.target)
    with client:
        assert answer.status == 101
        assert client.recv_exact(len(rfb.GREETING)) == rfb.GREETING
        client.send(rfb.GREETING)
        assert client.recv_exact(1) == b"\1", "the number of security types"


def named_page(address, host="bridge.example"):
    with wsclient.HttpClient(address) as client:
        close = ("Connection", "close")
        client.request("GET", "/vnc/", [AUTH, ("Host", host), close], host=False)
        return client.read_response()


def test_the_proxys_own_name_is_one_of_the_bridges(proxied, testcard):
    card = testcard()
    address = proxied()
    assert named_page(address).status == 200
    assert named_page(address, "elsewhere.example").status == 421
    with wsclient.WsClient(address) as client:
        answer = client.upgrade(
            f"/vnc/proxy?target={card.target}",
            [AUTH, ("Host", "bridge.example"), ("Origin", "https://bridge.example")],
        )
        assert answer.status == 101


def test_without_hosts_the_proxys_own_name_is_refused_and_told(proxied):
    address = proxied(extra='base-path = "/vnc"')
    answer = named_page(address)
    assert answer.status == 421 and b'hosts = { "bridge.example" }' in answer.body


def test_the_origin_is_compared_with_the_host_that_the_browser_sent(proxied):
    address = proxied()
    client, answer = open_session(
        address, "127.0.0.1:5901", origin="http://elsewhere.example"
    )
    with client:
        assert answer.status == 403


def test_close_code_and_reason_come_through(proxied):
    address = proxied(allow=["127.0.0.1:5900"])
    client, answer = open_session(address, "10.0.0.1:2222")
    with client:
        assert answer.status == 101
        code, reason = client.wait_close()
        assert code == 4520 and "10.0.0.1:2222" in reason


class From:
    """A client of another address: the proxy must say whose it is."""

    def __init__(self, host):
        self.host = host

    def request(self, address, path, headers):
        sock = socket.create_connection(address, seconds(10), (self.host, 0))
        with wsclient.HttpClient.__new__(wsclient.HttpClient) as client:
            client.timeout, client.address = 10, address
            client.sock, client.buffer = sock, b""
            client.request("GET", path, [("Connection", "close"), *headers])
            return client.read_response()


FORGED = [
    ("X-Forwarded-For", "203.0.113.9"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Prefix", "/evil"),
    ("Forwarded", "for=203.0.113.9;proto=https;host=evil.example"),
]


@pytest.mark.parametrize("headers", [[], FORGED], ids=["honest", "forged"])
def test_the_browsers_address_is_in_the_log_whatever_it_claims(
    request, proxied, headers
):
    address = proxied()
    one = request.getfixturevalue("bridge").started[-1]
    answer = From("127.0.0.5").request(address, "/vnc/proxy", [AUTH, *headers])
    assert answer.status == 426
    line = one.wait_log(status="426:", client="127.0.0.5:0")
    assert line["via"].startswith("127.0.0.1:")
    assert not one.grep("203.0.113.9|evil|passes on Forwarded")


def quiet_session_ends(address, target):
    """Whether a session in which nothing moves is cut within QUIET_SEC."""
    client, answer = open_session(address, target)
    with client:
        assert answer.status == 101
        client.recv_exact(len(rfb.GREETING))
        deadline = time.monotonic() + seconds(QUIET_SEC)
        try:
            while (left := deadline - time.monotonic()) > 0:
                client.sock.settimeout(left)
                client.recv_frame()  # answers pings
        except socket.timeout:
            return False
        except (EOFError, ConnectionResetError):
            return True
        return False


def test_pings_keep_a_quiet_session_beyond_the_time_limits(proxied, testcard):
    card = testcard()
    assert not quiet_session_ends(proxied(ping_interval=1), card.target)


@pytest.mark.parametrize("proxied", HAVE_LIMITS, indirect=True)
def test_without_pings_the_time_limits_cut_a_quiet_session(proxied, testcard):
    card = testcard()
    assert quiet_session_ends(proxied(ping_interval=0), card.target)


def test_whom_the_proxy_has_logged_in_is_known(proxied):
    """auth "header": nginx and Caddy say who it is; haproxy removes the field."""
    address = proxied(
        extra=recipe("vncbridge", []) + 'auth "header" { header = "X-Remote-User" }\n'
    )
    forged = ("X-Remote-User", "root")
    answer = wsclient.get(address, "/vnc/api/login", [AUTH, forged])
    if answer.status == 200:
        assert json.loads(answer.body)["user"] == "ann"
    else:
        assert answer.status == 401 and proxied.name == "haproxy"


def test_the_board_comes_through_as_it_changes(proxied, testcard):
    """Not kept back until it ends: the proxy's chunks are its own affair."""
    card = testcard()
    address = proxied(
        extra=recipe("vncbridge", []) + f'target "one" {{ address = "{card.target}" }}\n'
    )
    with wsclient.HttpClient(address) as board:
        board.request("GET", "/vnc/events", [AUTH])

        def read_until(word):
            while word not in board.buffer:
                board._more()

        read_until(b"event: ready")
        client, answer = open_session(address, "one")
        with client:
            assert answer.status == 101
            read_until(b'"sessions":1')
