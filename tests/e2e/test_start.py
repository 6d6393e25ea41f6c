# SPDX-License-Identifier: ISC
"""Starting, and every way in which it must be refused with a clear word."""

import os
import re
import resource
import signal
import socket
import subprocess

import pytest

import daemon
import wsclient
from daemon import (
    IS_ROOT,
    as_ordinary_user,
    conf_text,
    free_port,
    give_to_daemon,
    run_to_end,
)
from proc import is_alive, read_status
from waiting import process_end, seconds, until

UNPRIVILEGED_PORTS = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
FAILURE = 1


def refuse(place, text, *wanted, **how):
    status, err, _ = run_to_end(place, text, **how)
    assert status == FAILURE, (status, err)
    for pattern in wanted:
        assert re.search(pattern, err), (pattern, err)
    return err


def test_port_in_use_is_named(place):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = "127.0.0.1:%d" % other.getsockname()[1]
        refuse(place, conf_text(place, [address]), re.escape(address), "(?i)in use")


def test_port_below_1024_needs_the_right(place):
    with open(UNPRIVILEGED_PORTS, encoding="ascii") as f:
        if int(f.read()) <= 1023:
            pytest.skip("this system lets everybody bind every port")
    text = conf_text(place, ["127.0.0.1:1023"], user=None)
    refuse(place, text, "127.0.0.1:1023", "(?i)permission|root", prefix=as_ordinary_user())


def test_address_of_another_host_is_refused(place):
    refuse(place, conf_text(place, ["192.0.2.1:6080"]), "192.0.2.1:6080")


@pytest.mark.skipif(not IS_ROOT, reason="only root changes the user")
def test_missing_user_is_named(place):
    address = f"127.0.0.1:{free_port()}"
    text = conf_text(place, [address], user="vb-nobody-has-this-name")
    refuse(place, text, "vb-nobody-has-this-name")


@pytest.mark.skipif(not IS_ROOT, reason="only root changes the user")
def test_root_is_no_user_to_become(place):
    address = f"127.0.0.1:{free_port()}"
    refuse(place, conf_text(place, [address], user="root"), "root")


FAULTS = [
    ("no-such-thing = 1", "no-such-thing"),
    ("listen-backlog = 65536", "listen-backlog.*65535"),
    ("workers = -1", "workers.*256"),
    ("workers = many", "workers.*not a whole number"),
    ("workers = 99999999999999999999", "workers must be from 0 to 256"),
    ("default-port = 0", "default-port"),
    ("default-port = 65536", "default-port.*65535"),
    ("handshake-timeout = 0", "handshake-timeout"),
    ("connect-timeout = 3601", "connect-timeout"),
    ("ping-interval = 3601", "ping-interval"),
    ("drain-timeout = 0", "drain-timeout"),
    ("watchdog-timeout = 3601", "watchdog-timeout"),
    ("max-connections = 0", "max-connections"),
    ("require-rfb = perhaps", "require-rfb"),
    ('allow = { "10.0.0.1/24" }', r"allow.*10\.0\.0\.1/24"),
    ('allow = { "127.0.0.1:5900", "a:99999" }', "allow.*a:99999"),
    ('allow = { "127.1" }', r"allow.*127\.1"),
    ('deny = { "10.0.0.0/33" }', r"deny.*10\.0\.0\.0/33"),
    ('deny = { "x y" }', "deny.*x y"),
    ('origins = { "panel.example" }', "origins.*panel.example"),
    ('nameservers = { "ns.example" }', "nameservers.*ns.example"),
    ('base-path = "no-slash"', "base-path"),
    ('base-path = "/ends/"', "base-path"),
    ('pid-file = "relative.pid"', "pid-file.*absolute"),
    ('listen "localhost:6080" { }', "listen.*localhost"),
    ('listen "127.0.0.1:0" { }', "listen.*127.0.0.1:0"),
    ('listen "127.0.0.1:70000" { }', "listen.*70000"),
    ('listen "127.0.0.1:6081" { nonsense = 1 }', "nonsense"),
    ('target "a b" { address = "10.0.0.1" }', "target.*a b"),
    ('target "a:5901" { address = "10.0.0.1" }', "target.*a:5901"),
    ('target "a" { address = "10.0.0.300" }', r"10\.0\.0\.300"),
    ('target "a" { description = "x" }', "address.*missing"),
    ('target "a" { address = "10.0.0.1" colour = "red" }', "colour"),
    ('target "a" { address = "10.0.0.1"', ""),
    ('user = "unended', ""),
    ("= 5", ""),
    ('tls-minimum = "1.1"', r"tls-minimum.*1\.1"),
    ('ciphers = "ECDHE+NOTHING"', "ciphers.*OpenSSL"),
    ('ciphers = "AES128-SHA"', "ciphers.*OpenSSL"),
    ('ciphers = "a b"', "ciphers.*NAME"),
    ('ciphersuites = "TLS_NONE"', "ciphersuites.*OpenSSL"),
    ('curves = "X25519:P-1"', "curves.*OpenSSL"),
    ("hsts = 63072001", "hsts"),
    ("ticket-rotation = 0", "ticket-rotation"),
    ('listen "127.0.0.1:6443" { certificate = { "a.pem" } }', "absolute"),
    ('listen "127.0.0.1:6443" { certificate = { "/none" } }', "No such file"),
    ('listen "127.0.0.1:6443" { certificate = { "/a" } key = { "/a", "/b" } }', "one key"),
    ('listen "127.0.0.1:6443" { key = { "/a" } }', "key without a certificate"),
    ('listen "127.0.0.1:6443" { redirect = yes }', "redirect without a certificate"),
    ('listen "127.0.0.1:6443" { redirect = no }', "redirect without a certificate"),
    ('listen "127.0.0.1:6443" { key = { "/a" } key = { "/b" } }', "key is given twice"),
    ('target "a" { address = "10.0.0.1" address = "10.0.0.2" }', "address is given twice"),
    ('listen "127.0.0.1:6443" { verify-client = "require" }', "certificate of its own"),
    ('listen "127.0.0.1:6443" { verify-client = "maybe" }', "verify-client.*maybe"),
    ('listen "127.0.0.1:6443" { certificate = { "/a" } client-ca = "/b" }', "without verify"),
    ('listen "127.0.0.1:6443" { certificate = { "/a" } verify-client = "require" }', "without client-ca"),
]


@pytest.mark.parametrize("line,wanted", FAULTS, ids=[f[0] for f in FAULTS])
def test_bad_configuration_is_refused_with_file_and_line(place, line, wanted):
    name = line.split()[0].replace("-", "_")
    # given once only: that it is there twice is another fault
    once = {name: None} if name in ("workers", "pid_file", "user") else {}
    good = conf_text(place, ["127.0.0.1:6080"], **once)
    number = good.count("\n") + 1
    # what is left open is found at the end of the file
    numbers = rf":({number}|{number + 1})\b"
    where = re.escape(os.path.join(place, "vncbridge.conf")) + numbers
    for args in (["-n"], ["-d"]):
        refuse(place, good + line + "\n", where, wanted, args=args)


def test_target_twice_is_refused(place):
    extra = 'target "a" { address = "10.0.0.1" }\n' * 2
    refuse(place, conf_text(place, ["127.0.0.1:6080"], extra), "(?i)a\\b")


def test_configuration_that_is_not_there_is_named(place):
    status, err, _ = run_to_end(place, args=["-d", "-f", "/no/such/vb.conf"])
    assert status == FAILURE
    assert "/no/such/vb.conf" in err


def test_missing_page_files_are_named(place):
    missing = os.path.join(place, "pages")
    text = conf_text(place, [f"127.0.0.1:{free_port()}"], pages=missing)
    refuse(place, text, re.escape(missing))
    os.mkdir(missing)
    os.chmod(missing, 0o755)
    refuse(place, text, re.escape(missing))


def test_too_few_descriptors_for_the_connections(place):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))

    text = conf_text(
        place, [f"127.0.0.1:{free_port()}"], user=None, max_connections=10000
    )
    refuse(
        place,
        text,
        "(?i)descriptors",
        "10000",
        prefix=as_ordinary_user(),
        preexec_fn=limit,
    )


def test_n_only_checks(place):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        address = "127.0.0.1:%d" % busy.getsockname()[1]
        text = conf_text(place, [address])
        status, err, _ = run_to_end(place, text, args=["-n"])
        assert status == 0, err
    assert not os.path.exists(os.path.join(place, "vncbridged.pid"))


def test_V_prints_the_version(bridge):
    done = subprocess.run(
        [daemon.VNCBRIDGED, "-V"], capture_output=True, text=True, check=True
    )
    assert re.match(r"vncbridged \d+\.\d+", done.stdout + done.stderr)


@pytest.mark.parametrize("args", [["-Q"], ["-f"], ["-d", "surplus"]])
def test_wrong_usage_is_told(bridge, args):
    done = subprocess.run(
        [daemon.VNCBRIDGED, *args], capture_output=True, text=True, check=False
    )
    assert done.returncode not in (0, None) and "usage" in done.stderr.lower()


def test_l_and_a_need_no_file(place, testcard):
    card = testcard("source=100")
    port = free_port()
    args = ["-d", "-l", f"127.0.0.1:{port}", "-a", f"127.0.0.1:{card.port}"]
    one = daemon.Daemon(
        place, None, args, ("127.0.0.1", port), prefix=as_ordinary_user(), cwd="/"
    )
    try:
        client = one.connect(card.target)
        assert client.recv_exact(12) == b"RFB 003.008\n"
        other = one.connect(f"127.0.0.1:{free_port()}")
        assert other.wait_close()[0] == 4520
    finally:
        one.stop()


@pytest.mark.parametrize(
    "args", [["-l", "nonsense"], ["-l", "127.0.0.1"], ["-a", "1.2.3"]]
)
def test_bad_l_and_a_are_refused(place, args):
    text = conf_text(place, ["127.0.0.1:6080"])
    refuse(place, text, re.escape(args[1]), args=["-d", *args])


def test_l_and_a_override_the_file(bridge, testcard):
    card = testcard()
    port = free_port()
    one = bridge(
        listen=[f"127.0.0.1:{port}"],
        allow=["10.0.0.0/8"],
        args=["-d", "-a", f"127.0.0.1:{card.port}"],
    )
    assert one.connect(card.target).recv_exact(4) == b"RFB "
    assert one.connect("10.0.0.1:5901").wait_close()[0] == 4520


def test_pid_file_names_the_master(bridge):
    one = bridge()
    path = os.path.join(one.directory, "vncbridged.pid")
    with open(path, encoding="ascii") as f:
        assert int(f.read()) == one.pid
    one.stop()
    assert not os.path.exists(path) or os.path.getsize(path) == 0


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_pid_file_that_leads_elsewhere_is_not_followed(place, link):
    """Else who may write to its folder chooses what root empties."""
    victim = os.path.join(place, "victim")
    with open(victim, "w", encoding="ascii") as f:
        f.write("precious")
    path = os.path.join(place, "vncbridged.pid")
    link(victim, path)
    refuse(place, conf_text(place, [f"127.0.0.1:{free_port()}"]), re.escape(path))
    with open(victim, encoding="ascii") as f:
        assert f.read() == "precious"


def test_control_socket_of_another_program_is_left_alone(place):
    path = os.path.join(place, "ctl.sock")
    text = conf_text(place, [f"127.0.0.1:{free_port()}"])
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen()
        refuse(place, text, re.escape(path), "another program")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
    os.unlink(path)
    with open(path, "w", encoding="ascii") as f:
        f.write("precious")
    refuse(place, text, re.escape(path), "is not a socket")
    with open(path, encoding="ascii") as f:
        assert f.read() == "precious"
    # a start that failed leaves nothing behind
    assert not os.path.exists(os.path.join(place, "vncbridged.pid"))


def test_control_socket_of_a_dead_daemon_is_replaced(bridge):
    one = bridge()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(one.control_socket + ".dead")
        dead.listen()
    place = os.path.join(one.directory, "next")
    os.mkdir(place)
    give_to_daemon(place)
    os.rename(one.control_socket + ".dead", os.path.join(place, "ctl.sock"))
    port = free_port()
    text = conf_text(place, [f"127.0.0.1:{port}"])
    other = daemon.Daemon(place, text, address=("127.0.0.1", port))
    try:
        assert other.ctl("status").returncode == 0
    finally:
        other.stop()


def test_second_daemon_on_one_control_socket_is_refused(bridge):
    one = bridge()
    other = os.path.join(one.directory, "other")
    os.mkdir(other)
    text = conf_text(
        other, [f"127.0.0.1:{free_port()}"], control_socket=one.control_socket
    )
    refuse(other, text, re.escape(one.control_socket), "another vncbridged")
    assert one.ctl("status").returncode == 0


CLOSED_STREAMS = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]


@pytest.mark.parametrize("args", [["-d"], []], ids=["foreground", "daemonized"])
def test_closed_standard_streams_are_nobodys(place, args):
    """Else the log goes into the pid file, or a listener is lost."""
    path = os.path.join(place, "vncbridged.pid")
    port = free_port()
    text = conf_text(place, [f"127.0.0.1:{port}"])
    one = daemon.Daemon(place, text, args, prefix=CLOSED_STREAMS)
    one.address = ("127.0.0.1", port)
    pid = one.pid
    try:
        if not args:
            assert one.wait() == 0
            assert one.get("/healthz").status == 200
        else:
            one.wait_ready()
        with open(path, encoding="ascii") as f:
            pid = int(f.read())
    finally:
        if is_alive(pid):
            os.kill(pid, signal.SIGTERM)
            assert process_end(pid)
        one.stop()


@pytest.mark.skipif(not IS_ROOT, reason="needs to read other processes' /proc")
def test_descriptors_of_the_starter_are_closed(bridge):
    """As of debconf, or a lock that a script holds."""
    with open("/etc/passwd", "rb") as f:
        one = bridge(popen={"pass_fds": [f.fileno()]})
    for pid in one.all_pids():
        fds = f"/proc/{pid}/fd"
        links = [os.readlink(os.path.join(fds, x)) for x in os.listdir(fds)]
        assert "/etc/passwd" not in links, (pid, links)


def test_second_daemon_on_one_pid_file_is_refused(bridge):
    one = bridge()
    path = os.path.join(one.directory, "vncbridged.pid")
    other = os.path.join(one.directory, "other")
    os.mkdir(other)
    text = conf_text(other, [f"127.0.0.1:{free_port()}"], pid_file=path)
    refuse(other, text, re.escape(path))
    with open(path, encoding="ascii") as f:
        assert int(f.read()) == one.pid
    assert one.get("/healthz").status == 200


def test_stale_pid_file_is_no_hindrance(place):
    path = os.path.join(place, "vncbridged.pid")
    with open(path, "w", encoding="ascii") as f:
        f.write("1\n")
    give_to_daemon(path)
    port = free_port()
    one = daemon.Daemon(
        place, conf_text(place, [f"127.0.0.1:{port}"]), address=("127.0.0.1", port)
    )
    try:
        with open(path, encoding="ascii") as f:
            assert int(f.read()) == one.pid
    finally:
        one.stop()


def test_daemonizes_and_is_ready_when_the_parent_returns(place):
    port = free_port()
    text = conf_text(place, [f"127.0.0.1:{port}"])
    status, err, _ = run_to_end(place, text, args=[])
    assert status == 0, err
    with open(os.path.join(place, "vncbridged.pid"), encoding="ascii") as f:
        pid = int(f.read())
    try:
        assert wsclient.get(("127.0.0.1", port), "/healthz").body.strip() == b"ok"
        assert os.getsid(pid) != os.getsid(0)
        if IS_ROOT:  # nobody else may look
            assert os.readlink(f"/proc/{pid}/cwd") == "/"
            links = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in range(3)}
            assert links == {"/dev/null"}, links
        children = daemon.children(pid)
        assert children
    finally:
        os.kill(pid, signal.SIGTERM)
        assert process_end(pid)
    until(lambda: not any(is_alive(p) for p in children), 10, "the children's end")


def test_daemonizing_reports_what_fails_late(place):
    """The parent must not say 0 before the children are ready."""
    missing = os.path.join(place, "pages")
    text = conf_text(place, [f"127.0.0.1:{free_port()}"], pages=missing)
    refuse(place, text, re.escape(missing), args=[])
    assert not os.path.exists(os.path.join(place, "vncbridged.pid"))


@pytest.mark.parametrize("is_abstract", [False, True], ids=["path", "abstract"])
def test_tells_systemd_when_it_is_ready_and_when_it_stops(place, is_abstract):
    path = os.path.join(place, "notify.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        if is_abstract:
            sock.bind("\0" + path)
            path = "@" + path
        else:
            sock.bind(path)
            os.chmod(path, 0o777)
        sock.settimeout(seconds(10))
        port = free_port()
        one = daemon.Daemon(
            place,
            conf_text(place, [f"127.0.0.1:{port}"]),
            env={**os.environ, "NOTIFY_SOCKET": path},
        )
        try:
            one.address = ("127.0.0.1", port)
            assert "READY=1" in sock.recv(4096).decode().split("\n")
            # no waiting: that is what it said
            assert one.get("/healthz").status == 200
            one.signal(signal.SIGHUP)
            for state in ("RELOADING=1", "READY=1"):
                assert state in sock.recv(4096).decode().split("\n")
            one.signal(signal.SIGTERM)
            assert one.wait() == 0
            assert "STOPPING=1" in sock.recv(4096).decode().split("\n")
        finally:
            one.stop()


def test_starts_as_many_workers_as_configured(bridge):
    one = bridge(workers=3)
    found = one.processes()
    counts = [len(found[role]) for role in ("worker", "broker", "keeper")]
    assert counts == [3, 1, 1]


def test_starts_one_worker_for_each_cpu(bridge):
    one = bridge(workers=0)
    assert len(one.workers()) == len(os.sched_getaffinity(0))


def test_listens_on_all_its_addresses(bridge):
    ports = [free_port(), free_port()]
    one = bridge(listen=[f"127.0.0.1:{ports[0]}", f"[::1]:{ports[1]}"])
    assert one.get("/healthz").status == 200
    assert wsclient.get(("::1", ports[1]), "/healthz").status == 200


def test_v6_wildcard_leaves_the_v4_port_to_others(bridge):
    """As the default configuration does: 0.0.0.0 and [::] on one port."""
    port = free_port()
    one = bridge(listen=[f"0.0.0.0:{port}", f"[::]:{port}"])
    assert one.get("/healthz").status == 200
    assert wsclient.get(("::1", port), "/healthz").status == 200


def test_processes_say_what_they_are(bridge):
    one = bridge(workers=1)
    for pid in one.all_pids():
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            title = f.read().rstrip(b"\0").decode()
        assert "vncbridge" in title, title
    assert read_status(one.broker())["Name"] == "vncbridge-broke"
