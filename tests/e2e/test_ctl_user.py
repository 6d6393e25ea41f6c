# SPDX-License-Identifier: ISC
"""vncbridgectl user: the users' file, as an operator changes it."""

import os
import stat
import subprocess

import pytest

from daemon import VNCBRIDGECTL
from usersfile import (
    APPLIES,
    BCRYPT,
    SECRET,
    add,
    at_terminal,
    content,
    done,
    is_hash_of,
    line_of,
    listed,
    refused,
    user,
    write,
)
from waiting import seconds

STRANGE = "# people, by hand\n\n#bob:\u00fc:\n"


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
