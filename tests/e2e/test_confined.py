# SPDX-License-Identifier: ISC
"""Less than full root: what containers and hardened units leave. It starts
with what it needs, or says what is missing and what to do."""

import os
import signal

import pytest

import daemon
from certs import self_signed
from daemon import IS_ROOT, as_ordinary_user, conf_text, free_port, run_to_end
from tlsclient import Listen, client_context, listen_body

REFUSE = os.path.join(os.environ.get("VB_BUILD", ""), "tests/e2e/refuse")
NEEDS_ROOT = pytest.mark.skipif(not IS_ROOT, reason="only root has less than all")
PROFILE = "allow the call in the seccomp profile of the container"
LANDLOCK = ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"]

# what a filter answers: the words of the refusal
REFUSED = [
    ("EPERM", [LANDLOCK[0]], ["landlock_create_ruleset", PROFILE, "sandbox = off"]),
    ("EPERM", [LANDLOCK[1]], ["landlock_add_rule", PROFILE, "sandbox = off"]),
    ("EPERM", [LANDLOCK[2]], ["landlock_restrict_self", PROFILE]),
    ("ENOSYS", LANDLOCK, ["landlock_create_ruleset", PROFILE]),
    ("EPERM", ["memfd_create"], ["not permitted", "seccomp profile"]),
    ("EPERM", ["setsockopt"], ["not permitted", "seccomp profile"]),
    ("EPERM", ["seccomp"], ["seccomp", PROFILE]),
    ("EOPNOTSUPP", LANDLOCK, ["off in this kernel", "lsm=", "sandbox = off"]),
]


def caps(*names):
    """Root with these capabilities and no others, as a container has it."""
    kept = ",".join(f"+{name}" for name in names)
    bounding = f"-all,{kept}" if kept else "-all"
    return ["setpriv", f"--bounding-set={bounding}"]


@pytest.mark.parametrize("error, calls, words", REFUSED)
@pytest.mark.parametrize("user", [[], as_ordinary_user()], ids=["root", "user"])
def test_what_a_filter_forbids_is_named(place, user, error, calls, words):
    text = conf_text(
        place, [f"127.0.0.1:{free_port()}"], user=daemon.user_name() if IS_ROOT else None
    )
    status, said, _ = run_to_end(
        place, text, prefix=[*user, REFUSE, error, ",".join(calls)]
    )
    assert status == 1, said
    for word in words:
        assert word in said
    assert "not in this kernel" not in said


@pytest.mark.parametrize("error", ["EPERM", "ENOSYS"])
def test_without_its_sandbox_it_starts_where_a_filter_forbids_it(place, error):
    port = free_port()
    text = conf_text(place, [f"127.0.0.1:{port}"], sandbox=False)
    one = daemon.Daemon(
        place,
        text,
        address=("127.0.0.1", port),
        prefix=[REFUSE, error, ",".join(LANDLOCK)],
    )
    one.stop()


# what root has: that is enough
ENOUGH = {
    "to become somebody": ["setuid", "setgid"],
    "Docker": """chown dac_override fowner fsetid kill setgid setuid setpcap
        net_bind_service net_raw sys_chroot mknod audit_write setfcap""".split(),
}


@NEEDS_ROOT
@pytest.mark.parametrize("has", ENOUGH.values(), ids=ENOUGH.keys())
def test_it_starts_with_what_it_needs(place, has):
    """No capability is left in any process, and none comes back."""
    pair = self_signed(place)
    port = free_port()
    text = conf_text(place, [Listen(f"127.0.0.1:{port}", listen_body([pair]))])
    os.chown(place, 0, 0)
    one = daemon.Daemon(
        place,
        text,
        address=("127.0.0.1", port),
        prefix=caps(*has),
        context=client_context(pair),
    )
    try:
        for pid in one.all_pids():
            with open(f"/proc/{pid}/status", encoding="ascii") as f:
                status = dict(line.split(":\t", 1) for line in f)
            assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
            assert status["NoNewPrivs"].strip() == "1"
            assert status["Uid"].split()[0] != "0"
        one.signal(signal.SIGTERM)
        assert one.wait(10) == 0
    finally:
        one.stop()


LACKS = [
    (caps("setuid"), ["CAP_SETGID", "start as the user itself"]),
    (caps("setgid"), ["CAP_SETUID", "start as the user itself"]),
    (caps(), ["CAP_SETGID", "start as the user itself"]),
    (["unshare", "--user", "--map-root-user"], ["this user namespace"]),
]


@NEEDS_ROOT
@pytest.mark.parametrize("prefix, words", LACKS)
def test_root_that_can_become_nobody_says_what_it_lacks(place, prefix, words):
    os.chown(place, 0, 0)
    text = conf_text(place, [f"127.0.0.1:{free_port()}"])
    status, said, _ = run_to_end(place, text, prefix=prefix)
    assert status == 1, said
    for word in ["dropping privileges", *words]:
        assert word in said


@NEEDS_ROOT
def test_root_without_the_right_to_a_port_says_so(place):
    os.chown(place, 0, 0)
    text = conf_text(place, ["127.0.0.1:443"])
    status, said, _ = run_to_end(place, text, prefix=caps("setuid", "setgid"))
    assert status == 1
    assert "CAP_NET_BIND_SERVICE" in said


@NEEDS_ROOT
def test_root_without_the_right_to_anybodys_folder_says_so(place):
    text = conf_text(place, [f"127.0.0.1:{free_port()}"])
    status, said, _ = run_to_end(place, text, prefix=caps("setuid", "setgid"))
    assert status == 1
    assert "CAP_DAC_OVERRIDE" in said


@NEEDS_ROOT
def test_a_proc_that_shows_nothing_is_enough(place):
    port = free_port()
    text = conf_text(place, [f"127.0.0.1:{port}"])
    hide = 'mount -t tmpfs none /proc && exec "$@"'
    one = daemon.Daemon(
        place,
        text,
        address=("127.0.0.1", port),
        prefix=["unshare", "--mount", "sh", "-c", hide, "sh"],
    )
    one.stop()
