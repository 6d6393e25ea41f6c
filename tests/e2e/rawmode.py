# SPDX-License-Identifier: ISC
"""Sessions with a testcard in its raw mode."""

import hashlib

import rfb

def open_raw(one, card, number=1, **how):
    client = one.connect(card.target, **how)
    return client, rfb.raw_greet(client, rfb.version(number))


def check_sink(card, data, conn=1):
    assert card.sink_of(conn) == (len(data), hashlib.sha256(data).hexdigest())


def read_stream(client, stream, end):
    """Reads and compares up to byte number end, as the pieces come."""
    while stream.at < end:
        stream.check(client.recv_some())
