# SPDX-License-Identifier: ISC
"""What "make install" puts where, and the init script."""

import grp
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest

from place import COMMAND_SEC, files_below, free_port, is_alive, make, run, until

PROGRAMS = [
    "sbin/vncbridged",
    "sbin/vncbridgectl",
    "libexec/vncbridge/vncbridge-worker",
    "libexec/vncbridge/vncbridge-broker",
    "libexec/vncbridge/vncbridge-keeper",
    "libexec/vncbridge/vncbridge-auth",
    "libexec/vncbridge/vncbridge-fetch",
    "libexec/vncbridge/vncbridge-pam",
    "libexec/vncbridge/vncbridge-runner",
]
FILES = PROGRAMS + [
    "etc/vncbridge.conf",
    "etc/init.d/vncbridged",
    "lib/systemd/system/vncbridged.service",
    "lib/sysusers.d/vncbridge.conf",
    "share/bash-completion/completions/vncbridgectl",
    "share/fish/vendor_completions.d/vncbridgectl.fish",
    "share/zsh/site-functions/_vncbridgectl",
    "share/man/man5/vncbridge-users.5",
    "share/man/man5/vncbridge.conf.5",
    "share/man/man8/vncbridged.8",
    "share/man/man8/vncbridgectl.8",
    "share/vncbridge/novnc/index.html",
    "share/vncbridge/novnc/viewer.html",
    "share/vncbridge/novnc/login.html",
    "share/vncbridge/novnc/code.html",
]


# ----------------------------------------------------------------- install


def test_destdir_gets_every_file_and_nothing_else_is_touched(
    tree, prefix, tmp_path
):
    before = files_below(prefix) if prefix.exists() else []
    make(tree, "install", f"DESTDIR={tmp_path}")
    inside = tmp_path / prefix.relative_to("/")
    assert files_below(tmp_path) == [
        str(path.relative_to(tmp_path))
        for path in sorted(inside.rglob("*"))
        if not path.is_dir()
    ], "a file outside of the prefix"
    missing = [name for name in FILES if not (inside / name).is_file()]
    assert not missing
    extra = [
        name
        for name in files_below(inside)
        if name not in FILES and not name.startswith("share/")
    ]
    assert not extra
    assert (files_below(prefix) if prefix.exists() else []) == before


def test_modes_are_those_of_programs_and_data(tree, prefix, tmp_path):
    make(tree, "install", f"DESTDIR={tmp_path}")
    inside = tmp_path / prefix.relative_to("/")
    for name in files_below(inside):
        mode = (inside / name).stat().st_mode & 0o7777
        is_program = name in PROGRAMS or name.startswith("etc/init.d/")
        assert mode == (0o755 if is_program else 0o644), name


def test_no_installed_text_names_destdir_or_a_placeholder(
    tree, prefix, tmp_path
):
    make(tree, "install", f"DESTDIR={tmp_path}")
    inside = tmp_path / prefix.relative_to("/")
    for name in FILES:
        data = (inside / name).read_bytes()
        assert str(tmp_path).encode() not in data, name
        if name not in PROGRAMS:
            assert not re.search(rb"@[a-z]+dir@", data), name


def test_uninstall_leaves_no_file(tree, tmp_path):
    make(tree, "install", f"DESTDIR={tmp_path}")
    make(tree, "uninstall", f"DESTDIR={tmp_path}")
    assert files_below(tmp_path) == []


def test_uninstall_leaves_no_folder_link_or_leftover_of_its_own(
    tree, prefix, tmp_path
):
    make(tree, "install", f"DESTDIR={tmp_path}")
    inside = tmp_path / prefix.relative_to("/")
    ours = [inside / "etc/rc2.d/S01vncbridged", inside / "etc/rc0.d/K01vncbridged"]
    others = [inside / "etc/rc2.d/S01other", inside / "run/other.sock"]
    (inside / "run").mkdir()
    for path in (*ours, *others):
        path.parent.mkdir(exist_ok=True)
        path.symlink_to("../init.d/vncbridged")
    for name in ("pid", "pid.lock", "sock", "started"):
        (inside / f"run/vncbridged.{name}").write_text("")
    make(tree, "uninstall", f"DESTDIR={tmp_path}")
    assert files_below(tmp_path) == sorted(
        str(path.relative_to(tmp_path)) for path in others
    )
    assert not list(inside.rglob("*vncbridge*"))


def test_install_keeps_a_configuration_that_is_there(tree, prefix, tmp_path):
    make(tree, "install", f"DESTDIR={tmp_path}")
    config = tmp_path / prefix.relative_to("/") / "etc/vncbridge.conf"
    config.write_text("workers = 3\n")
    make(tree, "install", f"DESTDIR={tmp_path}")
    assert config.read_text() == "workers = 3\n"


def checked(installed, path, text):
    """What -n says of the text, with a user that is there."""
    path.write_text(re.sub(r"^user = .*", "", text, flags=re.M) + '\nuser = "nobody"\n')
    done = run(installed / "sbin/vncbridged", "-n", "-f", path)
    assert done.returncode == 0, done.stdout


def test_the_shipped_configuration_has_no_fault(installed, tmp_path):
    text = (installed / "etc/vncbridge.conf").read_text()
    checked(installed, tmp_path / "vncbridge.conf", text)


def test_each_commented_setting_of_the_configuration_is_valid(
    installed, tmp_path
):
    text = (installed / "etc/vncbridge.conf").read_text()
    # the prose has a blank behind its "#", the settings have none
    lines = [re.sub(r"^#(?=[a-z}\t])", "", line) for line in text.split("\n")]
    made = run(installed / "sbin/vncbridgectl", "selfcert", "-d", tmp_path, "bridge")
    assert made.returncode == 0, made.stdout
    (tmp_path / "users").write_text("")
    (tmp_path / "oidc.secret").write_text("a secret")
    everything = "\n".join(lines)
    for shown, here in (
        (r"/etc/ssl/(private/)?(?=bridge)", f"{tmp_path}/"),
        (r"/etc/ssl/clients\.pem", f"{tmp_path}/bridge.pem"),
        (r"/etc/vncbridge/users", f"{tmp_path}/users"),
        (r"/etc/vncbridge/oidc\.secret", f"{tmp_path}/oidc.secret"),
        (r"/usr(?=/share/vncbridge/novnc)", str(installed)),
        # this host may have a lower limit of descriptors
        (r"^max-connections = 10000", "max-connections = 100"),
        # the kernel does not let it have a port beside 0.0.0.0
        (r'^listen "127\.0\.0\.1:6080" { }', ""),
    ):
        assert re.search(shown, everything, re.M), shown
        everything = re.sub(shown, here, everything, flags=re.M)
    assert re.search(r"^workers = 0", everything, re.M)
    assert re.search(rf'^\tkey = .*"{tmp_path}/', everything, re.M)
    checked(installed, tmp_path / "vncbridge.conf", everything)


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="no systemd-analyze here"
)
def test_systemd_finds_no_fault_in_the_unit(installed):
    unit = installed / "lib/systemd/system/vncbridged.service"
    done = run("systemd-analyze", "verify", "--man=no", unit)
    said = [line for line in done.stdout.split("\n") if "vncbridged" in line]
    assert said == []
    assert f"ExecStart={installed}/sbin/vncbridged -d" in unit.read_text()


def capabilities_of(unit):
    """What setpriv needs to run a program as the unit does, as its user."""
    text = unit.read_text()
    lines = re.findall(r"^CapabilityBoundingSet=(.*)$", text, re.M)
    ambient = re.findall(r"^AmbientCapabilities=(.*)$", text, re.M)
    assert lines == ambient and len(lines) == 1
    names = lines[0].replace("CAP_", "").lower().split()
    some = ",".join(["-all", *(f"+{name}" for name in names)])
    return [
        "setpriv", "--no-new-privs", "--reuid=nobody", "--regid=nogroup",
        "--clear-groups", f"--inh-caps={some}", f"--ambient-caps={some}",
        f"--bounding-set={some}",
    ]  # fmt: skip


@pytest.mark.skipif(
    not shutil.which("setpriv") or os.geteuid() != 0,
    reason="needs setpriv, and root",
)
def test_the_units_capabilities_suffice_for_files_of_others(installed, tmp_path):
    """Keys of another user, and control-group: at the start and by a reload."""
    prefix = capabilities_of(installed / "lib/systemd/system/vncbridged.service")
    ctl, keys = installed / "sbin/vncbridgectl", tmp_path / "keys"
    sock, port = installed / "run/unit.sock", free_port()
    keys.mkdir()
    for name in ("one.example", "two.example"):
        assert run(ctl, "selfcert", "-d", keys, name).returncode == 0
    for path in (*keys.iterdir(), keys):
        os.chown(path, 2, 2)  # bin, who is nobody of ours
        path.chmod(0o700)
    config = tmp_path / "vncbridge.conf"

    def configure(name):
        config.write_text(
            f'user = "nobody"\nworkers = 1\ncontrol-socket = "{sock}"\n'
            f'control-group = "daemon"\nlisten "127.0.0.1:{port}" {{\n'
            f'\tcertificate = {{ "{keys}/{name}.pem" }}\n'
            f'\tkey = {{ "{keys}/{name}.key" }}\n}}\n'
        )

    def status():
        done = run(*prefix, ctl, "-s", sock, "-j", "status")
        return json.loads(done.stdout) if done.returncode == 0 else None

    configure("one.example")
    daemon = subprocess.Popen(
        [*prefix, installed / "sbin/vncbridged", "-d", "-f", config],
        stderr=subprocess.PIPE, text=True,
    )
    try:
        until(lambda: daemon.poll() is not None or status())
        assert daemon.poll() is None, daemon.stderr.read()
        assert sock.stat().st_gid == grp.getgrnam("daemon").gr_gid
        for process in status()["processes"]:
            text = pathlib.Path(f"/proc/{process['pid']}/status").read_text()
            # without CAP_SETPCAP the bounding set stays, for nobody to have
            held = re.findall(r"^Cap(?!Bnd).*:\s*(\w+)", text, re.M)
            assert len(held) == 4 and not any(int(word, 16) for word in held)
            assert "NoNewPrivs:\t1" in text
        configure("two.example")
        done = run(*prefix, ctl, "-s", sock, "reload", "-f", config)
        assert done.returncode == 0, done.stdout
        assert "two.example" in status()["certificates"][0]["file"]
    finally:
        daemon.terminate()
        daemon.communicate(timeout=COMMAND_SEC)
    assert daemon.returncode == 0


@pytest.mark.skipif(
    not shutil.which("systemd-sysusers") or os.geteuid() != 0,
    reason="needs systemd-sysusers, and root",
)
def test_sysusers_makes_a_user_without_a_shell(installed, tmp_path):
    (tmp_path / "etc").mkdir()
    done = run(
        "systemd-sysusers", f"--root={tmp_path}",
        installed / "lib/sysusers.d/vncbridge.conf",
    )
    assert done.returncode == 0, done.stdout
    passwd = (tmp_path / "etc/passwd").read_text()
    assert re.search(r"^_vncbridge:.*:/:/usr/sbin/nologin$", passwd, re.M)


# ------------------------------------------------------------- init script


def test_start_returns_when_the_daemon_serves(service):
    done = service("start")
    assert done.returncode == 0, done.stdout
    assert service.get("/healthz").strip() == "ok"
    assert service("status").returncode == 0


def test_second_start_succeeds_and_starts_nothing(service):
    assert service("start").returncode == 0
    pid = service.pid()
    assert service("start").returncode == 0
    assert service.pid() == pid


def test_stop_ends_it_and_may_be_repeated(service):
    assert service("start").returncode == 0
    pid = service.pid()
    assert service("stop").returncode == 0
    assert not is_alive(pid)
    assert service("status").returncode == 3
    assert service("stop").returncode == 0


def test_stop_ends_an_open_session_in_good_order(service):
    assert service("start").returncode == 0
    pid = service.pid()
    with socket.create_connection(("127.0.0.1", service.port), 5) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert s.recv(4096).startswith(b"HTTP/1.1 200")
        assert service("stop").returncode == 0
    assert not is_alive(pid)


def test_restart_replaces_the_daemon(service):
    assert service("start").returncode == 0
    pid = service.pid()
    done = service("restart")
    assert done.returncode == 0, done.stdout
    assert service.pid() not in (0, pid)
    assert not is_alive(pid)
    assert service.get("/healthz").strip() == "ok"


def test_restart_starts_what_was_not_running(service):
    assert service("restart").returncode == 0
    assert service.get("/healthz").strip() == "ok"


@pytest.mark.parametrize("command", ["reload", "force-reload"])
def test_reload_makes_a_new_configuration_hold(service, command):
    assert service("start").returncode == 0
    pid = service.pid()
    assert service.targets() == []
    service.configure('target "lab1" { address = "127.0.0.1:5901" }\n')
    done = service(command)
    assert done.returncode == 0, done.stdout
    until(lambda: service.targets() == ["lab1"])
    assert service.pid() == pid


@pytest.mark.parametrize("command", ["reload", "restart"])
def test_a_broken_configuration_is_refused_and_named(service, command):
    assert service("start").returncode == 0
    pid = service.pid()
    service.configure("colour = blue\n")
    done = service(command)
    assert done.returncode == 6
    assert re.search(r"vncbridge\.conf:\d+", done.stdout), done.stdout
    assert service.pid() == pid and is_alive(pid)
    assert service.get("/healthz").strip() == "ok"


def test_start_with_a_broken_configuration_fails(service):
    service.configure("colour = blue\n")
    done = service("start")
    assert done.returncode != 0
    assert re.search(r"vncbridge\.conf:\d+", done.stdout), done.stdout
    assert service("status").returncode in (1, 3)


def test_start_fails_where_the_port_is_taken(service):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        service.port = s.getsockname()[1]
        service.configure()
        done = service("start")
    assert done.returncode != 0
    assert str(service.port) in done.stdout, done.stdout


def test_status_tells_a_dead_daemon_by_its_pid_file(service):
    assert service("start").returncode == 0
    pid = service.pid()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid))
    assert service("status").returncode == 1
    done = service("start")
    assert done.returncode == 0, done.stdout
    assert service("status").returncode == 0


def test_an_empty_pid_file_means_not_running(service):
    service.pid_file.write_text("")
    assert service("status").returncode == 3
    assert service("start").returncode == 0


def test_a_pid_that_another_process_got_is_not_taken_for_the_daemon(service):
    service.pid_file.write_text(f"{os.getpid()}\n")
    assert service("status").returncode == 1
    assert service("stop").returncode == 0
    service.pid_file.unlink()


def test_the_pid_file_of_the_configuration_is_used(service):
    elsewhere = service.prefix / "run/elsewhere.pid"
    service.pid_file = elsewhere
    service.configure(f'pid-file = "{elsewhere}" # here\n')
    assert service("start").returncode == 0
    assert service.pid() != 0
    assert service("status").returncode == 0
    assert service("stop").returncode == 0


@pytest.mark.parametrize("command", ["stop", "restart", "status", "reload", "start"])
@pytest.mark.parametrize("setting", ["pid-file", "control-socket", "both"])
def test_the_running_daemon_is_found_after_its_places_were_edited(
    service, setting, command
):
    assert service("start").returncode == 0
    pid = service.pid()
    edited = ""
    if setting != "control-socket":
        edited += f'pid-file = "{service.prefix}/run/elsewhere.pid"\n'
    if setting != "pid-file":
        edited += f'control-socket = "{service.prefix}/run/elsewhere.sock"\n'
    service.configure(edited)
    done = service(command)
    assert done.returncode == 0, done.stdout
    if command in ("stop", "restart"):
        assert not is_alive(pid)
    else:
        assert is_alive(pid)
        assert service("stop").returncode == 0
        assert not is_alive(pid)
    if command == "restart":
        assert service("status").returncode == 0
        assert service("stop").returncode == 0
    assert service("status").returncode == 3


def test_the_daemons_words_are_no_part_of_the_scripts_line(service):
    service.configure("colour = blue\n")
    done = service("start")
    assert "vncbridgedvncbridged" not in done.stdout
    assert re.search(r"^vncbridged: .*vncbridge\.conf:\d+", done.stdout, re.M)


def test_reload_and_try_restart_of_what_is_not_running(service):
    assert service("reload").returncode == 7
    assert service("try-restart").returncode == 0
    assert service("status").returncode == 3


def test_an_unknown_command_is_refused_with_the_usage(service):
    done = service("dance")
    assert done.returncode == 2
    assert "usage:" in done.stdout


def test_without_the_program_it_says_that_it_is_not_installed(service):
    program = service.prefix / "sbin/vncbridged"
    away = service.prefix / "sbin/vncbridged.away"
    program.rename(away)
    try:
        assert service("start").returncode == 5
        assert service("status").returncode == 4
        assert service("stop").returncode == 0
    finally:
        away.rename(program)
