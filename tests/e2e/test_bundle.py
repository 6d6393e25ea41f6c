# SPDX-License-Identifier: ISC
"""vncbridgectl reload: a bundle that root builds, and the daemon applies."""

import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import threading

import pytest

import rfb
import swarm
import wsclient
from certs import Authority, Pair, self_signed
from daemon import IS_ROOT, VNCBRIDGECTL, as_ordinary_user, free_port, user_name
from kernel import keeps_freed_memory
from proc import own_kib
from tlsclient import listen_tls
from waiting import until

NEEDS_ROOT = pytest.mark.skipif(not IS_ROOT, reason="needs root's rights")
NEW_TARGET = 'target "new" { address = "127.0.0.1:5901" }\n'
RELOADS = 100
SESSIONS = 200
ENDS = {"near": 5, "far": 300}  # days


def read_conf(one):
    with open(one.conf_path, encoding="utf-8") as f:
        return f.read()


def append(one, text):
    one.write_conf(read_conf(one) + text)


def reload(one, *args):
    return one.ctl("reload", "-f", one.conf_path, *args, timeout=30)


def accepts(address):
    try:
        return wsclient.get(address, "/healthz").status == 200
    except (OSError, EOFError):
        return False


def refused(one, fault):
    """Told in words, exit status 1, nothing changed."""
    before = one.status()["generation"]
    pids = one.all_pids()
    done = reload(one)
    assert done.returncode == 1, (done.stderr, done.stdout)
    assert fault in done.stderr, done.stderr
    assert one.status()["generation"] == before
    assert one.all_pids() == pids
    assert one.get("/healthz").status == 200


def test_a_reload_applies_the_file(bridge):
    one = bridge(workers=2)
    pids = one.pid, one.workers()
    append(one, NEW_TARGET)
    done = reload(one)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    until(lambda: b'"new"' in one.get("/api/targets").body, 5, "the new target")
    assert one.status()["generation"] == 2
    assert (one.pid, one.workers()) == pids


@NEEDS_ROOT
def test_a_file_that_only_root_can_read_is_reloaded(bridge):
    one = bridge()
    append(one, NEW_TARGET)
    os.chmod(one.conf_path, 0o600)
    mark = one.mark()
    one.signal(signal.SIGHUP)
    assert "reload failed" in one.wait_line(r"reload", start=mark)
    assert reload(one).returncode == 0
    until(lambda: b'"new"' in one.get("/api/targets").body, 5, "the new target")


@NEEDS_ROOT
def test_a_privileged_port_is_added_and_removed_again(bridge):
    """While no process of the daemon is root."""
    one = bridge()
    port = next(p for p in range(700, 1000) if is_free(p))
    uid = pwd.getpwnam(user_name()).pw_uid
    for pid in one.all_pids():
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in f.read()
    text = read_conf(one)
    one.write_conf(text + f'listen "127.0.0.1:{port}" {{ }}\n')
    done = reload(one)
    assert done.returncode == 0, done.stderr
    assert accepts(("127.0.0.1", port)) and accepts(one.address)
    one.write_conf(text)
    assert reload(one).returncode == 0
    assert not accepts(("127.0.0.1", port)) and accepts(one.address)


def is_free(port):
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def test_who_waits_in_a_listeners_queue_is_served_after_a_reload(bridge):
    """The socket stays: it is not closed and opened again."""
    one = bridge()
    inode = one_listener(one)
    one.process.send_signal(signal.SIGSTOP)
    waiting = socket.create_connection(one.address, timeout=10)
    one.process.send_signal(signal.SIGCONT)
    append(one, NEW_TARGET)
    assert reload(one).returncode == 0
    waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert waiting.recv(100).startswith(b"HTTP/1.1 200")
    waiting.close()
    assert one_listener(one) == inode


def one_listener(one):
    """The inode of the daemon's TCP listener."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        rows = [line.split() for line in list(f)[1:]]
    port = "%04X" % one.address[1]
    (inode,) = [r[9] for r in rows if r[3] == "0A" and r[1].endswith(":" + port)]
    return inode


@pytest.mark.parametrize(
    "line, fault",
    [
        ("nonsense = 1\n", "nonsense"),
        ("workers = 1000\n", "workers must be from"),
        ('allow += { "a b" }\n', "is not HOST[:PORTS]"),
        ('target "x" { }\n', "address is missing"),
        ('target "x" {\n', 'has no "}" at its end'),
        ('pages = "/nonexistent"\n', "/nonexistent"),
        ('listen "203.0.113.9:6080" { }\n', "no such address on this host"),
        ('listen "nonsense" { }\n', "is not ADDRESS:PORT"),
    ],
)
def test_a_fault_is_told_and_changes_nothing(bridge, line, fault):
    one = bridge()
    text = "".join(
        x for x in read_conf(one).splitlines(True) if line.split()[0] not in x[:8]
    )
    one.write_conf((text if line.startswith("workers") else read_conf(one)) + line)
    refused(one, fault)
    if "/" not in fault and "no such" not in fault:
        done = reload(one)
        assert f"{one.conf_path}:" in done.stderr


def test_the_most_of_everything_can_be_reloaded(bridge, testcard):
    """Who can't get it, or may not do what it takes, would end of it."""
    card = testcard("echo")
    one = bridge(workers=2)
    client = one.connect(card.target)
    rfb.raw_greet(client)
    name = "a" * 60 + "." + "b" * 60
    targets = [
        f'target "t{i}" {{ address = "{name}" description = "{"d" * 120}" }}\n'
        for i in range(512)
    ]
    rules = ", ".join(f'"{i}.{name}"' for i in range(4095))
    origins = ", ".join(f'"https://{i}.{name}"' for i in range(1024))
    servers = ", ".join(['"127.0.0.1"'] * 16)
    append(
        one,
        f"deny = {{ {rules} }}\norigins = {{ {origins} }}\n"
        "frame-ancestors = { }\n"  # they do not all fit into a field
        f"nameservers = {{ {servers} }}\n{''.join(targets)}",
    )
    before = one.all_pids()
    assert reload(one).returncode == 0
    client.send(b"still there")
    assert client.recv_exact(11) == b"still there"
    with one.connect(card.target, timeout=20) as other:
        rfb.raw_greet(other)
    assert one.all_pids() == before
    append(one, f'target "more" {{ address = "{name}" }}\n')
    refused(one, "513 targets")


def test_a_missing_file_is_told(bridge):
    one = bridge()
    os.unlink(one.conf_path)
    refused(one, one.conf_path)


def test_a_port_of_another_program_is_told(bridge):
    one = bridge()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        append(one, 'listen "127.0.0.1:%d" { }\n' % other.getsockname()[1])
        refused(one, "is in use by another program")


def change_address(one, old, new):
    """Writes another address into the configuration."""
    text = read_conf(one)
    assert text.count(f'"{old}"') == 1
    one.write_conf(text.replace(f'"{old}"', f'"{new}"'))


@pytest.mark.parametrize(
    "old, new", [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0"), ("[::]", "[::1]")]
)
def test_an_address_within_another_is_refused_with_the_reason(
    bridge, testcard, old, new
):
    """Of the same port the kernel has only one of the two. Nothing is lost,
    and it works with the port left out in between."""
    card, port = testcard("echo"), free_port()
    other = f"127.0.0.1:{free_port()}"
    one = bridge(listen=[other, f"{old}:{port}"])
    host = "::1" if ":" in old else "127.0.0.1"
    with wsclient.connect((host, port), card.target) as client:
        assert client.recv_exact(12) == rfb.GREETING
        change_address(one, f"{old}:{port}", f"{new}:{port}")
        refused(one, "the daemon itself has this port open")
        mark = one.mark()
        one.signal(signal.SIGHUP)
        line = one.wait_line(r"reload", start=mark)
        assert f"listen {new}:{port}: the daemon itself" in line
        assert f"at {old}:{port}" in line and "in two reloads" in line
        assert accepts((host, port)) and accepts(one.address)
        text = read_conf(one)
        one.write_conf(text.replace(f'listen "{new}:{port}" {{  }}\n', ""))
        assert reload(one).returncode == 0
        assert not accepts((host, port))
        one.write_conf(text)
        assert reload(one).returncode == 0
        assert accepts((host, port))
        assert client.shut() == 1000


def test_an_address_of_the_other_family_takes_the_port_over(bridge, testcard):
    """[::]:P does not have 0.0.0.0:P: one reload does it, and back."""
    card, port = testcard("echo"), free_port()
    one = bridge(listen=[f"127.0.0.1:{free_port()}", f"[::]:{port}"])
    with wsclient.connect(("::1", port), card.target) as client:
        assert client.recv_exact(12) == rfb.GREETING
        change_address(one, f"[::]:{port}", f"0.0.0.0:{port}")
        assert reload(one).returncode == 0
        assert accepts(("127.0.0.1", port)) and not accepts(("::1", port))
        change_address(one, f"0.0.0.0:{port}", f"[::]:{port}")
        assert reload(one).returncode == 0
        assert accepts(("::1", port)) and not accepts(("127.0.0.1", port))
        assert client.shut() == 1000


def test_two_listeners_of_one_port_are_told_from_another_program(bridge):
    one, port = bridge(), free_port()
    append(one, f'listen "127.0.0.1:{port}" {{ }}\nlisten "0.0.0.0:{port}" {{ }}\n')
    refused(one, f"listen 0.0.0.0:{port}: this port belongs to listen 127.0.0.1:{port}")


def test_what_takes_a_restart_is_named(bridge):
    one = bridge(max_connections=100)
    text = read_conf(one)
    for name, value in (
        ("pid-file", '"/nonexistent/pid"'),
        ("control-socket", '"/nonexistent/sock"'),
        ("max-connections", "200"),
    ):
        kept = [x for x in text.splitlines(True) if not x.startswith(name)]
        one.write_conf("".join(kept) + f"{name} = {value}\n")
        done = reload(one)
        assert done.returncode == 0, done.stderr
        assert f"warning: {name} " in done.stderr, done.stderr
        assert "restart" in done.stderr
    assert one.status()["max_connections"] == 100


def test_a_command_line_that_a_file_would_undo_is_respected(bridge):
    port = free_port()
    one = bridge(
        listen=[f"127.0.0.1:{port}"], args=("-d", "-l", f"127.0.0.1:{port}")
    )
    refused(one, "-l")


def test_without_a_daemon_reload_says_so(bridge):
    one = bridge()
    one.stop()
    done = reload(one)
    assert done.returncode == 2
    assert one.control_socket in done.stderr


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_workers_changes(bridge, testcard, workers):
    """More are started; the surplus ends when it is empty."""
    card = testcard("echo")
    one = bridge(workers=2)
    clients = [one.connect(card.target) for _ in range(4)]
    for client in clients:
        assert client.recv_exact(12) == rfb.GREETING
    text = read_conf(one)
    one.write_conf(text.replace("workers = 2", f"workers = {workers}"))
    assert reload(one).returncode == 0
    if workers == 1:
        assert len(one.workers()) == 2  # the sessions are not cut
        for client in clients:
            client.shut()
    until(lambda: len(one.workers()) == workers, 10, "the workers to be as many")
    with one.connect(card.target) as client:
        assert client.recv_exact(12) == rfb.GREETING


def is_held(one, holder):
    """The session of an exclusive target goes on, and nobody else has it."""
    with one.connect("x", timeout=20) as client:
        with pytest.raises(wsclient.Closed) as closed:
            client.recv_exact(1)
    assert closed.value.code == 4510
    holder.send(b"mine")
    assert holder.recv_exact(4) == b"mine"


def test_other_targets_and_rules_leave_the_broker_alone(bridge, testcard):
    """What it may dial is its sandbox: only other ports take another broker,
    of which neither a session nor a lease notices anything."""
    card = testcard("echo")
    one = bridge(
        workers=2,
        allow=[f"127.0.0.1:{card.port}", "127.0.0.1:5900-5910"],
        extra=f'target "x" {{ address = "{card.target}" exclusive = yes }}',
    )
    text = read_conf(one)
    allowed = f'"127.0.0.1:{card.port}", '
    holder = one.connect("x")
    rfb.raw_greet(holder)
    broker = one.broker()
    more = f'"[::1]:{card.port}", "127.0.0.1:5905", '
    for extra in ("", f'target "y" {{ address = "{card.target}" }}\n', NEW_TARGET):
        one.write_conf(text.replace(allowed, allowed + more) + extra)
        assert reload(one).returncode == 0
        is_held(one, holder)
    assert one.broker() == broker
    for ports in ("5900-5911", "5900-5910"):
        one.write_conf(text.replace("5900-5910", ports))
        assert reload(one).returncode == 0
        broker = one.wait_other_broker(broker)
        is_held(one, holder)


def count_fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


@NEEDS_ROOT
def test_a_hundred_reloads_leave_nothing_behind(bridge, directory):
    one = bridge(workers=2)
    pair = self_signed(directory, "lab")
    append(one, listen_tls(f"127.0.0.1:{free_port()}", pair))
    for _ in range(10):
        assert reload(one).returncode == 0
    pids = one.all_pids()
    fds = [count_fds(p) for p in pids]
    memory = sum(own_kib(p) for p in pids)
    for _ in range(RELOADS):
        assert reload(one).returncode == 0
    assert one.status()["generation"] == 111
    assert one.all_pids() == pids
    # one that was just being read was perhaps counted before
    until(
        lambda: all(count_fds(p) <= n for p, n in zip(pids, fds)),
        5,
        "descriptors as before",
    )
    if not keeps_freed_memory(one.pid):
        assert sum(own_kib(p) for p in pids) - memory < 1024


def test_running_sessions_lose_not_a_byte(bridge, testcard):
    card = testcard("source=0", "sink")
    one = bridge(workers=2, max_connections=1000)
    crowd = swarm.Swarm(one.address, card.target, SESSIONS)
    crowd.wait_progress()
    pids = one.all_pids()
    text = read_conf(one)
    port = free_port()
    extra = ["", NEW_TARGET, f'listen "127.0.0.1:{port}" {{ }}\n', "nonsense = 1\n"]
    for i in range(8):
        one.write_conf(text + extra[i % len(extra)])
        assert reload(one).returncode == (1 if i % 4 == 3 else 0)
        crowd.wait_progress(4096)
    assert one.all_pids() == pids
    assert len(crowd.living()) == SESSIONS
    crowd.finish()
    assert not crowd.errors(), crowd
    sent = {session.digest() for session in crowd.sessions}
    until(lambda: sent <= swarm.sinks_of(card), 20, "all that was sent")


def test_of_reloads_at_once_each_is_applied_or_told(bridge):
    one = bridge()
    append(one, NEW_TARGET)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(reload(one))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [done for done in results if done.returncode == 0]
    assert good and len(results) == len(threads)
    for done in results:
        assert done in good or "another reload" in done.stderr, done.stderr
    assert one.status()["generation"] == 1 + len(good)


def reader_of(pipe):
    """The pipe's other end, once there is one who waits for it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def test_a_reload_that_dies_in_the_middle_changes_nothing(bridge, directory):
    """It has begun, and hangs reading a file that nobody writes to."""
    one = bridge()
    pipe = os.path.join(directory, "pipe")
    os.mkfifo(pipe)
    argv = [VNCBRIDGECTL, "-s", one.control_socket, "reload", "-f", pipe]
    with subprocess.Popen(argv) as hung:
        end = until(lambda: reader_of(pipe), 10, "it to begin")
        assert "another reload" in reload(one).stderr
        hung.kill()
    os.close(end)
    until(lambda: reload(one).returncode == 0, 10, "the next one to work")
    assert one.status()["generation"] == 2


# certificates


def selfcert(one, directory, *names):
    done = one.ctl("selfcert", "-d", directory, *names)
    assert done.returncode == 0, done.stderr
    base = os.path.join(directory, names[0])
    return Pair(f"{base}.pem", f"{base}.key")


@NEEDS_ROOT
def test_a_new_key_that_only_root_can_read_is_reloaded(bridge, directory):
    one = bridge()
    pair = selfcert(one, directory, "lab.example")
    assert os.stat(pair.key).st_mode & 0o777 == 0o600
    append(one, listen_tls(f"127.0.0.1:{free_port()}", pair))
    mark = one.mark()
    one.signal(signal.SIGHUP)
    line = one.wait_line(r"reload", start=mark)
    assert "Permission denied" in line and "vncbridgectl reload" in line
    done = reload(one)
    assert done.returncode == 0, done.stderr
    assert one.status()["generation"] == 2
    before = one.all_pids()
    # a certificate that is renewed in its place
    os.unlink(pair.key), os.unlink(pair.certificate)
    selfcert(one, directory, "lab.example")
    assert reload(one).returncode == 0
    assert one.all_pids() == before


def test_a_certificate_with_a_fault_never_replaces_a_good_one(bridge, directory):
    one = bridge()
    good = selfcert(one, directory, "lab.example")
    other = selfcert(one, directory, "other.example")
    text = read_conf(one)
    address = f"127.0.0.1:{free_port()}"
    pipe = f"{good.certificate}.pipe"
    os.mkfifo(pipe)
    for pair, fault in (
        (Pair(good.certificate, other.key), f'certificate "{good.certificate}": '),
        (Pair(good.certificate, "/nonexistent.key"), "/nonexistent.key"),
        (Pair(one.conf_path, good.key), "there is no certificate in it"),
        (Pair(pipe, good.key), pipe),
    ):
        one.write_conf(text + listen_tls(address, pair))
        refused(one, fault)


def test_no_worker_gets_a_certificate_that_it_could_not_use(
    bridge, directory, testcard
):
    """It would end of it, with all its sessions, and its successor too."""
    card = testcard("echo")
    one = bridge(workers=2)
    client = one.connect(card.target)
    rfb.raw_greet(client)
    pair = selfcert(one, directory, "lab.example")
    listener = listen_tls(f"127.0.0.1:{free_port()}", pair)
    text = read_conf(one)
    one.write_conf(f'{text}{listener}ciphers = "HIGH:@SECLEVEL=5"\n')
    refused(one, "too weak")
    client.send(b"still there")
    assert client.recv_exact(11) == b"still there"


@pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit is not there")
def test_descriptors_for_many_workers_are_not_all_open_at_once(
    bridge, directory, testcard
):
    card = testcard("echo")
    names = [f"lab{i}.example" for i in range(10)]
    one = bridge(
        workers=16, max_connections=50, popen={"prefix": ["prlimit", "--nofile=256"]}
    )
    client = one.connect(card.target)
    rfb.raw_greet(client)
    pairs = [selfcert(one, directory, name) for name in names]
    certificates = ", ".join(f'"{pair.certificate}"' for pair in pairs)
    keys = ", ".join(f'"{pair.key}"' for pair in pairs)
    append(
        one,
        f'listen "127.0.0.1:{free_port()}" '
        f"{{ certificate = {{ {certificates} }} key = {{ {keys} }} }}\n",
    )
    before = one.all_pids()
    for _ in range(3):
        done = reload(one)
        assert done.returncode == 0, done.stderr
    assert one.get("/healthz").status == 200
    assert one.all_pids() == before
    client.send(b"still there")
    assert client.recv_exact(11) == b"still there"


def test_more_certificates_of_one_name_than_types_are_no_fault(bridge, directory):
    authority = Authority(directory)
    pairs = [
        authority.server(f"lab{i}", ["DNS:lab.example"], key=key)
        for i, key in enumerate(("p256", "rsa2048", "rsa2048", "p256", "p256"))
    ]
    one = bridge()
    append(one, listen_tls(f"127.0.0.1:{free_port()}", *pairs))
    before = one.all_pids()
    done = reload(one)
    assert done.returncode == 0, done.stderr
    assert one.get("/healthz").status == 200
    assert one.all_pids() == before


def test_the_end_of_a_certificate_is_shown_and_warned_of(bridge, directory):
    one = bridge()
    assert one.status()["certificates"] == []
    pairs = [self_signed(directory, name, days=n) for name, n in ENDS.items()]
    near, far = (pair.certificate for pair in pairs)
    text = read_conf(one)
    names = [listen_tls(f"127.0.0.1:{free_port()}", pair) for pair in pairs]
    mark = one.mark()
    one.write_conf(text + "".join(names))
    assert reload(one).returncode == 0
    shown = one.status()["certificates"]
    assert [c["file"] for c in shown] == [near, far]
    assert shown[0]["days"] in (4, 5) and shown[1]["days"] in (299, 300)
    one.wait_line(f'certificate expires soon file="{near}"', start=mark)
    assert not one.grep(f'expires soon file="{far}"', start=mark)
    table = one.ctl("status").stdout
    assert f"{near}  (soon)" in table and f"{far}\n" in table


def served(address):
    """The certificate that a new connection is shown, in PEM."""
    return ssl.get_server_certificate(address, timeout=10)


def test_new_connections_get_the_new_certificate_on_every_worker(bridge, directory):
    one = bridge(workers=3)
    address = ("127.0.0.1", free_port())
    pair = self_signed(directory, "lab")
    append(one, listen_tls("%s:%d" % address, pair))
    assert reload(one).returncode == 0
    first = until(lambda: served(address), 5, "a handshake")
    workers = one.workers()
    self_signed(directory, "lab")
    with open(pair.certificate, encoding="ascii") as f:
        new = f.read()
    assert new != first
    assert reload(one).returncode == 0
    # each worker has it before its next connection: the channel's order
    assert {served(address) for _ in range(12)} == {new}
    assert one.workers() == workers
