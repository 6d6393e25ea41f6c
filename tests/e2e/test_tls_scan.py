# SPDX-License-Identifier: ISC
"""What a scanner sees of the TLS: versions, ciphers, groups, and nothing else."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as xml

import pytest

from certs import self_signed
from daemon import free_port
from tlsclient import Listen, client_context, listen_body, negotiated, s_client
from waiting import seconds

SSLSCAN = shutil.which("sslscan")
# Mozilla's "intermediate", without DHE
SUITES_1_2 = {
    f"ECDHE-{key}-{cipher}"
    for key in ("ECDSA", "RSA")
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
}
SUITES_1_3 = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"
}  # fmt: skip
GROUPS = {"secp256r1", "secp384r1", "x25519"}
# signature schemes: those that the keeper makes, of keys that it has
SCHEMES = {
    "ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512",
    "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512",
    "rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512",
}  # fmt: skip


@pytest.fixture
def secure(bridge, directory):
    """A daemon with a certificate of each kind."""

    def start(**settings):
        pairs = [
            self_signed(directory, "ec"),
            self_signed(directory, "rsa", key="rsa2048"),
        ]
        return bridge(
            listen=[Listen(f"127.0.0.1:{free_port()}", listen_body(pairs))],
            context=client_context(pairs[0]),
            **settings,
        )

    return start


class Scan:
    """What sslscan reports."""

    def __init__(self, one):
        done = subprocess.run(
            [SSLSCAN, "--xml=-", "--show-sigs", "%s:%d" % one.address],
            stdout=subprocess.PIPE,
            timeout=seconds(60),
            check=True,
        )
        self.root = xml.fromstring(done.stdout).find("ssltest")
        assert self.root is not None, done.stdout

    def versions(self):
        return {
            (row.get("type"), row.get("version"))
            for row in self.root.iter("protocol")
            if row.get("enabled") == "1"
        }

    def ciphers(self, version):
        return {
            row.get("cipher")
            for row in self.root.iter("cipher")
            if row.get("sslversion") == version
        }

    def names(self, tag):
        return {row.get("name").split()[0] for row in self.root.iter(tag)}

    def values(self, tag, name):
        return {row.get(name) for row in self.root.iter(tag)}


needs_sslscan = pytest.mark.skipif(not SSLSCAN, reason="sslscan is not there")


LINES_OF_ONE_SOURCE = 20  # in a minute: common/quota.h


@needs_sslscan
def test_a_scanner_finds_what_is_configured_and_no_more(secure):
    one = secure(args=("-d", "-v"))
    workers = one.workers()
    scan = Scan(one)
    assert scan.versions() == {("tls", "1.2"), ("tls", "1.3")}
    assert scan.ciphers("TLSv1.2") == SUITES_1_2
    assert scan.ciphers("TLSv1.3") == SUITES_1_3
    assert scan.ciphers("TLSv1.1") == set() == scan.ciphers("TLSv1.0")
    assert scan.names("group") == GROUPS
    assert scan.values("heartbleed", "vulnerable") == {"0"}
    assert scan.values("renegotiation", "supported") == {"0"}
    assert scan.values("compression", "supported") <= {"0"}
    found = scan.names("connection-signature-algorithm")
    assert {"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"} <= found <= SCHEMES
    # what it has tried is in the log, and is no flood
    assert 0 < len(one.grep("handshake failed ")) <= LINES_OF_ONE_SOURCE
    assert one.workers() == workers
    assert one.get("/healthz").status == 200


@needs_sslscan
def test_a_scanner_finds_what_else_is_configured(secure):
    one = secure(
        ciphers="ECDHE-RSA-AES256-GCM-SHA384",
        ciphersuites="TLS_AES_256_GCM_SHA384",
        curves="P-384",
    )
    scan = Scan(one)
    assert scan.ciphers("TLSv1.2") == {"ECDHE-RSA-AES256-GCM-SHA384"}
    assert scan.ciphers("TLSv1.3") == {"TLS_AES_256_GCM_SHA384"}
    assert scan.names("group") == {"secp384r1"}


@needs_sslscan
def test_a_scanner_finds_the_least_version(secure):
    scan = Scan(secure(tls_minimum="1.3"))
    assert scan.versions() == {("tls", "1.3")}
    assert scan.ciphers("TLSv1.2") == set()


def test_each_cipher_of_the_configuration_is_spoken(secure):
    one = secure()
    for suite in SUITES_1_2:
        report = s_client(one.address, "-tls1_2", "-cipher", suite)
        assert negotiated(report) == ("TLSv1.2", suite), report
        assert "Secure Renegotiation IS supported" in report
        assert "Compression: NONE" in report
    for suite in SUITES_1_3:
        report = s_client(one.address, "-tls1_3", "-ciphersuites", suite)
        assert negotiated(report) == ("TLSv1.3", suite), report
        assert "Compression: NONE" in report
        assert "Early data was not sent" in report
        assert not re.search(r"Max Early Data: [1-9]", report)


def test_no_other_cipher_is_spoken(secure):
    """All that libssl has, but for those of the configuration."""
    listed = subprocess.run(
        ["openssl", "ciphers", "-tls1_2", "-s", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    others = set(listed.stdout.strip().split(":")) - SUITES_1_2 - SUITES_1_3
    assert len(others) > 20
    one = secure()
    cipher = ":".join(sorted(others)) + ":@SECLEVEL=0"
    assert negotiated(s_client(one.address, "-tls1_2", "-cipher", cipher)) is None


def test_who_falls_back_is_stopped(secure):
    """RFC 7507: a client that was made to speak less than it can."""
    one = secure(args=("-d", "-v"))
    report = s_client(one.address, "-tls1_2", "-fallback_scsv")
    assert "alert inappropriate fallback" in report, report
    one.wait_line(r'handshake failed .*reason="inappropriate fallback"')
