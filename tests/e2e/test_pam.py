# SPDX-License-Identifier: ISC
"""People log in by the system's PAM: real modules, real accounts of this
machine, and a module that does what it should not."""

import base64
import os
import shutil
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

import accounts
import daemon
from loginlab import ends, names, reload, sessions
from people import Browser, People, is_open, problem_of
from proc import children, is_alive, kill_and_wait, read_stat
from test_access import section
from test_keeper import find
from waiting import until

WRONG = "The name or the password is not right."
FAILED = "The bridge could not check that. Try again in a moment."
SECRET = "correct horse 7%&=+"


@pytest.fixture(scope="module")
def machine():
    accounts.need()
    # the daemon's user looks into it, which pytest's own folders forbid
    directory = tempfile.mkdtemp(prefix="vb-pam-")
    os.chmod(directory, 0o755)
    made = accounts.Accounts(directory)
    yield made
    made.remove()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def lab(bridge, testcard, machine, monkeypatch):
    """lab(text of the service, ...): a desktop and a bridge."""
    monkeypatch.setattr(daemon, "user_name", lambda: machine.daemon)
    card = testcard("echo")

    def start(text=accounts.UNIX, more="", body="", **settings):
        service = machine.service(text)
        extra = f'target "lab1" {{ address = "{card.target}" }}\n' + more
        extra += f'auth "pam" {{ service = "{service}" {body} }}\n'
        return bridge(extra=extra, **settings)

    return start


@pytest.fixture
def alice(machine):
    name = machine.add("a", SECRET)
    yield name
    machine.users.remove(name)
    accounts.run("userdel", name)


def log_in(one, name, password=SECRET):
    who = Browser(one)
    answer = who.login(name, password, next="lab1", timeout=60)
    assert answer.status == 303, (answer.status, problem_of(answer), one.lines[-5:])
    return who


def refused(one, name, password, words, status=401):
    who = Browser(one)
    answer = who.login(name, password, timeout=60)
    assert (answer.status, problem_of(answer)) == (status, words), one.lines[-5:]
    assert who.cookie is None


def pam_of(one):
    found = [p for p, comm in children(one.pid).items() if comm == "vncbridge-pam"]
    assert len(found) == 1, children(one.pid)
    return found[0]


def talks_of(one):
    return list(children(pam_of(one)))


def module(machine, words, account="pam_unix.so"):
    return (
        f"auth required pam_unix.so\nauth required {machine.module} {words}\n"
        f"account required {account}\n"
    )


# ---- in and out ----


def test_login_desktop_logout(lab, machine, alice):
    group = machine.add_group("g", alice)
    one = lab(more=section("everyone", users=[f"@{group}"], targets=["lab1"]))
    who = log_in(one, alice)
    one.wait_log(user=alice, client="127.0.0.1", kind="pam")
    assert names(who) == ["lab1"]
    client = who.open("lab1")
    assert is_open(client)
    (session,) = sessions(one)
    assert session["user"] == alice
    assert not talks_of(one)
    who.logout()
    ends(client, 4521, "you have logged out")
    assert not one.grep(r"horse")
    one.stop()


def test_wrong_ones(lab, alice):
    one = lab()
    refused(one, alice, "no", WRONG)
    pairs = one.wait_log(user=alice, kind="pam", why="wrong name, password or code")
    assert pairs["pam"] == "Authentication failure"
    refused(one, "nobodyofthatname", "no", WRONG)
    one.wait_log(user="nobodyofthatname", kind="pam")
    refused(one, "-x", "no", WRONG)
    log_in(one, alice)
    one.stop()


@pytest.mark.parametrize(
    "how, words, status",
    [
        (["usermod", "-L"], WRONG, 401),
        (["chage", "-E", "0"],
         "This account may not log in here, or has expired. Ask whoever looks after it.",
         401),
        (["chage", "-d", "0"],
         "The password of this account has expired. Change it where you usually do,"
         " then log in here.", 401),
    ],
)  # fmt: skip
def test_accounts_that_are_shut(lab, alice, how, words, status):
    one = lab()
    log_in(one, alice)
    accounts.run(*how, alice)
    refused(one, alice, SECRET, words, status)
    one.stop()


# ---- what a reload finds ----


def test_a_group_taken_away_ends_the_session(lab, machine, alice):
    group = machine.add_group("h", alice)
    one = lab(more=section("everyone", users=[f"@{group}"], targets=["lab1"]))
    client = log_in(one, alice).open("lab1")
    reload(one)
    assert is_open(client)
    accounts.run("gpasswd", "-d", alice, group)
    reload(one)
    ends(client, 4521, "your groups were changed")
    one.stop()


@pytest.mark.parametrize(
    "how, words",
    [
        (["chage", "-E", "0"], "your account has expired, or was locked"),
        (["chage", "-d", "0"], "your password has expired"),
        (["userdel"], "your account was removed"),
    ],
)
def test_an_account_that_is_gone_ends_the_session(lab, machine, how, words):
    name = machine.add("z", SECRET)
    one = lab()
    client = log_in(one, name).open("lab1")
    accounts.run(*how, name)
    reload(one)
    ends(client, 4521, words)
    one.stop()
    if how != ["userdel"]:
        accounts.run("userdel", name)
    machine.users.remove(name)


def test_another_service_ends_the_session(lab, machine, alice):
    one = lab()
    client = log_in(one, alice).open("lab1")
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    other = machine.service(name="t")
    one.write_conf(text.replace(f'service = "{machine.mark}s"', f'service = "{other}"'))
    reload(one)
    ends(client, 4521, "your way to log in was removed or changed")
    log_in(one, alice)
    one.stop()


def test_a_reload_brings_it_only_with_a_restart(bridge, testcard, machine):
    one = bridge()
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    service = machine.service()
    one.write_conf(text + f'auth "pam" {{ service = "{service}" }}\n')
    done = one.ctl("-f", one.conf_path, "reload")
    assert done.returncode != 0
    assert "comes only with a restart" in done.stdout + done.stderr
    one.stop()


def test_a_pam_that_does_not_answer_ends_no_login(lab, machine, alice):
    one = lab()
    client = log_in(one, alice).open("lab1")
    # as a directory that is just being restarted
    machine.service(f"account required {machine.module} fail=9\n")
    reload(one)
    one.wait_line(f'PAM does not say whether user="{alice}" may go on')
    assert is_open(client)
    accounts.run("chage", "-E", "0", alice)
    machine.service()
    # asked again by itself
    ends(client, 4521, "your account has expired, or was locked")
    one.stop()


def test_why_asks_pam_for_the_groups(lab, machine, alice):
    group = machine.add_group("w", alice)
    one = lab(more=section("everyone", users=[f"@{group}"], targets=["lab1"]))

    def why(name):
        return one.ctl("why", name, "127.0.0.1", "lab1")

    assert why(alice).returncode == 0, why(alice).stdout
    assert "everyone" in why(alice).stdout
    accounts.run("gpasswd", "-d", alice, group)
    assert why(alice).returncode != 0
    assert why("nobodyofthatname").returncode != 0
    one.stop()


# ---- beside the users' file ----


def test_the_users_file_comes_first(lab, machine, alice, directory):
    people = People(directory).add("bob").add(alice, "of the file")
    one = lab(more=people.section)
    refused(one, alice, SECRET, WRONG)
    assert log_in(one, alice, "of the file")
    one.wait_log(user=alice, kind="password")
    log_in(one, "bob", "bob's secret")
    people.remove(alice)
    reload(one)
    who = log_in(one, alice)
    client = who.open("lab1")
    people.add(alice, "of the file", locked=True)
    reload(one)
    ends(client, 4521, "your account was locked")
    one.stop()


def test_whom_a_module_means_is_not_one_of_the_file(lab, machine, alice, directory):
    people = People(directory).add("bob")
    one = lab(module(machine, "user=bob", "pam_permit.so"), more=people.section)
    refused(one, alice, SECRET, FAILED, 503)
    one.wait_log(user=alice, kind="pam", why="it could not be checked")
    one.stop()


def test_basic(lab, alice):
    one = lab(body="basic = yes")

    def ask(password):
        word = base64.b64encode(f"{alice}:{password}".encode()).decode()
        client, response = Browser(
            one, headers=[("Authorization", f"Basic {word}")]
        ).connect("lab1")
        return client, response.status

    assert ask("wrong")[1] == 401
    client, status = ask(SECRET)
    assert status == 101
    one.wait_log(user=alice, kind="pam")
    client.close()
    one.stop()


# ---- a second question ----


def code(who, text):
    return who.post("/login", code=text, next="lab1", timeout=60)


def test_a_module_asks_for_a_code(lab, machine, alice):
    one = lab(module(machine, "code=271828"))
    who = Browser(one)
    assert who.login(alice, SECRET).status == 303
    assert who.get("/lab1").status == 303
    assert len(talks_of(one)) == 1
    answer = code(who, "271828")
    assert answer.status == 303, problem_of(answer)
    assert who.get("/lab1").status == 200
    until(lambda: not talks_of(one), 5, "the conversation's end")
    other = Browser(one)
    assert other.login(alice, SECRET).status == 303
    answer = code(other, "314159")
    assert answer.status == 401
    assert other.get("/lab1").status == 303
    # nobody types: whose half ends, ends the conversation
    last = Browser(one)
    assert last.login(alice, SECRET).status == 303
    assert len(talks_of(one)) == 1
    last.logout()
    until(lambda: not talks_of(one), 5, "the conversation's end")
    one.stop()


def test_only_so_many_wait_for_a_code(lab, machine, alice):
    one = lab(module(machine, "code=271828"))
    halves = [Browser(one) for _ in range(6)]
    for who in halves:
        assert who.login(alice, SECRET).status == 303
    until(lambda: len(talks_of(one)) == 4, 5, "the oldest to go")
    assert code(halves[0], "271828").status == 401
    assert code(halves[5], "271828").status == 303
    one.stop()


# ---- modules that do what they should not ----


@pytest.mark.parametrize(
    "words, said",
    [
        ("crash", "its process has died of signal 11"),
        ("exit", "a module has ended its process, with status 0"),
        ("fail=4", "System error"),
        ("user=a,b", 'which is no name here'),
    ],
)
def test_a_module_that_fails(lab, machine, alice, words, said):
    one = lab(module(machine, words, "pam_permit.so"))
    refused(one, alice, SECRET, FAILED, 503)
    line = one.wait_line(r'why="it could not be checked"')
    assert said in line
    pam = pam_of(one)
    machine.service()
    log_in(one, alice)
    assert pam_of(one) == pam
    one.stop()


def test_what_a_module_says_is_escaped(lab, machine, alice):
    one = lab(module(machine, "text=hello fail=7"))
    refused(one, alice, SECRET, WRONG)
    assert r"hello\x1b[1m" in one.wait_line("hello")
    one.stop()


def test_a_module_that_hangs_costs_its_login_alone(lab, machine, alice):
    bob = machine.add("b", SECRET)
    one = lab(module(machine, f"hang={alice}"))
    who = Browser(one)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(who.login, alice, SECRET, timeout=60)
        talk = until(lambda: talks_of(one), 10, "a conversation")[0]
        log_in(one, bob)
        answer = waiting.result(90)
    assert answer.status == 503 and problem_of(answer) == FAILED
    one.wait_line("its modules had not answered in 30 s")
    until(lambda: not is_alive(talk), 5, "its end")
    one.stop()


def test_its_process_is_killed(lab, machine, alice):
    one = lab(module(machine, "hang"))
    who = Browser(one)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(who.login, alice, SECRET, timeout=60)
        kill_and_wait(until(lambda: talks_of(one), 10, "a conversation")[0])
        assert waiting.result(60).status == 503
    one.wait_line("its process has died of signal 9")
    one.stop()


def test_pam_is_killed(lab, machine, alice):
    bob = machine.add("c", SECRET)
    one = lab(module(machine, f"hang={alice}"))
    who = Browser(one)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(who.login, alice, SECRET, timeout=60)
        talk = until(lambda: talks_of(one), 10, "a conversation")[0]
        before = pam_of(one)
        kill_and_wait(before)
        assert waiting.result(60).status == 503
    until(lambda: not is_alive(talk), 5, "its end")
    log_in(one, bob)
    assert pam_of(one) != before
    one.stop()


@pytest.fixture
def sleeper(machine):
    """A program whose processes nobody else has. Those that it has left."""
    name = f"{machine.mark}z"
    path = os.path.join(machine.directory, name)
    if not os.path.exists(path):
        shutil.copy(shutil.which("sleep"), path)

    def running():
        found = []
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            stat = read_stat(pid)
            if stat and stat[0] == name and stat[1] not in "ZX":
                found.append(pid)
        return found

    running.path = path
    yield running
    left = running()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


@pytest.mark.parametrize("killed", [None, "conversation", "pam"])
def test_what_a_module_leaves_is_ended(lab, machine, alice, sleeper, killed):
    then = "" if killed is None else "hang"
    one = lab(module(machine, f"leave={sleeper.path} {then}"))
    if killed is None:
        log_in(one, alice)
    else:
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(Browser(one).login, alice, SECRET, timeout=60)
            until(sleeper, 10, "what it leaves")
            kill_and_wait(pam_of(one) if killed == "pam" else talks_of(one)[0])
            assert waiting.result(60).status == 503
    until(lambda: not sleeper(), 5, "its end")
    one.stop()


# ---- secrets ----


def test_the_password_is_nowhere_after_the_answer(lab, machine, alice):
    needles = {"password": [SECRET.encode()]}
    one = lab(module(machine, "code=271828"))
    who = Browser(one)
    assert who.login(alice, SECRET).status == 303
    talk = talks_of(one)[0]
    # a module may ask for it again: here it must be, or we can't look
    assert find(talk, needles) == {"password"}
    assert find(pam_of(one), needles) == set()
    assert code(who, "271828").status == 303
    until(lambda: not is_alive(talk), 5, "its end")
    for pid in [*one.all_pids(), pam_of(one)]:
        assert find(pid, needles) == set(), read_stat(pid)
    one.stop()
