# SPDX-License-Identifier: ISC
"""What a tree of processes has used: processor time, memory, descriptors."""

import os
import re

TICK_SEC = 1 / os.sysconf("SC_CLK_TCK")
NS_PER_SEC = 1_000_000_000
SOCKET_CACHES = ("TCP", "sock_inode_cache", "filp", "dentry", "eventpoll_epi")


def _stat_fields(pid):
    """Fields of /proc/PID/stat from the third on; None if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def tree(root):
    """The process and all its descendants, zombies included."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _stat_fields(name)
            if fields:
                parents[int(name)] = int(fields[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _own_cpu_ns(pid, fields):
    """Of all its threads. schedstat is exact; a zombie has only ticks."""
    total = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        total = 0
    ticks_ns = (int(fields[11]) + int(fields[12])) * TICK_SEC * NS_PER_SEC
    return total or ticks_ns


def cpu_sec(root):
    """User and system time of the tree, of children it has reaped too."""
    total_ns = 0
    for pid in tree(root):
        fields = _stat_fields(pid)
        if fields is None:
            continue
        total_ns += _own_cpu_ns(pid, fields)
        reaped_ticks = int(fields[13]) + int(fields[14])
        total_ns += reaped_ticks * TICK_SEC * NS_PER_SEC
    return total_ns / NS_PER_SEC


def _kib_of(path, names):
    with open(path, encoding="ascii") as file:
        found = dict(re.findall(r"^(\w+):\s+(\d+) kB", file.read(), re.M))
    return sum(int(found.get(name, 0)) for name in names)


def memory_kib(root, kind="Pss"):
    """Pss (needs the right to trace them) or Rss of the whole tree."""
    total = 0
    for pid in tree(root):
        try:
            total += _kib_of(f"/proc/{pid}/smaps_rollup", [kind])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def holdings(root):
    """{pid: how many descriptors it has} of the tree: another process in the
    place of one that died begins with fresh memory."""
    return {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in tree(root)}


def kernel_kib():
    """Kernel memory of all sockets of the machine, with what belongs to
    them, but for buffered data; None where that is not told. By objects:
    pages that a cache keeps for later would hide what is taken from them."""
    try:
        with open("/proc/slabinfo", encoding="ascii") as file:
            lines = [line.split() for line in file]
    except OSError:
        return None
    return sum(
        int(fields[1]) * int(fields[3]) / 1024
        for fields in lines
        if fields[0] in SOCKET_CACHES
    )
