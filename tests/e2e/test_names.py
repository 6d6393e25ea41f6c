# SPDX-License-Identifier: ISC
"""Names as this host knows them: /etc/hosts and /etc/resolv.conf, which change
while the daemon runs. It has an /etc of its own, in a mount namespace."""

import os
import random
import shutil

import pytest

import rfb
from daemon import IS_ROOT
from dnsserver import DnsServer
from outcomes import outcome, reaches, refused
from waiting import until
from wsclient import Closed

pytestmark = pytest.mark.skipif(
    not IS_ROOT or not shutil.which("unshare"), reason="needs root and unshare"
)

OWN_ETC = 'mount --bind "$0" /etc && exec "$@"'


class Etc:
    """A copy of /etc, and the servers of its resolv.conf."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "etc")
        shutil.copytree("/etc", self.path, symlinks=True)
        self.put("hosts", "127.0.0.1 localhost\n")
        self.popen = {"prefix": ["unshare", "-m", "sh", "-c", OWN_ETC, self.path]}

    def at(self, name):
        return os.path.join(self.path, name)

    def put(self, name, text):
        """By a rename, as programs do."""
        with open(self.at(name + ".new"), "w", encoding="ascii") as file:
            file.write(text)
        os.rename(self.at(name + ".new"), self.at(name))

    def write(self, name, text):
        """In place, as people do."""
        with open(self.at(name), "w", encoding="ascii") as file:
            file.write(text)


def reaches_name(one, text):
    """Whether it is there now."""
    with one.connect(text) as client:
        try:
            return client.recv_exact(12) == rfb.GREETING
        except Closed as closed:
            assert closed.code == 4502
            return False


@pytest.fixture
def etc(directory):
    return Etc(directory)


def name_server(names):
    """At port 53 of an address of its own: resolv.conf has no ports."""
    while True:
        host = "127.53.%d.%d" % (random.randrange(256), random.randrange(1, 255))
        try:
            return DnsServer(names, host=host, port=53), f"nameserver {host}\n"
        except OSError:
            continue


def test_resolv_conf_is_followed(bridge, testcard, target, etc):
    card = testcard()
    first, line = name_server({"desk.example": ["127.0.0.1"]})
    second, other = name_server({"later.example": ["127.0.0.1"]})
    third, third_line = name_server({"last.example": ["127.0.0.1"]})
    for server in (first, second, third):
        target(server)
    etc.put("resolv.conf", line)
    one = bridge(popen=etc.popen)
    assert reaches(one, f"desk.example:{card.port}")
    assert refused(one, f"later.example:{card.port}") == 4502
    etc.put("resolv.conf", other)
    until(lambda: reaches_name(one, f"later.example:{card.port}"), 20, "the rename")
    assert refused(one, f"desk.example:{card.port}") == 4502
    etc.write("resolv.conf", third_line)
    until(lambda: reaches_name(one, f"last.example:{card.port}"), 20, "the rewrite")
    # a link that leads elsewhere from now on
    etc.put("resolv.conf.first", line)
    os.symlink("resolv.conf.first", etc.at("link"))
    os.rename(etc.at("link"), etc.at("resolv.conf"))
    until(lambda: reaches_name(one, f"desk.example:{card.port}"), 20, "the link")
    assert one.broker() and not one.grep("broker (died|ended)")


def test_hosts_is_followed(bridge, testcard, etc):
    card = testcard()
    one = bridge(popen=etc.popen)
    assert reaches(one, f"localhost:{card.port}")
    etc.write("hosts", "127.0.0.1 desk.example desk\n")
    until(lambda: reaches_name(one, f"desk:{card.port}"), 20, "the new name")
    os.unlink(etc.at("hosts"))
    until(lambda: not reaches_name(one, f"desk:{card.port}"), 20, "no file")
    # and a broker that is started anew has it, too
    etc.put("hosts", "127.0.0.1 bench\n")
    known = one.broker()
    os.kill(known, 9)
    one.wait_other_broker(known)
    until(lambda: reaches_name(one, f"bench:{card.port}"), 20, "the new broker")


def test_names_are_looked_up_as_they_are(bridge, testcard, target, etc):
    """What a search domain would make of a name was not judged."""
    card = testcard()
    server, line = name_server({"secret.corp.example": ["127.0.0.1"]})
    target(server)
    etc.put("resolv.conf", f"search corp.example example\noptions ndots:3\n{line}")
    one = bridge(
        popen=etc.popen,
        allow=["*:1-65535", f"127.0.0.1:{card.port}"],
        deny=["*.corp.example"],
    )
    for name in ("secret", "secret.", "SECRET", "secret.corp", "secret.corp."):
        code, reason = outcome(one, f"{name}:{card.port}")
        assert code == 4502, reason
    for name in ("secret.corp.example", "Secret.Corp.Example."):
        assert refused(one, f"{name}:{card.port}") == 4520
    assert not any(asked == "secret.corp.example" for asked, _ in server.questions)
    assert not card.grep("accepted|version")


# what was asked for is kept, and not its text


def reload(one, old, new):
    with open(one.conf_path, encoding="utf-8") as file:
        text = file.read()
    assert old in text
    one.write_conf(text.replace(old, new))
    done = one.ctl("reload", "-f", one.conf_path)
    assert done.returncode == 0, done.stderr


def replace_broker(one):
    known = one.broker()
    os.kill(known, 9)
    one.wait_other_broker(known)


def test_a_port_below_100_is_no_display_after_a_reload(bridge, testcard):
    host = "127.77.80.1"
    for port in (80, 5980):
        testcard(host=host, port=port)
    one = bridge(
        allow=[f"{host}:1-65535"],
        default_port=80,
        extra=f"""target "x" {{ address = "{host}" exclusive = yes }}
target "y" {{ address = "{host}:80" exclusive = yes }}
#""",
    )
    with one.connect(host) as client:  # the default port: no display
        assert client.recv_exact(12) == rfb.GREETING
        for change in (None, lambda: reload(one, "#", "# "), lambda: replace_broker(one)):
            if change:
                change()
            assert refused(one, "x") == 4510
            assert reaches(one, "y")
            until(lambda: reaches_exclusive(one, "y"), 10, "y to be free")


def reaches_exclusive(one, text):
    with one.connect(text) as client:
        try:
            return client.recv_exact(12) == rfb.GREETING
        except Closed as closed:
            assert closed.code == 4510
            return False


def test_a_lease_is_of_the_desktop_and_not_of_its_name(bridge, testcard):
    first, second = testcard().target, testcard().target
    targets = 'target "{}" {{ address = "%s" exclusive = yes }}\n'
    one = bridge(
        extra=targets.format("a") % first + targets.format("b") % second,
    )
    with one.connect("a") as client:
        assert client.recv_exact(12) == rfb.GREETING
        assert refused(one, "a") == 4510
        reload(one, f'"{first}"', '"127.0.0.1:1"')
        reload(one, f'"{second}"', f'"{first}"')
        reload(one, '"127.0.0.1:1"', f'"{second}"')
        for change in (None, lambda: replace_broker(one)):
            if change:
                change()
            assert refused(one, "b") == 4510
            assert refused(one, first) == 4510
            until(lambda: reaches_exclusive(one, "a"), 10, "a to be free")
