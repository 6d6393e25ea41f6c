# SPDX-License-Identifier: ISC
"""Targets that are started when somebody opens them, and stopped after: a real
virtual machine, and commands that fail, hang, flood, fork and run away."""

import contextlib
import os
import shutil
import signal
import socket
import time

import pytest

import rfb
from dnsserver import DnsServer
from daemon import free_port, quote_list
from outcomes import outcome, reaches
from pages import open_page
from proc import children, is_alive, kill_and_wait
from targets import closed_port
from waiting import seconds, until
from wsclient import Closed

NOT_STARTED = 4505
TESTCARD = os.environ.get("VB_TESTCARD", "")
QEMU = shutil.which("qemu-system-x86_64")


def shell(script):
    return quote_list(["/bin/sh", "-c", script])


def section(name, port, **options):
    """A target section: commands are scripts, numbers as they are."""
    lines = [f'target "{name}" {{ address = "127.0.0.1:{port}"']
    for key, value in options.items():
        text = shell(value) if key in ("start", "stop", "check") else str(value)
        lines.append(f"{key.replace('_', '-')} = {text}")
    return "\n".join(lines) + "\n}\n"


def marked(mark):
    """The processes that have it among their arguments."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as f:
            if mark.encode() in f.read():
                found.append(int(pid))
    return found


@pytest.fixture
def mark():
    """An argument of sleep(1) that only this test's processes have."""
    text = f"1000.{os.getpid()}{time.monotonic_ns()}"
    yield text
    for pid in marked(text):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def card(place, port):
    """(start, stop) of a testcard that start leaves in the background."""
    path = os.path.join(place, f"card-{port}.pid")
    start = f"setsid {TESTCARD} -l 127.0.0.1:{port} </dev/null & echo $! >{path}"
    # setsid(1) execs in the new session: the number stays
    return start, f"kill $(cat {path})"


def is_up(port):
    """Whether something listens there, without a connection to it."""
    wanted = f":{port:04X} 00000000:0000 0A"
    with open("/proc/net/tcp", encoding="ascii") as f:
        return wanted in f.read()


# a virtual machine


@pytest.mark.skipif(QEMU is None, reason="qemu-system-x86_64 is not there")
def test_virtual_machine_is_started_by_opening_it_and_stopped_after(bridge, place):
    display = 100 + os.getpid() % 5000
    port = 5900 + display
    pid_file = os.path.join(place, "vm.pid")
    vm = (
        f"exec {QEMU} -accel tcg -m 32 -nodefaults -vga std -net none "
        f"-vnc 127.0.0.1:{display} -pidfile {pid_file} -daemonize"
    )
    one = bridge(
        args=("-d", "-v"),
        extra=section(
            "vm", port, start=vm, stop_after=1, stop=f"kill $(cat {pid_file})"
        ),
    )
    assert not is_up(port)
    with one.connect("vm") as client:
        # QEMU's own handshake, up to the size of its screen
        screen = rfb.Rfb(client)
        assert screen.width > 0
        with open(pid_file, encoding="ascii") as f:
            pid = int(f.read())
        assert is_alive(pid)
        # a second one finds it running
        assert reaches(one, "vm")
        assert len(one.grep(r'target="vm" command=start begins')) == 1
        # while somebody has it, it goes on
        time.sleep(seconds(1.5))
        assert is_alive(pid)
    one.wait_log(target="vm", command="stop", status=0)
    until(lambda: not is_up(port))
    until(lambda: not is_alive(pid))
    # and once more
    assert reaches(one, "vm")
    until(lambda: len(one.grep(r'target="vm" command=stop ended')) == 2)


# what a start may do


def test_one_start_is_for_all_who_wait(bridge, place):
    port = free_port()
    start, stop = card(place, port)
    one = bridge(
        args=("-d", "-v"),
        extra=section("a", port, start=f"sleep 0.5; {start}", stop=stop, stop_after=1),
    )
    with contextlib.ExitStack() as stack:
        page = stack.enter_context(open_page(one, "a"))
        clients = [stack.enter_context(one.connect("a")) for _ in range(8)]
        assert page.hear("starting")["text"].startswith("a is being started")
        for client in clients:
            assert client.recv_exact(12) == rfb.GREETING
    assert len(one.grep(r'target="a" command=start begins')) == 1
    one.wait_log(target="a", command="stop", status=0)
    until(lambda: not is_up(port))


@pytest.mark.parametrize("granted", ["127.0.0.0/8:1-65535", "a"])
def test_nothing_is_started_for_who_may_have_no_right(bridge, target, granted):
    """An address grants it; but which one the name has nobody knows. By its own
    name it is started, and so it would be for the others."""
    one = bridge(
        args=("-d", "-v"),
        nameservers=[target(DnsServer({"other.example": ["127.0.0.1"]})).address],
        extra='target "a" { address = "none.example:5901" '
        'start = { "/bin/false" } }\n'
        f'access "some" {{ targets = {{ "{granted}" }} }}\n',
    )
    code, reason = outcome(one, "a")
    if granted == "a":
        assert (code, "status 1" in reason) == (4505, True), reason
        one.wait_log(target="a", command="start", status=1)
    else:
        assert code == 4502, reason
        assert not one.grep("command=start")


def test_target_that_runs_is_not_started(bridge, testcard):
    one = bridge(extra=section("a", testcard().port, start="exit 1"))
    assert reaches(one, "a")
    assert not one.grep("command=start")


def test_slow_desktop_is_tried_until_it_answers(bridge, place):
    port = free_port()
    start, stop = card(place, port)
    one = bridge(
        connect_timeout=1,
        extra=section("a", port, start=f"(sleep 4; {start}) &", stop=stop, stop_after=1),
    )
    assert reaches(one, "a")
    one.wait_log(target="a", command="stop", status=0)


ROWS = {
    "fails": ("echo it is broken; exit 3", "its start command ended with status 3"),
    "dies": ("kill -USR1 $$", "its start command died of signal 10"),
    "hangs": ("sleep {mark}", "its start command did not end in time"),
    "hangs deaf": (
        "trap '' TERM HUP INT; sleep {mark}; sleep {mark}",
        "its start command did not end in time",
    ),
    "stops itself": ("kill -STOP $$; : {mark}", "did not end in time"),
    "floods": (
        "head -c 100000000 /dev/zero | tr '\\\\0' '\\\\n'; exit 4",
        "its start command ended with status 4",
    ),
    "floods for ever": ("yes {mark}", "did not end in time"),
    "forks": (
        "for i in 1 2 3 4 5; do sleep {mark} & done; exit 5",
        "its start command ended with status 5",
    ),
    "forks twice": (
        "setsid sh -c 'setsid sleep {mark} & sleep {mark}' & sleep {mark}",
        "did not end in time",
    ),
    "closes its output": ("exec >&- 2>&-; exit 6", "ended with status 6"),
    "is not there": (None, "its start command ended with status 127"),
}


@pytest.mark.parametrize("what", ROWS)
def test_bad_start_is_told_and_contained(bridge, testcard, mark, what):
    script, reason = ROWS[what]
    other = testcard()
    text = section(
        "a", closed_port(), start=(script or "").replace("{mark}", mark), start_timeout=2
    )
    if script is None:
        text = text.replace("/bin/sh", "/nonexistent/command")
    one = bridge(extra=text + section("b", other.port))
    with one.connect("a") as client:
        # nobody else notices
        assert reaches(one, "b")
        code, said = client.wait_close()
    assert code == NOT_STARTED
    assert said.startswith("a was not started: ") and reason in said, said
    until(lambda: one.grep(r'error: hook target="a" command=start'))
    assert len(one.grep("says=")) <= 40
    assert not marked(mark)
    assert reaches(one, "b")


@pytest.fixture
def setpriv(place):
    """As sudo(8): a program that becomes root, whoever calls it."""
    if os.geteuid() != 0:
        pytest.skip("only root can make one")
    path = os.path.join(place, "setpriv")
    shutil.copy(shutil.which("setpriv"), path)
    os.chown(path, 0, 0)
    os.chmod(path, 0o4755)
    os.chmod(place, 0o755)
    yield f"{path} --reuid 0 --clear-groups"
    os.unlink(path)  # wherever the other files are kept


def test_what_can_not_be_ended_keeps_its_target_from_another_start(bridge, setpriv, mark):
    port = free_port()
    one = bridge(
        hook_timeout=1,
        extra=section("a", port, start=f"exec {setpriv} sleep {mark}", start_timeout=1)
        + section("b", port, start="exit 3")
    )
    code, reason = outcome(one, "a")
    assert code == NOT_STARTED and "did not end in time" in reason
    until(lambda: one.grep('target="a" command=start cannot be ended'))
    (left,) = marked(mark)
    assert "vncbridge_stuck_commands 1" in one.ctl("metrics").stdout
    code, reason = outcome(one, "a")
    assert code == NOT_STARTED and "could not be run" in reason
    assert marked(mark) == [left]
    # others are none of that
    assert "status 3" in outcome(one, "b")[1]
    os.kill(int(left), signal.SIGKILL)
    until(lambda: one.grep('target="a" command=start has gone'))
    assert "vncbridge_stuck_commands 0" in one.ctl("metrics").stdout


def test_command_has_the_limits_of_a_login(bridge):
    one = bridge(extra=section("a", closed_port(), start="ulimit -n; ulimit -l; exit 1"))
    outcome(one, "a")
    said = [int(line.split('says="')[1].split('"')[0]) for line in one.grep("says=")]
    assert len(said) == 2 and said[0] <= 1024 and said[1] <= 8192


def test_what_starts_and_never_answers_is_told(bridge, mark):
    one = bridge(
        extra=section("a", closed_port(), start=f"sleep {mark} &", start_timeout=2)
    )
    code, reason = outcome(one, "a")
    assert (code, reason) == (
        NOT_STARTED, "a was started, and did not answer in time",
    )
    assert marked(mark)  # what a good start leaves is let alone


def test_client_that_leaves_meanwhile_takes_nothing_with_it(bridge, place):
    port = free_port()
    start, stop = card(place, port)
    one = bridge(
        extra=section("a", port, start=f"sleep 0.5; {start}", stop=stop, stop_after=1)
    )
    with one.connect("a"):
        one.wait_log(target="a", command="start")
    # it comes up all the same, and nobody has it
    one.wait_log(target="a", command="stop", status=0)
    until(lambda: not is_up(port))


def test_computer_that_sleeps_is_woken_and_waited_for(bridge, testcard):
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as card_of_network:
        card_of_network.bind(("127.0.0.1", 0))
        card_of_network.settimeout(seconds(10))
        where = "127.0.0.1:%d" % card_of_network.getsockname()[1]
        one = bridge(
            extra=section(
                "pc", port, wake='"52:54:00:12:34:56"', wake_address=f'"{where}"'
            )
        )
        with one.connect("pc") as client:
            packet = card_of_network.recv(1500)
            assert packet == b"\xff" * 6 + bytes.fromhex("525400123456") * 16
            testcard(port=port)
            assert client.recv_exact(12) == rfb.GREETING


# check


def test_check_decides_whether_it_is_started(bridge, testcard, place):
    one = bridge(
        extra=section("a", testcard().port, check="exit 0", start="exit 1")
        + section("b", closed_port(), check="exit 1", start="exit 7")
    )
    assert reaches(one, "a")
    assert not one.grep('target="a" command=start')
    code, reason = outcome(one, "b")
    assert code == NOT_STARTED and "start command ended with status 7" in reason
    assert one.grep('target="b" command=check ended status=1')


def test_check_that_hangs_is_ended(bridge, mark):
    one = bridge(
        hook_timeout=1,
        extra=section("a", closed_port(), check=f"sleep {mark}", start="exit 0"),
    )
    code, reason = outcome(one, "a")
    assert code == NOT_STARTED and "check command did not end in time" in reason
    assert not marked(mark)


# what is in a command


def test_nothing_of_a_client_is_in_a_command(bridge):
    one = bridge(
        hook_environment=["FROM_THE_START", "NOT_THERE"],
        popen={"env": {**os.environ, "FROM_THE_START": "a b;c", "OTHER": "x"}},
        extra=section(
            "lab-1_x.y", 5999,
            start="echo $VNCBRIDGE_TARGET,$VNCBRIDGE_HOST,$VNCBRIDGE_PORT; "
            "echo $(env | grep -v ^_= | cut -d= -f1 | sort); "
            "echo $FROM_THE_START; readlink /proc/self/fd/0; exit 9",
        ),
    )
    for text in ("lab-1_x.y;id", "lab-1_x.y%0aid", "$(id)", "`id`", "lab-1_x.y%00"):
        with contextlib.suppress(AssertionError, OSError, EOFError, Closed):
            one.get(f"/proxy?target={text}")
    assert not one.grep("command=start")
    assert outcome(one, "LAB-1_X.Y")[0] == NOT_STARTED
    one.wait_log(says="lab-1_x.y,127.0.0.1,5999")
    one.wait_log(
        says="FROM_THE_START PATH PWD VNCBRIDGE_HOST VNCBRIDGE_PORT VNCBRIDGE_TARGET"
    )
    one.wait_log(says="a b;c")
    one.wait_log(says="/dev/null")


def test_commands_are_outside_of_the_sandbox_as_the_daemons_user(bridge):
    one = bridge(
        extra=section(
            "a", closed_port(),
            start="id -u; echo $(grep -E '^(NoNewPrivs|Seccomp|CapEff):' "
            "/proc/self/status); exit 9",
        )
    )
    outcome(one, "a")
    with open(f"/proc/{one.pid}/status", encoding="ascii") as f:
        uid = next(line.split()[1] for line in f if line.startswith("Uid:"))
    one.wait_log(says=uid)
    with open("/proc/self/status", encoding="ascii") as f:
        inherited = "1" if "NoNewPrivs:\t1" in f.read() else "0"
    says = one.wait_line("says=.*Seccomp")
    assert "CapEff: 0000000000000000" in says
    assert f"NoNewPrivs: {inherited}" in says
    # the master's own is as narrow as ever
    if one.grep("master info: sandbox entered"):
        with open(f"/proc/{one.pid}/status", encoding="ascii") as f:
            assert "NoNewPrivs:\t1" in f.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes such a program")
def test_program_with_set_user_id_keeps_its_rights_as_sudo_needs(bridge, place):
    path = os.path.join(place, "id")
    shutil.copy("/usr/bin/id", path)
    os.chown(path, 0, 0)
    os.chmod(path, 0o4755)
    one = bridge(extra=section("a", closed_port(), start=f"echo euid $({path} -u)"))
    with one.connect("a"):
        one.wait_log(says="euid 0")


# the runner, the broker, the configuration


def runners(one):
    return [p for p, comm in children(one.pid).items() if comm.startswith("vncbridge-run")]


def runner(one):
    """The one that is not the door."""
    for pid in runners(one):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as f:
            words = f.read()
            if words and b"door" not in words:
                return pid
    return None


def test_runner_that_is_killed_is_replaced_and_what_it_started_goes_on(
    bridge, place, mark
):
    port = free_port()
    start, stop = card(place, port)
    one = bridge(
        extra=section("a", port, start=start, stop=stop, stop_after=1)
        + section("b", closed_port(), start=f"sleep {mark}")
    )
    with one.connect("a") as client:
        assert client.recv_exact(12) == rfb.GREETING
        with one.connect("b") as other:
            until(lambda: marked(mark))
            old = runner(one)
            kill_and_wait(old)
            code, reason = other.wait_close()
            assert code == NOT_STARTED and "at the moment" in reason
        until(lambda: not marked(mark))
        assert is_up(port)
        until(lambda: runner(one) not in (None, old))
        one.wait_line("runner died .*signal=9")
    # the next one stops what the one before has started
    one.wait_log(target="a", command="stop", status=0)
    until(lambda: not is_up(port))


def test_runner_that_hangs_is_replaced(bridge):
    one = bridge(
        watchdog_timeout=1, extra=section("a", closed_port(), start="exit 3")
    )
    old = runner(one)
    os.kill(old, signal.SIGSTOP)
    until(lambda: runner(one) not in (None, old), 20)
    until(lambda: outcome(one, "a")[1].endswith("status 3"))


def test_broker_that_is_killed_counts_anew(bridge, place):
    port = free_port()
    start, stop = card(place, port)
    one = bridge(extra=section("a", port, start=start, stop=stop, stop_after=2))
    with one.connect("a") as client:
        assert client.recv_exact(12) == rfb.GREETING
        old = one.broker()
        kill_and_wait(old)
        one.wait_other_broker(old)
        time.sleep(seconds(3))  # longer than stop-after: it is held
        assert is_up(port)
    one.wait_log(target="a", command="stop", status=0)
    until(lambda: not is_up(port))
    # what was started, and is nobody's, the next broker knows of, too
    assert reaches(one, "a")
    old = one.broker()
    kill_and_wait(old)
    until(lambda: len(one.grep("command=stop ended status=0")) == 2, 20)


def test_first_command_needs_a_restart_and_others_a_reload(bridge):
    plain = bridge()
    with open(plain.conf_path, "a", encoding="utf-8") as f:
        f.write(section("a", closed_port(), start="exit 3"))
    done = plain.ctl("reload", "-f", plain.conf_path)
    assert done.returncode != 0 and "comes only with a restart" in done.stderr
    one = bridge(extra=section("a", closed_port(), start="exit 3"))
    assert outcome(one, "a")[1].endswith("status 3")
    with open(one.conf_path, encoding="utf-8") as f:
        text = f.read()
    one.write_conf(text.replace("exit 3", "exit 4"))
    assert one.ctl("reload", "-f", one.conf_path).returncode == 0
    assert outcome(one, "a")[1].endswith("status 4")
    one.write_conf(text[: text.index('target "a"')])
    assert one.ctl("reload", "-f", one.conf_path).returncode == 0
    until(lambda: runner(one) is None)
    one.write_conf(text)
    assert one.ctl("reload", "-f", one.conf_path).returncode == 0
    until(lambda: outcome(one, "a")[1].endswith("status 3"))


def test_nothing_of_a_command_outlives_the_daemon(bridge, mark):
    one = bridge(extra=section("a", closed_port(), start=f"setsid sleep {mark}; exit 1"))
    with one.connect("a"):
        until(lambda: marked(mark))
        pids = runners(one)
        assert one.stop() == 0
    until(lambda: not any(is_alive(pid) for pid in pids))
    until(lambda: not marked(mark))
