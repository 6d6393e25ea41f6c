# SPDX-License-Identifier: ISC
"""People log in, from outside: with a password, a code, and while auth dies."""

import json
import os
import re
import shlex
import signal
import subprocess

import pytest

from daemon import VNCBRIDGECTL, free_port, give_to_daemon
from loginlab import SEED, auth_pid, ends, lab, names, sessions  # noqa: F401
from people import Browser, code_of, is_open, logged_in, problem_of
from proc import children, is_alive, kill_and_wait
from test_refusals import banned
from tlsclient import Listen, client_context
from waiting import until


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


# ---- auth dies ----


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
