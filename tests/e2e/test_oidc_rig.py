# SPDX-License-Identifier: ISC
"""The provider of oidc.py, asked as a bridge would: that it is right where no
test has it lie, and refuses what a bridge must not do."""

import base64
import hashlib
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

import faults
import jws
from oidc import CLIENT_ID, Provider, changed

VERIFIER = "v" * 43
REDIRECT = "https://bridge.example/login/oidc"


@pytest.fixture(params=["tls", "plain"])
def asked(request, authority, target):
    """A provider and a client that trusts it."""
    pair = authority.server() if request.param == "tls" else None
    provider = target(Provider(pair))
    context = ssl.create_default_context(cafile=authority.certificate)

    def ask(path, form=None, **fields):
        data = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(provider.issuer + path, data, fields)
        handlers = [] if pair is None else [urllib.request.HTTPSHandler(context=context)]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)

    ask.provider = provider
    return ask


def authorization(provider):
    challenge = jws.b64(hashlib.sha256(VERIFIER.encode()).digest())
    return provider.issuer + "/auth?" + urllib.parse.urlencode({
        "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": REDIRECT,
        "scope": "openid profile", "state": "s" * 22, "nonce": "n" * 22,
        "code_challenge": challenge, "code_challenge_method": "S256",
    })  # fmt: skip


def exchange(ask, name="alice", form=(), secret=None):
    back = urllib.parse.urlsplit(ask.provider.approve(authorization(ask.provider), name))
    said = dict(urllib.parse.parse_qsl(back.query))
    assert (back.path, said["state"], said["iss"]) == ("/login/oidc", "s" * 22, ask.provider.issuer)
    pair = f"{CLIENT_ID}:{secret or ask.provider.secret}"
    return ask(
        "/token",
        {"grant_type": "authorization_code", "code": said["code"], "redirect_uri": REDIRECT,
         "code_verifier": VERIFIER, **dict(form)},
        Authorization="Basic " + base64.b64encode(pair.encode()).decode(),
    )  # fmt: skip


def public_of(jwk):
    def number(name):
        return int.from_bytes(jws.unb64(jwk[name]), "big")

    if jwk["kty"] == "RSA":
        return rsa.RSAPublicNumbers(number("e"), number("n")).public_key()
    if jwk["kty"] == "EC":
        return ec.EllipticCurvePublicNumbers(number("x"), number("y"), ec.SECP256R1()).public_key()
    return ed25519.Ed25519PublicKey.from_public_bytes(jws.unb64(jwk["x"]))


def verify(token, keys):
    """The claims; InvalidSignature."""
    head, body, mac = token.split(".")
    header, mac = json.loads(jws.unb64(head)), jws.unb64(mac)
    public = public_of(next(key for key in keys if key["kid"] == header["kid"]))
    data = f"{head}.{body}".encode()
    if header["alg"] == "RS256":
        public.verify(mac, data, padding.PKCS1v15(), jws.SHA256)
    elif header["alg"] == "PS256":
        public.verify(mac, data, padding.PSS(padding.MGF1(jws.SHA256), 32), jws.SHA256)
    elif header["alg"] == "ES256":
        r, s = (int.from_bytes(half, "big") for half in (mac[:32], mac[32:]))
        public.verify(encode_dss_signature(r, s), data, ec.ECDSA(jws.SHA256))
    else:
        public.verify(mac, data)
    return json.loads(jws.unb64(body))


@pytest.mark.parametrize("alg", jws.ALGORITHMS)
def test_right_in_all(asked, alg):
    asked.provider.alg = alg
    metadata = asked("/.well-known/openid-configuration")
    assert metadata["issuer"] == asked.provider.issuer
    got = exchange(asked)
    claims = verify(got["id_token"], asked("/jwks")["keys"])
    assert claims["nonce"] == "n" * 22 and "preferred_username" not in claims
    person = asked("/me", Authorization=f"Bearer {got['access_token']}")
    assert person["preferred_username"] == "alice" and person["sub"] == claims["sub"]
    token = asked.provider.logout_token(alg, sub=claims["sub"])
    assert verify(token, asked("/jwks")["keys"])["sub"] == claims["sub"]
    asked.provider.rotate()
    with pytest.raises(StopIteration):
        verify(token, asked("/jwks")["keys"])


@pytest.mark.parametrize(
    "how",
    [
        {"form": {"code": "another"}},
        {"form": {"code_verifier": "w" * 43}},
        {"form": {"redirect_uri": REDIRECT + "/"}},
        {"secret": "wrong"},
    ],
)
def test_refuses_what_is_not_right(asked, how):
    with pytest.raises(urllib.error.HTTPError) as refused:
        exchange(asked, **how)
    assert refused.value.code in (400, 401)


def test_lies_as_it_is_told(asked):
    provider = asked.provider
    provider.claims.update(aud="another", exp=lambda exp: exp - 1000, nonce=None)
    provider.in_id_token = True
    claims = jws.claims_of(exchange(asked)["id_token"])
    assert claims["aud"] == "another" and claims["exp"] < claims["iat"]
    assert "nonce" not in claims and claims["groups"] == ["students"]
    provider.make_token = lambda key, alg, claims, **_: jws.sign(
        jws.Key(key.kind, key.kid), alg, claims
    )
    with pytest.raises(InvalidSignature):
        verify(exchange(asked)["id_token"], asked("/jwks")["keys"])
    assert changed({"a": 1, "b": 2}, {"a": None, "b": lambda b: b + 1, "c": 3}) == {"b": 3, "c": 3}


@pytest.mark.parametrize(
    "fault, error",
    [
        (faults.status(500), urllib.error.HTTPError),
        (faults.html(), ValueError),
        (faults.huge(1 << 20), None),
        (faults.twice("keys", []), None),
        (faults.deep(10), None),
        (faults.closes(), Exception),
        (faults.closes(None), OSError),
        (faults.closes(10), Exception),
        (faults.garbage, Exception),
    ],
)
def test_fails_as_it_is_told(asked, fault, error):
    asked.provider.faults["/jwks"] = fault
    if error is None:
        assert len(asked("/jwks")["keys"]) == 3
    else:
        with pytest.raises(error):
            asked("/jwks")
    asked.provider.reset()
    assert asked("/jwks")


def test_redirects_to_what_is_right(asked):
    asked.provider.faults["/jwks"] = faults.redirect()
    assert asked("/jwks") and asked.provider.count("/jwks/") == 1


def test_goes_and_comes(asked):
    asked("/jwks")
    asked.provider.down()
    with pytest.raises(OSError):
        asked("/jwks")
    asked.provider.up()
    asked("/jwks")
    with faults.Held(asked.provider, "/me"):
        pass
    assert asked.provider.count("/jwks") == 2
