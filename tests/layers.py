#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""layers.py [SRCDIR] - the architecture as a test: a folder includes only what
its row names, and no circle of files is left but callbacks named here.

A room is a file, with its header. An arrow is an include or a call between
two rooms; a call goes to where the function is defined, whatever header
declares it. Prints a line for each zone; complaints before it. Functions are
found by their form: style(9) begins a definition's name in the first column.
"""

import collections
import pathlib
import re
import sys

WORKER_BELOW = ["common", "worker/parse", "worker/tls", "worker/leg",
                "worker/client"]  # fmt: skip
BUNDLE = ["common", "daemon/bundle"]

# folder: what it may include, besides itself
MAY_INCLUDE = {
    "common": [],
    "daemon/bundle": ["common"],
    "daemon/audit": ["common"],
    "daemon/master/audit": [*BUNDLE, "daemon/audit"],
    "daemon/master/metrics": ["common"],
    "daemon/master/children": BUNDLE,
    "daemon/master/control": BUNDLE,
    "daemon/master": [*BUNDLE, "daemon/audit", "daemon/master/audit",
                      "daemon/master/metrics", "daemon/master/children",
                      "daemon/master/control"],
    "daemon/auth/oidc": ["common"],
    "daemon/names": ["common"],
    "daemon/authority": ["common"],
    "daemon/auth/certificate": ["common"],
    "daemon/auth": ["common", "daemon/auth/oidc", "daemon/auth/certificate",
                    "daemon/authority"],  # fmt: skip
    "daemon/broker": ["common", "daemon/names", "daemon/authority"],
    "daemon/fetch": ["common", "daemon/names"],
    "daemon/keeper": ["common"],
    "daemon/pam": ["common"],
    "daemon/runner": ["common"],
    "daemon/ctl": [*BUNDLE, "daemon/audit"],
    "worker/parse": ["common"],
    "worker/tls": WORKER_BELOW[:2],
    "worker/leg": WORKER_BELOW[:3],
    "worker/client": WORKER_BELOW[:4],
    "worker/stages": WORKER_BELOW,
    "worker": [*WORKER_BELOW, "worker/stages"],
}

# single headers that more folders may include: what all of a worker's parts
# share; the users' file, which the operator's tool writes
SHARED = {
    "worker/worker.h": {"worker/client", "worker/stages"},
    "daemon/auth/users.h": {"daemon/ctl", "daemon/auth/certificate"},
}

# arrows that still run up: (from, to). Each must exist; the list only shrinks.
STILL_UP = set()

# circles that are callbacks, or one module in two files, by their members
HONEST = [
    "common/proto common/proto_ctl common/proto_session",
    # a client and the lists that it stands in: client_enter() changes both
    "worker/client/client worker/client/idle worker/client/line",
]

# circles that are still to be cut; this list only shrinks
TIED = [
]

ZONES = {
    "common": ["common"],
    "daemon/bundle": ["daemon/bundle"],
    "daemon/audit": ["daemon/audit"],
    "daemon/master": ["daemon/master", "daemon/master/audit",
                      "daemon/master/children", "daemon/master/control",
                      "daemon/master/metrics"],
    "daemon/auth": ["daemon/auth", "daemon/auth/oidc"],
    "daemon/broker": ["daemon/broker", "daemon/names"],
    "daemon/fetch": ["daemon/fetch", "daemon/names"],
    "daemon/keeper": ["daemon/keeper"],
    "daemon/pam": ["daemon/pam"],
    "daemon/runner": ["daemon/runner"],
    "daemon/ctl": ["daemon/ctl"],
    "worker": [f for f in MAY_INCLUDE if f.startswith("worker")],
}  # fmt: skip

INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
DEFINED = re.compile(r"^(\w+)\(", re.M)
STATIC = re.compile(r"^static [^\n(=;]*\n(\w+)\(", re.M)
CALLED = re.compile(r"\b(\w+)\b")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", re.S)


def folder_of(name):
    return name.rpartition("/")[0]


def room_of(name):
    return name.rpartition(".")[0]


class Tree:
    def __init__(self, top):
        self.texts = {}
        for folder in MAY_INCLUDE:
            for path in sorted((top / folder).glob("*.[ch]")):
                name = path.relative_to(top).as_posix()
                self.texts[name] = path.read_text(encoding="utf-8")
        self.rooms = {room_of(name) for name in self.texts}
        self.includes = {
            name: [i for i in INCLUDE.findall(text) if room_of(i) in self.rooms]
            for name, text in self.texts.items()
        }
        self.arrows = collections.defaultdict(set)
        self._find_arrows()

    def _find_arrows(self):
        defined = {}
        for name, text in self.texts.items():
            if name.endswith(".c"):
                own = set(STATIC.findall(text))
                for function in DEFINED.findall(text):
                    if function not in own and function != "main":
                        defined[function] = room_of(name)
        for name, text in self.texts.items():
            room = room_of(name)
            to = {room_of(include) for include in self.includes[name]}
            if name.endswith(".c"):
                own = set(STATIC.findall(text))
                words = set(CALLED.findall(COMMENT.sub("", text))) - own
                to |= {defined[word] for word in words if word in defined}
            self.arrows[room] |= to - {room}

    def circles(self, rooms):
        """Strongly connected rooms, by Tarjan's way."""
        index, low, stack, found = {}, {}, [], []

        def visit(room):
            index[room] = low[room] = len(index)
            stack.append(room)
            for to in sorted(self.arrows[room] & rooms):
                if to not in index:
                    visit(to)
                    low[room] = min(low[room], low[to])
                elif to in stack:
                    low[room] = min(low[room], index[to])
            if low[room] == index[room]:
                members = set(stack[stack.index(room):])
                del stack[stack.index(room):]
                if len(members) > 1:
                    found.append(frozenset(members))

        for room in sorted(rooms):
            if room not in index:
                visit(room)
        return found


def may(folder, to):
    return to == folder or to in MAY_INCLUDE[folder]


def check_includes(tree):
    bad = []
    for name, includes in tree.includes.items():
        folder = folder_of(name)
        for include in includes:
            if may(folder, folder_of(include)) or (name, include) in STILL_UP:
                continue
            if folder in SHARED.get(include, ()):
                continue
            bad.append(
                f"{name}: may not include {include} (MAY_INCLUDE in tests/layers.py)"
            )
    for name, include in sorted(STILL_UP):
        if include not in tree.includes.get(name, []):
            bad.append(f"{name} no longer includes {include}: take it off the list")
    return bad


def check_names(tree):
    return [f"no such file: {room}" for circle in [*HONEST, *TIED]
            for room in circle.split() if room not in tree.rooms]  # fmt: skip


def check_circles(tree, zone, folders):
    rooms = {room for room in tree.rooms if folder_of(room) in folders}
    circles = tree.circles(rooms)
    known = [frozenset(c.split()) for c in [*HONEST, *TIED]]
    known = [circle for circle in known if circle <= rooms]
    bad = ["a circle: " + " ".join(sorted(c)) for c in circles if c not in known]
    bad += ["no circle any more: " + " ".join(sorted(c)) for c in known
            if c not in circles]  # fmt: skip
    honest = sum(frozenset(h.split()) in circles for h in HONEST)
    arrows = [(a, b) for a in rooms for b in tree.arrows[a] & rooms]
    up = [a for a in arrows if not may(folder_of(a[0]), folder_of(a[1]))]
    print(f"layers: {zone}: {len(rooms)} rooms, {len(arrows)} arrows, "
          f"{len(up)} up, {len(circles) - honest} circles, "
          f"{honest} honest")  # fmt: skip
    return bad


def main():
    tree = Tree(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    bad = check_includes(tree) + check_names(tree)
    for zone, folders in ZONES.items():
        bad += check_circles(tree, zone, folders)
    for members in HONEST:
        print("layers: honest: " + members)
    print("\n".join(bad) if bad else "layers: kept")
    return 1 if bad else 0


sys.exit(main())
