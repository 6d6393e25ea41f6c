# SPDX-License-Identifier: ISC
"""People log in, from outside: who gets what, and when it ends."""

import json
import os
import re
import shlex
import signal
import subprocess

import pytest

from certs import Authority
from daemon import IS_ROOT, VNCBRIDGECTL, free_port, give_to_daemon
from people import Browser, People, code_of, is_open, logged_in, problem_of
from proc import children, is_alive, kill_and_wait
from test_access import section
from test_keeper import find
from test_refusals import banned
from tlsclient import Listen, client_context, listen_body
from waiting import until
from wsclient import Closed, HttpClient

SEED = b"0123456789abcdefghij"


@pytest.fixture
def lab(bridge, testcard, directory):
    """lab(sections, ...): two desktops, some people, and a bridge."""
    people = People(directory)
    for name in ("alice", "bob", "carol"):
        people.add(name, groups="students" if name != "carol" else "staff")
    cards = [testcard("echo"), testcard("echo")]

    def start(*sections, **settings):
        extra = "".join(
            f'target "lab{i + 1}" {{ address = "{card.target}" }}\n'
            for i, card in enumerate(cards)
        )
        return bridge(extra=extra + people.section + "".join(sections), **settings)

    start.people = people
    start.cards = cards
    return start


def names(who):
    answer = who.get("/api/targets")
    assert answer.status == 200, answer.status
    return [t["name"] for t in json.loads(answer.body)["targets"]]


def sessions(one):
    return json.loads(one.ctl("-j", "sessions").stdout)["sessions"]


def ends(client, code, words):
    """It is closed by the bridge, with that."""
    with pytest.raises(Closed) as closed:
        while True:
            client.recv_exact(1)
    assert closed.value.code == code
    assert words in closed.value.reason, closed.value.reason
    client.close()


def reload(one):
    """By root, who may open what the daemon may not."""
    done = one.ctl("-f", one.conf_path, "reload")
    assert done.returncode == 0, done.stderr


# ---- in and out ----


def test_login_desktop_logout(lab):
    one = lab()
    who = Browser(one)
    assert who.get("/").get("location") == "login"
    page = who.get("/login?next=lab1")
    assert page.status == 200 and b'value="lab1"' in page.body
    assert page.get("cache-control") == "no-store"
    assert b"{{" not in page.body
    answer = who.login("alice", next="lab1")
    assert (answer.status, answer.get("location")) == (303, "./lab1")
    one.wait_log(user="alice", client="127.0.0.1", kind="password")
    assert who.get("/lab1").status == 200
    assert names(who) == ["lab1", "lab2"]
    account = json.loads(who.get("/api/login").body)
    assert account["user"] == "alice" and 0 < account["ends"] <= 7200
    client = who.open("lab1")
    assert is_open(client)
    assert one.wait_log(target="lab1", user="alice", tls="-")
    (session,) = sessions(one)
    assert session["user"] == "alice"
    other = logged_in(one, "bob").open("lab2")
    answer = who.logout()
    assert (answer.status, answer.get("location")) == (303, "login")
    ends(client, 4521, "you have logged out")
    assert who.cookie is None and is_open(other)
    other.close()


def test_a_cookie_is_worth_nothing_after_logout(lab):
    one = lab()
    who = logged_in(one, "alice")
    thief = Browser(one)
    thief.cookie = who.cookie
    assert thief.get("/lab1").status == 200
    who.logout()
    assert thief.get("/lab1").status == 303
    _, response = thief.connect("lab1")
    assert response.status == 401


@pytest.mark.parametrize(
    "name, password, words",
    [
        ("alice", "wrong", "The name or the password is not right."),
        ("nobody", "wrong", "The name or the password is not right."),
        ("", "", "The name or the password is not right."),
        ("alice", "x" * 300, "The name or the password is not right."),
        ("a" * 200, "x", "The name or the password is not right."),
        ("dave", "dave's secret", "This account is locked."),
        ("dave", "wrong", "The name or the password is not right."),
    ],
)
def test_wrong(lab, name, password, words):
    lab.people.add("dave", locked=True)
    one = lab()
    who = Browser(one)
    answer = who.post("/login", name=name, password=password)
    assert answer.status == 401 and who.cookie is None
    assert words in problem_of(answer)
    assert one.wait_log(why=None, kind="password")["client"] == "127.0.0.1"
    assert banned(one.wait_line("login failed")) == ["127.0.0.1"]


def test_second_factor(lab):
    lab.people.add("erin", seed=SEED)
    one = lab()
    who = Browser(one)
    answer = who.login("erin", next="lab2")
    assert answer.get("location") == "login?next=lab2"
    half = who.cookie
    # half a login opens nothing, and shows the other form
    assert who.get("/lab1").status == 303
    assert who.get("/api/targets").status == 401
    assert b'name="code"' in who.get("/login?next=lab2").body
    answer = who.post("/login", code="000000", next="lab2")
    assert (answer.status, problem_of(answer)) == (401, "That code is not right.")
    code = code_of(SEED)
    answer = who.post("/login", code=code, next="lab2")
    assert (answer.status, answer.get("location")) == (303, "./lab2"), problem_of(answer)
    assert who.cookie != half
    assert names(who) == ["lab1", "lab2"]
    # no code twice, not even in another login
    again = Browser(one)
    again.login("erin")
    answer = again.post("/login", code=code)
    assert "was used before" in problem_of(answer)


def test_wrong_ones_wait_and_others_do_not(lab):
    one = lab(trusted_proxies=["127.0.0.1"])
    mallory = Browser(one, headers=[("X-Forwarded-For", "198.51.100.66")])
    mallory.headers.append(("X-Forwarded-Proto", "https"))
    for _ in range(3):
        assert mallory.post("/login", name="alice", password="guess").status == 401
    answer = mallory.post("/login", name="alice", password="guess")
    assert answer.status == 429 and int(answer.get("retry-after")) > 0
    assert "Try again in" in problem_of(answer)
    # whom somebody else keeps out is not banned for it
    assert not banned(one.wait_line("login not checked"))
    assert len(one.grep("login failed client=198.51.100.66 user=\"alice\"")) == 3
    alice = Browser(
        one,
        headers=[("X-Forwarded-For", "203.0.113.5"), ("X-Forwarded-Proto", "https")],
    )
    assert alice.login("alice").status == 303
    assert alice.cookie.startswith("__Host-vncbridge=")


def readme_block(name):
    path = os.path.join(os.path.dirname(__file__), "../../README.md")
    with open(path, encoding="utf-8") as f:
        return re.search(rf"^```{name}\n(.*?)^```", f.read(), re.M | re.S)[1]


def test_ten_minutes_of_the_readme(directory, bridge, testcard):
    """Its commands and its configuration, with the places of a test."""
    card = testcard("echo")
    port = free_port()
    places = {
        "/etc/vncbridge": directory,
        "0.0.0.0:443": f"127.0.0.1:{port}",
        "10.0.3.7:5901": card.target,
        "08:00-20:00": "00:00-24:00",
        'auth "password" { }': f'auth "password" {{ file = "{directory}/users" }}',
    }
    commands = readme_block("sh").splitlines()
    for line in commands[:2]:
        words = shlex.split(line, comments=True)
        for before, after in places.items():
            words = [w.replace(before, after) for w in words]
        assert words[0] == "vncbridgectl"
        if words[1] == "user":
            words[3:3] = ["-F", f"{directory}/users", "--fd", "0"]
        done = subprocess.run(
            [VNCBRIDGECTL, *words[1:]], input="open sesame now\n", text=True,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stderr)
    give_to_daemon(f"{directory}/users")
    conf = readme_block("vncbridge-logins")
    for before, after in places.items():
        conf = conf.replace(before, after)
    context = client_context()
    body = re.search(r'^listen "[^"]+" \{\n(.*?)^\}\n', conf, re.M | re.S)
    conf = conf.replace(body[0], "")
    listen = Listen(f"127.0.0.1:{port}", body[1])
    one = bridge(listen=[listen], extra=conf, context=context)
    who = Browser(one)
    assert who.get("/lab1").get("location") == "login?next=lab1"
    answer = who.post("/login", name="alice", password="open sesame now", next="lab1")
    assert (answer.status, answer.get("location")) == (303, "./lab1")
    assert names(who) == ["lab1"]
    who.open("lab1").close()


# ---- nobody gets in where they don't belong ----

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


# ---- the end of a right ----


def crowd(one, count=2):
    """Sessions of alice, bob and carol, some each."""
    found = {}
    for name in ("alice", "bob", "carol"):
        who = logged_in(one, name)
        found[name] = [who.open("lab1") for _ in range(count)]
    return found


@pytest.mark.parametrize(
    "change, code, words",
    [
        ("lock", 4521, "your account was locked"),
        ("remove", 4521, "your account was removed"),
        ("password", 4521, "your account was changed"),
        ("group", 4521, "your account was changed"),
        ("access", 4520, "not open to you now"),
        ("auth", 4520, "not open to you now"),
    ],
)
def test_what_is_taken_away_ends_exactly_what_it_concerns(lab, change, code, words):
    one = lab(section("all", users=["alice", "bob", "@staff"], targets=["lab1"]), workers=2)
    open_ones = crowd(one)
    if change == "lock":
        lab.people.add("bob", groups="students", locked=True)
    elif change == "remove":
        lab.people.remove("bob")
    elif change == "password":
        lab.people.add("bob", "another", groups="students")
    elif change == "group":
        lab.people.add("bob", groups="")
    else:
        with open(one.conf_path, encoding="utf-8") as f:
            text = f.read()
        one.write_conf(text.replace('"alice", "bob"', '"alice"'))
    reload(one)
    for client in open_ones["bob"]:
        ends(client, code, words)
    for name in ("alice", "carol"):
        for client in open_ones[name]:
            assert is_open(client)
            client.close()
    # and nobody's address is banned for what they lost
    one.wait_line('session revoked conn=.* user="bob" target="lab1" why=')
    assert not [line for line in one.lines if banned(line)]


def test_a_login_ends_by_its_age_and_its_sessions_with_it(lab):
    one = lab(login_max=2)
    who = logged_in(one, "alice")
    client = who.open("lab1")
    ends(client, 4521, "your login has expired")
    assert who.get("/lab1").status == 303
    one.wait_log(user="alice", why="your login has expired")


def test_sessions_keep_a_login_alive(lab):
    """login-idle is over many times; the desktop is a use of it."""
    one = lab(login_idle=6)
    busy = logged_in(one, "alice")
    client = busy.open("lab1")
    for _ in range(2):
        idle = logged_in(one, "bob")
        until(lambda who=idle: who.get("/api/login").status == 401, 20, "bob's login to end")
        assert busy.get("/api/login").status == 200 and is_open(client)
    client.close()


def test_a_reload_that_brings_logins_ends_what_nobody_answers_for(bridge, lab):
    card = lab.cards[0]
    one = bridge(extra=f'target "lab1" {{ address = "{card.target}" }}\n')
    client = one.connect("lab1")
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    one.write_conf(text + lab.people.section)
    reload(one)
    ends(client, 4521, "not logged in")
    logged_in(one, "alice").open("lab1").close()
    # and without: everybody again, and no process that knows of them
    one.write_conf(text)
    reload(one)
    with one.connect("lab1") as client:
        assert is_open(client)
    assert all(p["role"] != "auth" for p in one.status()["processes"])


def test_an_administrator_sees_and_ends_logins(lab):
    one = lab('access "all" { users = { "@students", "@staff" } targets = { "lab1" } }\n')
    alice, bob = logged_in(one, "alice"), logged_in(one, "bob")
    mine, other = alice.open("lab1"), bob.open("lab1")
    logins = json.loads(one.ctl("-j", "logins").stdout)["logins"]
    assert [(x["user"], x["groups"], x["client"]) for x in logins] == [
        ("alice", "students", "127.0.0.1"), ("bob", "students", "127.0.0.1")
    ]  # fmt: skip
    assert 0 < logins[0]["ends_sec"] <= 7200
    assert "alice" in one.ctl("logins").stdout
    done = one.ctl("logout", "alice")
    assert (done.returncode, done.stdout) == (0, "1 login has ended\n"), done.stderr
    ends(mine, 4521, "an administrator has logged you out")
    assert is_open(other) and alice.get("/lab1").status == 303
    assert one.ctl("logout", "nobody").returncode == 1
    other.close()


def test_logins_of_many_pages(lab):
    one = lab()
    for _ in range(9):
        logged_in(one, "alice")
    logins = json.loads(one.ctl("-j", "logins").stdout)["logins"]
    assert len(logins) == 9 == len({x["id"] for x in logins})
    assert one.ctl("logout", "alice").stdout == "9 logins have ended\n"
    assert "no logins" in one.ctl("logins").stdout


def test_logins_without_an_auth_section(bridge):
    done = bridge().ctl("logins")
    assert done.returncode == 1 and "no auth section" in done.stderr


# ---- auth dies ----


def auth_pid(one):
    pids = [p["pid"] for p in one.status()["processes"] if p["role"] == "auth"]
    return pids[0] if pids else None


def test_auth_is_killed_and_nobody_is_logged_out(lab):
    one = lab()
    who = logged_in(one, "alice")
    client = who.open("lab1")
    for _ in range(3):
        pid = until(lambda: auth_pid(one), 10, "auth")
        helpers = list(children(pid))
        assert helpers
        kill_and_wait(pid)
        until(lambda: not any(is_alive(p) for p in helpers), 10, "its helpers to end")
        # whoever asks waits for the next one
        assert who.get("/lab1").status == 200
        assert Browser(one).login("bob").status == 303
        assert is_open(client)
        who.open("lab2").close()
    client.close()


def test_helpers_are_killed_and_others_come(lab):
    lab.people.add("slow", cost=12)
    one = lab()
    who = logged_in(one, "alice")
    for _ in range(3):
        pid = until(lambda: auth_pid(one), 10, "auth")
        for helper in list(children(pid)):
            os.kill(helper, signal.SIGKILL)
        assert who.get("/lab1").status == 200
        until(lambda: Browser(one).login("bob").status == 303, 20, "a login")


def test_a_hash_gives_way_to_desktops(lab):
    pid = auth_pid(lab())
    assert {os.getpriority(os.PRIO_PROCESS, p) for p in children(pid)} == {10}
    assert os.getpriority(os.PRIO_PROCESS, pid) == 0


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
