# SPDX-License-Identifier: ISC
"""Certificates, keys and lists in files as other programs write them."""

import os
import re
import subprocess

import pytest

import wsclient
from certs import Pair, self_signed
from daemon import conf_text, free_port, run_to_end
from tlsclient import Listen, client_context

MARK = b"\xef\xbb\xbf"


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(place, name, *parts):
    path = os.path.join(place, name)
    with open(path, "wb") as f:
        f.write(b"".join(parts))
    os.chmod(path, 0o600)
    return path


def as_trusted(pem):
    return subprocess.run(
        ["openssl", "x509", "-trustout", "-addtrust", "serverAuth"],
        input=pem, capture_output=True, check=True,
    ).stdout


def on_one_line(pem):
    return re.sub(rb"(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/=])", b"", pem)


FORMS = {
    "key first": lambda c, k: k + c,
    "Windows": lambda c, k: (MARK + c + MARK + k).replace(b"\n", b"\r\n"),
    "old Mac": lambda c, k: (c + k).replace(b"\n", b"\r"),
    "blanks behind": lambda c, k: (c + k).replace(b"\n", b" \t\n"),
    "indented": lambda c, k: b"  " + (c + k).replace(b"\n", b"\n  "),
    "bag": lambda c, k: b"Bag Attributes\n  a: b\nsubject=x\n" + c + b"Key\n" + k,
    "no last end": lambda c, k: (c + k).rstrip(b"\n"),
    "trusted": lambda c, k: as_trusted(c) + k,
    "X509": lambda c, k: c.replace(b"CERTIFICATE", b"X509 CERTIFICATE") + k,
    "one long line": lambda c, k: on_one_line(c) + on_one_line(k),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_certificate_is_served_however_its_file_is_written(directory, bridge, form):
    pair = self_signed(directory, "own")
    text = FORMS[form](read(pair.certificate), read(pair.key))
    path = write(directory, "both.pem", text)
    listen = Listen(f"127.0.0.1:{free_port()}", f'certificate = {{ "{path}" }}')
    context = client_context(Pair(pair.certificate, None))
    one = bridge(listen=[listen], context=context)
    assert wsclient.get(one.address, "/healthz", context=context).status == 200
    assert not one.grep("both.pem")


def refusal(place, body):
    listen = f'listen "127.0.0.1:{free_port()}" {{ {body} }}\n'
    text = conf_text(place, [], listen)
    status, checked, _ = run_to_end(place, text, args=("-n",))
    assert status == 1, checked
    status, started, _ = run_to_end(place, text)
    assert status == 1 and checked.splitlines()[-1] in started
    return checked


def test_a_certificate_without_its_key_is_told_before_anything_else(place):
    pair = self_signed(place, "own")
    os.chmod(pair.certificate, 0o666)
    said = refusal(place, f'certificate = {{ "{pair.certificate}" }}')
    assert "there is no private key in it (in PEM); key = { ... } names another" in said
    assert "mode=" not in said


def test_what_is_wrong_with_a_file_is_told_with_its_line(place):
    pair = self_signed(place, "own")
    cert, key = read(pair.certificate), read(pair.key)
    der = subprocess.run(
        ["openssl", "x509", "-outform", "DER"], input=cert, capture_output=True, check=True
    ).stdout
    lines = cert.count(b"\n")
    for parts, said in (
        ((der,), "it is DER or PKCS #12, and not PEM"),
        ((cert, b"----BEGIN CERTIFICATE-----\n"), f"line {lines + 1}: that is no"),
        ((cert, cert[: len(cert) // 2]), f"line {lines + 1}: here begins"),
        ((cert, key, key), "it has 2 private keys"),
        (((cert + key).decode().encode("utf-16"),), "if it is UTF-16"),
    ):
        path = write(place, "both.pem", *parts)
        said_all = refusal(place, f'certificate = {{ "{path}" }}')
        assert said in said_all, said_all


def test_a_block_that_nobody_uses_is_told(place):
    pair = self_signed(place, "own")
    dh = b"-----BEGIN DH PARAMETERS-----\nMAYCAQcCAQI=\n-----END DH PARAMETERS-----\n"
    path = write(place, "both.pem", read(pair.certificate), dh, read(pair.key))
    line = read(pair.certificate).count(b"\n") + 1
    text = conf_text(
        place, [], f'listen "127.0.0.1:{free_port()}" {{ certificate = {{ "{path}" }} }}\n'
    )
    status, err, _ = run_to_end(place, text, args=("-n",))
    assert status == 0
    assert f"{path}: line {line}: DH PARAMETERS is not used here" in err
