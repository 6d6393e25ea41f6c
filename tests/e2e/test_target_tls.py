# SPDX-License-Identifier: ISC
"""TLS to targets: who is joined, who is refused and why, and reloads."""

import signal
import ssl

import pytest

from certs import Authority, Pair, moment
from daemon import conf_text, run_to_end
from outcomes import outcome
from targets import ClosesAtOnce, Http, Silent
from tlsclient import TLS_1_2, TLS_1_3
from tlstarget import GREETING, TlsTarget, pin_of, server_context, target_section
from waiting import until
from wsclient import Closed

SECRET = b"nothing for a stranger"


@pytest.fixture
def lab(bridge, target, authority):
    """lab(pair or context, **section): (daemon, target lab1)."""

    def start(how=None, settings=None, **section):
        if how is None:
            how = authority.server()
        if isinstance(how, Pair):
            how = server_context(how)
        there = target(TlsTarget(how)) if isinstance(how, ssl.SSLContext) else how
        if not {"tls_ca", "tls_pin"} & set(section):
            section["tls_ca"] = authority.certificate
        address = section.pop("address", "127.0.0.1:%d") % there.port
        extra = target_section("lab1", address, **section)
        return bridge(extra=extra, **(settings or {})), there

    return start


def join(one, there, name="lab1", number=0):
    """A session that works both ways."""
    client = one.connect(name)
    assert client.recv_exact(12) == GREETING
    client.send(SECRET)
    there.wait_received(number, len(SECRET))
    return client


def refuse(one, there, *words, name="lab1"):
    """Ends with a reason that the log has, too; nothing of what the
    client sent before has left the bridge. Returns the reason."""
    client = one.connect(name)
    client.send(SECRET)
    code, reason = client.wait_close()
    # once its certificate is good, it is a target like others
    wanted = 4503 if "before a VNC greeting" in reason else 4504
    assert code == wanted, (code, reason)
    assert reason.startswith(f"{name}: ") or reason.startswith(f"{name} "), reason
    for word in words:
        assert word in reason, reason
    assert len(reason) <= 123 and reason.isascii() and reason.isprintable()
    end = one.wait_end(code=str(code))
    assert end["reason"].replace(r"\x5c", "\\").startswith(reason[:100])
    assert end["to_target"] == "0"
    if isinstance(there, TlsTarget):
        there.wait_ended()
        assert there.received == [b""]
        assert SECRET not in there.raw[0]
    return reason


# who is joined


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_by_a_certificate_for_its_address(lab, authority, version):
    one, there = lab(server_context(authority.server(), version))
    assert join(one, there).shut() == 1000
    there.wait_ended()
    assert there.ended == {0: "close_notify"}
    assert there.names == [None], "an address is no server name"
    wanted = {TLS_1_2: "TLSv1.2", TLS_1_3: "TLSv1.3"}[version]
    assert one.wait_end(code="1000")["target-tls"] == wanted
    assert one.grep(rf"session opened .*target-tls={wanted}")


@pytest.mark.parametrize("key", ["p256", "p384", "rsa2048"])
def test_by_a_certificate_for_its_name(lab, authority, key):
    pair = authority.server(sans=["DNS:localhost"], key=key)
    one, there = lab(pair, address="localhost:%d")
    assert join(one, there).shut() == 1000
    assert there.names == ["localhost"]


def test_by_the_name_that_is_configured(lab, authority):
    pair = authority.server(sans=["DNS:lab.example"])
    one, there = lab(pair, tls_name="Lab.Example")
    assert join(one, there).shut() == 1000
    assert there.names == ["lab.example"]


def test_by_an_address_that_is_configured(lab, authority):
    pair = authority.server(sans=["IP:192.0.2.7", "IP:2001:db8::7"])
    for number, name in enumerate(["192.0.2.7", "[2001:db8::7]"]):
        one, there = lab(pair, tls_name=name)
        assert join(one, there).shut() == 1000, number


def test_by_a_wildcard(lab, authority):
    pair = authority.server(sans=["DNS:*.lab.example"])
    one, there = lab(pair, tls_name="a.lab.example")
    assert join(one, there).shut() == 1000
    for name in ("lab.example", "a.b.lab.example"):
        one, there = lab(pair, tls_name=name)
        refuse(one, there, "is for *.lab.example, not " + name)


def test_by_a_chain(lab, authority, directory):
    middle = Authority(directory, "middle", issuer=authority)
    one, there = lab(middle.server())
    assert join(one, there).shut() == 1000


def test_by_the_very_certificate(lab, authority):
    pair = authority.server()
    one, there = lab(pair, tls_ca=pair.certificate)
    assert join(one, there).shut() == 1000
    one, there = lab(authority.server(), tls_ca=pair.certificate)
    refuse(one, there, "unknown certificate authority")


@pytest.mark.parametrize("place", [0, 1])
def test_by_any_of_its_pins(lab, authority, place):
    pins = [pin_of(authority.server()), pin_of(authority.server())]
    pair = authority.server(sans=["DNS:other.example"], days=(-30, -1))
    pins[place] = pin_of(pair).upper().replace("SHA", "sha")
    one, there = lab(pair, tls_pin=pins)
    assert join(one, there).shut() == 1000


def test_by_a_pin_and_a_name(lab, authority):
    pair = authority.server(sans=["DNS:lab.example"])
    one, there = lab(pair, tls_pin=pin_of(pair), tls_name="lab.example")
    assert join(one, there).shut() == 1000
    one, there = lab(pair, tls_pin=pin_of(pair), tls_name="other.example")
    refuse(one, there, "its certificate is for lab.example, not other.example")


@pytest.mark.parametrize("text", ["127.0.0.1:%d", "localhost:%d", "[::ffff:127.0.0.1]:%d"])
def test_by_its_address_as_by_its_name(lab, text):
    """Nobody gets round it by typing what it stands for."""
    one, there = lab()
    assert join(one, there, text % there.port).shut() == 1000
    assert "target-tls" in one.wait_end(code="1000")


def test_by_its_address_it_is_verified_too(lab, authority, directory):
    stranger = Authority(directory, "stranger")
    one, there = lab(stranger.server())
    refuse(
        one, there, "unknown certificate authority",
        name=f"127.0.0.1:{there.port}",
    )  # fmt: skip


# who is refused


def test_another_authority(lab, directory):
    one, there = lab(Authority(directory, "stranger").server())
    refuse(one, there, "lab1: unknown certificate authority")
    assert "ALERT_UNKNOWN_CA" in there.ended[0]


@pytest.mark.parametrize(
    "sans, shown",
    [
        (["DNS:other.example", "IP:192.0.2.9"], "other.example"),
        (["IP:192.0.2.9"], "192.0.2.9"),
        (["IP:2001:db8::9"], "2001:db8::9"),
        (["DNS:127.0.0.1"], "127.0.0.1"),  # a name, and no address
        (["email:a@b.example"], "no host"),
    ],
)
def test_another_name(lab, authority, sans, shown):
    one, there = lab(authority.server(sans=sans))
    refuse(one, there, f"its certificate is for {shown}, not 127.0.0.1")


def test_a_subject_is_no_name(lab, authority):
    pair = authority.issue("lab.example", ["extendedKeyUsage=serverAuth"])
    one, there = lab(pair, tls_name="lab.example")
    refuse(one, there, "its certificate is for no host, not lab.example")


def test_a_name_of_bytes_that_a_terminal_obeys(lab, authority):
    pair = authority.server(sans=["DNS:\x1b[31m\x7f" + "x" * 200])
    one, there = lab(pair)
    reason = refuse(one, there, r"\x1b[31m\x7fxxxx")
    assert "\x1b" not in reason


def test_a_certificate_that_has_ended(lab, authority):
    one, there = lab(authority.server(days=(-30, -2)))
    day = moment(-2)
    refuse(one, there, f"its certificate ended on {day[:4]}-{day[4:6]}-{day[6:8]}")


def test_a_certificate_that_has_not_begun(lab, authority):
    one, there = lab(authority.server(days=(2, 30)))
    day = moment(2)
    refuse(one, there, f"begins only on {day[:4]}-{day[4:6]}-{day[6:8]}")


def test_a_certificate_of_a_client(lab, authority):
    one, there = lab(authority.client("alice", sans=["IP:127.0.0.1"]))
    refuse(one, there, "its certificate is refused: unsuitable certificate purpose")


def test_a_certificate_signed_by_a_server(lab, authority, directory):
    """Whose certificate may sign nothing."""
    forger = Authority(directory, "forger", issuer=authority)
    honest = authority.server("honest")
    for name, path in (("ca.pem", honest.certificate), ("ca.key", honest.key)):
        with open(path, encoding="ascii") as source:
            with open(f"{forger.folder}/{name}", "w", encoding="ascii") as copy:
                copy.write(source.read())
    one, there = lab(forger.server())
    refuse(one, there)


def test_another_key_than_the_pinned(lab, authority):
    one, there = lab(authority.server(), tls_pin=pin_of(authority.server()))
    refuse(one, there, "lab1: its key is not the pinned one")


def test_the_pin_of_its_authority_is_not_its_own(lab, authority):
    pin = pin_of(Pair(authority.certificate, ""))
    one, there = lab(authority.server(), tls_pin=pin)
    refuse(one, there, "its key is not the pinned one")


def test_a_target_of_tls_1_1(lab, authority):
    context = server_context(authority.server(), ciphers="DEFAULT@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    one, there = lab(context)
    refuse(one, there, "lab1: speaks neither TLS 1.2 nor 1.3")


def test_a_target_of_tls_1_2_where_1_3_is_the_least(lab, authority):
    context = server_context(authority.server(), TLS_1_2)
    one, there = lab(context, settings={"tls_minimum": "1.3"})
    refuse(one, there, "lab1: does not speak TLS 1.3")


def test_a_target_without_a_common_cipher(lab, authority):
    context = server_context(authority.server(), TLS_1_2, "ECDHE-ECDSA-AES256-SHA384")
    one, there = lab(context)
    refuse(one, there, "lab1: the TLS handshake failed: ", "handshake failure")


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_a_target_that_wants_a_certificate_of_ours(lab, authority, version):
    context = server_context(authority.server(), version)
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    one, there = lab(context)
    refuse(one, there, "alert ", "certificate required" if version == TLS_1_3 else "handshake")


def test_a_target_that_speaks_plainly(lab, testcard):
    one, there = lab(testcard())
    refuse(one, there, r"lab1: does not speak TLS, it says RFB 003.008\x0a")


def test_a_web_server(lab, target):
    one, there = lab(target(Http()))
    refuse(one, there, "lab1: does not speak TLS, it says HTTP/1.1 400")
    assert SECRET not in there.received[0]


def test_a_target_that_says_nothing(lab, target):
    one, there = lab(target(Silent()), settings={"connect_timeout": 1})
    refuse(one, there, "lab1 did not finish the TLS handshake within 1 s")
    assert SECRET not in there.received[0]


def test_a_target_that_closes_at_once(lab, target):
    one, there = lab(target(ClosesAtOnce()))
    refuse(one, there, "lab1: closed the connection in the TLS handshake")


def test_a_client_that_leaves_during_the_handshake(lab, target):
    one, there = lab(target(Silent()))
    client = one.connect("lab1")
    there.wait_accepted()
    there.wait_received(0, 1)
    client.close()
    there.wait_ended()
    assert one.wait_end()["code"] == "1006"


# ends


class Ends(TlsTarget):
    """Greets, says a little, and ends as it was told."""

    def __init__(self, context, how):
        self.how = how
        super().__init__(context)

    def talk(self, secure, number):
        secure.write(self.greeting + b"last words")
        if self.how == "close_notify":
            secure.say_end()
        elif self.how == "garbage":
            secure.conn.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
            self.swallow(secure.conn, number)


@pytest.mark.parametrize(
    "how, code, reason",
    [
        ("close_notify", 1000, "the VNC server closed the connection"),
        ("cut", 4500, "lab1: connection cut, without a TLS closure"),
        ("garbage", 4500, "lab1: broken TLS: "),
    ],
)
@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
def test_what_was_said_before_an_end_arrives(
    lab, target, authority, version, how, code, reason
):
    context = server_context(authority.server(), version)
    one, there = lab(target(Ends(context, how)))
    client = one.connect("lab1")
    assert client.recv_exact(22) == GREETING + b"last words"
    closed = client.wait_close()
    assert closed[0] == code and closed[1].startswith(reason), closed
    there.wait_ended()


# configurations


def joins(one):
    with one.connect("lab1") as client:
        try:
            return client.recv_exact(12) == GREETING
        except Closed:
            return False


def reload_by_hup(one):
    mark = one.mark()
    one.signal(signal.SIGHUP)
    one.wait_line("reloaded|reload failed", start=mark)


def reload_by_ctl(one):
    done = one.ctl("reload", "-f", one.conf_path, timeout=30)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("reload", [reload_by_hup, reload_by_ctl])
def test_a_reload_holds_for_the_next_session(lab, authority, reload):
    pair = authority.server()
    one, there = lab(pair)
    client = join(one, there)
    with open(one.conf_path, encoding="utf-8") as file:
        text = file.read()
    old = f'tls-ca = "{authority.certificate}"'
    for number in range(3):
        one.write_conf(text.replace(old, f'tls-pin = "sha256:{number:064x}"'))
        reload(one)
        until(lambda: not joins(one), 10, "the new pin to hold")
        assert "not the pinned one" in outcome(one, "lab1")[1]
        one.write_conf(text)
        reload(one)
        until(lambda: joins(one), 10, "the old authority to hold")
    client.send(b"!")
    there.wait_received(0, len(SECRET) + 1)
    assert client.shut() == 1000


def test_a_bad_authority_is_told_with_file_and_line(lab, authority):
    pair = authority.server()
    one, there = lab(pair)
    with open(one.conf_path, encoding="utf-8") as file:
        text = file.read()
    line = 1 + text[: text.index("tls-ca")].count("\n")
    for path, why in (
        (pair.key, "there is no certificate in it"),
        ("/nowhere/ca.pem", "No such file or directory"),
    ):
        one.write_conf(text.replace(authority.certificate, path))
        done = one.ctl("reload", "-f", one.conf_path)
        assert done.returncode == 1
        assert f'{one.conf_path}:{line}: tls-ca "{path}": {why}' in done.stderr
        assert join(one, there, number=there.accepted).shut() == 1000


def test_a_check_finds_it_too(directory, authority):
    extra = target_section("lab1", "h:1", tls_ca=authority.certificate + "x")
    conf = conf_text(directory, ["127.0.0.1:6080"], extra)
    status, stderr, _ = run_to_end(directory, conf, ("-n",))
    assert status == 1 and "tls-ca" in stderr, stderr
