# SPDX-License-Identifier: ISC
"""TLS as a client speaks it: contexts for wsclient.py's clients.

    context = client_context(authority)
    get(address, "/healthz", context=context)
    WsClient(address, context=context, server_name="lab.example").open(target)
"""

import os
import re
import ssl
import subprocess

from waiting import seconds

# not in every ssl module: SSL_OP_IGNORE_UNEXPECTED_EOF of OpenSSL 3
IGNORE_UNEXPECTED_EOF = getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 1 << 7)
TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def is_strict(context):
    """Whether an end without close_notify is an error."""
    return not context.options & IGNORE_UNEXPECTED_EOF


def client_context(
    authority=None, pair=None, version=None, ciphers=None, alpn=(), strict=False
):
    """Trusts one authority alone, whose names are checked; without it,
    everybody. pair: the client's own; ciphers: of TLS 1.2; strict: an end
    without close_notify is an SSLError, and not an end like any other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if strict:
        context.options &= ~IGNORE_UNEXPECTED_EOF
    if authority is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(authority.certificate)
    if pair is not None:
        context.load_cert_chain(pair.certificate, pair.key)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if ciphers is not None:
        context.set_ciphers(ciphers)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def listen_body(pairs, **more):
    """What stands in the braces of a listener: certificates and keys, and
    more, as client_ca="PATH" or redirect=False."""

    def texts(paths):
        return "{ " + ", ".join(f'"{path}"' for path in paths) + " }"

    parts = [f"certificate = {texts(pair.certificate for pair in pairs)}"]
    parts.append(f"key = {texts(pair.key for pair in pairs)}")
    for name, value in more.items():
        if isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, int):
            text = str(value)
        else:
            text = f'"{value}"'
        parts.append(f"{name.replace('_', '-')} = {text}")
    return "  ".join(parts)


def listen_tls(address, *pairs, **more):
    """A listener's section, for the end of a configuration."""
    return f'listen "{address}" {{ {listen_body(pairs, **more)} }}\n'


class Listen(str):
    """An address to listen on, with what stands in its braces:
    bridge(listen=[Listen("127.0.0.1:6443", listen_body([pair]))],
    context=client_context(authority))."""

    def __new__(cls, address, body):
        self = super().__new__(cls, address)
        self.body = body
        return self


def cut(client):
    """Ends the connection with no close_notify before it."""
    os.close(client.sock.detach())


def s_client(address, *args, send=b"", timeout=10):
    """What openssl s_client reports of one connection, with all errors."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", "%s:%d" % address, *args],
        input=send,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds(timeout),
        check=False,
    )
    return done.stdout.decode("latin-1")


def negotiated(report):
    """(protocol, cipher) of what s_client() gave; None: no handshake."""
    match = re.search(r"^New, (\S+), Cipher is (\S+)$", report, re.M)
    match = match or re.search(r"^Reused, (\S+), Cipher is (\S+)$", report, re.M)
    if match is None or match[2] == "(NONE)":
        return None
    return match[1], match[2]
