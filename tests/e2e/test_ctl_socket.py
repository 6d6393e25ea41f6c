# SPDX-License-Identifier: ISC
"""vncbridgectl finds the daemon by its configuration, as the unit and an
operator call it: without -s."""

import os
import re
import subprocess

import pytest

from daemon import VNCBRIDGECTL

UNIT = os.path.join(os.path.dirname(__file__), "../../etc/vncbridged.service.in")


def ctl(*args, **how):
    return subprocess.run(
        [VNCBRIDGECTL, *args],
        capture_output=True, text=True, check=False, timeout=30, **how,
    )


def rewrite(one, change):
    with open(one.conf_path, encoding="utf-8") as f:
        text = change(f.read())
    with open(one.conf_path, "w", encoding="utf-8") as f:
        f.write(text)


def test_what_the_unit_runs_for_a_reload_works(bridge):
    one = bridge()
    with open(UNIT, encoding="ascii") as f:
        (line,) = re.findall(r"^ExecReload=@sbindir@/vncbridgectl (.*)$", f.read(), re.M)
    args = line.replace("@sysconfdir@/vncbridge.conf", one.conf_path).split()
    done = ctl(*args)
    assert done.returncode == 0, done.stderr
    assert one.status()["generation"] == 2


@pytest.mark.parametrize(
    "args",
    [
        ("-f", "CONF", "status"),
        ("status", "-f", "CONF"),
        ("sessions", "-f", "CONF", "-j"),
        ("-s", "SOCKET", "status"),
        ("status", "-s", "SOCKET"),
        ("-f", "/no/such", "status", "-s", "SOCKET"),
    ],
)
def test_the_daemon_is_asked_where_the_file_says(bridge, args):
    one = bridge()
    names = {"CONF": one.conf_path, "SOCKET": one.control_socket}
    done = ctl(*[names.get(x, x) for x in args])
    assert (done.returncode, done.stderr) == (0, "")


def test_the_option_is_stronger_than_the_file(bridge):
    one = bridge()
    done = ctl("-f", one.conf_path, "-s", one.control_socket + ".x", "status")
    assert done.returncode == 2
    assert f"no vncbridged answers at {one.control_socket}.x" in done.stderr


@pytest.mark.parametrize(
    "fault",
    [
        'nonsense = 1\n',
        'target "a" {\n',
        'deny = { "10.0.0.1/24" }\n',
        'user = "open\n',
    ],
)
def test_a_daemon_is_stopped_whatever_its_file_has_become(bridge, fault):
    one = bridge()
    rewrite(one, lambda text: text + fault)
    done = ctl("status", "-f", one.conf_path)
    assert (done.returncode, done.stderr) == (0, "")
    done = ctl("reload", "-f", one.conf_path)
    assert done.returncode == 1
    assert len(re.findall(rf"{one.conf_path}:\d+: ", done.stderr)) == 1, done.stderr
    done = ctl("stop", "-f", one.conf_path)
    assert done.returncode == 0, done.stderr
    assert one.wait(10) == 0


@pytest.mark.parametrize("name", ["/no/such/vncbridge.conf", "/"])
def test_a_file_that_cannot_be_read_is_told(name):
    done = ctl("-f", name, "status")
    assert done.returncode == 2
    first = done.stderr.splitlines()[0]
    assert re.match(rf"vncbridgectl: {name}: .*: trying /.*/vncbridged\.sock$", first)


def test_a_socket_in_a_comment_or_a_section_is_none(bridge):
    one = bridge()
    rewrite(
        one,
        lambda text: '# control-socket = "/tmp/a"\n/* control-socket = "/tmp/b" */\n'
        'target "control-socket" { address = "a" description = "control-socket" }\n'
        + text + "nonsense = 1\n",
    )
    done = ctl("status", "-f", one.conf_path)
    assert (done.returncode, done.stderr) == (0, "")
