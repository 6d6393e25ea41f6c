# SPDX-License-Identifier: ISC
"""ID tokens that are worth nothing, as a table: OpenID Connect Core, 3.1.3.7;
RFC 7515; RFC 8725. And those that are right, however odd they look."""

import json
import time

import pytest

import jws
from oidc import EVENT
from signon import UNPROVEN, names_of, place_of, user_of, EITHER

SKEW_SEC = 60  # by which a provider's clock may differ
NEAR_SEC = 15  # what a slow machine may take between the two ends
LONG_SEC = 86400
ID_BYTES_MAX = 255  # of sub, OpenID Connect Core, 2


# ---- lies: functions of the provider ----


def claims(**changes):
    return lambda provider: provider.claims.update(changes)


def header(**changes):
    return lambda provider: provider.header.update(changes)


def alg(name, then=None):
    def lie(provider):
        provider.alg = name
        if then is not None:
            then(provider)

    return lie


def made(make):
    """make(key, alg, claims, **header) in place of jws.sign()."""
    return lambda provider: setattr(provider, "make_token", make)


def whole(change):
    """The right token, changed as a text."""
    return made(lambda *args, **more: change(jws.sign(*args, **more)))


def claims_text(change):
    """Rightly signed, but for what it is that is signed."""
    return made(lambda key, alg, said, **more: jws.sign(key, alg, change(json.dumps(said)), **more))


def answer(**changes):
    return lambda provider: provider.token.update(changes)


def signed_by(signature, **members):
    """Its header and claims are right, its signature is this."""

    def make(key, alg, said, **_):
        head = {"alg": alg, "kid": key.kid, **members}
        return jws.compact(head, said, lambda data: signature(key, data))

    return made(make)


def hmac_of(secret, **members):
    """A public key that is taken for a secret (RFC 8725, 2.1)."""
    return signed_by(lambda key, data: jws.hmac_by(secret(key))(data), alg="HS256", **members)


def hmac_by_client(provider):
    """The client's secret, which would do if the provider offered it."""
    provider.make_token = lambda key, alg, said, **_: jws.compact(
        {"alg": "HS256"}, said, jws.hmac_by(provider.secret.encode())
    )


def other_key(kind="rsa", kid=True, **members):
    """Of somebody who has a key of their own, and says where it is."""

    def make(key, alg, said, **_):
        own = jws.Key(kind, key.kid)
        more = {name: value(own) if callable(value) else value for name, value in members.items()}
        return jws.sign(own, alg, said, **{"kid": key.kid if kid else None, **more})

    return made(make)


def key_of_another_kind(kind, alg):
    """The kid of one key, the signature of another of the provider's."""

    def lie(provider):
        named = next(key for key in provider.keys if key.kind == kind)
        provider.make_token = lambda _, __, said, **___: jws.sign(
            provider.key(alg), alg, said, kid=named.kid
        )

    return lie


def flip(token):
    """A bit in the middle of the signature."""
    head, body, mac = token.split(".")
    raw = bytearray(jws.unb64(mac))
    raw[len(raw) // 2] ^= 4
    return f"{head}.{body}.{jws.b64(bytes(raw))}"


def other_claims(token):
    """Alice's signature, bob's name."""
    head, body, mac = token.split(".")
    said = json.loads(jws.unb64(body))
    return f"{head}.{jws.b64(json.dumps({**said, 'sub': '248289761002'}).encode())}.{mac}"


def now(seconds):
    return lambda _: int(time.time()) + seconds


LIES = {
    # who it is from, and for whom
    "iss of another": (claims(iss="https://evil.example"), "iss"),
    "iss with a slash": (claims(iss=lambda iss: iss + "/"), "iss"),
    "iss in capitals": (claims(iss=lambda iss: iss.upper()), "iss"),
    "iss left out": (claims(iss=None), "iss"),
    "iss as an array": (claims(iss=lambda iss: [iss]), "iss"),
    "aud of another": (claims(aud="another"), "aud"),
    "aud of a part": (claims(aud="vncbridge2"), "aud"),
    "aud left out": (claims(aud=None), "aud"),
    "aud empty": (claims(aud=[]), "aud"),
    "aud of others": (claims(aud=["another", "more"]), "aud"),
    "aud of two, no azp": (claims(aud=["vncbridge", "another"]), "azp|aud"),
    "azp of another": (claims(azp="another"), "azp"),
    "azp of another, aud of both": (claims(aud=["vncbridge", "another"], azp="another"), "azp|aud"),
    "nonce of another": (claims(nonce="n" * 43), "nonce"),
    "nonce left out": (claims(nonce=None), "nonce"),
    "nonce empty": (claims(nonce=""), "nonce"),
    "nonce with more": (claims(nonce=lambda nonce: nonce + "x"), "nonce"),
    "nonce as an array": (claims(nonce=lambda nonce: [nonce]), "nonce"),
    "sub left out": (claims(sub=None), "sub"),
    "sub empty": (claims(sub=""), "sub"),
    "sub as a number": (claims(sub=248289761001), "sub"),
    "sub too long": (claims(sub="s" * (ID_BYTES_MAX + 1)), "sub"),
    "sub with a NUL": (claims(sub="248289761001\0"), ""),
    # when
    "exp in the past": (claims(exp=now(-LONG_SEC)), "exp"),
    "exp beyond the skew": (claims(exp=now(-SKEW_SEC - 1)), "exp"),
    "exp left out": (claims(exp=None), "exp"),
    "exp as a text": (claims(exp=lambda exp: str(exp)), "exp"),
    "exp below 0": (claims(exp=-1), "exp"),
    "exp as a bool": (claims(exp=True), "exp"),
    "iat in the future": (claims(iat=now(LONG_SEC), exp=now(2 * LONG_SEC)), "iat"),
    "iat beyond the skew": (claims(iat=now(SKEW_SEC + NEAR_SEC)), "iat"),
    "iat a day ago": (claims(iat=now(-LONG_SEC)), "iat"),
    "iat left out": (claims(iat=None), "iat"),
    "iat as a text": (claims(iat="now"), "iat"),
    "nbf in the future": (claims(nbf=now(LONG_SEC)), "nbf"),
    # how it is signed
    "alg none": (signed_by(lambda *_: b"", alg="none"), "alg|sign"),
    "alg None": (signed_by(lambda *_: b"", alg="None"), "alg|sign"),
    "alg nOnE with a signature": (
        signed_by(lambda key, data: key.signature("RS256", data), alg="nOnE"), "alg|sign"),
    "alg empty": (signed_by(lambda *_: b"", alg=""), ""),
    "alg in small letters": (header(alg="rs256"), ""),
    "alg left out": (header(alg=None), ""),
    "alg as an array": (header(alg=["RS256"]), ""),
    "alg of another signature": (header(alg="PS256"), ""),
    "alg RS512 over RS256": (header(alg="RS512"), ""),
    "HS256 with the public key, PEM": (hmac_of(lambda key: key.public_bytes()), ""),
    "HS256 with the public key, DER": (hmac_of(lambda key: key.public_bytes("DER")), ""),
    "HS256 with the JWK": (hmac_of(lambda key: json.dumps(key.jwk()).encode()), ""),
    "HS256 with the modulus": (hmac_of(lambda key: jws.unb64(key.jwk()["n"])), ""),
    "HS256 with the client's secret": (hmac_by_client, ""),
    "HS256 with nothing": (hmac_of(lambda _: b""), ""),
    "ES256 by the key of RS256": (header(alg="ES256"), ""),
    "RS256 by the key of ES256": (key_of_another_kind("ec", "RS256"), ""),
    "ES256 by the key of EdDSA": (key_of_another_kind("ed25519", "ES256"), ""),
    "EdDSA by the key of ES256": (key_of_another_kind("ec", "EdDSA"), ""),
    "another's key": (other_key(), "sign"),
    "another's key, in jwk": (other_key(kid=False, jwk=lambda own: own.jwk()), ""),
    "another's key, by jku": (other_key(kid=False, jku="https://evil.example/jwks"), ""),
    "another's key, by x5u": (other_key(kid=False, x5u="https://evil.example/x5u"), ""),
    "another's key, without kid": (other_key(kid=False), ""),
    "a bit of the signature": (whole(flip), "sign"),
    "other claims": (whole(other_claims), "sign"),
    "no signature": (whole(lambda t: t.rpartition(".")[0] + "."), ""),
    "half a signature": (whole(lambda t: t[:-100]), ""),
    "a signature of zeros": (signed_by(lambda *_: bytes(256)), "sign"),
    "a signature of too much": (
        signed_by(lambda key, data: key.signature("RS256", data) + b"\0"), ""),
    "ES256 in DER": (alg("ES256", signed_by(lambda key, data: key.der_signature(data))), ""),
    "ES256 of zeros": (alg("ES256", signed_by(lambda *_: bytes(64))), ""),
    "EdDSA of zeros": (alg("EdDSA", signed_by(lambda *_: bytes(64))), ""),
    "PS256 over RS256": (
        alg("PS256", signed_by(lambda key, data: key.signature("RS256", data))), ""),
    "kid unknown": (header(kid="nobody's"), "key|kid"),
    "kid of a file": (header(kid="../../../../dev/null"), "key|kid"),
    "kid empty": (header(kid=""), ""),
    "kid too long": (header(kid="k" * 5000), ""),
    "kid as a number": (header(kid=1), ""),
    "crit": (header(crit=["exp"]), ""),
    "crit of b64": (header(crit=["b64"], b64=False), ""),
    "crit unknown": (header(crit=["http://example.com/x"], **{"http://example.com/x": 1}), ""),
    # its form
    "no ID token": (answer(id_token=None), "token"),
    "ID token a number": (answer(id_token=5), "token"),
    "ID token empty": (answer(id_token=""), ""),
    "ID token a word": (answer(id_token="token"), ""),
    "two parts": (whole(lambda t: t.rpartition(".")[0]), ""),
    "four parts": (whole(lambda t: t + "." + t.rpartition(".")[2]), ""),
    "five parts": (whole(lambda t: t + ".x.y"), ""),
    "padding": (whole(lambda t: t + "=="), ""),
    "a space": (whole(lambda t: t.replace(".", " .", 1)), ""),
    "a line's end": (whole(lambda t: t + "\n"), ""),
    "base64, not base64url": (whole(lambda t: t.replace(".", "+/.", 1)), ""),
    "claims of no JSON": (claims_text(lambda t: t[:-1]), ""),
    "claims an array": (claims_text(lambda t: f"[{t}]"), ""),
    "claims and more": (claims_text(lambda t: t + "{}"), ""),
    "claims with sub twice": (claims_text(lambda t: '{"sub": "248289761002", ' + t[1:]), ""),
    "claims with iss twice": (
        claims_text(lambda t: t[:-1] + ', "iss": "https://evil.example"}'), ""),
    "claims not in UTF-8": (claims_text(lambda t: '{"x": "\udcff", ' + t[1:]), ""),
    "claims too deep": (
        claims_text(lambda t: '{"x": ' + "[" * 9999 + "]" * 9999 + "," + t[1:]), ""),
    "header with alg twice": (
        made(lambda key, alg, said, **_: jws.compact(
            f'{{"alg": "none", "alg": "RS256", "kid": "{key.kid}"}}', said,
            lambda data: key.signature("RS256", data))), ""),
    # it is for something else
    "a logout token": (claims(nonce=None, events={EVENT: {}}, jti="one"), ""),
}  # fmt: skip


@pytest.mark.parametrize("lie, why", LIES.values(), ids=LIES)
def test_lets_nobody_in(lab, lie, why):
    who = lab.visitor(lab.one)
    start = lab.one.mark()
    callback = lab.provider.approve(who.begin("lab1"))
    lie(lab.provider)
    said = who.come_back(callback)
    # what is no token at all is no answer of a provider's
    lab.refused(lab.one, who, said, EITHER, why, start)
    # nor later
    lab.provider.reset()
    again = who.come_back(callback)
    assert again.status in UNPROVEN and who.is_nobody()


# ---- those that are right ----

RIGHT = {
    "RS256": lambda _: None,
    "PS256": alg("PS256"),
    "ES256": alg("ES256"),
    "EdDSA": alg("EdDSA"),
    "aud an array": claims(aud=["vncbridge"]),
    "azp": claims(azp="vncbridge"),
    "exp near the skew": claims(exp=now(-SKEW_SEC + NEAR_SEC)),
    "exp in a year": claims(exp=now(365 * LONG_SEC)),
    "exp with a fraction": claims(exp=lambda exp: exp + 0.5),
    "iat near the skew": claims(iat=now(SKEW_SEC - NEAR_SEC)),
    "nbf": claims(nbf=now(-1)),
    "typ left out": header(typ=None),
    "another member of the header": header(x="y"),
    "claims that nobody knows": claims(acr="0", amr=["pwd"], at_hash="x", address={"a": [1]}),
    "a sub of 255": lambda p: (
        p.claims.update(sub="s" * ID_BYTES_MAX), p.userinfo.update(sub="s" * ID_BYTES_MAX)),
    "spaces in the JSON": claims_text(lambda t: f"\r\n{json.dumps(json.loads(t), indent=8)}\t"),
    "letters that are escaped": claims_text(lambda t: t.replace("vncbridge", "\\u0076ncbridge")),
    "all in the ID token": lambda p: setattr(p, "in_id_token", True),
}  # fmt: skip


@pytest.mark.parametrize("truth", RIGHT.values(), ids=RIGHT)
def test_lets_alice_in(lab, truth):
    who = lab.visitor(lab.one)
    start = lab.one.mark()
    callback = lab.provider.approve(who.begin("lab1"))
    truth(lab.provider)
    said = who.come_back(callback)
    assert (said.status, place_of(said)) == (303, "/lab1"), said.body[-600:]
    assert user_of(who) == "alice" and names_of(who) == ["lab1"]
    lab.one.wait_log(start=start, user="alice", client=who.client)
    lab.says_no_secret(lab.one, said.body.decode())
