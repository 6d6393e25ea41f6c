#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Those who look at boards: boards.py PORT COUNT PROBE_PORT

Opens so many boards, and says "ready" when each shows all targets. Then a
session with the target "probe", which is this program at its third argument,
begins or ends twice a second, until standard input ends; the last line is how long it took, in milliseconds, until the
slowest board had seen the slowest of these changes.
"""

import base64
import os
import selectors
import socket
import sys
import time

INTERVAL_SEC = 0.5
WAIT_SEC = 30
USED, FREE = b'"sessions":1', b'[{"id":0}]'


def open_board(port):
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    text = b""
    while b"event: ready" not in text:
        part = sock.recv(1 << 18)
        if not part:
            sys.exit(f"a board was refused: {text[:100]}")
        text = text[-100:] + part
    sock.setblocking(False)
    return sock


def open_session(port, listener):
    """And keeps what it is joined to."""
    sock = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        (
            "GET /proxy?target=probe HTTP/1.1\r\nHost: localhost\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()
    )
    target = listener.accept()[0]
    target.sendall(b"RFB 003.008\n")
    return sock, target


def wait_for(selector, boards, word):
    """Until each has got an event with that word; what comes besides is read."""
    missing = set(boards)
    end = time.monotonic() + WAIT_SEC
    while missing:
        if time.monotonic() > end:
            sys.exit(f"{len(missing)} boards have not seen a change")
        for key, _ in selector.select(1):
            if key.fileobj is sys.stdin:
                continue
            if word in key.fileobj.recv(1 << 16):
                missing.discard(key.fileobj)


def has_ended():
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        return bool(selector.select(INTERVAL_SEC))


def main():
    port, count, probe_port = (int(text) for text in sys.argv[1:])
    listener = socket.create_server(("127.0.0.1", probe_port))
    boards = [open_board(port) for _ in range(count)]
    selector = selectors.DefaultSelector()
    for board in boards:
        selector.register(board, selectors.EVENT_READ)
    print("ready", flush=True)
    slowest, session = 0.0, None
    while not has_ended():
        began = time.monotonic()
        if session is None:
            session = open_session(port, listener)
        else:
            for sock in session:
                sock.close()
            session = None
        wait_for(selector, boards, FREE if session is None else USED)
        slowest = max(slowest, time.monotonic() - began)
    print(slowest * 1000, flush=True)


main()
