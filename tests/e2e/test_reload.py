# SPDX-License-Identifier: ISC
"""Reloads that depend on where the configuration is, and what they reach."""

import os
import re
import shutil
import signal
import subprocess
import time

import pytest

import rfb
import wsclient
from certs import Authority
from daemon import conf_text, free_port, run_to_end
from kernel import HAS_SS, socket_limits
from proc import kill_and_wait
from waiting import process_end, seconds, until

NEW_TARGET = 'target "new" { address = "127.0.0.1:5901" }\n'


def reload(one):
    mark = one.mark()
    one.signal(signal.SIGHUP)
    return one.wait_line(r"reload", start=mark)


def test_the_usual_file_is_not_loaded_into_a_daemon_of_another(bridge):
    """But which file is meant: that root has to name."""
    one = bridge()
    done = one.ctl("reload")
    assert done.returncode == 1
    assert f"name the one that is meant with -f, perhaps {one.conf_path}" in done.stderr
    assert one.status()["generation"] == 1
    assert one.ctl("reload", "-f", one.conf_path).returncode == 0
    assert one.status()["generation"] == 2


def test_a_file_named_from_the_starters_folder_is_found_again(place):
    """The daemon itself is in "/"."""
    port = free_port()
    path = os.path.join(place, "here.conf")
    text = conf_text(place, [f"127.0.0.1:{port}"])
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    status, err, _ = run_to_end(place, args=["-f", "here.conf"], cwd=place)
    assert status == 0, err
    with open(os.path.join(place, "vncbridged.pid"), encoding="ascii") as f:
        pid = int(f.read())
    try:
        with open(path, "a", encoding="utf-8") as f:
            f.write(NEW_TARGET)
        os.kill(pid, signal.SIGHUP)
        address = ("127.0.0.1", port)
        until(
            lambda: b'"new"' in wsclient.get(address, "/api/targets").body,
            5,
            "the new target",
        )
    finally:
        os.kill(pid, signal.SIGTERM)
        assert process_end(pid)


def test_a_configuration_behind_a_link_is_read_again(bridge, directory):
    """The sandbox must know the folder that the link leads to."""
    real = os.path.join(directory, "elsewhere")
    os.mkdir(real)
    one = bridge()
    text = open(one.conf_path, encoding="utf-8").read()
    one.stop()
    os.rename(one.conf_path, os.path.join(real, "real.conf"))
    os.symlink(os.path.join(real, "real.conf"), one.conf_path)
    one.__init__(one.directory, None, ["-d", "-f", one.conf_path], one.address)
    with open(os.path.join(real, "real.conf"), "w", encoding="utf-8") as f:
        f.write(text + NEW_TARGET)
    assert "reloaded" in reload(one)
    until(lambda: b'"new"' in one.get("/api/targets").body, 5, "the new target")


def test_workers_that_a_reload_ended_are_not_awaited(bridge, testcard):
    """A new broker waits for those only that are there."""
    one = bridge(workers=3)
    card = testcard("echo")
    text = open(one.conf_path, encoding="utf-8").read()
    one.write_conf(text.replace("workers = 3", "workers = 1"))
    reload(one)
    until(lambda: len(one.workers()) == 1, 5, "two workers to end")
    old = one.broker()
    kill_and_wait(old)
    began = time.monotonic()
    with one.connect(card.target) as client:
        assert client.recv_exact(12) == rfb.GREETING
    assert time.monotonic() - began < seconds(1.5)
    assert not one.grep("unheard=")


def backlog_of(address):
    done = subprocess.run(
        ["ss", "-Hltn", f"sport = :{address[1]}"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return int(re.split(r" +", done.stdout.strip())[2])


@pytest.mark.skipif(not shutil.which("ss"), reason="ss is not there")
def test_a_reload_changes_the_backlog_of_an_open_listener(bridge):
    one = bridge(listen_backlog=11)
    assert backlog_of(one.address) == 11
    text = open(one.conf_path, encoding="utf-8").read()
    one.write_conf(text.replace("listen-backlog = 11", "listen-backlog = 12"))
    assert "reloaded" in reload(one)
    assert backlog_of(one.address) == 12


@pytest.mark.skipif(not shutil.which("ss"), reason="ss is not there")
def test_a_reload_that_the_keeper_refuses_changes_no_listener(bridge, directory):
    """The socket is the same one: it is changed when nothing can fail."""
    one = bridge(listen_backlog=11)
    authority = Authority(directory)
    pairs = [authority.server(f"lab{i}") for i in range(2)]
    text = open(one.conf_path, encoding="utf-8").read()
    one.write_conf(
        text.replace("listen-backlog = 11", "listen-backlog = 12")
        + f'listen "127.0.0.1:{free_port()}" {{ '
        f'certificate = {{ "{pairs[0].certificate}" }} '
        f'key = {{ "{pairs[1].key}" }} }}\n'
    )
    done = one.ctl("reload", "-f", one.conf_path)
    assert "does not match" in done.stderr
    assert backlog_of(one.address) == 11


def of_two_sessions(one, card):
    """Once the session before has gone."""
    limits = socket_limits(one, card.port)
    return limits if len(limits) == 4 else None


@pytest.mark.skipif(not HAS_SS, reason="ss is not there")
def test_socket_buffer_holds_for_new_connections(bridge, testcard):
    """On both legs; sessions that run keep theirs; 0 is the kernel's rule."""
    card = testcard("source=0")
    one = bridge(socket_buffer=131072)
    before = one.connect(card.target)
    before.recv_exact(12)
    # once those who asked whether it is there have gone
    first = [(65536, 131072), (131072, 65536)]  # the client's, the target's
    until(lambda: sorted(socket_limits(one, card.port)) == first)
    for size, expected in ((262144, {65536, 131072, 262144}), (0, None)):
        with open(one.conf_path, encoding="utf-8") as f:
            text = f.read()
        one.write_conf(re.sub(r"socket-buffer = \d+", f"socket-buffer = {size}", text))
        assert "reloaded" in reload(one)
        with one.connect(card.target) as client:
            stream = rfb.raw_greet(client)
            limits = until(lambda: of_two_sessions(one, card))
            if expected:
                assert {limit for pair in limits for limit in pair} == expected
                continue
            # of the listener's old sockets nothing is left fixed
            stream.check(client.recv_exact(4 << 20))
            clients = socket_limits(one, card.port)[:2]
            assert max(send for _, send in clients) > 262144
    before.close()


def test_a_pipe_is_not_waited_for(bridge):
    """The daemon was started from one, perhaps; nobody writes to it again."""
    one = bridge()
    os.unlink(one.conf_path)
    os.mkfifo(one.conf_path)
    assert "not a regular file" in reload(one)
    assert one.get("/healthz").status == 200
