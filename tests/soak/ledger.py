# SPDX-License-Identifier: ISC
"""The daemon's log against what the clients saw: for each session one line
when it opened, one when it ended, with the true code and counts; and no
warning that nobody has given cause for."""

import re
from collections import Counter, defaultdict

from daemon import LINE, parse_pairs
from waiting import seconds

CLOSING_SEC = 7  # a session's line comes when both its sides are closed
UNNOTICED_SEC = 1  # of a death, by the master
# of ASan once it has seen the stack that libcrypto runs a handshake on
SANITIZER_NOISE = re.compile(
    "ASan is ignoring requested __asan_handle_no_return"
    "|False positive error reports may follow"
    "|For details see .*sanitizers/issues/189"
)

# of those who never opened: common/quota.h
HELD_BACK = re.compile(r"(\d+) more lines like these ")


class Ledger:
    def __init__(self, world, chaos):
        self.world = world
        self.chaos = chaos
        self.opened = defaultdict(list)  # address -> [process]
        self.ended = defaultdict(list)  # address -> [pairs]
        self.noise = Counter()  # warnings and errors, by what explains them
        self.lines = 0
        self.held_back = 0  # lines that the log counts instead
        self.excused = 0
        self._killed = {pid for _, _, pid in chaos.kills}

    def read(self, lines):
        """All lines of one daemon."""
        for line in lines:
            self.lines += 1
            match = LINE.match(line)
            if not match:
                if line.strip() and not SANITIZER_NOISE.search(line):
                    self.world.complain(f"a strange line in the log: {line}")
                continue
            text, pairs = match["text"], parse_pairs(match["text"])
            if text.startswith("session opened "):
                address = pairs["client"].rpartition(":")[0]
                self.opened[address].append(match["process"])
            elif text.startswith("session ended "):
                address = pairs["client"].rpartition(":")[0]
                self.ended[address].append(pairs)
            elif held_back := HELD_BACK.match(text):
                self.held_back += int(held_back[1])
            elif match["level"] in ("error", "warning"):
                self._explain(line, text, pairs)

    def _explain(self, line, text, pairs):
        if re.match(r"(worker \d+|broker|keeper) died pid=\d+ signal=9 ", text):
            if int(pairs["pid"]) in self._killed:
                self._killed.discard(int(pairs["pid"]))
                self.noise["killed"] += 1
                return
        elif re.search(r" is in a crash loop: ", text) and self.noise["killed"] > 2:
            self.noise["crash loop"] += 1
            return
        elif text.startswith("reload failed, nothing has changed: "):
            self.noise["reload failed"] += 1
            return
        elif text.startswith("control: "):
            self.noise["control"] += 1
            return
        elif text.startswith("broker cannot be told: ") and self.chaos.broker_lost:
            self.noise["no broker"] += 1
            return
        self.world.complain(f"unexplained in the log: {line}")

    def _is_excused(self, session, slack_sec=0.0):
        """Whether a kill of its worker can be the reason; one that never
        opened may have been handed to a worker that was dead already."""
        processes = self.opened.get(session.address)
        started = session.started - (0 if processes else UNNOTICED_SEC)
        return any(
            name.startswith("worker ")
            and started <= when <= session.ended + slack_sec
            and (not processes or processes[0] == name)
            for when, name, _ in self.chaos.kills
        )

    def _fault(self, session):
        """What is wrong with the lines of a session, or None."""
        opened = self.opened.pop(session.address, [])
        ended = self.ended.pop(session.address, [])
        if session.outcome == "failed":
            return None  # has been told
        if len(opened) > 1 or len(ended) > 1:
            return f"{len(opened)} lines opened, {len(ended)} ended it"
        if session.codes is None:
            return "it was none, and is in the log" if opened or ended else None
        if not ended and not opened and self.held_back > 0:
            self.held_back -= 1
            return None
        if not ended:
            return None if session.may_be_unheard and not opened else "no line ended it"
        end = ended[0]
        if int(end["code"]) not in session.codes:
            return f"ended with {end['code']}: {end['reason']}"
        told = int(end["to_client"]), int(end["to_target"])
        if session.counts is not None and told != session.counts:
            return f"counted {told} bytes instead of {session.counts}"
        if end["reason"] == "":
            return "ended without a reason"
        return None

    def check(self):
        for session in self.world.sessions.values():
            if session.outcome is None:
                self.world.complain(f"{session}: never over")
                continue
            was_killed = self._is_excused(session, seconds(CLOSING_SEC))
            if session.outcome == "broken":
                if self._is_excused(session):
                    self.excused += 1
                    self.opened.pop(session.address, None)
                    self.ended.pop(session.address, None)
                    continue
                self.world.complain(f"{session}: broken, and nobody killed its worker")
            fault = self._fault(session)
            # its worker may have died between the client's end and the line
            if fault is not None and not (fault == "no line ended it" and was_killed):
                self.world.complain(f"{session}: {fault}")
        for address in {*self.opened, *self.ended}:
            self.world.complain(f"in the log, but nobody's: {address}")
        for pid in self._killed:
            self.world.complain(f"the log does not tell of the death of {pid}")
        causes = {"reload failed": "reload_broken", "control": "garble_ctl"}
        for what, deed in causes.items():
            found, wanted = self.noise[what], self.chaos.counts[deed]
            if found != wanted:
                self.world.complain(f"{found} × '{what}' in the log, not {wanted}")
