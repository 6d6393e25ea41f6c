# SPDX-License-Identifier: ISC
"""What a start refuses, vncbridged -n refuses, in the same words; and nothing
changes by it."""

import os
import socket
import subprocess

import pytest

from certs import self_signed
from daemon import (
    IS_ROOT,
    VNCBRIDGECTL,
    as_ordinary_user,
    conf_text,
    free_port,
    run_to_end,
)

NEEDS_ROOT = pytest.mark.skipif(not IS_ROOT, reason="needs root's rights")
OK = "configuration ok\n"


def both(place, text):
    """What -n says, which is what a start says; both refuse."""
    status, checked, out = run_to_end(place, text, args=("-n",))
    assert (status, out) == (1, ""), checked
    status, started, _ = run_to_end(place, text, args=("-d",))
    assert status == 1, started
    (fault,) = [x for x in checked.splitlines() if x.startswith("vncbridged: ")]
    assert fault in started.splitlines(), (fault, started)
    return fault


def make(place, extra="", **settings):
    return conf_text(place, [f"127.0.0.1:{free_port()}"], extra, **settings)


FAULTS = [
    ({"control_group": "no_such"}, 'control-group "no_such" does not exist'),
    ({"pages": "/no/such"}, "pages: /no/such"),
    ({"pid_file": "/no/such/x.pid"}, "pid-file /no/such/x.pid: No such file"),
    ({"pid_file": "/"}, "pid-file /: it is a link, or not a regular file"),
    ({"control_socket": "/no/such/x"}, "control-socket /no/such/x: No such file"),
    ({"control_socket": "/etc/passwd"}, "control-socket /etc/passwd: it exists already"),
    ({"control_socket": "/etc/passwd/x"}, "control-socket /etc/passwd/x: Not a directory"),
    ({"control_socket": "/" + "x" * 200}, "path too long"),
]


@NEEDS_ROOT
@pytest.mark.parametrize("settings, fault", FAULTS, ids=[f[1] for f in FAULTS])
def test_what_a_start_refuses_the_check_refuses(place, settings, fault):
    (name,) = settings
    text = make(place, **settings)
    (line,) = [
        i for i, x in enumerate(text.splitlines(), 1)
        if x.startswith(name.replace("_", "-") + " ")
    ]
    said = both(place, text)
    assert fault in said
    assert f"vncbridge.conf:{line}: " in said


@NEEDS_ROOT
@pytest.mark.parametrize("user", ["vb-nobody-has-this-name", "root"])
def test_a_user_that_will_not_do_is_refused(place, user):
    assert f'user "{user}"' in both(place, make(place, user=user))


@pytest.mark.parametrize(
    "address, fault",
    [
        ("192.0.2.1:6080", "no such address on this host"),
        ("[2001:db8::1]:6080", "no such address on this host"),
    ],
)
def test_an_address_of_another_host_is_refused_with_its_line(place, address, fault):
    text = make(place, f'listen "{address}" {{ }}')
    said = both(place, text)
    assert fault in said and address in said
    line = text[: text.index(f'"{address}"')].count("\n") + 1
    assert f"vncbridge.conf:{line}: " in said


def test_a_port_given_to_two_listeners_is_refused(place):
    port = free_port()
    text = conf_text(place, [f"0.0.0.0:{port}", f"127.0.0.1:{port}"])
    said = both(place, text)
    assert f"this port belongs to listen 0.0.0.0:{port} already" in said
    assert "vncbridge.conf:2: " in said


@NEEDS_ROOT
def test_more_descriptors_than_the_limit_are_refused(place):
    limits = ["prlimit", "--nofile=1000:1000", "setpriv", "--bounding-set=-sys_resource"]
    text = make(place, max_connections=5000)
    for args in ("-n",), ("-d",):
        status, err, _ = run_to_end(place, text, args=args, prefix=limits)
        assert status == 1 and "max-connections = 5000 needs" in err, err
        assert "vncbridge.conf:" in err


# ---- what is no fault ----


def test_the_port_of_the_daemon_that_runs_is_no_fault(bridge):
    one = bridge()
    done = subprocess.run(
        [VNCBRIDGECTL, "check", "-f", one.conf_path],
        capture_output=True, text=True, check=False, timeout=30,
    )
    assert (done.returncode, done.stdout) == (0, OK), done.stderr
    assert "not checked" not in done.stderr
    assert one.status()["generation"] == 1


def test_the_port_of_another_program_is_told(place):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        address = "127.0.0.1:%d" % busy.getsockname()[1]
        status, err, out = run_to_end(place, conf_text(place, [address]), args=("-n",))
    assert (status, out) == (0, OK)
    assert f"not checked: listen {address}: the port is in use" in err


def test_a_check_leaves_nothing_behind(place):
    before = sorted(os.listdir(place))
    status, err, _ = run_to_end(place, make(place), args=("-n",))
    assert status == 0, err
    assert sorted(os.listdir(place)) == sorted({*before, "vncbridge.conf"})
    # nor does it take away what is there
    stale = os.path.join(place, "ctl.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as left:
        left.bind(stale)
    with open(os.path.join(place, "vncbridged.pid"), "w", encoding="ascii") as f:
        f.write("1")
    status, err, _ = run_to_end(place, make(place), args=("-n",))
    assert status == 0, err
    assert os.path.exists(stale)
    with open(os.path.join(place, "vncbridged.pid"), encoding="ascii") as f:
        assert f.read() == "1"


@NEEDS_ROOT
def test_an_ordinary_user_hears_what_could_not_be_checked(place):
    pair = self_signed(place, "own")
    os.chmod(pair.key, 0o600)
    address = f"127.0.0.1:{free_port()}"
    text = conf_text(
        place,
        [],
        f'listen "127.0.0.1:1" {{ }}\nlisten "{address}" {{\n'
        f' certificate = {{ "{pair.certificate}" }}\n key = {{ "{pair.key}" }}\n}}\n',
        user="vb-nobody-has-this-name",
        pid_file="/proc/x.pid",
        control_socket="/etc/x.sock",
    )
    os.chmod(place, 0o755)
    status, err, out = run_to_end(
        place, text, args=("-n",), prefix=as_ordinary_user()
    )
    assert (status, out) == (0, OK), err
    for what in (
        f"not checked: {pair.key}: Permission denied",
        "not checked: listen 127.0.0.1:1: ports below 1024 need root",
        "control-socket /etc/x.sock: Permission denied",
        'not checked: user "vb-nobody-has-this-name" does not exist',
    ):
        assert what in err, (what, err)
    # root sees all of it
    status, err, _ = run_to_end(place, args=("-n", "-f", f"{place}/vncbridge.conf"))
    assert status == 1 and 'user "vb-nobody-has-this-name" does not exist' in err
