# SPDX-License-Identifier: ISC
"""Who logs in by way of an OpenID provider, and the bridge that they log in to.

    one = sign_on.start()                        # a fixture; sign_on.provider lies
    who = sign_on.visitor(one)
    callback = sign_on.provider.approve(who.begin("lab1"), "alice")
    assert who.get(callback).status == 303
    sign_on.refused(one, who, answer, UNPROVEN)  # nobody, with words and a line
"""

import json
import os
import re
import urllib.parse

from daemon import give_to_daemon, quote, quote_list
from oidc import CLIENT_ID
from people import Browser, problem_of
from waiting import until

BUTTON = "Example Ltd"
UNPROVEN = (401,)
UNASKED = (502, 503)
EITHER = UNPROVEN + UNASKED
WAIT_SEC = 60  # for whatever the bridge may wait for by itself

RIGHTS = """\
access "students" { users = { "@students" } targets = { "lab1" } }
access "staff" { users = { "@staff", "248289761001" } targets = { "lab2" } }
"""


def place_of(answer, path="/login/oidc"):
    """Where a browser goes that has asked for path and got this; None: nowhere."""
    location = answer.get("location")
    if location is None:
        return None
    url = urllib.parse.urljoin(f"https://bridge.example{path}", location)
    return url.removeprefix("https://bridge.example")


def names_of(who):
    """The targets that they are shown."""
    answer = who.get("/api/targets")
    assert answer.status == 200, answer.status
    return [target["name"] for target in json.loads(answer.body)["targets"]]


def user_of(who):
    return json.loads(who.get("/api/login").body)["user"]


class Visitor(Browser):
    """Somebody who logs in by way of the provider."""

    def follow(self, path, **how):
        """The answer to path, or the login page that says why it is none."""
        answer = self.get(path, timeout=WAIT_SEC, **how)
        place = place_of(answer, path.partition("?")[0])
        if answer.status == 303 and place is not None and "/login?said=" in place:
            assert self.cookie is None or answer.get("set-cookie") is None
            return self.get(place, timeout=WAIT_SEC, **how)
        return answer

    def start(self, next="", provider=0, **how):
        fields = {"provider": provider, **({"next": next} if next else {})}
        return self.follow(f"/login/oidc?{urllib.parse.urlencode(fields)}", **how)

    def begin(self, next="", **how):
        """The URL of the provider where the bridge sends the person."""
        answer = self.start(next, **how)
        assert answer.status == 303, (answer.status, problem_of(answer))
        assert answer.get("cache-control") == "no-store"
        assert self.cookie is not None
        return answer.get("location")

    def come_back(self, path):
        """The bridge's answer when the provider has sent the person back."""
        return self.follow(path)

    def log_in_by(self, provider, name="alice", next="", **more):
        """The bridge's answer to the whole of it."""
        return self.come_back(provider.approve(self.begin(next), name, **more))

    def is_nobody(self):
        """Whatever cookie there is opens nothing."""
        if self.get("/api/targets").status != 401 or self.get("/lab1").status != 303:
            return False
        client, response = self.connect("lab1")
        client.close()
        return response.status == 401


class SignOn:
    """A provider, and bridges that know it. bridges: the fixture bridge, or
    conftest.Bridges. targets: addresses of lab1, lab2."""

    def __init__(self, directory, bridges, authority, provider, targets):
        self.directory = directory
        self.bridges = bridges
        self.authority = authority
        self.provider = provider
        self.targets = targets
        self.visitors = 0

    def section(self, title="oidc", **settings):
        """Of the configuration; None leaves a line out."""
        path = os.path.join(self.directory, "oidc.secret")
        with open(path, "w", encoding="ascii", opener=private) as f:
            f.write(self.provider.secret + "\n")
        give_to_daemon(path)
        lines = {
            "issuer": self.provider.issuer, "client_id": CLIENT_ID,
            "client_secret_file": path, "scopes": ["openid", "profile"],
            "user_claim": "preferred_username", "groups_claim": "groups",
            "button": BUTTON,
            "ca_file": None if self.provider.pair is None else self.authority.certificate,
            **settings,
        }  # fmt: skip
        text = [f'auth "{title}" {{']
        for name, value in lines.items():
            if value is not None:
                said = quote_list(value) if isinstance(value, list) else quote(value)
                text.append(f"    {name.replace('_', '-')} = {said}")
        return "\n".join([*text, "}", ""])

    def start(self, *sections, oidc=None, **settings):
        """A bridge; oidc: settings of the provider's section."""
        extra = "".join(
            f'target "lab{i + 1}" {{ address = "{address}" }}\n'
            for i, address in enumerate(self.targets)
        )
        extra += RIGHTS + self.section(**(oidc or {})) + "".join(sections)
        settings.setdefault("trusted_proxies", ["127.0.0.1"])
        return self.bridges(extra=extra, **settings)

    def visitor(self, one):
        """With an address of their own, and https as far as a proxy."""
        self.visitors += 1
        client = f"198.18.{self.visitors // 250}.{self.visitors % 250 + 1}"
        who = Visitor(one, headers=[("X-Forwarded-For", client), ("X-Forwarded-Proto", "https")])
        who.client = client
        return who

    def logged_in(self, one, name="alice"):
        who = self.visitor(one)
        answer = who.log_in_by(self.provider, name)
        assert answer.status == 303, (answer.status, problem_of(answer))
        assert place_of(answer) == "/" and not who.is_nobody()
        return who

    def fails(self, one, statuses=UNASKED, why=""):
        """Nobody gets in: it ends at the first step or at the second."""
        who = self.visitor(one)
        start = one.mark()
        answer = who.start("lab1")
        if answer.status == 303:
            answer = who.come_back(self.provider.approve(answer.get("location")))
        self.refused(one, who, answer, statuses, why, start)

    def works(self, one):
        """Once it is asked again, which a bridge may not do at once."""

        def gets_in():
            who = self.visitor(one)
            answer = who.start("lab1")
            if answer.status != 303:
                return False
            answer = who.come_back(self.provider.approve(answer.get("location")))
            return answer.status == 303 and not who.is_nobody()

        until(gets_in, WAIT_SEC, "a login")

    def refused(self, one, who, answer, statuses, why="", start=0):
        """Nobody has logged in: a page says so in words, and one line in the
        log why, from number start on; nothing says a secret."""
        assert answer.status in statuses, (answer.status, problem_of(answer))
        assert answer.get("cache-control") == "no-store"
        words = problem_of(answer)
        assert words is not None and len(words.split()) > 2, answer.body[-600:]
        assert b'role="alert"' in answer.body
        assert who.is_nobody()
        pattern = rf'login (failed|not checked) client={re.escape(who.client)} .*why="[^"]'
        line = one.wait_line(pattern, start=start)
        assert len(one.grep(pattern, start)) == 1
        assert re.search(why, line, re.I), line
        self.says_no_secret(one, answer.body.decode("utf-8", "replace"))

    def says_no_secret(self, one, *texts):
        everything = "\n".join([*one.lines, *texts])
        found = [x for x in self.provider.secrets if x in everything]
        assert not found, found


def private(path, flags):
    return os.open(path, flags, 0o600)
