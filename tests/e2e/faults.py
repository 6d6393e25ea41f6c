# SPDX-License-Identifier: ISC
"""What becomes of a provider's answer on its way: values of Provider.faults.

Each is a function of the handler (oidc.py) and the right answer.
"""

import json
import threading
import time

from waiting import seconds

FIRST_BYTES = 20
DRIP_SEC = 0.5
HUGE_BYTES = 4 << 20


def status(code, body=b'{"error": "server_error"}', kind="application/json"):
    def fault(handler, answer):
        answer.status, answer.body = code, body
        answer.fields = [("Content-Type", kind)]
        handler.answer(answer)

    return fault


def redirect(code=302):
    """To the same path with a slash behind it, where the right answer is."""

    def fault(handler, answer):
        to = f"{handler.server.provider.issuer}{handler.path}/"
        answer.status = code
        answer.fields = [("Location", to), *answer.fields]
        handler.answer(answer)

    return fault


def text(change, kind="application/json"):
    """The same, but for what change makes of its bytes."""

    def fault(handler, answer):
        answer.body = change(answer.body)
        answer.fields = [("Content-Type", kind)]
        handler.answer(answer)

    return fault


def html():
    page = b"<!doctype html><title>Sorry</title><p>We are down for maintenance"
    return text(lambda _: page, "text/html")


def huge(count):
    """A right answer with so many bytes of nothing behind it."""
    return text(lambda body: body + b" " * count)


def twice(name, value):
    """A member of the object that is there two times; the right one is last."""
    first = json.dumps({name: value})[:-1].encode() + b", "
    return text(lambda body: first + body.lstrip()[1:])


def deep(levels):
    """A right answer, with a member of so many arrays in each other."""
    member = b'{"x": ' + b"[" * levels + b"]" * levels + b", "
    return text(lambda body: member + body.lstrip()[1:])


def closes(after=0):
    """Cut off after so many bytes of the answer's body; None: before its head."""

    def fault(handler, answer):
        handler.close_connection = True
        if after is None:
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body[:after])

    return fault


def garbage(handler, _):
    """No HTTP."""
    handler.wfile.write(b"\x15\x03\x01\x00\x02\x02\x28" * FIRST_BYTES)
    handler.close_connection = True


def drips(handler, answer):
    """A right answer, a byte at a time, for longer than anybody waits."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    try:
        for byte in answer.body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(DRIP_SEC)
    except OSError:
        pass


class Held:
    """An answer that is not given until it is let go: with held: ..."""

    def __init__(self, provider, path):
        self.provider = provider
        self.path = path
        self._has_come = threading.Event()
        self._may_go = threading.Event()

    def __call__(self, handler, answer):
        self._has_come.set()
        self._may_go.wait(seconds(120))
        try:
            handler.answer(answer)
        except OSError:
            pass

    def wait(self, timeout=20):
        """Until somebody asks."""
        assert self._has_come.wait(seconds(timeout)), f"nobody asks for {self.path}"

    def __enter__(self):
        self.provider.faults[self.path] = self
        return self

    def let_go(self):
        self.provider.faults.pop(self.path, None)
        self._may_go.set()

    def __exit__(self, *_):
        self.let_go()


# each makes an answer one that says nothing, whatever was asked for
WIRE = {
    "500": status(500),
    "404": status(404),
    "503 in HTML": status(503, b"<h1>Service Unavailable</h1>", "text/html"),
    "204": status(204, b""),
    "HTML": html(),
    "nothing": text(lambda _: b""),
    "half": text(lambda body: body[: len(body) // 2]),
    "more behind it": text(lambda body: body + b"{}"),
    "an array": text(lambda body: b"[" + body + b"]"),
    "null": text(lambda _: b"null"),
    "a NUL": text(lambda body: body.replace(b'"', b'"\0', 1)),
    "no UTF-8": text(lambda body: b'{"x": "\xff\xfe", ' + body[1:]),
    "too deep": deep(50_000),
    "huge": huge(HUGE_BYTES),
    "closed at once": closes(None),
    "closed before the body": closes(),
    "closed in the body": closes(40),
    "no HTTP": garbage,
    "redirect 302": redirect(302),
    "redirect 307": redirect(307),
    "redirect 308": redirect(308),
}
