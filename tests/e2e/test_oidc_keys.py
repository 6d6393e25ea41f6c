# SPDX-License-Identifier: ISC
"""Keys of a provider that prove nothing, and new ones that do at once."""

import os

import pytest

import faults
import jws
from oidc import changed
from signon import EITHER, UNASKED, UNPROVEN


@pytest.mark.parametrize("fault", faults.WIRE.values(), ids=faults.WIRE)
def test_keys_that_are_none(fresh, fault):
    fresh.provider.faults["/jwks"] = fault
    fresh.fails(fresh.fresh, UNASKED)
    assert fresh.provider.count("/jwks/") == 0
    fresh.provider.reset()
    fresh.works(fresh.fresh)


def published(by="RS256", **changes):
    """Of the key that signs; the others are as they should be."""

    def lie(provider):
        provider.alg = by
        right = provider.key()
        provider.published = [
            changed(key.jwk(), changes) if key is right else key.jwk() for key in provider.keys
        ]

    return lie


def weak(provider):
    own = jws.Key("rsa", "weak", bits=1024)
    provider.published = [own.jwk()]
    provider.make_token = lambda _, alg, said, **more: jws.sign(own, alg, said, **more)


def secret_key(provider):
    """Of an HMAC, published by mistake; whoever has read it could sign."""
    secret = b"0123456789abcdef0123456789abcdef"
    provider.published = [{"kty": "oct", "k": jws.b64(secret), "kid": "one", "use": "sig"}]
    provider.make_token = lambda _, __, said, **___: jws.compact(
        {"alg": "HS256", "kid": "one"}, said, jws.hmac_by(secret)
    )


KEYS = {
    "none": lambda provider: setattr(provider, "published", []),
    "no array": lambda provider: setattr(provider, "published", {"kty": "RSA"}),
    "no objects": lambda provider: setattr(provider, "published", [1, "x", None, []]),
    "too many": lambda provider: setattr(
        provider, "published", [jws.Key("ed25519", f"k{i}").jwk() for i in range(1000)]),
    "RSA of 1,024 bits": weak,
    "a secret": secret_key,
    "for encryption": published(use="enc"),
    "for encryption, by key_ops": published(use=None, key_ops=["encrypt"]),
    "for another algorithm": published(alg="PS256"),
    "RSA, no n": published(n=None),
    "RSA, no e": published(e=None),
    "of another kind": published(kty="EC"),
    "of no kind": published(kty=None),
    "RSA, n no base64url": published(n="***"),
    "RSA, n empty": published(n=""),
    "RSA, n huge": published(n=jws.b64(b"\xff" * 8192)),
    "RSA, e 1": published(e="AQ"),
    "RSA, e huge": published(e=jws.b64(b"\xff" * 200)),
    "EC, not on the curve": published("ES256", y=jws.b64(b"\1" * 32)),
    "EC, x short": published("ES256", x=jws.b64(b"\1" * 31)),
    "EC, another curve": published("ES256", crv="P-384"),
    "Ed25519 of 31 bytes": published("EdDSA", x=jws.b64(b"\1" * 31)),
    "Ed25519, another curve": published("EdDSA", crv="Ed448"),
}  # fmt: skip


@pytest.mark.parametrize("lie", KEYS.values(), ids=KEYS)
def test_keys_that_prove_nothing(fresh, lie):
    lie(fresh.provider)
    fresh.fails(fresh.fresh, EITHER)


def test_new_keys_are_asked_for_at_once(fresh):
    one, provider = fresh.fresh, fresh.provider
    for count in (1, 2, 3):
        before = provider.count("/jwks")
        who = fresh.visitor(one)
        assert who.log_in_by(provider).status == 303, count
        assert provider.count("/jwks") == before + 1
        again = fresh.visitor(one)
        assert again.log_in_by(provider).status == 303
        assert provider.count("/jwks") == before + 1  # they are known now
        provider.rotate()


def test_other_certificates_are_a_reason_to_ask_again(lab, directory):
    """What was believed by others may have been a lie."""
    place = os.path.join(directory, "ca.pem")
    with open(lab.authority.certificate, encoding="ascii") as f:
        text = f.read()

    def write(certificates):
        with open(place, "w", encoding="ascii") as f:
            f.write(certificates)
        os.chmod(place, 0o644)

    write(text)
    one = lab.start(oidc={"ca_file": place})
    paths = ("/.well-known/openid-configuration", "/jwks")
    for certificates, more in ((None, 1), (text, 0), (text + text, 1), (text + text, 0)):
        if certificates is not None:
            write(certificates)
            done = one.ctl("-f", one.conf_path, "reload")
            assert done.returncode == 0, done.stderr
        before = [lab.provider.count(path) for path in paths]
        assert lab.visitor(one).log_in_by(lab.provider).status == 303
        assert [lab.provider.count(path) for path in paths] == [n + more for n in before]
    one.stop()


def test_old_keys_are_worth_nothing_once_the_new_are_known(fresh):
    one, provider = fresh.fresh, fresh.provider
    old = list(provider.keys)
    assert fresh.visitor(one).log_in_by(provider).status == 303
    provider.rotate()
    assert fresh.visitor(one).log_in_by(provider).status == 303
    provider.make_token = lambda _, alg, said, **more: jws.sign(old[0], alg, said, **more)
    fresh.fails(one, UNPROVEN)


def test_an_unknown_key_is_asked_for_once(fresh):
    one, provider = fresh.fresh, fresh.provider
    assert fresh.visitor(one).log_in_by(provider).status == 303
    before = provider.count("/jwks")
    provider.header["kid"] = "nobody's"
    fresh.fails(one, UNPROVEN)
    assert provider.count("/jwks") <= before + 1
