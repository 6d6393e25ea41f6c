# SPDX-License-Identifier: ISC
"""A board that somebody looks at: the stream of GET /events."""

import json
import time

from waiting import seconds
from wsclient import HttpClient


class Board:
    """targets and states are what was told, by name; events all of them."""

    def __init__(self, one, headers=(), address=None, rcvbuf=None, **tls):
        self.client = HttpClient(address or one.address, 20, rcvbuf, **(tls or one.tls))
        self.client.request("GET", "/events", [("Accept", "text/event-stream"), *headers])
        self.head = b""
        self.rest = b""
        self.names = {}
        self.targets = {}
        self.states = {}
        self.events = []
        self.beats = 0
        self.is_ready = False
        self.over = None
        self.wait()
        while b"\r\n\r\n" not in self.rest:
            self._more()
        self.head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        self.status = int(self.head.split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _more(self):
        """A beat comes again and again: what is waited for has an end of its own."""
        assert time.monotonic() < self.deadline, self.events[-3:]
        part = self.client.sock.recv(1 << 18)
        if not part:
            raise EOFError("the stream has ended")
        self.rest += part

    def wait(self):
        self.deadline = time.monotonic() + seconds(20)

    def close(self):
        self.client.close()

    def next_event(self):
        """(type, data) of the next event."""
        while True:
            while b"\n\n" not in self.rest:
                self._more()
            block, _, self.rest = self.rest.partition(b"\n\n")
            fields = [line.partition(": ") for line in block.decode().split("\n")]
            kind = [value for name, _, value in fields if name == "event"]
            data = [value for name, _, value in fields if name == "data"]
            if not data:
                continue  # for the browser alone
            assert len(kind) == len(data) == 1, block
            event = kind[0], json.loads(data[0])
            self._note(*event)
            return event

    def _note(self, kind, data):
        self.events.append((kind, data))
        if kind == "targets":
            for target in data:
                assert target["id"] not in self.names
                self.names[target["id"]] = target["name"]
                self.targets[target["name"]] = target
        elif kind == "state":
            for state in data:
                name = self.names[state["id"]]  # nothing of what was not shown
                self.states[name] = {k: v for k, v in state.items() if k != "id"}
        elif kind == "ready":
            assert data["targets"] == len(self.targets)
            self.is_ready = True
        elif kind == "beat":
            self.beats += 1
        else:
            assert kind == "over", kind
            self.over = data

    def ready(self):
        self.wait()
        while not self.is_ready:
            self.next_event()
        return self

    def until(self, name, fits):
        """The state of that target, once it is such."""
        self.wait()
        while not fits(self.states.get(name, {})):
            self.next_event()
        return self.states.get(name, {})

    def until_over(self):
        self.wait()
        while self.over is None:
            self.next_event()
        return self.over

    def ends(self):
        """Nothing more comes."""
        self.wait()
        try:
            while True:
                self._more()
        except (EOFError, ConnectionError):
            return True


def is_used(state):
    return state.get("sessions", 0) > 0


def is_free(state):
    return not state
