# SPDX-License-Identifier: ISC
"""Providers that fail, answer nonsense, or would lead the bridge elsewhere:
nobody gets in by it, people are told, and it works when they are right again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import faults
import jws
from certs import Authority
from oidc import Provider
from signon import EITHER, UNASKED, UNPROVEN, SignOn

DISCOVERY = "/.well-known/openid-configuration"

# ---- metadata ----


@pytest.mark.parametrize("fault", faults.WIRE.values(), ids=faults.WIRE)
def test_metadata_that_is_none(fresh, fault):
    fresh.provider.faults[DISCOVERY] = fault
    fresh.fails(fresh.fresh)
    assert fresh.provider.count(DISCOVERY + "/") == 0
    fresh.provider.reset()
    fresh.works(fresh.fresh)


def elsewhere(url):
    """The same place by another name, which the certificate has as well."""
    return url.replace("127.0.0.1", "localhost", 1)


def hosts_asked(provider):
    return {fields["Host"].split(":")[0] for _, _, fields in provider.asked}


METADATA = {
    "issuer of another": {"issuer": "https://evil.example"},
    "issuer with a slash": {"issuer": lambda url: url + "/"},
    "issuer left out": {"issuer": None},
    "issuer as an array": {"issuer": lambda url: [url]},
    "no authorization endpoint": {"authorization_endpoint": None},
    "authorization endpoint of a script": {"authorization_endpoint": "javascript:alert(1)"},
    "authorization endpoint without TLS": {"authorization_endpoint": "http://id.example/auth"},
    "authorization endpoint without a host": {"authorization_endpoint": "/auth"},
    "authorization endpoint with a fragment": {"authorization_endpoint": lambda url: url + "#x"},
    "authorization endpoint with a line's end": {
        "authorization_endpoint": lambda url: url + "\r\nSet-Cookie: vncbridge=x"},
    "no token endpoint": {"token_endpoint": None},
    "token endpoint elsewhere": {"token_endpoint": elsewhere},
    "token endpoint without TLS": {"token_endpoint": lambda url: url.replace("https", "http")},
    "token endpoint that is no URL": {"token_endpoint": "token"},
    "token endpoint of a file": {"token_endpoint": "file:///etc/passwd"},
    "token endpoint with a name in it": {
        "token_endpoint": lambda url: url.replace("127.0.0.1", "127.0.0.1@localhost")},
    "token endpoint too long": {"token_endpoint": lambda url: url + "?" + "x" * 10_000},
    "no jwks_uri": {"jwks_uri": None},
    "jwks_uri elsewhere": {"jwks_uri": elsewhere},
    "jwks_uri as a number": {"jwks_uri": 1},
    "userinfo endpoint elsewhere": {"userinfo_endpoint": elsewhere},
    "no algorithm of ours": {"id_token_signing_alg_values_supported": ["HS256", "none"]},
}  # fmt: skip


@pytest.mark.parametrize("change", METADATA.values(), ids=METADATA)
def test_metadata_that_leads_elsewhere(fresh, change):
    provider = fresh.provider
    provider.metadata = change
    fresh.fails(fresh.fresh, EITHER)
    assert "localhost" not in hosts_asked(provider)


def test_metadata_with_a_member_twice(fresh):
    fresh.provider.faults[DISCOVERY] = faults.twice("token_endpoint", "https://evil.example/")
    fresh.fails(fresh.fresh)


def test_other_hosts_that_are_allowed(lab):
    lab.provider.metadata = {
        name: elsewhere
        for name in ("token_endpoint", "jwks_uri", "userinfo_endpoint")
    }
    one = lab.start(oidc={"hosts": ["localhost"]})
    lab.works(one)
    assert hosts_asked(lab.provider) == {"127.0.0.1", "localhost"}
    one.stop()


@pytest.mark.parametrize(
    "methods, is_given",
    [
        (["client_secret_basic"], True),
        (["client_secret_post"], True),
        (["client_secret_post", "private_key_jwt"], True),
        (["client_secret_basic"], False),  # the default, Discovery 1.0, 3
    ],
)
def test_a_way_to_say_the_secret(fresh, methods, is_given):
    fresh.provider.methods = methods
    if not is_given:
        fresh.provider.metadata = {"token_endpoint_auth_methods_supported": None}
    fresh.works(fresh.fresh)
    fresh.says_no_secret(fresh.fresh)


def test_a_way_to_say_the_secret_that_there_is_not(fresh):
    fresh.provider.methods = ["private_key_jwt"]
    fresh.fails(fresh.fresh, EITHER)


# ---- the token's answer, and userinfo ----


@pytest.mark.parametrize("path", ["/token", "/me"])
@pytest.mark.parametrize("fault", faults.WIRE.values(), ids=faults.WIRE)
def test_an_answer_that_is_none(lab, path, fault):
    before = lab.provider.count(path + "/")
    lab.provider.faults[path] = fault
    lab.fails(lab.one, UNASKED)
    assert lab.provider.count(path + "/") == before
    lab.provider.reset()
    assert lab.visitor(lab.one).log_in_by(lab.provider).status == 303


ANSWERS = {
    "an error": (faults.status(400, b'{"error": "invalid_grant"}'), EITHER),
    "an error of the bridge's": (faults.status(401, b'{"error": "invalid_client"}'), EITHER),
    "an error with words": (
        faults.status(400, b'{"error": "x", "error_description": "\\n<b>\\u001b[31m"}'), EITHER),
    "an ID token twice": (faults.twice("id_token", "x.y.z"), EITHER),
    "an access token twice": (faults.twice("access_token", "x"), EITHER),
}  # fmt: skip


@pytest.mark.parametrize("fault, statuses", ANSWERS.values(), ids=ANSWERS)
def test_a_token_answer_that_says_no(lab, fault, statuses):
    lab.provider.faults["/token"] = fault
    lab.fails(lab.one, statuses)
    assert not [line for line in lab.one.lines if "\x1b" in line]


TOKEN = {
    "no access token": {"access_token": None},
    "an access token of a number": {"access_token": 1},
    "an access token with a line's end": {"access_token": "x\r\nX-Evil: yes"},
    "an access token of 100 KB": {"access_token": "x" * 100_000},
    "no kind": {"token_type": None},
    "another kind": {"token_type": "mac"},
}


@pytest.mark.parametrize("change", TOKEN.values(), ids=TOKEN)
def test_a_token_answer_that_is_wrong(lab, change):
    lab.provider.token = change
    lab.fails(lab.one, EITHER)
    assert not [1 for _, _, fields in lab.provider.asked if "X-Evil" in fields]


def test_the_kind_of_token_in_small_letters(lab):
    lab.provider.token = {"token_type": "bearer", "expires_in": None}
    assert lab.visitor(lab.one).log_in_by(lab.provider).status == 303


USERINFO = {
    "sub of another": {"sub": "248289761002"},
    "sub in another way": {"sub": lambda sub: sub + " "},
    "sub as a number": {"sub": int},
    "no sub": {"sub": None},
}


@pytest.mark.parametrize("change", USERINFO.values(), ids=USERINFO)
def test_userinfo_of_somebody_else(lab, change):
    """OpenID Connect Core, 5.3.4"""
    lab.provider.userinfo = change
    lab.fails(lab.one, UNPROVEN, "sub")


def test_userinfo_with_sub_twice(lab):
    lab.provider.faults["/me"] = faults.twice("sub", "248289761002")
    lab.fails(lab.one, EITHER)


def test_userinfo_that_is_signed(lab):
    """As no one has asked for."""
    token = jws.sign(lab.provider.key(), "RS256", {"sub": "248289761001"})
    lab.provider.faults["/me"] = faults.text(lambda _: token.encode(), "application/jwt")
    lab.fails(lab.one, EITHER)


# ---- there or not ----


def test_down_at_each_step(fresh):
    one, provider = fresh.fresh, fresh.provider
    provider.down()
    fresh.fails(one)
    provider.up()
    fresh.works(one)
    who = fresh.visitor(one)
    start = one.mark()
    callback = provider.approve(who.begin("lab1"))
    provider.down()
    fresh.refused(one, who, who.come_back(callback), UNASKED, "", start)
    provider.up()
    fresh.works(one)


@pytest.mark.parametrize("path", [DISCOVERY, "/token"])
def test_silent(fresh, path):
    with faults.Held(fresh.provider, path):
        fresh.fails(fresh.fresh)
    fresh.works(fresh.fresh)


def test_too_slow(fresh):
    fresh.provider.faults["/token"] = faults.drips
    fresh.fails(fresh.fresh)
    fresh.provider.reset()
    fresh.works(fresh.fresh)


def test_one_that_is_silent_holds_up_nobody_else(fresh):
    one = fresh.fresh
    with ThreadPoolExecutor() as pool, faults.Held(fresh.provider, DISCOVERY) as held:
        waiting = pool.submit(fresh.visitor(one).start)
        held.wait()
        who = fresh.visitor(one)
        assert who.get("/login").status == 200 and who.is_nobody()
        assert not waiting.done()


# ---- TLS ----

CERTIFICATES = {
    "of another authority": lambda a, other: other.server(),
    "that has expired": lambda a, _: a.server("old", days=(-30, -1)),
    "that is not valid yet": lambda a, _: a.server("young", days=(1, 30)),
    "of another name": lambda a, _: a.server("other", ["DNS:id.example", "IP:127.0.0.2"]),
    "of a client": lambda a, _: a.client("client", ["IP:127.0.0.1"]),
}


@pytest.mark.parametrize("make", CERTIFICATES.values(), ids=CERTIFICATES)
def test_a_certificate(sign_on, directory, bridge, target, make):
    pair = make(sign_on.authority, Authority(directory, "other"))
    provider = target(Provider(pair))
    lab = SignOn(directory, bridge, sign_on.authority, provider, sign_on.targets)
    lab.fails(lab.start())
    assert not provider.asked


def test_an_authority_that_nobody_named(sign_on):
    """The system's do not know it."""
    sign_on.fails(sign_on.start(oidc={"ca_file": None}))
    assert not sign_on.provider.asked


def test_plain_http_on_loopback(sign_on, directory, bridge, target):
    provider = target(Provider())
    lab = SignOn(directory, bridge, sign_on.authority, provider, sign_on.targets)
    lab.works(lab.start())
