# SPDX-License-Identifier: ISC
"""Signed tokens (RFC 7515, 7519) and keys (RFC 7517), right ones and wrong ones.

    key = Key("rsa", "key-1")
    token = sign(key, "PS256", {"sub": "alice"})
    token = compact({"alg": "none"}, {"sub": "alice"}, b"")     # by hand
"""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ALGORITHMS = {"RS256": "rsa", "PS256": "rsa", "ES256": "ec", "EdDSA": "ed25519"}
RSA_BITS = 2048
EC_BYTES = 32  # of a number of P-256
SHA256 = hashes.SHA256()


def b64(data):
    """RFC 7515, 2: without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Key:
    """kind: rsa, ec (P-256) or ed25519. bits: of rsa."""

    def __init__(self, kind, kid, bits=RSA_BITS):
        self.kind = kind
        self.kid = kid
        if kind == "rsa":
            self.private = rsa.generate_private_key(65537, bits)
        elif kind == "ec":
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()

    def public_bytes(self, encoding="PEM", form="SubjectPublicKeyInfo"):
        """As it may be taken for the secret of an HMAC."""
        return self.private.public_key().public_bytes(
            getattr(serialization.Encoding, encoding),
            getattr(serialization.PublicFormat, form),
        )

    def _numbers(self):
        public = self.private.public_key()
        if self.kind == "rsa":
            numbers = public.public_numbers()
            return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        if self.kind == "ec":
            numbers = public.public_numbers()
            x, y = (n.to_bytes(EC_BYTES, "big") for n in (numbers.x, numbers.y))
            return {"kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y)}
        raw = self.public_bytes("Raw", "Raw")
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}

    def jwk(self, **more):
        """The public half, for a JWK Set; None takes a member away."""
        members = {**self._numbers(), "kid": self.kid, "use": "sig", **more}
        return {name: value for name, value in members.items() if value is not None}

    def signature(self, alg, data):
        """Of the bytes, in the form of RFC 7518, 3, or RFC 8037, 3.1."""
        if alg.startswith("RS"):
            return self.private.sign(data, padding.PKCS1v15(), SHA256)
        if alg.startswith("PS"):
            pss = padding.PSS(padding.MGF1(SHA256), SHA256.digest_size)
            return self.private.sign(data, pss, SHA256)
        if alg == "EdDSA":
            return self.private.sign(data)
        r, s = decode_dss_signature(self.der_signature(data))
        return r.to_bytes(EC_BYTES, "big") + s.to_bytes(EC_BYTES, "big")

    def der_signature(self, data):
        """Of P-256, in the form that JWS does not have."""
        return self.private.sign(data, ec.ECDSA(SHA256))


def signed_part(header, claims):
    """Both are objects, or texts that stand for themselves."""
    texts = [x if isinstance(x, str) else json.dumps(x) for x in (header, claims)]
    return ".".join(b64(text.encode("utf-8", "surrogateescape")) for text in texts)


def compact(header, claims, signature):
    """A token of these parts; signature: bytes, or a function of what is signed."""
    signed = signed_part(header, claims)
    if callable(signature):
        signature = signature(signed.encode())
    return f"{signed}.{b64(signature)}"


def sign(key, by, claims, /, **header):
    """A right one; header: what its header says besides, or instead, None taking
    a member away. by: the algorithm that is really used."""
    members = {"alg": by, "kid": key.kid, "typ": "JWT", **header}
    members = {name: value for name, value in members.items() if value is not None}
    return compact(members, claims, lambda signed: key.signature(by, signed))


def hmac_by(secret):
    """HS256 with any bytes as the secret: for compact()."""
    return lambda signed: hmac.new(secret, signed, hashlib.sha256).digest()


def claims_of(token):
    """Whatever its signature is worth."""
    return json.loads(unb64(token.split(".")[1]))
