# SPDX-License-Identifier: ISC
"""What a daemon has: processes, descriptors, memory, listeners, files."""

import os
import re
from collections import Counter

from proc import read_stat

LISTEN = "0A"  # /proc/net/tcp


def family(master):
    """[(pid, comm, state)] of the master and its children, zombies too."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        stat = read_stat(int(name))
        if stat and (int(name) == master or stat[2] == master):
            found.append((int(name), stat[0], stat[1]))
    return sorted(found)


def descriptors(pid):
    """{kind: count}; the numbers of sockets, pipes and keys are left out."""
    found = Counter()
    folder = f"/proc/{pid}/fd"
    for fd in os.listdir(folder):
        try:
            name = os.readlink(f"{folder}/{fd}")
            found[re.sub(r":\[\d+\]|(?<=/bench)\d+", "", name)] += 1
        except FileNotFoundError:
            pass  # closed meanwhile; the listing's own for oneself
    return found


def memory_kib(pid):
    """(PSS, anonymous) in KiB. What is shared with programs that others run
    moves the PSS; what the process itself has taken is the second."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        sizes = dict(re.findall(r"^(\w+):\s+(\d+) kB", f.read(), re.M))
    return int(sizes["Pss"]), int(sizes["Anonymous"])


def listeners(pid):
    """[address:port, as the kernel writes it] where a process listens."""
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            match = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            continue
        if match:
            inodes.add(match[1])
    found = []
    for name in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{name}", encoding="ascii") as f:
            rows = [line.split() for line in f][1:]
        found += [r[1] for r in rows if r[3] == LISTEN and r[9] in inodes]
    return sorted(found)


def cpu_ticks(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    # its own, and that of children that it has reaped
    return sum(int(x) for x in fields[11:15])


class Census:
    """One look at a quiet daemon. names = {pid: "worker 0"} by its status."""

    def __init__(self, master, names, folder):
        self.names = names
        self.family = family(master)
        self.zombies = sum(state in "ZX" for _, _, state in self.family)
        self.descriptors = {}
        self.memory = {}
        for pid, name in names.items():
            self.descriptors[name] = descriptors(pid)
            self.memory[pid] = memory_kib(pid)
        self.listeners = listeners(master)
        self.files = sorted(os.listdir(folder))
        self.own_descriptors = descriptors("self")

    def differences(self, start):
        """What is not as it was at the start, memory left out."""
        found = []

        def compare(what, before, now):
            if before != now:
                found.append(f"{what}: {before} before, {now} now")

        compare("processes", sorted(start.names.values()), sorted(self.names.values()))
        compare("family", len(start.family), len(self.family))
        compare("zombies", 0, self.zombies)
        for name, before in start.descriptors.items():
            now = self.descriptors.get(name)
            compare(f"descriptors of {name}", dict(before), now and dict(now))
        compare("listeners", start.listeners, self.listeners)
        compare("files", start.files, self.files)
        compare(
            "the soak's own descriptors",
            dict(start.own_descriptors),
            dict(self.own_descriptors),
        )
        return found
