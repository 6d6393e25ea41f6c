# SPDX-License-Identifier: ISC
"""The same source gives the same bytes, in any folder and at any time: what a
distribution asks of a release, and of what is built from it."""

import hashlib
import os
import shutil
import stat
import tarfile

import pytest

from place import SOURCE, configure, files_below, make, run

EARLIER = 1000000000
EPOCH = 1700000000
# another time zone, language and umask than those of the other build
ELSEWHERE = {**os.environ, "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"}
NO_SOURCE = {".git", "build", "coverage", "fuzz", "autom4te.cache"}


def leave_out(folder, names):
    return NO_SOURCE & set(names) if folder == str(SOURCE) else set()


def elsewhere():
    return {"env": ELSEWHERE, "preexec_fn": lambda: os.umask(0o077)}


def release(tree, **kwargs):
    make(tree, "dist", **kwargs)
    (archive,) = tree.glob("vncbridged-*.tar.xz")
    return archive


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digests(folder):
    names = files_below(folder)
    assert any(name.endswith("vncbridge-worker") for name in names)
    return {name: digest(folder / name) for name in names}


def dates_in(archive):
    with tarfile.open(archive) as tar:
        return {member.mtime for member in tar}


@pytest.fixture(scope="module")
def other(home, prefix):
    """Source and build folder with other names, depths, dates and modes."""
    source = home / "deeper/and/with-a-longer-name"
    shutil.copytree(SOURCE, source, symlinks=True, ignore=leave_out)
    for path in [source, *source.rglob("*")]:
        os.utime(path, (EARLIER, EARLIER), follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)
    return configure(source, home / "b", prefix, **elsewhere())


def test_a_release_is_the_same(tree, other, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(EPOCH))
    monkeypatch.setitem(ELSEWHERE, "SOURCE_DATE_EPOCH", str(EPOCH))
    first = release(tree)
    assert dates_in(first) == {EPOCH}
    assert digest(first) == digest(release(other, **elsewhere()))


def test_a_release_has_the_date_of_its_last_commit(tree):
    if not (SOURCE / ".git").exists():
        pytest.skip("no repository here")
    git = ["git", "-c", "safe.directory=*", "-C", SOURCE]
    date = int(run(*git, "log", "-1", "--format=%ct").stdout)
    assert dates_in(release(tree)) == {date}


def test_a_release_makes_itself_again(home, tree, prefix):
    first = release(tree)
    place = home / "unpacked"
    place.mkdir()
    assert run("tar", "-xf", first, "-C", place).returncode == 0
    (source,) = place.iterdir()
    again = release(configure(source, place / "build", prefix))
    assert digest(first) == digest(again)


def test_what_is_installed_is_the_same(home, tree, other, prefix):
    make(tree, "install", f"DESTDIR={home}/first")
    make(other, "install", f"DESTDIR={home}/second", **elsewhere())
    first = digests(home / "first")
    assert first == digests(home / "second")
    # debugging information would tell where a build was
    assert len(first) > 20
