# SPDX-License-Identifier: ISC
"""vncbridgectl: who may do what; check, drain, stop, selfcert."""

import grp
import os
import pwd
import re
import stat
import subprocess

import pytest

import rfb
from daemon import IS_ROOT, VNCBRIDGECTL, conf_text, free_port, run_to_end, user_name
from waiting import process_end

NEEDS_ROOT = pytest.mark.skipif(not IS_ROOT, reason="needs other users")
STRANGER = "daemon"  # a user and a group that every Debian has
GROUP = "games"


def ctl_as(one, user, group, *args):
    entry = pwd.getpwnam(user)
    argv = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}"]
    argv += [f"--groups={group}"] if group else ["--clear-groups"]
    argv += [VNCBRIDGECTL, "-s", one.control_socket, *args]
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=30, check=False
    )


@NEEDS_ROOT
def test_the_group_may_look_and_nothing_else(bridge):
    one = bridge(control_group=GROUP)
    st = os.stat(one.control_socket)
    assert stat.S_IMODE(st.st_mode) == 0o660
    assert st.st_gid == grp.getgrnam(GROUP).gr_gid
    for command in ("status", "sessions", "targets", "watch"):
        done = ctl_as(one, STRANGER, GROUP, command)
        assert done.returncode == 0, done.stderr
    assert ctl_as(one, STRANGER, GROUP, "why", "-", "192.0.2.7", "lab1").returncode == 1
    for args in (
        ("reload", "-f", one.conf_path),
        ("drain",),
        ("stop",),
        ("kick", "x"),
        ("lock", "x"),
        ("unlock", "x"),
        ("message", "all", "text"),
        ("drain", "-k"),
        ("undrain",),
    ):
        done = ctl_as(one, STRANGER, GROUP, *args)
        assert done.returncode == 1
        assert "only root and the daemon's own user" in done.stderr
    assert one.status()["generation"] == 1
    done = ctl_as(one, STRANGER, None, "status")
    assert done.returncode == 2
    assert "control-group" in done.stderr


@NEEDS_ROOT
def test_the_mode_alone_lets_nobody_in(bridge):
    """The other end is asked who it is, whatever the mode says."""
    one = bridge(control_group=GROUP)
    os.chmod(one.control_socket, 0o666)
    assert ctl_as(one, STRANGER, GROUP, "status").returncode == 0
    done = ctl_as(one, STRANGER, None, "status")
    assert done.returncode == 2 and done.stdout == ""
    one.wait_line(r"control: refused uid=")


def test_a_group_that_is_not_there_ends_the_start(place):
    text = conf_text(place, [f"127.0.0.1:{free_port()}"], control_group="no_such")
    status, err, _ = run_to_end(place, text)
    assert status == 1
    assert 'control-group "no_such" does not exist' in err


@NEEDS_ROOT
def test_the_daemons_own_user_may_change_things(bridge):
    one = bridge()
    os.chown(one.control_socket, pwd.getpwnam(user_name()).pw_uid, -1)
    done = ctl_as(one, user_name(), None, "reload", "-f", one.conf_path)
    assert done.returncode == 0, done.stderr
    assert one.status()["generation"] == 2


def test_drain_ends_sessions_in_good_order(bridge, testcard):
    one, card = bridge(), testcard("echo")
    client = one.connect(card.target)
    assert client.recv_exact(12) == rfb.GREETING
    done = one.ctl("drain", timeout=40)
    assert done.returncode == 0, done.stderr
    assert process_end(one.pid)
    assert one.wait(10) == 0
    assert one.grep("code=4580")
    client.close()


def test_stop_ends_it_at_once(bridge, testcard):
    one, card = bridge(drain_timeout=600), testcard("echo")
    client = one.connect(card.target)
    assert client.recv_exact(12) == rfb.GREETING
    done = one.ctl("stop")
    assert done.returncode == 0, done.stderr
    assert one.wait(10) == 0
    client.close()


def test_check_says_what_the_daemon_would(bridge):
    one = bridge()
    done = one.ctl("check", "-f", one.conf_path)
    assert (done.returncode, done.stdout) == (0, "configuration ok\n"), done.stderr
    with open(one.conf_path, "a", encoding="utf-8") as f:
        f.write("nonsense = 1\n")
    done = one.ctl("check", "-f", one.conf_path)
    assert done.returncode == 1
    assert re.search(rf"{one.conf_path}:\d+: .*nonsense", done.stderr)


# selfcert


def selfcert(directory, *names):
    return subprocess.run(
        [VNCBRIDGECTL, "selfcert", "-d", directory, *names],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def openssl(*args):
    return subprocess.run(
        ["openssl", *args], capture_output=True, text=True, check=True
    ).stdout


def test_selfcert_makes_what_browsers_take(directory):
    names = ["lab.example", "*.lab.example", "10.0.0.7", "2001:db8::7"]
    done = selfcert(directory, *names)
    assert done.returncode == 0, done.stderr
    base = os.path.join(directory, "lab.example")
    assert f"{base}.pem" in done.stdout and f"{base}.key" in done.stdout
    assert stat.S_IMODE(os.stat(f"{base}.key").st_mode) == 0o600
    assert stat.S_IMODE(os.stat(f"{base}.pem").st_mode) == 0o644
    text = openssl("x509", "-noout", "-text", "-in", f"{base}.pem")
    assert "DNS:lab.example, DNS:*.lab.example, IP Address:10.0.0.7" in text
    assert "IP Address:2001:DB8:0:0:0:0:0:7" in text
    assert "CA:FALSE" in text and "TLS Web Server Authentication" in text
    assert "prime256v1" in text and "ecdsa-with-SHA256" in text
    public = openssl("x509", "-noout", "-pubkey", "-in", f"{base}.pem")
    assert public == openssl("pkey", "-pubout", "-in", f"{base}.key")
    openssl("verify", "-CAfile", f"{base}.pem", f"{base}.pem")
    day = 86400
    openssl("x509", "-checkend", str(395 * day), "-in", f"{base}.pem")
    with pytest.raises(subprocess.CalledProcessError):
        openssl("x509", "-checkend", str(398 * day), "-in", f"{base}.pem")


def test_selfcert_prints_paths_that_the_configuration_takes(directory):
    done = subprocess.run(
        [VNCBRIDGECTL, "selfcert", "a.example"],
        cwd=directory, capture_output=True, text=True, timeout=30, check=True,
    )
    base = os.path.join(os.path.realpath(directory), "a.example")
    assert done.stdout == (
        f'certificate = {{ "{base}.pem" }}\nkey = {{ "{base}.key" }}\n'
    )


def test_selfcert_overwrites_nothing(directory):
    assert selfcert(directory, "a.example").returncode == 0
    paths = [os.path.join(directory, f"a.example.{x}") for x in ("key", "pem")]
    before = [open(p, "rb").read() for p in paths]
    done = selfcert(directory, "a.example")
    assert done.returncode == 1 and "File exists" in done.stderr
    os.unlink(paths[0])
    done = selfcert(directory, "a.example")  # the certificate is still there
    assert done.returncode == 1 and "File exists" in done.stderr
    assert not os.path.exists(paths[0]), "half a pair is left"
    assert open(paths[1], "rb").read() == before[1]
    os.symlink(os.path.join(directory, "elsewhere"), paths[0])
    assert selfcert(directory, "a.example").returncode == 1
    assert not os.path.exists(os.path.join(directory, "elsewhere"))


@pytest.mark.parametrize(
    "name", ["", "a b", "../x", "x/y", "*", "a.*.example", "1.2.3", "x.", "a:1", "x\n"]
)
def test_selfcert_takes_only_names(directory, name):
    done = selfcert(directory, name)
    assert done.returncode == 64
    assert os.listdir(directory) == []
    assert "is not a DNS name or address" in done.stderr


def test_selfcert_of_a_wildcard_is_a_plain_file(directory):
    assert selfcert(directory, "*.lab.example").returncode == 0
    assert sorted(os.listdir(directory)) == ["_.lab.example.key", "_.lab.example.pem"]


def test_selfcert_without_a_folder_says_so(directory):
    done = selfcert(os.path.join(directory, "none"), "a.example")
    assert done.returncode == 1
    assert "No such file" in done.stderr
