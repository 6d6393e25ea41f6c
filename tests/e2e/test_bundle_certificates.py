# SPDX-License-Identifier: ISC
"""vncbridgectl reload: certificates and keys, which only root may read."""

import os
import shutil
import signal
import ssl

import pytest

import rfb
from certs import Authority, Pair, self_signed
from daemon import IS_ROOT, free_port
from reloading import append, read_conf, refused, reload
from tlsclient import listen_tls
from waiting import until

ENDS = {"near": 5, "far": 300}  # days


def selfcert(one, directory, *names):
    done = one.ctl("selfcert", "-d", directory, *names)
    assert done.returncode == 0, done.stderr
    base = os.path.join(directory, names[0])
    return Pair(f"{base}.pem", f"{base}.key")


@pytest.mark.skipif(not IS_ROOT, reason="needs root's rights")
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
