# SPDX-License-Identifier: ISC
"""What the daemon has from whoever starts it, and from its kernel, and does
not depend on: signals that are ignored or blocked, the seals of memory files."""

import os
import signal
import subprocess
import sys

import pytest

from certs import self_signed
from daemon import (
    IS_ROOT, VNCBRIDGECTL, VNCBRIDGED, Daemon, conf_text, free_port, run_to_end,
)
from proc import Program, children, kill_and_wait
from tlsclient import Listen, client_context, listen_body

START = "os.execvp(sys.argv[1], sys.argv[1:])"
OTHERS = "signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}"
LEFT = {
    "ignored": f"for n in {OTHERS}: signal.signal(n, signal.SIG_IGN)",
    "blocked": f"signal.pthread_sigmask(signal.SIG_SETMASK, {OTHERS})",
}


@pytest.fixture(params=LEFT.values(), ids=LEFT.keys())
def parent(request):
    """What to put before a command, to start it with signals left so."""
    code = f"import os, signal, sys\n{request.param}\n{START}"
    return [sys.executable, "-c", code]


@pytest.fixture
def secured(place):
    """Of a listener with a certificate, which a child of the start copies."""
    pair = self_signed(place)
    port = free_port()
    text = conf_text(place, [Listen(f"127.0.0.1:{port}", listen_body([pair]))])
    return pair, port, text


def test_signals_of_the_parent_change_nothing(place, parent, secured):
    pair, port, text = secured
    one = Daemon(
        place,
        text,
        address=("127.0.0.1", port),
        prefix=parent,
        context=client_context(pair),
    )
    try:
        broker = one.broker()
        kill_and_wait(broker)
        one.wait_other_broker(broker)
        one.signal(signal.SIGHUP)
        one.wait_line(lambda line: " reload" in line)  # it was heard
        one.signal(signal.SIGTERM)
        assert one.wait(10) == 0
    finally:
        one.stop()


def test_signals_of_the_parent_change_no_check(place, parent, secured):
    status, error, out = run_to_end(place, secured[2], args=("-n",), prefix=parent)
    assert (status, out) == (0, "configuration ok\n"), error


def test_signals_of_the_parent_change_no_reload(place, parent, secured):
    pair, port, text = secured
    address = ("127.0.0.1", port)
    one = Daemon(place, text, address=address, context=client_context(pair))
    try:
        argv = [*parent, VNCBRIDGECTL, "-s", one.control_socket, "reload"]
        run = subprocess.run([*argv, "-f", one.conf_path], check=False)
        assert run.returncode == 0
    finally:
        one.stop()


@pytest.mark.skipif(not IS_ROOT, reason="needs a pid namespace of its own")
@pytest.mark.parametrize("value", [0, 1, 2])
def test_memory_files_may_be_of_any_kind(place, secured, value):
    """vm.memfd_noexec, which is of a pid namespace: with a seal more, or
    refused without it."""
    path = os.path.join(place, "vncbridge.conf")
    with open(path, "w", encoding="utf-8") as f:
        f.write(secured[2])
    setting = "/proc/sys/vm/memfd_noexec"
    if not os.path.exists(setting):
        pytest.skip("a kernel before 6.3")
    code = f"echo {value} > {setting} && exec {VNCBRIDGED} -d -f {path}"
    argv = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    one = Program(
        [*argv, "sh", "-c", code], os.path.join(place, "log"), capture="stderr"
    )
    try:
        one.wait_line(lambda line: " ready version=" in line)
        (inner,) = children(one.pid)
        argv = ["nsenter", "-t", str(inner), "--pid", "--mount", VNCBRIDGECTL]
        run = subprocess.run([*argv, "-f", path, "reload"], check=False)
        assert run.returncode == 0
        os.kill(inner, signal.SIGTERM)
        assert one.wait(10) == 0
    finally:
        one.stop()
