# SPDX-License-Identifier: ISC
"""An OpenID provider that lies as it is told to. See signon.py for who asks it.

    provider = Provider(authority.server())
    provider.claims["aud"] = "another"
    callback = provider.approve(url, "alice")   # of its authorization endpoint

What it says is changed by dictionaries: of the metadata, of the header and the
claims of the ID token, of the token's answer, of userinfo. A value is said
instead of what is right; a function gets that, and gives what is said; None
leaves it out. faults: what becomes of the answer at a path, see faults.py.
"""

import base64
import hashlib
import json
import secrets
import socket
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jws
from tlstarget import server_context
from waiting import seconds

CLIENT_ID = "vncbridge"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_SEC = 300
SECRET_CHARACTERS_MIN = 16
SECRET_BYTES = 32  # of a code, and of an access token

PEOPLE = {
    "alice": {"sub": "248289761001", "groups": ["students"]},
    "bob": {"sub": "248289761002", "groups": ["students", "staff"]},
    "carol": {"sub": "248289761003", "groups": ["staff"]},
}


class Refused(Exception):
    """What a client has asked is against the rules: error, as in RFC 6749, 5.2."""


def changed(said, changes):
    """said, with what is to be said instead."""
    result = dict(said)
    for name, value in changes.items():
        value = value(result.get(name)) if callable(value) else value
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def hash_of(verifier):
    """RFC 7636, 4.2"""
    return jws.b64(hashlib.sha256(verifier.encode()).digest())


class Answer:
    """What a handler sends."""

    def __init__(self, status=200, body=b"", kind="application/json", fields=()):
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.fields = [("Content-Type", kind), *fields]


class Handler(BaseHTTPRequestHandler):
    """One connection to the provider, on a thread of its own."""

    timeout = 60
    protocol_version = "HTTP/1.1"

    def setup(self):
        if self.server.context is not None:
            self.request.settimeout(seconds(self.timeout))
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.server.open.add(self.request)
        super().setup()

    def finish(self):
        self.server.open.discard(self.request)
        super().finish()

    def answer(self, answer):
        self.send_response(answer.status)
        for name, value in answer.fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        provider = self.server.provider
        path = self.path.partition("?")[0]
        form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=bool(body)))
        provider.note(path, form, self.headers)
        answer = provider.answer_to(path, form, self.headers)
        provider.faults.get(path, Handler.answer)(self, answer)

    do_GET = do_POST = _serve

    def log_message(self, *_):
        """Nowhere: the test says what it has to."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, provider, address, context):
        self.provider = provider
        self.context = context
        self.open = set()
        super().__init__(address, Handler)

    def cut(self):
        """Ends what is open: a connection that is kept would go on answering."""
        for sock in list(self.open):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def handle_error(self, request, client_address):
        """A client that does not trust it, or leaves, is no news."""


class Provider:
    """pair: a certificate and its key, or None for plain http."""

    def __init__(self, pair=None, host="127.0.0.1"):
        self.pair = pair
        self.host = host
        self.port = 0
        self.secret = secrets.token_urlsafe(24)
        self.keys = []
        self._news = threading.Condition()
        self._server = None
        self.reset()
        self.rotate()
        self.up()

    def reset(self):
        """It says what is right, of everything."""
        self.alg = "RS256"
        self.methods = ["client_secret_basic", "client_secret_post"]
        self.metadata, self.header, self.claims = {}, {}, {}
        self.token, self.userinfo, self.people = {}, {}, {}
        self.in_id_token = False
        self.make_token = jws.sign  # (key, alg, claims, **header)
        self.faults = {}
        self.published = None  # other keys than its own, as JWKs
        self.codes = {}
        self.asked = []  # (path, form, fields)
        self.secrets = {self.secret}  # of what no log may say

    def rotate(self):
        """New keys, and none of the old ones."""
        stem = secrets.token_hex(4)
        self.keys = [jws.Key(k, f"{k}-{stem}") for k in ("rsa", "ec", "ed25519")]

    def key(self, alg=None):
        kind = jws.ALGORITHMS[alg or self.alg]
        return next(key for key in self.keys if key.kind == kind)

    # it is there, or is not

    def up(self):
        context = None if self.pair is None else server_context(self.pair)
        self._server = Server(self, (self.host, self.port), context)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self):
        self._server.shutdown()
        self._server.server_close()
        self._server.cut()
        self._server = None

    def stop(self):
        if self._server is not None:
            self.down()

    @property
    def issuer(self):
        return f"{'http' if self.pair is None else 'https'}://{self.host}:{self.port}"

    # what it was asked

    def note(self, path, form, fields):
        with self._news:
            self.asked.append((path, form, fields))
            self.keep_secret(*(form.get(x, "") for x in ("code", "code_verifier")))
            self._news.notify_all()

    def keep_secret(self, *texts):
        """No log may say it. What is short may be a part of anything."""
        self.secrets |= {text for text in texts if len(text) >= SECRET_CHARACTERS_MIN}

    def count(self, path):
        with self._news:
            return sum(1 for asked, _, _ in self.asked if asked == path)

    def wait_asked(self, path, count, timeout=10):
        """Until a path was asked for that often."""
        with self._news:
            assert self._news.wait_for(
                lambda: sum(1 for x in self.asked if x[0] == path) >= count, seconds(timeout)
            ), f"nobody asks for {path}"

    # the person's part

    def approve(self, url, name="alice", **more):
        """The path of the bridge at which the person comes back; more: other
        parameters of it, None leaves one out."""
        asked = self.check_request(url)
        code = secrets.token_urlsafe(SECRET_BYTES)
        self.codes[code] = {**asked, "name": name, "sid": secrets.token_hex(8)}
        self.keep_secret(code, asked["state"], asked["nonce"])
        return self.way_back(asked, code=code, **more)

    def deny(self, url, **more):
        return self.way_back(self.check_request(url), error="access_denied", **more)

    def way_back(self, asked, **parameters):
        given = {"state": asked["state"], "iss": self.issuer, **parameters}
        query = urllib.parse.urlencode({k: v for k, v in given.items() if v is not None})
        return f"{urllib.parse.urlsplit(asked['redirect_uri']).path}?{query}"

    def check_request(self, url):
        """The parameters of a right request (OpenID Connect Core, 3.1.2.1)."""
        parts = urllib.parse.urlsplit(url)
        pairs = urllib.parse.parse_qsl(parts.query, strict_parsing=True)
        asked = dict(pairs)
        assert len(pairs) == len(asked), pairs
        assert f"{parts.scheme}://{parts.netloc}" == self.issuer and parts.path == "/auth"
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT_ID
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        assert len(jws.unb64(asked["code_challenge"])) == 32
        for name in ("state", "nonce"):
            assert len(asked[name]) >= 22, f"{name} of fewer than 128 bits"
        return asked

    # the answers

    def answer_to(self, path, form, fields):
        ways = {
            "/.well-known/openid-configuration": self._metadata,
            "/jwks": self._jwks,
            "/token": self._token,
            "/me": self._userinfo,
        }
        path = path.rstrip("/")  # see faults.redirect()
        if path not in ways:
            return Answer(404, {"error": "not found"})
        try:
            return Answer(body=ways[path](form, fields))
        except Refused as refused:
            status = 401 if str(refused) in ("invalid_client", "invalid_token") else 400
            return Answer(status, {"error": str(refused)})

    def _metadata(self, *_):
        at = self.issuer
        return changed({
            "issuer": at,
            "authorization_endpoint": f"{at}/auth",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/me",
            "jwks_uri": f"{at}/jwks",
            "end_session_endpoint": f"{at}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(jws.ALGORITHMS),
            "token_endpoint_auth_methods_supported": self.methods,
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "groups"],
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }, self.metadata)  # fmt: skip

    def _jwks(self, *_):
        if self.published is not None:
            return {"keys": self.published}
        return {"keys": [key.jwk() for key in self.keys]}

    def _check_client(self, form, fields):
        """RFC 6749, 2.3.1, in one of the two ways and not in both."""
        kind, _, text = fields.get("Authorization", "").partition(" ")
        if kind == "Basic" and "client_secret" not in form:
            method, pair = "client_secret_basic", base64.b64decode(text).decode()
            given = [urllib.parse.unquote_plus(x) for x in pair.split(":")]
        else:
            method, given = "client_secret_post", [form.get("client_id"), form.get("client_secret")]
        if method not in self.methods or given != [CLIENT_ID, self.secret]:
            raise Refused("invalid_client")

    def _token(self, form, fields):
        self._check_client(form, fields)
        code = self.codes.pop(form.get("code"), None)
        if code is None or form.get("redirect_uri") != code["redirect_uri"]:
            raise Refused("invalid_grant")
        if hash_of(form.get("code_verifier", "")) != code["code_challenge"]:
            raise Refused("invalid_grant")
        if form.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type")
        access = f"{code['name']}.{secrets.token_urlsafe(SECRET_BYTES)}"
        token = self.id_token(code)
        self.keep_secret(access, token, token.rpartition(".")[2])
        return changed({
            "access_token": access, "token_type": "Bearer", "expires_in": TOKEN_SEC,
            "id_token": token,
        }, self.token)  # fmt: skip

    def person(self, name):
        """Their claims."""
        own = {"preferred_username": name, "email": f"{name}@example.test",
               "email_verified": True, **PEOPLE[name]}
        return changed(own, self.people)

    def id_token(self, code):
        now = int(time.time())
        person = self.person(code["name"])
        said = {
            "iss": self.issuer, "aud": CLIENT_ID, "exp": now + TOKEN_SEC, "iat": now,
            "nonce": code["nonce"], "sid": code["sid"],
            **(person if self.in_id_token else {"sub": person["sub"]}),
        }  # fmt: skip
        return self.make_token(
            self.key(), self.alg, changed(said, self.claims), **self.header
        )

    def _userinfo(self, _, fields):
        kind, _, token = fields.get("Authorization", "").partition(" ")
        name = token.partition(".")[0]
        if kind != "Bearer" or name not in PEOPLE:
            raise Refused("invalid_token")
        return changed(self.person(name), self.userinfo)

    def logout_token(self, alg="RS256", key=None, make=jws.sign, header=(), **claims):
        """Back-Channel Logout 1.0, 2.4; claims: sub or sid, and what is to be
        wrong, None leaving one out."""
        now = int(time.time())
        said = {
            "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 120,
            "jti": secrets.token_hex(8), "events": {EVENT: {}},
        }  # fmt: skip
        header = {"typ": "logout+jwt", **dict(header)}
        return make(key or self.key(alg), alg, changed(said, claims), **header)
