# SPDX-License-Identifier: ISC
"""What the systemd unit takes from the daemon, and what it must leave it."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from place import SOURCE, run

UNIT = SOURCE / "etc/vncbridged.service.in"
WORST = 2.0  # of 10, as "systemd-analyze security" counts; 4.3 before
NAMESPACES = "--mount --pid --fork --cgroup --uts --ipc --net --kill-child".split()
SYSTEMD_SEC = 60
ANOTHER_USER = "daemon"
TABLES = ["daemon/master/sandbox.c", "common/sandbox_rows.h", "worker/sandbox.c",
          "daemon/broker/sandbox.c", "daemon/keeper/sandbox.c",
          "daemon/fetch/sandbox.c", "daemon/pam/sandbox.c", "common/sandbox_pam.h"]
# of the start, before the master's own filter
START = """execve capset setgroups setresuid setresgid setuid setgid lchown fchownat
    flock umask chdir setsid setrlimit prlimit64 clone clone3 wait4 memfd_create
    openat bind listen getdents64 mlock unlink close_range""".split()

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="no systemd-analyze here"
)


def expand(group):
    names = set()
    for line in run("systemd-analyze", "syscall-filter", group).stdout.split("\n")[1:]:
        name = line.strip()
        if name.startswith("@"):
            names |= expand(name)
        elif name and not name.startswith("#"):
            names.add(name)
    return names


def test_its_filter_has_all_calls_that_the_daemon_needs():
    allowed = expand("@default")
    lines = re.findall(r"^SystemCallFilter=(~?)(.*)$", UNIT.read_text(), re.M)
    assert lines
    for is_taken, words in lines:
        for word in words.split():
            names = expand(word) if word.startswith("@") else {word}
            allowed = allowed - names if is_taken else allowed | names
    needed = set(START)
    for name in TABLES:
        text = pathlib.Path(SOURCE / name).read_text()
        needed |= set(re.findall(r'(?:\.name = |SANDBOX_ROW_ANY\()"(\w+)"', text))
    assert len(needed) > 100
    assert not needed - allowed


def test_systemd_finds_little_left_to_take(tmp_path):
    unit = tmp_path / "vncbridged.service"
    text = UNIT.read_text().replace("@VB_USER@", "_vncbridge")
    unit.write_text(re.sub(r"@\w+@", "/usr/sbin", text))
    done = run("systemd-analyze", "security", "--offline=yes", unit)
    (level,) = re.findall(r"exposure level for \S+: (\d+\.\d+)", done.stdout)
    assert float(level) <= WORST, done.stdout


@pytest.fixture
def under_systemd(home, installed):
    """Runs a script where a real systemd has the installed unit."""
    if os.geteuid() != 0:
        pytest.skip("only root makes namespaces for a systemd")
    mounts = "mount -t proc proc /proc && mount -t cgroup2 none /sys/fs/cgroup"
    if run("unshare", *NAMESPACES, "sh", "-c", mounts).returncode != 0:
        pytest.skip("no namespaces for a systemd here")

    def run_script(script, more=""):
        shutil.rmtree(home / "units", ignore_errors=True)
        drop_in = home / "units/vncbridged.service.d"
        drop_in.mkdir(parents=True)
        unit = installed / "lib/systemd/system/vncbridged.service"
        shutil.copy(unit, home / "units")
        # the account of a packaged one, and where these tests have installed
        (drop_in / "here.conf").write_text(
            "[Service]\nUser=nobody\nPrivateTmp=no\n"
            f"StandardError=truncate:{home}/daemon.log\n"
        )
        key, certificate = home / "unit-key.pem", home / "unit-cert.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
            "-subj", "/CN=localhost")  # fmt: skip
        key.chmod(0o600)
        config = installed / "etc/vncbridge.conf"
        saved = config.read_text()
        config.write_text(
            f'listen "127.0.0.1:443" {{ certificate = {{ "{certificate}" }} '
            f'key = {{ "{key}" }} }}\ncontrol-group = "adm"\n{more}'
        )
        (home / "script").write_text(script)
        try:
            subprocess.run(
                [SOURCE / "tests/install/systemd.sh", home],
                env={**os.environ, "VB_SYSTEMD_SEC": str(SYSTEMD_SEC)},
                timeout=2 * SYSTEMD_SEC,
            )
        finally:
            config.write_text(saved)
        assert (home / "status").exists(), (home / "systemd.log").read_text()[-4000:]
        return (home / "output").read_text(), (home / "daemon.log").read_text()

    return run_script


def test_the_unit_is_never_root(under_systemd, installed):
    ctl = f"{installed}/sbin/vncbridgectl"
    output, log = under_systemd(
        f"""
        answer() {{ curl -sk https://127.0.0.1/healthz; }}
        systemctl start vncbridged || exit 1
        pid=$(systemctl show -P MainPID vncbridged)
        ps -o user= -p $pid --ppid $pid | sed 's/^/ps /'
        answer
        sed -n 's/^\\(Cap[EP].*\\)/\\1/p' /proc/$pid/status
        stat -c 'socket %U:%G %a' {installed}/run/vncbridged.sock
        {ctl} status
        systemctl reload vncbridged && {ctl} status | head -1
        kill -9 $(pgrep vncbridge-broke)
        until {ctl} status | grep -q 'broker .* ready .* 1 '; do sleep 0.1; done
        answer
        systemctl restart vncbridged && answer
        systemctl stop vncbridged
        systemctl show -P Result vncbridged
        """,
        f'user = "{ANOTHER_USER}"\n',
    )
    users = re.findall(r"^ps (\S+)", output, re.M)
    assert users == ["nobody"] * len(users) and len(users) >= 4, output
    assert output.count("ok\n") == 3, output
    assert output.count("0000000000000000") == 2, output  # CapPrm, CapEff
    assert "socket nobody:adm 660" in output
    assert "configuration 2" in output
    assert output.endswith("success\n"), output
    assert f'user "{ANOTHER_USER}" does not apply' in log


def test_root_and_the_unit_take_turns(under_systemd, installed):
    daemon = f"{installed}/sbin/vncbridged"
    output, _ = under_systemd(
        f"""
        end() {{ kill -9 $1; while kill -0 $1; do sleep 0.1; done 2>/dev/null; }}
        by_root() {{ {daemon} 2>/dev/null && echo root; }}
        by_unit() {{ systemctl start vncbridged && echo unit; }}
        kill_unit() {{
            systemctl kill -s KILL vncbridged
            systemctl stop vncbridged
        }}
        rm -f {installed}/run/vncbridged.*
        by_root
        by_unit || echo refused
        systemctl stop vncbridged  # or it would try again each second
        end $(cat {installed}/run/vncbridged.pid)
        stat -c 'left %U' {installed}/run/vncbridged.pid.lock
        by_unit
        kill_unit
        rm {installed}/run/vncbridged.*
        by_unit
        kill_unit
        stat -c 'left %U' {installed}/run/vncbridged.pid.lock
        by_root && {installed}/sbin/vncbridgectl stop
        """,
        # with -d there is no pid file unless it is named
        f'user = "nobody"\npid-file = "{installed}/run/vncbridged.pid"\n',
    )
    assert re.findall(r"^(root|unit|refused)$", output, re.M) == [
        "root", "refused", "unit", "unit", "root",
    ], output  # fmt: skip
    assert re.findall(r"^left (.*)$", output, re.M) == ["root", "nobody"], output
