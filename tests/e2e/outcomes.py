# SPDX-License-Identifier: ISC
"""What becomes of a request for a target."""

import rfb
from wsclient import WsClient


def outcome(one, text, **how):
    """(code, reason) that a target ends with."""
    with one.connect(text, **how) as client:
        return client.wait_close()


def reaches(one, text):
    with one.connect(text) as client:
        return client.recv_exact(12) == rfb.GREETING


def refused(one, text):
    """Whether by HTTP or by a close code: it must not be dialled."""
    with WsClient(one.address) as client:
        response = client.upgrade(f"/proxy?target={text}")
        if response.status != 101:
            return response.status
        return client.wait_close()[0]
