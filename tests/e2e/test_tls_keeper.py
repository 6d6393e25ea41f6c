# SPDX-License-Identifier: ISC
"""TLS in the workers, whose keeper stalls, or dies."""

import os
import signal
import ssl

from rawmode import open_raw
from tlsbridge import client_hello, raw, read_all, secure, wsclient_plain  # noqa: F401


def keeper_pid(one):
    return next(p["pid"] for p in one.status()["processes"] if p["role"] == "keeper")


def begin_handshake(one):
    """A connection whose handshake waits for a signature."""
    tls, incoming, outgoing = client_hello(one)
    sock = raw(one)
    sock.sendall(outgoing.read())
    return sock, tls, incoming, outgoing


def finish_handshake(sock, tls, incoming, outgoing):
    while True:
        data = sock.recv(65536)
        assert data, "closed by the server"
        incoming.write(data)
        try:
            tls.do_handshake()
            sock.sendall(outgoing.read())
            return tls.version()
        except ssl.SSLWantReadError:
            pass


def test_a_stalled_keeper_holds_up_handshakes_alone(secure, testcard):
    one = secure(watchdog_timeout=0, handshake_timeout=20)
    client, _ = open_raw(one, testcard("echo"))
    pid = keeper_pid(one)
    os.kill(pid, signal.SIGSTOP)
    try:
        waiting = [begin_handshake(one) for _ in range(20)]
        client.send(b"still here")
        assert client.recv_exact(10) == b"still here"
        assert wsclient_plain(one, "/healthz").status == 200
        waiting.pop()[0].close()  # one that does not wait
    finally:
        os.kill(pid, signal.SIGCONT)
    for one_waiting in waiting:
        assert finish_handshake(*one_waiting) == "TLSv1.3"
        one_waiting[0].close()
    client.close()


def test_a_handshake_that_waits_too_long_ends(secure):
    one = secure(watchdog_timeout=0, handshake_timeout=1)
    pid = keeper_pid(one)
    os.kill(pid, signal.SIGSTOP)
    try:
        sock = begin_handshake(one)[0]
        assert read_all(sock) == b""
    finally:
        os.kill(pid, signal.SIGCONT)
    assert one.get("/healthz").status == 200


def test_a_dead_keeper_is_replaced_and_asked_again(secure, testcard):
    one = secure(workers=2, watchdog_timeout=0, handshake_timeout=20)
    client, _ = open_raw(one, testcard("echo"))
    pid = keeper_pid(one)
    os.kill(pid, signal.SIGSTOP)
    waiting = [begin_handshake(one) for _ in range(6)]
    os.kill(pid, signal.SIGKILL)
    for one_waiting in waiting:
        assert finish_handshake(*one_waiting) == "TLSv1.3"
    client.send(b"still here")
    assert client.recv_exact(10) == b"still here"
    assert one.get("/healthz").status == 200
