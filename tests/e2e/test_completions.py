# SPDX-License-Identifier: ISC
"""What a shell completes behind vncbridgectl: loadable, and all its commands."""

import pathlib
import re
import shutil
import subprocess

import pytest

TREE = pathlib.Path(__file__).parents[2]
FOLDER = TREE / "etc/completions"
FILES = {
    "bash": FOLDER / "bash/vncbridgectl",
    "zsh": FOLDER / "zsh/_vncbridgectl",
    "fish": FOLDER / "fish/vncbridgectl.fish",
}


def commands():
    """Those of the table in the program's source."""
    source = (TREE / "daemon/ctl/vncbridgectl.c").read_text(encoding="utf-8")
    table = source[source.index("} commands[] = {") :]
    found = re.findall(r'^    \{"(\w+)", "\+', table[: table.index("};")], re.MULTILINE)
    assert len(found) > 10
    return found


def complete(*words, path=""):
    """What bash would offer for the last word."""
    script = f"""
        PATH="{path}:$PATH"
        . '{FILES["bash"]}'
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _vncbridgectl
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-u", "-c", script, "bash", "vncbridgectl", *words],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("shell", FILES)
def test_the_shell_can_read_it(shell):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    done = subprocess.run(
        [shell, "-n", str(FILES[shell])], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr


@pytest.mark.parametrize("shell", FILES)
def test_each_command_is_known_and_no_other(shell):
    text = FILES[shell].read_text(encoding="utf-8")
    if shell == "bash":
        known = [word for word in complete("") if not word.startswith("-")]
    elif shell == "zsh":
        known = re.findall(r"^\t\t'([a-z]\w*):", text, re.MULTILINE)
    else:
        known = re.findall(r"__fish_use_subcommand -a (\w+)", text)
    assert sorted(known) == sorted(commands())


def test_bash_completes_commands_and_options():
    assert complete("st") == ["status", "stop"]
    assert complete("-j", "-s", "/run/x.sock", "tar") == ["targets"]
    assert complete("drain", "-k") == ["-k"]
    assert complete("user", "lo") == ["lock"]
    assert complete("kick", "-m", "") == []


def test_bash_completes_targets_as_the_daemon_has_them(tmp_path):
    fake = tmp_path / "vncbridgectl"
    fake.write_text(
        "#!/bin/sh\n"
        '[ "$1 $2 $3" = "-s /x targets" ] || exit 1\n'
        "echo 'The bridge takes no new sessions.'; echo\n"
        "echo 'TARGET STATE MODE OPEN MOST'\n"
        "echo 'lab1 free share 0 any 0 0 - -'\n"
        "echo 'lab2 held share 1 any 0 0 now alice'\n",
        encoding="utf-8",
    )
    fake.chmod(0o755)
    assert complete("-s", "/x", "kick", "la", path=tmp_path) == ["lab1", "lab2"]
    assert complete("-s", "/x", "lock", "lab2", path=tmp_path) == ["lab2"]
    assert complete("-s", "/y", "lock", "", path=tmp_path) == ["-m", "-j", "-f", "-s"]
