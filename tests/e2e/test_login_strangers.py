# SPDX-License-Identifier: ISC
"""People log in, from outside: nobody gets in where they don't belong."""

import pytest

from certs import Authority
from daemon import IS_ROOT, free_port
from loginlab import SEED, ends, lab, names, reload  # noqa: F401
from people import Browser, logged_in
from test_access import section
from test_keeper import find
from tlsclient import Listen, client_context, listen_body
from wsclient import HttpClient

PATHS = ["/", "/lab1", "/nosuch", "/api/targets", "/api/login", "/assets/viewer.js",
         "/assets/start.js", "/assets/boot.js", "/assets/LICENSES.txt", "/index.html",
         "/viewer.html", "/login.html", "/code.html", "/assets/login.html", "/proxy?target=lab1",
         "/proxy", "//lab1", "/lab1/", "/.", "/%2e%2e/", "/assets/../lab1"]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "DELETE"]


@pytest.fixture
def matrix(lab, directory):
    """A daemon with a plain and a TLS listener: [(name, browser factory)]."""
    authority = Authority(directory)
    pair = authority.server()
    secure = f"127.0.0.1:{free_port()}"
    one = lab(listen=[f"127.0.0.1:{free_port()}", Listen(secure, listen_body([pair]))])
    context = client_context(authority)
    port = int(secure.split(":")[1])

    def browser(kind):
        if kind == "plain":
            return Browser(one)
        return Browser(one, address=("127.0.0.1", port), context=context)

    browser.one = one
    return browser


def is_refused(response, path):
    """Nothing but where to log in."""
    body = response.body
    assert b"lab1" not in body and b"alice" not in body, (path, body)
    assert response.status in (303, 308, 400, 401, 404, 405, 426), (path, response.status)
    if response.status in (303, 308):
        assert response.get("location").lstrip("./").startswith(
            ("login", "lab1", "", "?")
        )


@pytest.mark.parametrize("kind", ["plain", "tls"])
@pytest.mark.parametrize("who", ["nobody", "forged", "half", "logged out"])
def test_strangers_get_the_login_page_and_nothing_else(matrix, lab, kind, who):
    lab.people.add("erin", seed=SEED)
    reload(matrix.one)
    browser = matrix(kind)
    if who == "forged":
        browser.cookie = ("vncbridge=" if kind == "plain" else "__Host-vncbridge=") + "A" * 43
    elif who == "half":
        browser.login("erin")
    elif who == "logged out":
        browser.login("alice")
        kept = browser.cookie
        browser.logout()
        browser.cookie = kept
    assert (browser.cookie is None) == (who == "nobody")
    for path in PATHS:
        for method in METHODS:
            is_refused(browser.ask(method, path), path)
        for version in ("1.0", "1.1"):  # pipelined behind what is allowed
            with HttpClient(browser.address, **browser.tls) as client:
                for one in ("/healthz", path):
                    client.request("GET", one, browser.fields(), version=version)
                    if version == "1.0":
                        break
                assert client.read_response().status == 200
        client, response = browser.connect("lab1")
        assert response.status == 401
        client.close()
    assert browser.get("/healthz").status == 200
    assert browser.get("/login").status == 200


@pytest.mark.parametrize("kind", ["plain", "tls"])
def test_each_sees_and_reaches_what_is_theirs(bridge, lab, kind, directory):
    one = lab(
        section("students", users=["@students"], targets=["lab1"]),
        section("carol", users=["carol"], targets=["lab2", "lab1"]),
    )
    del kind
    alice, carol = logged_in(one, "alice"), logged_in(one, "carol")
    assert names(alice) == ["lab1"] and names(carol) == ["lab1", "lab2"]
    alice.open("lab1").close()
    carol.open("lab2").close()
    client, _ = alice.connect("lab2")
    ends(client, 4520, "not open to you now")
    # by its address it is the same desktop
    client, _ = alice.connect(lab.cards[1].target)
    ends(client, 4520, "not open to you now")
    one.wait_log(user="alice", why="no access section grants it")


# ---- secrets ----


@pytest.mark.skipif(not IS_ROOT, reason="only root may look into processes")
def test_secrets_are_nowhere_after_the_answer(matrix):
    """The search finds the name, or it would prove nothing."""
    one = matrix.one
    password = "correct-horse-battery-staple-4711"
    for kind in ("plain", "tls"):
        browser = matrix(kind)
        browser.post("/login", name="alice", password=password)
        browser.login("alice")
        browser.open("lab1").close()
        names(browser)
        cookie = browser.cookie.split("=", 1)[1].encode()
        needles = {"password": (password.encode(), b"alice's secret", b"alice%27s+secret"),
                   "cookie": (cookie,)}  # fmt: skip
        for process in one.status()["processes"]:
            found = find(process["pid"], {**needles, "name": (b"alice",)})
            assert found <= {"name"}, (kind, process["role"], found)
            if process["role"] == "auth":
                assert "name" in found
        assert password not in "\n".join(one.lines)
        assert cookie.decode() not in "\n".join(one.lines)
