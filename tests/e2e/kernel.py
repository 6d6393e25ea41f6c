# SPDX-License-Identifier: ISC
"""What sockets and processes take: kernel memory by ss, PSS by /proc."""

import re
import shutil
import subprocess

from proc import read_status

HAS_SS = shutil.which("ss") is not None
LIMITS = re.compile(r"skmem:\(r\d+,rb(\d+),t\d+,tb(\d+),")
SKMEM = re.compile(r"skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f(\d+),w(\d+),")


def _numbers(pattern, *words):
    done = subprocess.run(
        ["ss", "-Htmn", "state", "established", *words],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [tuple(map(int, m.groups())) for m in pattern.finditer(done.stdout)]


def _of_bridge(pattern, one, target_port):
    """The daemon's own sockets: towards its clients, and towards targets at
    that port. The other ends, which are on this machine too, are left out."""
    clients = _numbers(pattern, "sport", "=", f":{one.address[1]}")
    return clients + _numbers(pattern, "dport", "=", f":{target_port}")


def socket_bytes(one, target_port):
    """Kernel memory of each of the daemon's sockets. What is charged in
    advance may be negative, and ss prints it without a sign."""
    return [
        read + (ahead - (1 << 32) if ahead >> 31 else ahead) + written
        for read, ahead, written in _of_bridge(SKMEM, one, target_port)
    ]


def client_bytes(one):
    """Kernel memory of the daemon's sockets towards its clients, in every state:
    of those that it has closed, too. [(state, bytes)]"""
    done = subprocess.run(
        ["ss", "-Htman", "sport", "=", f":{one.address[1]}"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = re.findall(r"^(\S+)(?:.*\n)?.*skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f\d+,w(\d+),", done.stdout, re.M)
    return [(s, int(r) + int(w)) for s, r, w in found if s != "LISTEN"]


def socket_limits(one, target_port):
    """(receive, send) limit of each of the daemon's sockets."""
    return _of_bridge(LIMITS, one, target_port)


def pss_kib(pids):
    """Of processes that we may look into."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            total += int(re.search(r"^Pss:\s+(\d+) kB", f.read(), re.M)[1])
    return total


def keeps_freed_memory(pid):
    """AddressSanitizer does, to find who still uses it. It is known by the
    terabytes of address space that it reserves."""
    return int(read_status(pid)["VmSize"].split()[0]) > 1 << 30
