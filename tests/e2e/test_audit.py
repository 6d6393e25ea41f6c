# SPDX-License-Identifier: ISC
"""The audit trail: its records, its chain, and that its numbers add up."""

import hashlib
import os
import random
import resource
import signal

import pytest

from audit import Trail, chain_is_good
from daemon import IS_ROOT, conf_text, free_port, run_to_end
from people import Browser, People, logged_in
from rawmode import open_raw
from targets import closed_port
from waiting import until


@pytest.fixture
def trail(directory):
    return Trail(directory)


def test_a_session_has_an_open_and_an_end(bridge, testcard, trail):
    one = bridge(audit_file=trail.path)
    client, _ = open_raw(one, testcard("echo"))
    opened = trail.wait("open")[0]
    assert opened["target"].startswith("127.0.0.1:")
    assert opened["client"].startswith("127.0.0.1:")
    client.send(b"hello")
    assert client.recv_exact(5) == b"hello"
    assert client.shut() == 1000
    end = trail.wait("end")[0]
    assert (end["worker"], end["conn"]) == (opened["worker"], opened["conn"])
    assert end["to_target"] == 5 + 12
    assert end["to_client"] >= 5 + 12
    assert end["code"] == 1000
    assert one.stop() == 0
    kinds = [r["kind"] for r in trail.records()]
    assert kinds == ["start", "open", "end", "stop"]
    assert [r["seq"] for r in trail.records()] == [1, 2, 3, 4]
    assert chain_is_good(trail.lines())
    status, said = trail.verify()
    assert status == 0 and said["running"] == 0 and said["whole"]


def test_people_have_login_failure_and_logout(bridge, directory, trail):
    people = People(directory)
    people.add("anna")
    one = bridge(audit_file=trail.path, extra=people.section)
    who = logged_in(one, "anna")
    who.login("anna", "wrong")
    Browser(one).login("n\u00f6body\"\\", "x")
    assert who.logout().status in (200, 303)
    login = trail.wait("login")[0]
    assert (login["user"], login["how"]) == ("anna", "password")
    assert login["client"] == "127.0.0.1"
    logout = trail.wait("logout")[0]
    assert (logout["user"], logout["login"]) == ("anna", login["login"])
    failures = trail.wait("failure", 2)
    assert failures[0]["user"] == "anna"
    assert failures[1]["user"] == 'n\u00f6body"\\'
    assert all("wrong" in f["reason"] for f in failures)
    assert not any("anna's secret" in str(r) for r in trail.records())


def test_the_users_sessions_name_the_login(bridge, directory, testcard, trail):
    people = People(directory)
    people.add("anna")
    one = bridge(audit_file=trail.path, extra=people.section)
    who = logged_in(one, "anna")
    session = who.open(testcard("echo").target)
    login = trail.wait("login")[0]
    opened = trail.wait("open")[0]
    assert (opened["user"], opened["login"]) == ("anna", login["login"])
    session.close()
    end = trail.wait("end")[0]
    assert (end["user"], end["login"]) == ("anna", login["login"])


def test_a_refusal_has_the_code_that_the_client_saw(bridge, trail):
    one = bridge(audit_file=trail.path)
    seen = []
    for target in (f"127.0.0.1:{closed_port()}", "192.0.2.1:5901", "no%20name"):
        client = one.connect(target)
        client.recv_until_close()
        seen.append((client.close_code, client.close_reason))
    records = trail.wait("refuse", 3)
    assert [(r["code"], r["reason"]) for r in records] == seen
    assert [code for code, _ in seen] == [4500, 4520, 4520]
    assert records[1]["target"] == "192.0.2.1:5901"
    assert trail.count("open") == 0


def test_reloads_are_recorded_those_that_failed_too(bridge, trail):
    one = bridge(audit_file=trail.path)
    one.signal(signal.SIGHUP)
    assert trail.wait("reload")[0]["generation"] == 2
    done = one.ctl("reload", "-f", one.conf_path)
    assert done.returncode == 0, done.stderr
    assert trail.wait("reload", 2)[1]["generation"] == 3
    with open(one.conf_path, "a", encoding="utf-8") as f:
        f.write("nonsense = 1\n")
    one.signal(signal.SIGHUP)
    failed = trail.wait("reload", 3)[2]
    assert failed["generation"] == 3
    assert "nonsense" in failed["reason"]


@pytest.mark.parametrize("by", ["signal", "vncbridgectl"])
def test_a_file_that_was_renamed_is_left_and_the_chain_goes_on(
    bridge, testcard, trail, by
):
    one = bridge(audit_file=trail.path)
    client, _ = open_raw(one, testcard("echo"))
    trail.wait("open")
    old = trail.path + ".1"
    os.rename(trail.path, old)
    if by == "signal":
        one.signal(signal.SIGHUP)
    else:
        done = one.ctl("reload", "-f", one.conf_path)
        assert done.returncode == 0, done.stderr
    until(lambda: os.path.exists(trail.path), 10, "the new file")
    trail.wait("reload")
    client.close()
    trail.wait("end")
    assert one.stop() == 0
    assert [r["kind"] for r in trail.records(path=old)] == ["start", "open"]
    assert [r["kind"] for r in trail.records()] == ["reload", "end", "stop"]
    assert chain_is_good([*trail.lines(old), *trail.lines()])
    status, said = trail.verify(old, trail.path)
    assert status == 0 and said["whole"] and said["running"] == 0
    # one alone, or in the wrong order
    status, said = trail.verify(trail.path)
    assert status == 0 and not said["whole"]
    status, said = trail.verify(trail.path, old)
    assert status == 1 and said["fault"] == {
        "file": old, "line": 1, "text": said["fault"]["text"]
    }  # fmt: skip


@pytest.mark.skipif(not IS_ROOT, reason="needs root, who lends its rights")
def test_a_folder_of_roots_is_opened_by_vncbridgectl(bridge, trail):
    os.chown(trail.folder, 0, 0)
    one = bridge(audit_file=trail.path)
    trail.wait("start")
    os.rename(trail.path, trail.path + ".1")
    one.signal(signal.SIGHUP)
    line = one.wait_line(lambda text: "reload failed" in text)
    assert "audit-file" in line and "Permission denied" in line
    assert "vncbridgectl reload" in line
    # what could not be opened anew goes on where it was
    until(
        lambda: trail.records("reload", path=trail.path + ".1"), 10, "the record"
    )
    done = one.ctl("reload", "-f", one.conf_path)
    assert done.returncode == 0, done.stderr
    trail.wait("reload")
    assert trail.verify(trail.path + ".1", trail.path)[0] == 0


# ---- who dies ----


def test_a_worker_that_is_killed_leaves_an_end_for_each_session(
    bridge, testcard, trail
):
    one = bridge(audit_file=trail.path, workers=2)
    card = testcard("echo")
    clients = [open_raw(one, card, number)[0] for number in range(1, 9)]
    trail.wait("open", 8)
    known = one.workers()
    for pid in known:
        os.kill(pid, signal.SIGKILL)
    ends = trail.wait("end", 8)
    assert all("worker has died" in end["reason"] for end in ends)
    keys = {(r["worker"], r["conn"]) for r in trail.records("open")}
    assert keys == {(r["worker"], r["conn"]) for r in ends} and len(keys) == 8
    for client in clients:
        client.close()
    until(lambda: one.status()["audit"]["running"] == 0, 10, "no session")
    assert trail.count("end") == 8


def test_a_broker_that_is_killed_makes_no_second_open(bridge, testcard, trail):
    one = bridge(audit_file=trail.path)
    card = testcard("echo")
    clients = [open_raw(one, card, number)[0] for number in range(1, 5)]
    trail.wait("open", 4)
    for _ in range(3):
        known = one.broker()
        os.kill(known, signal.SIGKILL)
        one.wait_other_broker(known)
    # these are held; a new one shows that the broker has heard so
    clients.append(open_raw(one, card, 5)[0])
    trail.wait("open", 5)
    for client in clients:
        client.send(b"x")
        assert client.recv_exact(1) == b"x"
        assert client.shut() == 1000
    ends = trail.wait("end", 5)
    assert all(end["to_target"] == 13 for end in ends)
    assert trail.count("open") == 5
    status = one.status()["audit"]
    assert (status["opened"], status["ended"], status["running"]) == (5, 5, 0)


def test_a_session_that_ends_while_there_is_no_broker_ends_in_the_trail(
    bridge, testcard, trail
):
    one = bridge(audit_file=trail.path)
    card = testcard("echo")
    staying, leaving = (open_raw(one, card, number)[0] for number in (1, 2))
    trail.wait("open", 2)
    broker = one.broker()
    os.kill(broker, signal.SIGSTOP)
    assert leaving.shut() == 1000
    os.kill(broker, signal.SIGKILL)
    end = trail.wait("end")[0]
    assert (end["worker"], end["conn"]) == (0, trail.records("open")[1]["conn"])
    assert staying.shut() == 1000
    trail.wait("end", 2)


def test_a_daemon_that_is_killed_is_told_of_by_the_next(
    bridge, directory, testcard, trail
):
    one = bridge(audit_file=trail.path)
    client, _ = open_raw(one, testcard("echo"))
    trail.wait("open")
    pids = one.all_pids()
    one.signal(signal.SIGKILL)
    one.process.wait()
    until(lambda: not any(os.path.exists(f"/proc/{p}") for p in pids[1:]), 10, "end")
    client.close()
    # it had come this far with the next line
    with open(trail.path, "ab") as f:
        f.write(b'{"seq":3,"prev":"00')
    status, said = trail.verify()
    assert status == 1 and said["fault"]["line"] == 3
    two = bridge(audit_file=trail.path)
    start = trail.wait("start", 2)[1]
    assert start["torn"] == 19 and start["seq"] == 3
    assert two.grep("half written")
    assert two.stop() == 0
    status, said = trail.verify()
    assert status == 0
    assert (said["cut_off"], said["torn"], said["running"]) == (1, 1, 0)
    assert chain_is_good(trail.lines())


def test_sessions_end_before_the_daemon_does(bridge, testcard, trail):
    one = bridge(audit_file=trail.path, drain_timeout=5, workers=2)
    card = testcard("echo")
    clients = [open_raw(one, card, number)[0] for number in range(1, 5)]
    trail.wait("open", 4)
    one.signal(signal.SIGTERM)
    for client in clients:
        client.recv_until_close()
        assert client.close_code == 4580
        client.close()
    assert one.wait() == 0
    kinds = [r["kind"] for r in trail.records()]
    assert kinds == ["start", *["open"] * 4, *["end"] * 4, "stop"]
    assert [end["code"] for end in trail.records("end")] == [4580] * 4


# ---- a disk that is full ----


ALMOST_FULL = 16 << 20  # more than the memory files of pages and logins have


def fill(trail, left):
    """Lines until only so many bytes are left of what files may have."""
    last, size, seq, lines = "0" * 64, 0, 0, []
    room = ALMOST_FULL - left
    while size < room:
        seq += 1
        line = (
            f'{{"seq":{seq},"prev":"{last}","time":"2026-01-01T00:00:00.000Z",'
            f'"kind":"hook","reason":"'
        )
        rest = room - size - len(line) - 3
        line += "x" * (4000 if rest > 8000 else rest // 2 if rest > 4000 else rest)
        line += '"}'
        last = hashlib.sha256(line.encode()).hexdigest()
        size += len(line) + 1
        lines.append(line + "\n")
    with open(trail.path, "w", encoding="ascii") as f:
        f.writelines(lines)
    os.chown(trail.path, os.stat(trail.folder).st_uid, -1)
    assert os.path.getsize(trail.path) == room
    return seq


def let_files_have_little():
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ALMOST_FULL, hard))


@pytest.mark.parametrize("is_required", [False, True])
def test_a_full_disk_is_said_and_counted(bridge, testcard, trail, is_required):
    """Full for this file, by a limit: a new one has room."""
    filled = fill(trail, 500)
    one = bridge(
        audit_file=trail.path,
        audit_required=is_required,
        popen={"preexec_fn": let_files_have_little},
    )
    card = testcard("echo")
    before, _ = open_raw(one, card, 1)
    client = one.connect("192.0.2.1:5901")
    client.recv_until_close()
    one.wait_line(lambda text: "audit-file can't be written" in text)
    assert os.path.getsize(trail.path) == ALMOST_FULL
    assert one.status()["audit"]["error"] == "File too large"
    if is_required:
        client = one.connect(card.target)
        client.recv_until_close()
        assert client.close_code == 4581
        assert "audit trail" in client.close_reason
        # a new broker knows, too
        known = one.broker()
        os.kill(known, signal.SIGKILL)
        one.wait_other_broker(known)
        client = one.connect(card.target)
        client.recv_until_close()
        assert client.close_code == 4581
    else:
        client, _ = open_raw(one, card, 2)
        client.close()
    # what is open goes on
    before.send(b"x")
    assert before.recv_exact(1) == b"x"
    os.rename(trail.path, trail.path + ".1")
    one.signal(signal.SIGHUP)
    one.wait_line(lambda text: "audit-file is written again" in text)
    again, _ = open_raw(one, card, 2 if is_required else 3)
    again.close()
    before.close()
    until(lambda: one.status()["audit"]["running"] == 0, 10, "no session")
    assert one.status()["audit"]["error"] is None
    assert one.stop() == 0
    status, said = trail.verify(trail.path + ".1", trail.path)
    assert status == 0 and said["lost"] == 0 and said["running"] == 0, said
    assert said["kinds"]["refuse"] == (3 if is_required else 1)
    assert said["kinds"]["open"] == (2 if is_required else 3)
    assert said["kinds"]["hook"] == filled
    assert len([x for x in one.lines if "audit-file can't" in x]) == 1


def test_required_without_a_file_is_no_configuration(directory):
    conf = conf_text(directory, ["127.0.0.1:6080"], audit_required=True)
    status, said, _ = run_to_end(directory, conf, args=("-n",))
    assert status == 1
    assert "audit-required needs an audit-file" in said


@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "second name", "nowhere"])
def test_a_file_that_is_none_is_refused_at_the_start(directory, trail, kind):
    path = trail.path
    other = os.path.join(trail.folder, "other")
    if kind == "folder":
        os.mkdir(path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "nowhere":
        path = os.path.join(trail.folder, "none", "audit.log")
    else:
        with open(other, "w", encoding="ascii"):
            pass
        (os.symlink if kind == "link" else os.link)(other, path)
    conf = conf_text(directory, [f"127.0.0.1:{free_port()}"], audit_file=path)
    for args in (("-n",), ("-d",)):
        status, said, _ = run_to_end(directory, conf, args=args)
        assert status == 1, said
        assert f"audit-file {path}: " in said, said


def test_two_daemons_that_write_one_file_are_told(bridge, trail):
    one = bridge(audit_file=trail.path)
    one.signal(signal.SIGHUP)
    trail.wait("reload")
    two = bridge(audit_file=trail.path)
    two.wait_line(lambda text: "another daemon writes to it" in text)
    assert not one.grep("another daemon writes to it")


def test_a_check_makes_no_file(directory, trail):
    conf = conf_text(directory, [f"127.0.0.1:{free_port()}"], audit_file=trail.path)
    assert run_to_end(directory, conf, args=("-n",))[0] == 0
    assert not os.path.exists(trail.path)


def test_records_go_to_the_log_with_what_proves_them(bridge, trail):
    one = bridge(audit_file=trail.path, audit_syslog=True)
    one.connect("192.0.2.1:5901").recv_until_close()
    trail.wait("refuse")
    line = one.wait_line(lambda text: '"kind":"refuse"' in text)
    assert one.stop() == 0
    last = one.wait_line(lambda text: '"kind":"stop"' in text)
    end = last.split('"hash":"')[1].split('"')[0]
    assert trail.verify(end=end)[0] == 0
    assert trail.verify(end="0" * 64)[0] == 1
    assert '"target":"192.0.2.1:5901"' in line


# ---- cuts and changes ----


@pytest.fixture(scope="module")
def long_trail(request):
    """Lines of a daemon that ran, and the hash that the last one must have."""
    from conftest import bridges_of_module  # noqa: PLC0415

    with bridges_of_module(request) as bridges:
        trail = Trail(bridges.directory)
        one = bridges(audit_file=trail.path)
        for _ in range(50):
            one.connect("192.0.2.1:5901").recv_until_close()
        trail.wait("refuse", 50)
        end = one.status()["audit"]["hash"]
        with open(trail.path, "rb") as f:
            yield f.read(), end


def cut(data, dice):
    at, end = sorted(dice.sample(range(len(data) + 1), 2))
    return data[:at] + data[end:]


def cut_lines(data, dice):
    lines = data.splitlines(keepends=True)
    at, end = sorted(dice.sample(range(1, len(lines) + 1), 2))
    return b"".join(lines[:at] + lines[end:])


def change(data, dice):
    at = dice.randrange(len(data))
    byte = dice.choice([b for b in range(256) if b != data[at]])
    return data[:at] + bytes([byte]) + data[at + 1 :]


def swap(data, dice):
    lines = data.splitlines(keepends=True)
    one, other = dice.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def double(data, dice):
    lines = data.splitlines(keepends=True)
    at = dice.randrange(len(lines))
    lines.insert(dice.randrange(len(lines) + 1), lines[at])
    return b"".join(lines)


def renumber(data, dice):
    """One that knows what a record looks like."""
    lines = data.splitlines(keepends=True)
    at = dice.randrange(len(lines))
    lines[at] = lines[at].replace(b"192.0.2.1", b"192.0.2.2").replace(
        b'"pid":', b'"pid":1')  # fmt: skip
    return b"".join(lines)


@pytest.mark.parametrize("seed", range(100))
def test_verify_finds_each_cut_and_each_change(long_trail, directory, seed):
    data, end = long_trail
    dice = random.Random(seed)
    how = [cut, cut_lines, change, swap, double, renumber][seed % 6]
    hurt = how(data, dice)
    assert hurt != data
    trail = Trail(directory)
    with open(trail.path, "wb") as f:
        f.write(data)
    assert trail.verify(end=end)[0] == 0
    with open(trail.path, "wb") as f:
        f.write(hurt)
    status, said = trail.verify(end=end)
    assert status == 1, (how, said)
    assert not said["good"] and said["fault"]["file"] == trail.path
    # not before the first line that differs, or after the next
    same = 0
    for same, (a, b) in enumerate(
        zip(data.splitlines(), hurt.splitlines(), strict=False)
    ):
        if a != b:
            break
    assert same - 1 <= said["fault"]["line"] <= same + 3
