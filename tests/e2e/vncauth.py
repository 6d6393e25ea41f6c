# SPDX-License-Identifier: ISC
"""The answer to a VNC challenge, RFC 6143, 7.2.2."""

import subprocess


def mirror_bits(byte):
    return int(f"{byte:08b}"[::-1], 2)


def answer(password, challenge):
    """DES of the challenge; triple DES with one key thrice is DES."""
    key = bytes(mirror_bits(b) for b in password.encode()[:8].ljust(8, b"\0"))
    argv = ["openssl", "enc", "-des-ede3", "-nopad", "-K", (key * 3).hex()]
    return subprocess.run(
        argv, input=challenge, stdout=subprocess.PIPE, check=True
    ).stdout
