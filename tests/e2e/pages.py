# SPDX-License-Identifier: ISC
"""The bridge's own page, as far as the bridge sees it: a WebSocket that hears text."""

import json
import urllib.parse

import rfb
from people import FORM
from wsclient import TEXT, Closed, HttpClient, WsClient

PROTOCOL = "vncbridge.v1"


class Page(WsClient):
    """A WebSocket of the page's. said is what it was told, the oldest first."""

    def __init__(self, *args, **how):
        super().__init__(*args, **how)
        self.said = []
        self.is_hearing = False
        self.reader.opcodes = (*self.reader.opcodes, TEXT)

    def _next_frame(self):
        """Text is noted; it is a frame of its own only to who waits for it."""
        while True:
            frame = super()._next_frame()
            if frame.opcode != TEXT:
                return frame
            assert frame.fin
            self.said.append(json.loads(frame.payload))
            if self.is_hearing:
                return frame

    def hear(self, kind):
        """The next that it is told of this type; the bytes that come wait."""
        self.is_hearing = True
        try:
            while True:
                for i, said in enumerate(self.said):
                    if said["type"] == kind:
                        return self.said.pop(i)
                self._recv_data()
        finally:
            self.is_hearing = False

    def say(self, text):
        self.send_frame(TEXT, text.encode())

    def greeted(self):
        """It is in: what it sends comes back from now on."""
        rfb.raw_greet(self)
        return self

    def lives(self):
        self.send(b"still here")
        assert self.recv_exact(10) == b"still here"

    def turned_away(self):
        """(code, reason), instead of a greeting."""
        try:
            while True:
                self._recv_data()
        except Closed as closed:
            self.answer_close()
            return closed.code, closed.reason


def open_page(one, target, intent=None, headers=(), address=None):
    """A page that opens the target; intent is what intend() gave."""
    offer = f"{PROTOCOL}, binary"
    if intent is not None:
        offer += f", vncbridge.intent.{intent}"
    page = Page(address or one.address, **one.tls)
    page.open(target, [("Sec-WebSocket-Protocol", offer), *headers])
    return page


def intend(one, target, kind, headers=(), address=None, held=None):
    """What the bridge answers to a person's wish: {intent} or {code, reason}."""
    fields = {"target": target, "kind": kind, **({} if held is None else {"held": held})}
    body = urllib.parse.urlencode(fields)
    with HttpClient(address or one.address, 20, **one.tls) as client:
        client.request(
            "POST",
            "/api/intent",
            [FORM, ("Content-Length", str(len(body))), ("Connection", "close"), *headers],
        )
        client.send(body.encode())
        response = client.read_response()
    assert response.status == 200, (response.status, response.body)
    return json.loads(response.body)
