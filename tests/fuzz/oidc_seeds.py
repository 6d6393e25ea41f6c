#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""oidc_seeds.py - writes the seeds of the fuzzers jwt and provider.

The keys and tokens are those of daemon/auth/oidc/known.c, which no one can sign
with any more.
"""

import json
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
CORPUS = TOP / "tests/fuzz/corpus"
ISSUER = "https://id.example.com"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def known():
    """All texts of known.c: the key set, then the tokens."""
    text = (TOP / "daemon/auth/oidc/known.c").read_text(encoding="ascii")
    text = re.sub(r"/\*.*?\*/|#include[^\n]*", "", text, flags=re.S)
    found = re.findall(r'"(?:\\.|[^"\\])*"(?:\s*"(?:\\.|[^"\\])*")*', text)
    return ["".join(json.loads(s) for s in re.findall(r'"(?:\\.|[^"\\])*"', one))
            for one in found]  # fmt: skip


def write(folder, kind, name, value):
    text = value if isinstance(value, str) else json.dumps(value)
    path = CORPUS / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%d" % kind + text.encode())


ID_TOKEN = {
    "iss": ISSUER, "aud": ["bridge", "x"], "azp": "bridge", "sub": "alice",
    "exp": 1700000300, "iat": 1700000000.5, "nbf": 1699999999, "nonce": "n",
    "sid": "s", "email": "a@b", "email_verified": True,
    "a": {"b": {"c": ["/staff", "it", "-x", 1]}},
}  # fmt: skip
LOGOUT = {
    "iss": ISSUER, "aud": "bridge", "sub": "alice", "sid": "s", "jti": "j",
    "exp": 1700000300, "iat": 1700000000, "events": {EVENT: {}},
}  # fmt: skip
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": ISSUER + "/a?b=c",
    "token_endpoint": ISSUER + "/t",
    "jwks_uri": ISSUER + "/j",
    "userinfo_endpoint": ISSUER + "/u",
    "end_session_endpoint": ISSUER + "/e",
    "response_types_supported": ["code"],
    "id_token_signing_alg_values_supported": ["RS256", "EdDSA"],
    "token_endpoint_auth_methods_supported": ["client_secret_post", "none"],
    "authorization_response_iss_parameter_supported": True,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
}


def jwt_seeds():
    keys, *tokens = known()
    write("jwt", 0, "keys", keys)
    uses = {"use": "sig", "key_ops": ["verify"], "alg": "EdDSA"}
    one = json.loads(keys)["keys"][2]
    oct_key = {"kty": "oct", "k": "AAAA"}
    write("jwt", 0, "keys_uses", {"keys": [{**one, **uses}, oct_key]})
    for i, token in enumerate(tokens):
        write("jwt", 1, f"token_{i}", token)
        write("jwt", 4, f"base64url_{i}", token.split(".")[2])
    header = {"alg": "EdDSA", "kid": "f", "typ": "JWT"}
    for name, change in {"": {}, "_none": {"alg": "none"}, "_crit": {"crit": []},
                         "_hs": {"alg": "HS256"}}.items():  # fmt: skip
        text = json.dumps({**header, **change}) + "\0" + json.dumps({"a": 1})
        write("jwt", 2, "signed" + name, text)
    write("jwt", 3, "id_token", ID_TOKEN)
    write("jwt", 3, "id_token_one", {**ID_TOKEN, "aud": "bridge", "a.b.c": "g"})
    write("jwt", 3, "logout", LOGOUT)
    write("jwt", 3, "twice", '{"sub":"a","sub":"b"}')
    write("jwt", 3, "deep", '{"a":' * 40 + "1" + "}" * 40)


def provider_seeds():
    write("provider", 0, "metadata", METADATA)
    least = {k: v for k, v in METADATA.items() if not k.endswith("supported")}
    write("provider", 0, "metadata_least", least)
    write("provider", 0, "slash", {**METADATA, "issuer": ISSUER + "/"})
    tokens = {"access_token": "SlAV32hkKG", "token_type": "Bearer",
              "id_token": "eyJh.eyJp.c2ln", "expires_in": 300}  # fmt: skip
    write("provider", 1, "tokens", tokens)
    write("provider", 1, "error",
          {"error": "invalid_grant", "error_description": "no\n\u00e4"})  # fmt: skip
    write("provider", 2, "userinfo", {"sub": "alice", "groups": ["a"]})
    write("provider", 2, "somebody", {"sub": "mallory"})
    write("provider", 3, "address", ISSUER + "/a?b=c\nhttps://x/?a=b&c d\u00e4")
    write("provider", 3, "bare", ISSUER + "?\n")


jwt_seeds()
provider_seeds()
