# SPDX-License-Identifier: ISC
"""Every way in, and everybody who may stand there, for test_matrix.py.

    lab = Lab(bridges)              # one daemon with all of DOORS
    who = PEOPLE["provider"](lab, "tls", "alice")
    with Line(who) as line:
        answer = line.exchange("upgrade", "/proxy?target=lab1")
"""

import base64
import os
import re
import secrets

import rfb
import signon
from certs import Authority
from daemon import free_port
from oidc import Provider
from people import FORM, People, code_of
from targets import Says, closed_port
from test_proxy_protocol import version_2
from tlsclient import TLS_1_2, Listen, client_context, listen_body
from wsclient import WsClient

BASE = "/vnc"
PROXIES = "127.0.0.2", "127.0.0.3"
CLIENT = "198.51.100.7"
SEED = b"0123456789abcdefghij"
HEADER = 'auth "header" { header = "X-Remote-User" groups-header = "X-Remote-Groups" }\n'
CERTIFICATE = 'auth "certificate" { groups = "OU" }\n'
GROUPS = {"alice": "students", "carol": "staff"}
THEIRS = {"alice": "lab1", "carol": "lab2"}

# what a door is: whether it speaks TLS, asks for a client's certificate, wants a
# PROXY header, is behind a proxy
DOORS = {
    "plain": {},
    "tls": {"tls": True},
    "tls-client-ca": {"tls": True, "ca": True},
    "proxied": {"proxied": True},
    "proxy-protocol": {"tls": True, "header": True},
}


class Announced(WsClient):
    """A client that says a PROXY header first, or nothing."""

    def __init__(self, address, timeout=20, header=b"", **how):
        self.header = header
        super().__init__(address, timeout, **how)
        if how.get("context") is None:
            self.sock.sendall(header)

    def _start_tls(self, context, **how):
        self.sock.sendall(self.header)
        super()._start_tls(context, **how)


class Somebody(signon.Visitor):
    """At one door. source: where they connect from; client: whom the PROXY
    header names."""

    http = ws = Announced

    def __init__(self, lab, door, source="127.0.0.1", client=None):
        self.lab = lab
        self.door = door
        what = DOORS[door]
        how = {"header": b"", "source": source, "context": lab.contexts[door]}
        if what.get("header"):
            how |= {"header": version_2(f"{client or CLIENT}:4711"), "source": PROXIES[0]}
        super().__init__(lab.one, lab.addresses[door], **how)
        if what.get("proxied") and client is None and source == "127.0.0.1":
            self.tls["source"] = PROXIES[0]
            self.headers = said_by_proxy()
        self.is_https = bool(what.get("tls") or what.get("proxied"))

    @property
    def authority(self):
        return "%s:%d" % self.address

    @property
    def cookie_name(self):
        """As it is named for them, below a path."""
        return "__Secure-vncbridge" if self.is_https else "vncbridge"


def said_by_proxy(name=None):
    fields = [("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "https")]
    if name is not None:
        fields += [("X-Remote-User", name), ("X-Remote-Groups", GROUPS[name])]
    return fields


class Lab:
    """Three desktops (lab1, lab2, and one that nobody may open), a provider, and
    a bridge with every way in and every way to log in."""

    def __init__(self, bridges):
        directory = bridges.directory
        authority = Authority(directory)
        clients = Authority(directory, "clients")
        self.provider = Provider(authority.server())
        self.targets = [Says(rfb.GREETING) for _ in range(3)]
        self.closed_port = closed_port()
        people = People(directory)
        for name, group in GROUPS.items():
            people.add(name, groups=group)
            for door in DOORS:  # no code is taken twice
                people.add(f"{name}-{door}", seed=SEED, groups=group)
        people.add("erin", seed=SEED, groups="students")
        sign_on = signon.SignOn(directory, bridges, authority, self.provider,
                                [x.target for x in self.targets[:2]])  # fmt: skip
        pair, context = authority.server(), client_context(authority)
        self.shown = {
            name: client_context(authority, clients.client(name, subject=f"/CN={name}/OU={group}"))
            for name, group in GROUPS.items()
        }
        self.nameless = client_context(authority, clients.client("x", subject="/CN=al ice"))
        self.old = client_context(authority, clients.client("alice"), TLS_1_2)
        self.addresses, self.contexts, listen = {}, {}, []
        for door, what in DOORS.items():
            port, body = free_port(), ""
            more = {"client_ca": clients.certificate, "verify_client": "optional"}
            if what.get("tls"):
                body = listen_body([pair], **(more if what.get("ca") else {}))
            if what.get("header"):
                body += "  proxy-protocol = yes"
            self.addresses[door] = ("127.0.0.1", port)
            self.contexts[door] = context if what.get("tls") else None
            listen.append(Listen(f"127.0.0.1:{port}", body))
        self.one = sign_on.start(
            people.section.replace(" }", " basic = yes }"), HEADER, CERTIFICATE, listen=listen,
            base_path=BASE, trusted_proxies=PROXIES, login_max=7200,
        )  # fmt: skip
        self.by_code = {}

    def stop(self):
        self.provider.stop()
        for target in self.targets:
            target.stop()

    def somebody(self, door):
        return Somebody(self, door)

    def dialled(self):
        """How often each desktop was."""
        return [target.accepted for target in self.targets]


# ---- who they are: (lab, at a door, a name) -> somebody who is that one ----
# Another way to log in is a row of PEOPLE more; who fails at it, of STRANGERS.


def by_password(lab, door, name):
    who = lab.somebody(door)
    assert who.login(name).status == 303
    return who


def by_code(lab, door, name):
    """With a second factor: one login for all tests."""
    if (door, name) not in lab.by_code:
        who = lab.somebody(door)
        assert place(who.login(f"{name}-{door}")) == "/login"
        assert place(who.post("/login", code=code_of(SEED))) == "/"
        lab.by_code[door, name] = who
    return lab.by_code[door, name]


def by_provider(lab, door, name):
    who = lab.somebody(door)
    assert who.log_in_by(lab.provider, name).status == 303
    return who


def by_proxy(lab, door, name):
    """A proxy's word; where the PROXY protocol is spoken, of a second one."""
    who = Somebody(lab, door, PROXIES[0], PROXIES[1])
    who.headers = said_by_proxy(name)
    who.is_https = True
    return who


def basic(name, password):
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return ("Authorization", f"Basic {pair}")


def by_basic(lab, door, name):
    """For /proxy alone."""
    who = lab.somebody(door)
    who.headers = [*who.headers, basic(name, f"{name}'s secret")]
    return who


def by_certificate(lab, door, name):
    who = lab.somebody(door)
    who.tls["context"] = lab.shown[name]
    return who


PEOPLE = {
    "certificate": by_certificate,
    "password": by_password,
    "code": by_code,
    "provider": by_provider,
    "proxy": by_proxy,
    "basic": by_basic,
}

# ---- who they are not: each opens nothing ----


def nobody(lab, door):
    return lab.somebody(door)


def number():
    """As any cookie could be."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def with_cookie(change):
    """Of somebody who is logged in by a cookie, what change makes of it."""

    def make(lab, door):
        who = by_password(lab, door, "alice")
        name, _, value = who.cookie.partition("=")
        assert name == who.cookie_name
        who.cookie = change(name, value)
        return who

    return make


def made_up(lab, door):
    who = lab.somebody(door)
    who.cookie = f"{who.cookie_name}={number()}"
    return who


def logged_out(lab, door):
    who = by_password(lab, door, "alice")
    kept = who.cookie
    assert who.get("/lab1").status == 200 and who.logout().status == 303
    who.cookie = kept
    return who


def half(lab, door):
    who = lab.somebody(door)
    assert place(who.login("erin")) == "/login" and who.cookie is not None
    return who


def on_the_way(lab, door):
    who = lab.somebody(door)
    who.begin("lab1")
    return who


def two_fields(lab, door):
    who = by_password(lab, door, "alice")
    who.headers = [*who.headers, ("Cookie", f"{who.cookie_name}={number()}")]
    return who


def by_no_proxy(lab, door):
    """Who says what only a proxy may."""
    who = Somebody(lab, door, client="198.51.100.66")
    who.headers = said_by_proxy("alice")
    if DOORS[door].get("proxied"):
        who.is_https = False
    return who


def wrong_password(lab, door):
    """With each request; from an address that nobody else comes from."""
    who = Somebody(lab, door, "127.0.0.66", "198.51.100.66")
    if not who.tls["header"]:
        who.is_https = bool(DOORS[door].get("tls"))
    who.headers = [basic("mallory", "a guess")]
    return who


def with_certificate(which):
    """That is no login."""

    def make(lab, door):
        who = lab.somebody(door)
        who.tls["context"] = getattr(lab, which)
        return who

    return make


STRANGERS = {
    "nobody": nobody,
    "certificate-of-nobody": with_certificate("nameless"),
    "certificate-by-tls-1.2": with_certificate("old"),
    "cookie-made-up": made_up,
    "cookie-cut-short": with_cookie(lambda name, value: f"{name}={value[:-1]}"),
    "cookie-empty": with_cookie(lambda name, _: f"{name}="),
    "cookie-by-another-name": with_cookie(lambda _, value: f"__Host-vncbridge={value}"),
    "cookie-in-other-case": with_cookie(lambda name, value: f"{name.upper()}={value}"),
    "cookies-that-differ": with_cookie(lambda name, value: f"{name}={value}; {name}={number()}"),
    "cookies-that-differ-2": with_cookie(lambda name, value: f"{name}={number()}; {name}={value}"),
    "cookies-in-two-fields": two_fields,
    "cookie-that-ended": logged_out,
    "half-a-login": half,
    "half-way-to-the-provider": on_the_way,
    "word-of-no-proxy": by_no_proxy,
    "wrong-password-each-time": wrong_password,
}


def meet(kinds):
    """(door, kind): a certificate is shown only where one is asked for."""
    return [
        (door, kind)
        for door, what in DOORS.items()
        for kind in kinds
        if what.get("ca") or not kind.startswith("certificate")
    ]


# ---- what is asked, and how ----

METHODS = ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"]


def request(who, method, path, version="1.1", fields=()):
    lines = [f"{method} {path} HTTP/{version}", f"Host: {who.authority}"]
    lines += [f"{name}: {value}" for name, value in who.fields(fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def plain(method="GET", version="1.1", prefix="", fields=()):
    def form(who, path):
        return request(who, method, prefix.format(who.authority) + path, version, fields)

    return form


UPGRADE = [
    ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
]  # fmt: skip


def sent_form(who, path):
    """An empty one, as from a page of the bridge's."""
    scheme = "https" if who.is_https else "http"
    fields = [FORM, ("Content-Length", "0"), ("Origin", f"{scheme}://{who.authority}")]
    return request(who, "POST", path, fields=fields)


FORMS = {
    "GET": plain(),
    "HEAD": plain("HEAD"),
    "1.0": plain(version="1.0"),
    "absolute": plain(prefix="http://{}"),
    "absolute-https": plain(prefix="https://{}"),
    "upgrade": plain(fields=UPGRADE),
    "upgrade-absolute": plain(prefix="http://{}", fields=UPGRADE),
    "known-etag": plain(fields=[("If-None-Match", "*")]),
    "form": sent_form,
    **{method: plain(method) for method in METHODS},
}


class Line:
    """A connection that is kept as long as the bridge keeps it."""

    def __init__(self, who):
        self.who = who
        self.client = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.client is not None:
            self.client.close()
            self.client = None

    def exchange(self, form, path):
        """The answer to one request."""
        return self.exchange_all([(form, path)])[0]

    def exchange_all(self, requests):
        """The answers to what is sent in one piece: [(form, path)], with who asks
        as a third, if that is another. None: the connection had ended."""
        if self.client is None:
            self.client = self.who.http(self.who.address, **self.who.tls)
        parts = [FORMS[form](*who or [self.who], path) for form, path, *who in requests]
        self.client.send(b"".join(parts))
        answers = []
        for form, *_ in requests:
            answer = self.client and self.client.read_response(form != "HEAD")
            answers.append(answer)
            if answer and (answer.status == 101 or "close" in answer.get("connection", "")):
                self.close()
        return answers


def place(answer):
    """The path where a redirect leads, below the base, without its query."""
    found = signon.place_of(answer, "/")
    return None if found is None else re.sub(r"\?.*", "", found)


def as_bytes(answer, reflected):
    """All of it but the time, and what repeats the path."""
    fields = [f"{name}: {value}" for name, value in answer.fields if name != "date"]
    text = "\n".join([f"{answer.status} {answer.reason}", *fields, answer.body.decode("latin-1")])
    return text.replace(reflected, "*")


def assets():
    """The paths of all that is installed; of what is compressed, of one."""
    root = os.path.join(os.environ["VB_PREFIX"], "share/vncbridge/novnc")
    found = []
    for folder, _, names in os.walk(root):
        below = os.path.relpath(folder, root)
        found += [os.path.normpath(os.path.join("/", below, name)) for name in names]
    packed = sorted(name for name in found if name.endswith(".gz"))
    assert packed and "/assets/viewer.js" in found
    return sorted(set(found) - set(packed[1:]))
