# SPDX-License-Identifier: ISC
"""People who log in: a users' file, and a browser with its cookie."""

import base64
import ctypes
import hashlib
import hmac
import os
import re
import struct
import time
import urllib.parse

import rfb
from wsclient import CLOSE, PING, PONG, HttpClient, WsClient

FORM = ("Content-Type", "application/x-www-form-urlencoded")
COOKIES = ("__Host-vncbridge", "__Secure-vncbridge", "vncbridge")
STEP_SEC = 30  # of a code, RFC 6238


def hash_of(password, cost=5):
    """By bcrypt: its least cost is a hash in some milliseconds."""
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), f"$2b${cost:02}$abcdefghijabcdefghijab".encode()).decode()


def code_of(seed, at=None):
    """An authenticator's code."""
    step = int((time.time() if at is None else at) // STEP_SEC)
    digest = hmac.new(seed, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class People:
    """The users' file of one daemon."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "users")
        self.lines = {}

    def add(self, name, password=None, groups="", seed=None, cost=5, locked=False):
        hashed = hash_of(password or f"{name}'s secret", cost)
        factor = "" if seed is None else "totp=" + base64.b32encode(seed).decode().rstrip("=")
        self.lines[name] = f"{name}:{'!' if locked else ''}{hashed}:{groups}:{factor}"
        return self.write()

    def remove(self, name):
        del self.lines[name]
        return self.write()

    def write(self, text=None):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write(text if text is not None else "\n".join([*self.lines.values(), ""]))
        os.chmod(self.path, 0o644)
        return self

    @property
    def section(self):
        return f'auth "password" {{ file = "{self.path}" }}\n'


class Browser:
    """Somebody at a bridge. address: where; tls: as HttpClient has it. http, ws:
    by what they connect."""

    http, ws = HttpClient, WsClient

    def __init__(self, one, address=None, headers=(), **tls):
        self.address = address or one.address
        self.tls = tls or one.tls
        self.headers = list(headers)
        self.cookie = None

    def fields(self, more=()):
        own = [] if self.cookie is None else [("Cookie", self.cookie)]
        return [*own, *self.headers, *more]

    def _keep(self, response):
        """As a browser would; a cleared cookie is none."""
        for name, value in response.fields:
            if name != "set-cookie":
                continue
            pair = value.split(";")[0]
            assert pair.split("=")[0] in COOKIES, value
            self.cookie = None if "Max-Age=0" in value else pair

    def ask(self, method, path, body=None, headers=(), timeout=20):
        with self.http(self.address, timeout, **self.tls) as client:
            more = [("Connection", "close"), *headers]
            if body is not None:
                more += [FORM, ("Content-Length", str(len(body)))]
            client.request(method, path, self.fields(more))
            if body is not None:
                client.send(body.encode())
            response = client.read_response(has_body=method != "HEAD")
        self._keep(response)
        return response

    def get(self, path, **how):
        return self.ask("GET", path, **how)

    def post(self, path, timeout=20, **fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields), timeout=timeout)

    def login(self, name, password=None, **more):
        """The answer to name and password."""
        return self.post("/login", name=name, password=password or f"{name}'s secret", **more)

    def logout(self):
        return self.post("/logout")

    def connect(self, target):
        """A WebSocket's answer, and its client."""
        client = self.ws(self.address, **self.tls)
        response = client.upgrade(f"/proxy?target={target}", self.fields())
        return client, response

    def open(self, target):
        """A session whose target has greeted."""
        client, response = self.connect(target)
        assert response.status == 101, response.body
        assert client.recv_exact(12) == rfb.GREETING
        return client


def problem_of(response):
    """The sentence on a page, or None."""
    found = re.search(rb'<p id="problem"[^>]*>([^<]*)</p>', response.body)
    return None if found is None else found[1].decode()


def logged_in(one, name, **how):
    who = Browser(one, **how)
    response = who.login(name)
    assert response.status == 303, (response.status, problem_of(response))
    assert who.cookie is not None
    return who


def is_open(session):
    session.send_frame(PING, b"x")
    while (frame := session.recv_frame()).opcode != PONG:
        assert frame.opcode != CLOSE, frame
    return frame.payload == b"x"
