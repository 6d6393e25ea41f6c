# SPDX-License-Identifier: ISC
"""A bridge whose address is TLS, and handshakes with it in the test's hands."""

import socket
import ssl
import subprocess

import pytest

import wsclient
from certs import self_signed
from daemon import free_port
from tlsclient import client_context, listen_tls
from waiting import seconds
from wsclient import HttpClient


@pytest.fixture
def secure(bridge, directory, monkeypatch):
    """secure(certs, listener={}, **settings): a daemon whose address is TLS."""

    def start(certs=None, listener=None, trust=True, **settings):
        certs = certs or [self_signed(directory, "own")]
        address = ("127.0.0.1", free_port())
        text = listen_tls("%s:%d" % address, *certs, **(listener or {}))
        one = bridge(extra=text, **settings)
        one.plain_address, one.address = one.address, address
        one.certs = certs
        if trust:
            monkeypatch.setattr(HttpClient, "secure", client_context(certs[0]))
        return one

    return start


@pytest.fixture
def one(secure):
    return secure(ping_interval=0)


def s_client(one, *args, send=b"", server_name="localhost"):
    """What openssl s_client says of a connection that ends at once."""
    return subprocess.run(
        [
            *["openssl", "s_client", "-connect", "127.0.0.1:%d" % one.address[1]],
            *["-CAfile", one.certs[0].certificate, "-servername", server_name, *args],
        ],
        input=send, capture_output=True, timeout=seconds(20), check=False,
    ).stdout.decode("latin-1")


def raw(one):
    sock = socket.create_connection(one.address, timeout=seconds(10))
    sock.settimeout(seconds(10))
    return sock


def read_all(sock):
    data = b""
    try:
        while part := sock.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


def wsclient_plain(one, path):
    saved, HttpClient.secure = HttpClient.secure, None
    try:
        return wsclient.get(one.plain_address, path)
    finally:
        HttpClient.secure = saved


def client_hello(one):
    """The first flight of a real client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context(one.certs[0]).wrap_bio(
        incoming, outgoing, server_hostname="localhost"
    )
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return tls, incoming, outgoing
