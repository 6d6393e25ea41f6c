# SPDX-License-Identifier: ISC
"""A build of these tests' own, with a prefix of its own. VB_KEEP=1 keeps the
folder."""

import os
import pathlib
import shutil
import signal
import tempfile

import pytest

from place import SOURCE, Service, configure, is_alive, is_daemon, make, until


@pytest.fixture(scope="session")
def home():
    # pytest's own folders are closed to the user that the daemon becomes
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vncbridged-install."))
    folder.chmod(0o755)
    yield folder
    if os.environ.get("VB_KEEP"):
        print("kept", folder)
    else:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def prefix(home):
    return home / "prefix"


@pytest.fixture(scope="session")
def tree(home, prefix):
    """A build folder of this test's own, configured and built."""
    folder = configure(SOURCE, home / "build", prefix)
    make(folder)
    return folder


@pytest.fixture(scope="session")
def installed(tree, prefix):
    make(tree, "install")
    (prefix / "run").mkdir(exist_ok=True)
    return prefix


@pytest.fixture
def service(installed):
    saved = (installed / "etc/vncbridge.conf").read_text()
    service = Service(installed)
    yield service
    for pid in service.pids:
        if is_daemon(pid):
            os.kill(pid, signal.SIGKILL)
            until(lambda pid=pid: not is_alive(pid))
    service.pid_file.unlink(missing_ok=True)
    (installed / "run/vncbridged.sock").unlink(missing_ok=True)
    service.config.write_text(saved)
