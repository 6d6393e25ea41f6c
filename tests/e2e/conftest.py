# SPDX-License-Identifier: ISC
"""Fixtures of the end-to-end tests.

VB_PREFIX    where the daemon is installed
VB_TESTCARD  the testcard
VB_PATIENCE  multiplies every deadline (sanitizers, slow machines)
VB_KEEP      keep the files of all tests, not only of those that failed
"""

import contextlib
import os
import shutil
import signal
import tempfile

import pytest

import certs
import conformance
import daemon as daemon_module
import oidc
import signon
import testcard as testcard_module

# What no test may pass over: a sanitizer's finding, a process that a fault
# or its own sandbox has killed (SIGILL, ABRT, BUS, FPE, SEGV, SYS), a child
# that the master had to replace.
DISGRACE = (
    r"runtime error:|ERROR: \w+Sanitizer|signal=(4|6|7|8|11|31)\b|broke the protocol"
)


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "alone: nothing else may run beside it: speed, TCP's memory"
    )


def pytest_collection_modifyitems(items):
    needs = {
        "VB_PREFIX": {"bridge", "place", "rig", "sign_on", "sign_on_rig"},
        "VB_TESTCARD": {"testcard"},
    }
    for variable, fixtures in needs.items():
        if os.environ.get(variable):
            continue
        skip = pytest.mark.skip(reason=f"{variable} is not set")
        for item in items:
            if fixtures & set(getattr(item, "fixturenames", ())):
                item.add_marker(skip)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        item.has_failed = True
        directory = getattr(item, "work_directory", None)
        if directory:
            report.sections.append(("files", f"kept in {directory}"))


@pytest.fixture
def directory(request):
    """A folder for the test's files, kept if it fails.

    Open to all, since the daemon gives up root before it reads some of them.
    """
    path = tempfile.mkdtemp(prefix="vb-e2e-")
    os.chmod(path, 0o755)
    request.node.work_directory = path
    yield path
    if getattr(request.node, "has_failed", False) or os.environ.get("VB_KEEP"):
        print(f"files are kept in {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def testcard(directory):
    """Starts testcards: testcard(*knobs, port=0, args=[])."""
    started = []

    def start(*knobs, **how):
        place = os.path.join(directory, f"card{len(started)}")
        os.mkdir(place)
        card = testcard_module.Testcard(place, *knobs, **how)
        started.append(card)
        return card

    yield start
    statuses = [card.stop() for card in started]
    # 0, or killed by the test itself; a sanitizer's finding is neither
    assert set(statuses) <= {0, -signal.SIGKILL}, statuses


@pytest.fixture
def target(request):
    """Keeps targets and name servers of a test, and stops them."""
    kept = []

    def keep(thing):
        kept.append(thing)
        return thing

    yield keep
    for thing in kept:
        thing.stop()


@pytest.fixture
def authority(directory):
    """A CA of the test's own, see certs.py."""
    return certs.Authority(directory)


@pytest.fixture
def place(directory):
    """A folder that the daemon's user may write to."""
    path = os.path.join(directory, "run")
    os.mkdir(path)
    daemon_module.give_to_daemon(path)
    return path


class Bridges:
    """Daemons with their files in one folder: bridges(workers=2, extra="...").

    Without allow, loopback's every port may be reached: tests pick ports.
    context: for clients of a first listener that speaks TLS, see tlsclient.py.
    """

    def __init__(self, directory):
        self.directory = directory
        self.started = []

    def __call__(
        self, listen=None, popen=None, args=("-d",), context=None, **settings
    ):
        place = os.path.join(self.directory, f"bridge{len(self.started)}")
        os.mkdir(place)
        daemon_module.give_to_daemon(place)
        if listen is None:
            listen = [f"127.0.0.1:{daemon_module.free_port()}"]
        settings.setdefault("allow", ["127.0.0.1:1-65535"])
        host, _, port = listen[0].rpartition(":")
        one = daemon_module.Daemon.__new__(daemon_module.Daemon)
        self.started.append(one)
        one.__init__(
            place,
            daemon_module.conf_text(place, listen, **settings),
            args,
            (host.strip("[]"), int(port)),
            context=context,
            **(popen or {}),
        )
        return one

    def stop(self):
        problems = []
        for one in self.started:
            if hasattr(one, "process"):
                if one.stop() not in (0, -signal.SIGKILL):
                    problems.append(f"exit status {one.process.returncode}")
                problems += one.grep(DISGRACE)
        assert not problems, problems


@pytest.fixture
def bridge(directory):
    """Starts daemons for one test, see Bridges."""
    bridges = Bridges(directory)
    yield bridges
    bridges.stop()


@contextlib.contextmanager
def bridges_of_module(request):
    """Daemons for all rows of a module; their files stay if one fails."""
    path = tempfile.mkdtemp(prefix="vb-e2e-")
    os.chmod(path, 0o755)
    failed_before = request.session.testsfailed
    bridges = Bridges(path)
    try:
        yield bridges
    finally:
        bridges.stop()
    if request.session.testsfailed > failed_before or os.environ.get("VB_KEEP"):
        print(f"files are kept in {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def rig(request):
    """One daemon for all rows of a module, see conformance.py."""
    with bridges_of_module(request) as bridges:
        one = conformance.Rig(bridges(ping_interval=0, hosts=conformance.HOSTS))
        yield one
        one.stop()


@pytest.fixture
def sign_on(directory, bridge, authority, target, testcard):
    """A provider that may lie, and bridges that know it, see signon.py."""
    provider = target(oidc.Provider(authority.server()))
    cards = [testcard("echo").target for _ in range(2)]
    return signon.SignOn(directory, bridge, authority, provider, cards)


@pytest.fixture(scope="module")
def sign_on_rig(request):
    """The same with one daemon, .one, for all rows of a module, which says all
    that it can say; no desktops."""
    with bridges_of_module(request) as bridges:
        authority = certs.Authority(bridges.directory)
        provider = oidc.Provider(authority.server())
        nowhere = [f"127.0.0.1:{daemon_module.free_port()}" for _ in range(2)]
        made = signon.SignOn(bridges.directory, bridges, authority, provider, nowhere)
        made.one = made.start(args=("-d", "-vv"))
        yield made
        provider.stop()


@pytest.fixture
def lab(sign_on_rig):
    """That one, whose provider is right until the test says otherwise."""
    sign_on_rig.provider.reset()
    yield sign_on_rig
    sign_on_rig.provider.reset()


@pytest.fixture
def fresh(lab):
    """With another daemon, .fresh, that has asked the provider nothing yet."""
    lab.fresh = lab.start()
    yield lab
    lab.fresh.stop()
