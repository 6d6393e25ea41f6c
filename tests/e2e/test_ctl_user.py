# SPDX-License-Identifier: ISC
"""vncbridgectl user: the users' file, as an operator changes it."""

import base64
import ctypes
import hashlib
import hmac
import json
import os
import re
import stat
import struct
import subprocess
import time
import urllib.parse

import pytest

from daemon import IS_ROOT, VNCBRIDGECTL, as_ordinary_user
from terminal import Terminal
from waiting import seconds

SECRET = "correct horse battery staple"
APPLIES = '"vncbridgectl reload" puts it into force'  # ends what was done
STRANGE = "# people, by hand\n\n#bob:\u00fc:\n"
BCRYPT = "$2y$05$" + "abcdefghij" * 5 + "abc"
UTF8 = {**os.environ, "LC_ALL": "C.UTF-8"}


def user(directory, verb, *args, password=None, env=None, prefix=()):
    """Runs it on the file "users"; a password goes to descriptor 0."""
    path = os.path.join(directory, "users")
    argv = [*prefix, VNCBRIDGECTL, "user", verb, "-F", path]
    if password is not None:
        argv += ["--fd", "0"]
    return subprocess.run(
        [*argv, *args],
        input=(password + "\n") if password is not None else "",
        capture_output=True,
        text=True,
        timeout=seconds(30),
        check=False,
        env=env,
        start_new_session=True,  # without a terminal
    )


def done(result, words=""):
    assert result.returncode == 0, result.stderr
    assert words in result.stdout
    return result.stdout


def refused(result, words, status=1):
    assert result.returncode == status, (result.stdout, result.stderr)
    assert words in result.stderr, result.stderr
    assert SECRET not in result.stderr + result.stdout


def content(directory):
    path = os.path.join(directory, "users")
    with open(path, encoding="utf-8", newline="") as f:
        return f.read()


def write(directory, text):
    path = os.path.join(directory, "users")
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)
    return path


def line_of(directory, name):
    (line,) = [x for x in content(directory).split("\n") if x.startswith(name + ":")]
    return line.split(":")


def is_hash_of(hashed, password):
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), hashed.encode()).decode() == hashed


def listed(directory, *args):
    return json.loads(done(user(directory, "list", "-j", *args)))["users"]


def add(directory, name="alice", *args, password=SECRET):
    return done(user(directory, "add", name, *args, password=password), APPLIES)


# one after the other


def test_a_life(directory):
    add(directory, "alice", "-g", "admins,lab-1")
    add(directory, "bob", password="another one")
    _, hashed, groups, factor = line_of(directory, "alice")
    assert hashed.startswith("$y$") and is_hash_of(hashed, SECRET)
    assert (groups, factor) == ("admins,lab-1", "")
    assert stat.S_IMODE(os.stat(os.path.join(directory, "users")).st_mode) == 0o640
    done(user(directory, "lock", "alice"), APPLIES)
    assert line_of(directory, "alice")[1] == "!" + hashed
    done(user(directory, "lock", "alice"), "nothing to change")
    done(user(directory, "passwd", "alice", password="a new one"), APPLIES)
    assert is_hash_of(line_of(directory, "alice")[1][1:], "a new one")
    done(user(directory, "unlock", "alice"), APPLIES)
    assert is_hash_of(line_of(directory, "alice")[1], "a new one")
    assert done(user(directory, "groups", "alice")) == "admins\nlab-1\n"
    done(user(directory, "groups", "alice", "-g", ""), APPLIES)
    assert done(user(directory, "groups", "alice")) == ""
    done(user(directory, "remove", "alice"), APPLIES)
    assert [u["name"] for u in listed(directory)] == ["bob"]


def test_list_has_no_secret(directory):
    add(directory, "alice", "-g", "lab")
    done(user(directory, "totp", "--no-confirm", "alice"))
    add(directory, "bob")
    done(user(directory, "lock", "bob"))
    assert listed(directory) == [
        {"name": "alice", "locked": False, "groups": ["lab"],
         "second_factor": True, "recovery_codes": 10, "hash": "yescrypt"},
        {"name": "bob", "locked": True, "groups": [],
         "second_factor": False, "recovery_codes": 0, "hash": "yescrypt"},
    ]  # fmt: skip
    table = done(user(directory, "list")).splitlines()
    assert table[0].split() == ["NAME", "LOCKED", "SECOND-FACTOR", "HASH", "GROUPS"]
    assert table[1].split() == ["alice", "no", "yes", "yescrypt", "lab"]
    assert table[2].split() == ["bob", "yes", "no", "yescrypt", "-"]
    assert [u["name"] for u in listed(directory, "bob")] == ["bob"]
    refused(user(directory, "list", "carol"), 'no user "carol"')


def test_other_lines_stay_byte_for_byte(directory):
    path = write(directory, STRANGE + f"zoe:{BCRYPT}:a:\n\n# end")
    os.chmod(path, 0o604)
    add(directory, "alice")
    text = content(directory)
    assert text.startswith(STRANGE + f"zoe:{BCRYPT}:a:\n\n# end\nalice:$y$")
    done(user(directory, "lock", "zoe"))
    assert content(directory) == text.replace("zoe:", "zoe:!")
    done(user(directory, "remove", "alice"))
    assert content(directory) == STRANGE + f"zoe:!{BCRYPT}:a:\n\n# end\n"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o604


# what is refused


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("zoe:$apr1$salt$abcdefghijabcdefghijab::", ':2: the hash of "zoe" is Apa'),
        ("zoe:secret::", "a password itself must not be in the file"),
        ("zoe:" + BCRYPT, "this one has 2"),
        (f"zoe:{BCRYPT}::\r", "CR LF"),
        (f"alice:{BCRYPT}::", "also in line"),
    ],
)  # fmt: skip
def test_a_file_with_a_fault_stays_as_it_is(directory, line, words):
    """What the daemon would not read is not written either."""
    text = f"alice:{BCRYPT}::\n{line}\n"
    write(directory, text)
    for args in (("list",), ("lock", "alice"), ("add", "bob")):
        refused(
            user(directory, *args, password=SECRET if args[0] == "add" else None),
            words,
        )
    assert content(directory) == text


def test_a_fault_is_mended(directory):
    write(directory, f"# p\nzoe:$1$saltsalt$abcdefghijabcdefghijab::\na:{BCRYPT}::\n")
    refused(user(directory, "list"), "user passwd zoe")
    done(user(directory, "passwd", "zoe", password=SECRET), APPLIES)
    assert len(listed(directory)) == 2
    write(directory, f"zoe:{BCRYPT}::\nzoe:{BCRYPT}::\n")
    done(user(directory, "remove", "zoe"), APPLIES)
    assert content(directory) == ""


def test_names_are_there_or_not(directory):
    add(directory, "alice")
    again = user(directory, "add", "alice", password=SECRET)
    refused(again, 'already a user "alice"')
    for verb in ("passwd", "lock", "unlock", "remove", "totp", "groups"):
        refused(user(directory, verb, "bob"), 'no user "bob"')
    assert len(listed(directory)) == 1


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("add",),
        ("add", "a", "b"),
        ("add", "-x"),
        ("add", "@a"),
        ("add", "a:b"),
        ("add", "a\nb"),
        ("add", "a" * 64),
        ("add", "a", "-g", "b:c"),
        ("add", "a", "-g", "b\nc"),
        ("add", "a", "-g", "b,"),
        ("add", "a", "--fd", "x"),
        ("add", "a", "--fd", "-1"),
        ("add", "a", "--no-qr"),
        ("lock", "a", "-g", "b"),
        ("totp", "a", "-i", "b:c"),
        ("totp", "a", "-i", ""),
        ("groups",),
        ("nonsense", "a"),
    ],
)
def test_what_can_not_be_understood_is_64(directory, args):
    result = subprocess.run(
        [VNCBRIDGECTL, "user", *args], capture_output=True, text=True, check=False
    )
    assert result.returncode == 64
    assert "usage:" in result.stderr


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "is empty"),
        ("x" * 257, "longer than 256 bytes"),
        ("x" * 5000, "longer than 256 bytes"),
        ("tab\there", "control character"),
        ("return\r", "control character"),
    ],
)
def test_passwords_that_are_refused(directory, password, words):
    refused(user(directory, "add", "alice", password=password), words)
    assert not os.path.exists(os.path.join(directory, "users"))


@pytest.mark.parametrize(
    "password", ["x" * 256, "\u00fc" * 128, "pass word:!$", "#8 bytes"]
)
def test_passwords_that_are_taken(directory, password):
    add(directory, "alice", password=password)
    assert is_hash_of(line_of(directory, "alice")[1], password)


def test_password_bytes_that_are_no_text(directory):
    argv = [VNCBRIDGECTL, "user", "add", "-F", f"{directory}/users", "--fd", "0", "a"]
    for data, words in ((b"\xff\xfe12345678\n", "not UTF-8"), (b"ab\0defgh\n", "NUL")):
        result = subprocess.run(argv, input=data, capture_output=True, check=False)
        assert result.returncode == 1 and words in result.stderr.decode()


def test_one_line_is_the_password_and_a_short_one_is_warned_of(directory):
    result = user(directory, "add", "alice", password="sieben7\nnot this")
    assert "fewer than 8 characters" in result.stderr
    done(result)
    assert is_hash_of(line_of(directory, "alice")[1], "sieben7")


def test_a_descriptor_that_is_not_open(directory):
    argv = [VNCBRIDGECTL, "user", "add", "-F", f"{directory}/users", "-p", "77", "a"]
    result = subprocess.run(argv, capture_output=True, text=True, check=False)
    refused(result, "Bad file descriptor")


# at a terminal


def at_terminal(directory, verb, *args):
    path = os.path.join(directory, "users")
    return Terminal([VNCBRIDGECTL, "user", verb, "-F", path, *args], env=UTF8)


def test_password_typed_twice_and_not_shown(directory):
    terminal = at_terminal(directory, "add", "alice")
    terminal.expect("Password for alice: ")
    terminal.type(SECRET)
    terminal.expect("The same again: ")
    terminal.type(SECRET)
    assert terminal.end() == 0, terminal.text
    assert APPLIES in terminal.text and SECRET not in terminal.text
    assert is_hash_of(line_of(directory, "alice")[1], SECRET)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (SECRET, "something else", "the two are not the same"),
        (SECRET, "", "the two are not the same"),
        ("", None, "is empty"),
        ("x" * 300, None, "longer than 256 bytes"),
    ],
)
def test_passwords_mistyped(directory, first, second, words):
    add(directory, "alice")
    before = content(directory)
    terminal = at_terminal(directory, "passwd", "alice")
    terminal.expect("Password for alice: ")
    terminal.type(first)
    if second is not None:
        terminal.expect("The same again: ")
        terminal.type(second)
    assert terminal.end() == 1
    assert words in terminal.text and SECRET not in terminal.text
    assert content(directory) == before


def test_nobody_is_asked_for_what_can_not_be_done(directory):
    add(directory, "alice")
    terminal = at_terminal(directory, "passwd", "bob")
    assert terminal.end() == 1
    assert "Password" not in terminal.text and 'no user "bob"' in terminal.text


def test_no_terminal_and_no_descriptor(directory):
    refused(user(directory, "add", "alice"), "give it with --fd")


def test_a_password_is_in_no_argument_and_no_environment(directory):
    """While it is read, and while the program waits for the rest of the line."""
    read_end, write_end = os.pipe()
    argv = [VNCBRIDGECTL, "user", "add", "-F", f"{directory}/users", "--fd"]
    with subprocess.Popen(
        [*argv, str(read_end), "alice"], pass_fds=[read_end], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as program:  # fmt: skip
        os.close(read_end)
        os.write(write_end, SECRET.encode())
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{program.pid}/{name}", "rb") as f:
                    assert SECRET.encode() not in f.read()
            except PermissionError:
                pass  # it keeps others out
        os.write(write_end, b"\n")
        os.close(write_end)
        out = program.communicate(timeout=seconds(30))[0]
    assert program.returncode == 0, out
    assert SECRET.encode() not in out


# the second factor


def totp(seed, now):
    """RFC 6238, as an app does it."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(now) // 30), "sha1")
    at = digest.digest()[-1] & 15
    value = struct.unpack(">I", digest.digest()[at : at + 4])[0] & 0x7FFFFFFF
    return f"{value % 1000000:06}"


def url_in(text):
    url = urllib.parse.urlsplit(re.search(r"otpauth://\S+", text)[0])
    return url, dict(urllib.parse.parse_qsl(url.query))


def test_totp_is_confirmed_by_a_code(directory):
    add(directory, "alice@example.org")
    terminal = at_terminal(
        directory, "totp", "-i", "Lab & Co", "--no-qr", "alice@example.org"
    )
    terminal.expect("Code that the app shows: ")
    url, fields = url_in(terminal.text)
    assert (url.netloc, url.path) == ("totp", "/Lab%20%26%20Co:alice%40example.org")
    assert fields["issuer"] == "Lab & Co"
    assert (fields["algorithm"], fields["digits"], fields["period"]) == (
        "SHA1", "6", "30",
    )  # fmt: skip
    terminal.type("12345")  # no code at all
    terminal.expect("that is not the code now")
    terminal.expect("Code that the app shows: ")
    terminal.type(totp(fields["secret"], time.time()))
    assert terminal.end() == 0, terminal.text
    factor = line_of(directory, "alice@example.org")[3]
    code = r"^ {4}([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})\r?$"
    codes = re.findall(code, terminal.text, re.M)
    hashes = [hashlib.sha256(c.replace("-", "").encode()).hexdigest() for c in codes]
    assert len(set(codes)) == 10
    assert factor == f"totp={fields['secret']},recovery={','.join(hashes)}"
    assert not any(c in content(directory) for c in codes)


def test_totp_with_wrong_codes_changes_nothing(directory):
    add(directory, "alice")
    before = content(directory)
    terminal = at_terminal(directory, "totp", "--no-qr", "alice")
    for _ in range(3):
        terminal.expect("Code that the app shows: ")
        _, fields = url_in(terminal.text)
        terminal.type(totp(fields["secret"], time.time() - 3600))
    assert terminal.end() == 1
    assert "nothing is changed" in terminal.text
    assert "Recovery codes" not in terminal.text
    assert content(directory) == before


def test_totp_is_taken_away_and_given_again(directory):
    add(directory, "alice", "-g", "lab")
    done(user(directory, "totp", "--no-confirm", "alice"))
    first = line_of(directory, "alice")
    done(user(directory, "totp", "--no-confirm", "alice"))
    second = line_of(directory, "alice")
    assert second[:3] == first[:3] and second[3] != first[3]
    done(user(directory, "totp", "--off", "alice"), "has no second factor")
    assert line_of(directory, "alice") == [*first[:3], ""]


def test_totp_without_a_terminal(directory):
    add(directory, "alice")
    refused(user(directory, "totp", "alice"), "use --no-confirm")
    assert line_of(directory, "alice")[3] == ""


def test_qr_code_is_drawn_where_it_can_be(directory):
    add(directory, "alice")
    args = ("totp", "--no-confirm", "alice")
    text = done(user(directory, *args, env=UTF8))
    rows = [x for x in text.split("\n") if "\u2588" in x]
    assert len({len(r) for r in rows}) == 1 and len(rows) >= 20
    assert all(set(r) <= set(" \u2580\u2584\u2588") for r in rows)
    assert set(rows[0]) == {"\u2588"}  # the margin
    result = user(directory, *args, env={**os.environ, "LC_ALL": "C"})
    assert "\u2588" not in done(result) and "not UTF-8" in result.stderr


# what happens to files


def test_two_writers_at_once(directory):
    """Each change is there: none is made of a text that is old."""
    names = [f"user{i}" for i in range(12)]
    argv = [VNCBRIDGECTL, "user", "add", "-F", f"{directory}/users", "--fd", "0"]
    programs = [
        subprocess.Popen(
            [*argv, name], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        for name in names
    ]
    for program in programs:
        program.stdin.write(SECRET.encode() + b"\n")
        program.stdin.close()
    assert [p.wait(seconds(60)) for p in programs] == [0] * len(names)
    assert sorted(u["name"] for u in listed(directory)) == sorted(names)
    assert sorted(os.listdir(directory)) == ["users", "users.lock"]


def test_a_reader_finds_the_old_or_the_new_one(directory):
    """While others write, as the daemon would at a reload."""
    write(directory, f"alice:{BCRYPT}::\n")
    script = 'for v in lock unlock lock unlock; do "$0" user $v -F "$1" alice; done'
    with subprocess.Popen(
        ["sh", "-c", script, VNCBRIDGECTL, os.path.join(directory, "users")],
        stdout=subprocess.DEVNULL,
    ) as program:
        while program.poll() is None:
            assert content(directory) in (f"alice:{m}{BCRYPT}::\n" for m in ("", "!"))
    assert program.returncode == 0


SMALL = 'mount -t tmpfs -o size=16k none "$0" && cp "$1" "$0/users" && shift && '
FULL = 'cat /dev/zero >"$0/ballast" 2>/dev/null; '
AFTER = 'echo "status=$?"; ls "$0"; cat "$0/users"'


def _no_tmpfs(directory):
    """Why there can be none, if there can be none."""
    if not IS_ROOT:
        return "needs root for a disk of its own"
    tried = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", directory],
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    return f"no mount namespaces: {tried.stderr}" if tried.returncode else None


def test_a_full_disk(directory):
    if reason := _no_tmpfs(directory):
        pytest.skip(reason)
    mount = os.path.join(directory, "small")
    os.mkdir(mount)
    path = write(directory, f"alice:{BCRYPT}::\n")
    change = f'"{VNCBRIDGECTL}" user lock -F "$0/users" alice; '
    script = SMALL + FULL + change + AFTER
    result = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, mount, path],
        capture_output=True, text=True, timeout=seconds(30), check=True,
    )  # fmt: skip
    assert "No space left on device" in result.stderr
    lines = result.stdout.split("\n")
    assert "status=1" in lines and f"alice:{BCRYPT}::" in lines
    assert "users.new" not in lines


def test_a_folder_that_is_read_only(directory):
    as_user = as_ordinary_user() if IS_ROOT else []
    write(directory, f"alice:{BCRYPT}::\n")
    os.chmod(os.path.join(directory, "users"), 0o644)
    os.chmod(directory, 0o555)
    for verb, name in (("lock", "alice"), ("add", "bob"), ("passwd", "alice")):
        result = user(directory, verb, name, prefix=as_user,
                      password=SECRET if verb != "lock" else None)  # fmt: skip
        refused(result, "Permission denied")
    assert len(listed(directory)) == 1
    assert os.listdir(directory) == ["users"]
    os.chmod(directory, 0o755)


def test_a_lock_that_another_one_has(directory):
    """Nothing is written before it is free; and it is its owner's alone."""
    add(directory, "alice")
    lock = os.path.join(directory, "users.lock")
    assert stat.S_IMODE(os.stat(lock).st_mode) == 0o600
    argv = [VNCBRIDGECTL, "user", "lock", "-F", f"{directory}/users", "alice"]
    with subprocess.Popen(
        ["flock", lock, "sh", "-c", "echo has it; read x"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as holder:  # fmt: skip
        assert holder.stdout.readline() == b"has it\n"
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as program:
            assert line_of(directory, "alice")[1].startswith("$y$")
            holder.communicate(b"\n")
            assert program.wait(seconds(20)) == 0
    assert line_of(directory, "alice")[1].startswith("!$y$")


def test_a_link_stays_and_leads_to_the_new_one(directory):
    os.mkdir(os.path.join(directory, "shared"))
    path = write(os.path.join(directory, "shared"), f"alice:{BCRYPT}::\n")
    os.symlink("shared/users", os.path.join(directory, "users"))
    done(user(directory, "lock", "alice"))
    assert os.readlink(os.path.join(directory, "users")) == "shared/users"
    with open(path, encoding="utf-8") as f:
        assert f.read() == f"alice:!{BCRYPT}::\n"
