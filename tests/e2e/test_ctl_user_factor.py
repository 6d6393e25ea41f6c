# SPDX-License-Identifier: ISC
"""vncbridgectl user totp: the second factor, its QR code and recovery codes."""

import base64
import hashlib
import hmac
import os
import re
import struct
import time
import urllib.parse

from usersfile import UTF8, add, at_terminal, content, done, line_of, refused, user


def totp(seed, now):
    """RFC 6238, as an app does it."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(now) // 30), "sha1")
    at = digest.digest()[-1] & 15
    value = struct.unpack(">I", digest.digest()[at : at + 4])[0] & 0x7FFFFFFF
    return f"{value % 1000000:06}"


def url_in(text):
    url = urllib.parse.urlsplit(re.search(r"otpauth://\S+", text)[0])
    return url, dict(urllib.parse.parse_qsl(url.query))


def test_totp_is_confirmed_by_a_code(directory):
    add(directory, "alice@example.org")
    terminal = at_terminal(
        directory, "totp", "-i", "Lab & Co", "--no-qr", "alice@example.org"
    )
    terminal.expect("Code that the app shows: ")
    url, fields = url_in(terminal.text)
    assert (url.netloc, url.path) == ("totp", "/Lab%20%26%20Co:alice%40example.org")
    assert fields["issuer"] == "Lab & Co"
    assert (fields["algorithm"], fields["digits"], fields["period"]) == (
        "SHA1", "6", "30",
    )  # fmt: skip
    terminal.type("12345")  # no code at all
    terminal.expect("that is not the code now")
    terminal.expect("Code that the app shows: ")
    terminal.type(totp(fields["secret"], time.time()))
    assert terminal.end() == 0, terminal.text
    factor = line_of(directory, "alice@example.org")[3]
    code = r"^ {4}([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})\r?$"
    codes = re.findall(code, terminal.text, re.M)
    hashes = [hashlib.sha256(c.replace("-", "").encode()).hexdigest() for c in codes]
    assert len(set(codes)) == 10
    assert factor == f"totp={fields['secret']},recovery={','.join(hashes)}"
    assert not any(c in content(directory) for c in codes)


def test_totp_with_wrong_codes_changes_nothing(directory):
    add(directory, "alice")
    before = content(directory)
    terminal = at_terminal(directory, "totp", "--no-qr", "alice")
    for _ in range(3):
        terminal.expect("Code that the app shows: ")
        _, fields = url_in(terminal.text)
        terminal.type(totp(fields["secret"], time.time() - 3600))
    assert terminal.end() == 1
    assert "nothing is changed" in terminal.text
    assert "Recovery codes" not in terminal.text
    assert content(directory) == before


def test_totp_is_taken_away_and_given_again(directory):
    add(directory, "alice", "-g", "lab")
    done(user(directory, "totp", "--no-confirm", "alice"))
    first = line_of(directory, "alice")
    done(user(directory, "totp", "--no-confirm", "alice"))
    second = line_of(directory, "alice")
    assert second[:3] == first[:3] and second[3] != first[3]
    done(user(directory, "totp", "--off", "alice"), "has no second factor")
    assert line_of(directory, "alice") == [*first[:3], ""]


def test_totp_without_a_terminal(directory):
    add(directory, "alice")
    refused(user(directory, "totp", "alice"), "use --no-confirm")
    assert line_of(directory, "alice")[3] == ""


def test_qr_code_is_drawn_where_it_can_be(directory):
    add(directory, "alice")
    args = ("totp", "--no-confirm", "alice")
    text = done(user(directory, *args, env=UTF8))
    rows = [x for x in text.split("\n") if "\u2588" in x]
    assert len({len(r) for r in rows}) == 1 and len(rows) >= 20
    assert all(set(r) <= set(" \u2580\u2584\u2588") for r in rows)
    assert set(rows[0]) == {"\u2588"}  # the margin
    result = user(directory, *args, env={**os.environ, "LC_ALL": "C"})
    assert "\u2588" not in done(result) and "not UTF-8" in result.stderr
