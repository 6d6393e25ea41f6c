# SPDX-License-Identifier: ISC
"""Ways back from an OpenID provider that are not theirs who come by them, and
requests that nobody should send."""

import urllib.parse

import pytest

from people import problem_of
from signon import EITHER, UNPROVEN, Visitor, place_of, user_of
from wsclient import HttpClient

MISTAKEN = range(400, 500)


def with_query(path, **changes):
    """The same way back with other parameters; a list: that often."""
    parts = urllib.parse.urlsplit(path)
    pairs = [(k, v) for k, v in urllib.parse.parse_qsl(parts.query) if k not in changes]
    for name, value in changes.items():
        pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
    pairs = [(k, v) for k, v in pairs if v is not None]
    return f"{parts.path}?{urllib.parse.urlencode(pairs)}"


# ---- ways back that are not theirs ----


def test_a_no(lab):
    who = lab.visitor(lab.one)
    start = lab.one.mark()
    before = lab.provider.count("/token")
    answer = who.come_back(lab.provider.deny(who.begin("lab1")))
    lab.refused(lab.one, who, answer, UNPROVEN, "", start)
    assert b"lab1" in answer.body  # for the next try
    assert lab.provider.count("/token") == before
    assert place_of(who.log_in_by(lab.provider, "alice", "lab1")) == "/lab1"


WAYS = {
    "another state": {"state": "s" * 43},
    "no state": {"state": None},
    "state empty": {"state": ""},
    "state twice": lambda said: {"state": [said["state"], said["state"]]},
    "state cut short": lambda said: {"state": said["state"][:-1]},
    "state with more": lambda said: {"state": said["state"] + "A"},
    "state of another letter": lambda said: {"state": said["state"].swapcase()},
    "another code": {"code": "another"},
    "no code": {"code": None},
    "code empty": {"code": ""},
    "code twice": lambda said: {"code": ["x", said["code"]]},
    "code too long": {"code": "c" * 3000},
    "code with a line's end": lambda said: {"code": said["code"] + "\r\nX: y"},
    "code with more for the form": lambda said: {"code": said["code"] + "&client_id=evil"},
    "code and error": {"error": "access_denied"},
    "iss of another": {"iss": "https://evil.example"},
    "iss with a slash": lambda said: {"iss": said["iss"] + "/"},
    "iss left out, though it was promised": {"iss": None},
    "iss empty": {"iss": ""},
    "iss twice": lambda said: {"iss": [said["iss"], "https://evil.example"]},
}  # fmt: skip


@pytest.mark.parametrize("change", WAYS.values(), ids=WAYS)
def test_a_way_back_that_is_wrong(lab, change):
    who = lab.visitor(lab.one)
    start = lab.one.mark()
    way = lab.provider.approve(who.begin("lab1"))
    said = dict(urllib.parse.parse_qsl(way.partition("?")[2]))
    answer = who.come_back(with_query(way, **(change(said) if callable(change) else change)))
    assert answer.status in EITHER + (400,), answer.status
    assert problem_of(answer) is not None and who.is_nobody()
    pattern = rf"login (failed|not checked) client={who.client} .*why="
    lab.one.wait_line(pattern, start=start)
    assert len(lab.one.grep(pattern, start)) == 1
    lab.says_no_secret(lab.one)
    assert lab.visitor(lab.one).log_in_by(lab.provider).status == 303


def test_iss_where_it_is_not_promised(lab):
    one = lab.start()
    lab.provider.metadata = {"authorization_response_iss_parameter_supported": None}
    for iss, is_in in [(None, True), (lab.provider.issuer, True), ("https://evil.example", False)]:
        who = lab.visitor(one)
        who.log_in_by(lab.provider, iss=iss)
        assert who.is_nobody() != is_in, iss
    one.stop()


ERRORS = {
    "access_denied": UNPROVEN,
    "login_required": UNPROVEN,
    "invalid_scope": EITHER,
    "server_error": EITHER,
    "temporarily_unavailable": EITHER,
    "<script>alert(1)</script>": EITHER,
    "line\r\nend": EITHER,
    "x" * 2000: EITHER,
    "": EITHER + (400,),
}


@pytest.mark.parametrize("error, statuses", ERRORS.items(), ids=lambda x: str(x)[:30])
def test_an_error_of_the_provider(lab, error, statuses):
    who = lab.visitor(lab.one)
    start = lab.one.mark()
    asked = lab.provider.check_request(who.begin("lab1"))
    way = lab.provider.way_back(
        asked,
        error=error,
        error_description="<b>\x1b[31m bold\nfake line",
        error_uri="javascript:x",
    )
    answer = who.come_back(way)
    assert answer.status in statuses and who.is_nobody()
    for part in (b"<script>alert", b"<b>", b"\x1b", b"javascript:x", b"fake line"):
        assert part not in answer.body
    assert problem_of(answer) is not None
    assert not [x for x in lab.one.lines[start:] if x.startswith(("end", "fake")) or "\x1b" in x]
    assert not [x for x in lab.one.lines[start:] if len(x) > 1000]


def test_the_way_of_another_browser(lab):
    """Neither without a cookie nor with that of another login; it stays
    whose it is."""
    alice = lab.visitor(lab.one)
    way = lab.provider.approve(alice.begin("lab1"))
    for begins in (False, True):
        thief = lab.visitor(lab.one)
        if begins:
            thief.begin()
        start = lab.one.mark()
        lab.refused(lab.one, thief, thief.come_back(way), UNPROVEN, "", start)
    assert alice.come_back(way).status == 303 and user_of(alice) == "alice"


def test_a_way_that_was_used(lab):
    who = lab.visitor(lab.one)
    way = lab.provider.approve(who.begin("lab1"))
    half = who.cookie
    assert who.come_back(way).status == 303
    for cookie in (None, half):
        other = lab.visitor(lab.one)
        other.cookie = cookie
        start = lab.one.mark()
        lab.refused(lab.one, other, other.come_back(way), UNPROVEN, "", start)
    # whoever is logged in, and goes back in the browser, stays so
    answer = who.come_back(way)
    assert answer.status in (303, 401) and user_of(who) == "alice"


@pytest.mark.parametrize("ends_well", [True, False])
def test_a_state_that_was_used(lab, ends_well):
    """With a code that is new: each login begins at the bridge."""
    who = lab.visitor(lab.one)
    url = who.begin("lab1")
    half = who.cookie
    ways = lab.provider.approve(url), lab.provider.approve(url)
    if not ends_well:
        lab.provider.claims["nonce"] = "another"
    answer = who.come_back(ways[0])
    assert answer.status in ((303,) if ends_well else UNPROVEN)
    lab.provider.claims.clear()
    other = lab.visitor(lab.one)
    other.cookie = half
    start = lab.one.mark()
    lab.refused(lab.one, other, other.come_back(ways[1]), UNPROVEN, "", start)


def test_a_code_of_another_login(lab):
    """Of one's own, even: it belongs to the other's challenge and nonce."""
    mallory, alice = lab.visitor(lab.one), lab.visitor(lab.one)
    stolen = lab.provider.approve(alice.begin("lab1"), "alice")
    code = dict(urllib.parse.parse_qsl(stolen.partition("?")[2]))["code"]
    way = lab.provider.approve(mallory.begin("lab1"), "carol")
    start = lab.one.mark()
    answer = mallory.come_back(with_query(way, code=code))
    lab.refused(lab.one, mallory, answer, EITHER, "", start)


def test_the_second_of_two_logins_counts(lab):
    """Two tabs of one browser, or the link once more."""
    who = lab.visitor(lab.one)
    first, second = who.begin("lab1"), who.begin("lab1")
    assert who.come_back(lab.provider.approve(second)).status == 303
    assert user_of(who) == "alice"
    answer = who.come_back(lab.provider.approve(first, "bob"))
    assert answer.status in (303, *UNPROVEN)


NEXT = ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "/../x",
        "javascript:alert(1)", "lab1\r\nSet-Cookie: x=y", "lab1/../../x", "@evil.example",
        "lab1?x#y", ".evil.example", "%2f%2fevil.example", "lab1 ", "x" * 500]  # fmt: skip


@pytest.mark.parametrize("name", NEXT)
def test_no_way_out_of_the_bridge(lab, name):
    who = lab.visitor(lab.one)
    answer = who.start(name)
    if answer.status != 303:
        assert answer.status in MISTAKEN
        return
    answer = who.come_back(lab.provider.approve(answer.get("location")))
    assert answer.status in (303, *MISTAKEN)
    # a browser takes "\\" for "/"
    where = (answer.get("location") or "./").replace("\\", "/")
    to = urllib.parse.urlsplit(urllib.parse.urljoin("https://bridge.example/login/oidc", where))
    assert (to.scheme, to.netloc) == ("https", "bridge.example"), where
    assert len([1 for field, _ in answer.fields if field == "set-cookie"]) <= 1


# ---- requests that nobody should send ----

REQUESTS = {
    "no such provider": ("GET", "/login/oidc?provider=99"),
    "provider below 0": ("GET", "/login/oidc?provider=-1"),
    "provider no number": ("GET", "/login/oidc?provider=x"),
    "provider huge": ("GET", "/login/oidc?provider=4294967296"),
    "provider empty": ("GET", "/login/oidc?provider="),
    "provider twice": ("GET", "/login/oidc?provider=0&provider=0"),
    "nothing": ("GET", "/login/oidc"),
    "an empty query": ("GET", "/login/oidc?"),
    "something else": ("GET", "/login/oidc?x=y"),
    "begin and end": ("GET", "/login/oidc?provider=0&state=x&code=y"),
    "state alone": ("GET", "/login/oidc?state=x"),
    "code alone": ("GET", "/login/oidc?code=x"),
    "broken escapes": ("GET", "/login/oidc?state=%zz&code=%"),
    "a NUL": ("GET", "/login/oidc?state=%00&code=%00"),
    "5,000 bytes": ("GET", "/login/oidc?state=x&code=" + "c" * 5000),
    "1,000 parameters": ("GET", "/login/oidc?" + "a&" * 1000),
    "POST": ("POST", "/login/oidc?provider=0"),
    "PUT": ("PUT", "/login/oidc?provider=0"),
    "DELETE": ("DELETE", "/login/oidc?provider=0"),
    "logout of none": ("GET", "/login/oidc?logout=99"),
    "logout no number": ("GET", "/login/oidc?logout=x"),
    "GET on the back channel": ("GET", "/login/oidc/logout"),
    "HEAD on the back channel": ("HEAD", "/login/oidc/logout"),
}


@pytest.mark.parametrize("method, path", REQUESTS.values(), ids=REQUESTS)
def test_a_request_that_is_wrong(lab, method, path):
    who = lab.visitor(lab.one)
    before = len(lab.provider.asked)
    answer = who.ask(method, path, "" if method == "POST" else None)
    leads = (place_of(answer, path.partition("?")[0]) or "").partition("?")[0]
    assert answer.status in MISTAKEN or (answer.status, leads) == (303, "/login"), answer.fields
    assert who.is_nobody() and len(lab.provider.asked) == before


def test_head_asks_nothing_of_the_provider_but_metadata(lab):
    who = lab.visitor(lab.one)
    answer = who.ask("HEAD", "/login/oidc?provider=0&next=lab1")
    assert answer.status in (303, 405) and answer.body == b""
    way = lab.provider.approve(who.begin("lab1"))
    before = lab.provider.count("/token")
    assert who.ask("HEAD", way).status in (303, *MISTAKEN)
    # a scanner that looks at links first must not use it up
    assert lab.provider.count("/token") == before
    assert who.is_nobody() and who.come_back(way).status == 303


def test_pipelined_behind_another_request(lab):
    """What one request has found out of a person is not the next one's."""
    alice, nobody = lab.logged_in(lab.one), lab.visitor(lab.one)
    with HttpClient(lab.one.address, timeout=30) as client:
        client.request("GET", "/api/login", alice.fields())
        client.request("GET", "/login/oidc?provider=0", nobody.fields())
        client.request("GET", "/api/targets", nobody.fields())
        statuses = [client.read_response().status for _ in range(3)]
    assert statuses == [200, 303, 401]


def test_without_https_only_on_loopback(lab):
    """As all logins: else anybody on the way reads the cookie."""
    who = Visitor(lab.one, headers=[("X-Forwarded-For", "198.51.100.9"),
                                    ("X-Forwarded-Proto", "http")])  # fmt: skip
    before = len(lab.provider.asked)
    answer = who.start()
    assert answer.status == 403 and who.cookie is None
    assert answer.get("location") is None and len(lab.provider.asked) == before
