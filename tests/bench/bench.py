#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The benchmark: what a relay costs, beside others that do the same work.

Every peer runs alone, with one worker on one core; load generator and
target share another. Peers are taken in turn, round by round, so that what
else the machine does hits all of them. The figure that noise spares is the
processor time of the peer's whole process tree for each GB, round trip or
session; ratios are those of the same round.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import meter
import peers
import report
from rows import CPU_UNIT_SCALE, ROWS

DESCRIPTORS_SPARE = 500  # of the limit, for what is no session
CHURN_SETTLED = 100_000  # sessions after which memory is to stay
CHURN_COUNT = 1_000_000
CHURN_SEC_MAX = 3600
LOAD_SEC_MAX = 90  # beyond warm-up and window
SETTLE_MS = 2000  # before memory is looked at


class Failed(Exception):
    """One measurement did not work; its text stands in the table."""


class Load:
    """A running load generator; events() are its lines, parsed."""

    def __init__(self, bench, peer, row, counters, warm_ms, window_ms, sessions, *args):
        command = [
            bench.load, "-c", counters, "-p", str(peer.port), "-m", row.mode,
            "-n", str(sessions), "-w", str(warm_ms), "-t", str(window_ms),
            *row.load_args, *args,
        ]  # fmt: skip
        if peer.path is not None:
            command += ["-u", peer.path]
        if peer.cookie is not None:
            command += ["-C", peer.cookie]
        self.errors_path = os.path.join(peer.folder, "load.err")
        with open(self.errors_path, "wb") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                preexec_fn=peers.pinned({bench.load_core}),
            )
        seconds = LOAD_SEC_MAX + (warm_ms + window_ms) / 1000
        self.timer = threading.Timer(seconds, self.process.kill)
        self.timer.start()

    def event(self, name):
        line = self.process.stdout.readline()
        event = json.loads(line) if line else {"event": "nothing"}
        if event["event"] != name:
            self.process.wait()
            with open(self.errors_path, encoding="utf-8") as errors:
                text = errors.read().strip().rpartition("\n")[2]
            raise Failed(text or f"load ended with {self.process.returncode}")
        return event

    def finish(self):
        """It stood still at the end of its window; gives what it did in all."""
        self.process.stdin.close()
        return self.event("done")

    def close(self):
        self.timer.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Bench:
    def __init__(self, options):
        self.options = options
        self.load = os.path.join(options.bin, "load")
        self.target = os.path.join(options.bin, "target")
        peer_core, self.load_core = options.cores
        self.peer_cores = {peer_core}
        if options.workers > 1:
            self.peer_cores = os.sched_getaffinity(0)
        self.results = {}  # row name -> peer name -> list of dicts

    def start_target(self, counters):
        process = subprocess.Popen(
            [self.target, counters],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=peers.pinned({self.load_core}),
        )
        return process, int(process.stdout.readline())

    def measure(self, row, kind):
        """One peer, one row, once."""
        if not row.beside:
            return self.measure_alone(row, kind)
        without = self.measure_alone(row, kind)
        got = self.measure_alone(row, getattr(kind, row.beside))
        times = {
            name: got[key] / without[key]
            for name, key in (("times", "cpu"), ("times_p99", "p99"))
            if key in got
        }
        return {**got, **times}

    def measure_alone(self, row, kind):
        """Everything is started and ended here."""
        folder = tempfile.mkdtemp(prefix="vb-bench-")
        counters = os.path.join(folder, "counters")
        target = peer = None
        try:
            target, port = self.start_target(counters)
            certificate = peers.make_certificate(folder) if row.is_tls else None
            peer = kind(
                folder, self.peer_cores, self.options.workers, port, certificate
            )
            peer.start()
            if row.mode == "idle":
                return self.measure_memory(row, peer, counters)
            if row.name == "churn":
                return self.measure_churn(row, peer, counters)
            got = self.measure_work(row, peer, counters, target.pid)
            return {**got, **peer.figures()}
        finally:
            if peer is not None:
                peer.stop()
            if target is not None:
                target.kill()
                target.wait()
                target.stdout.close()
            shutil.rmtree(folder)

    def measure_work(self, row, peer, counters, target_pid):
        load = Load(self, peer, row, counters, self.options.warm_ms,
                    self.options.window_ms, row.sessions)  # fmt: skip
        pids = [peer.pid, load.process.pid, target_pid]
        try:
            begin = load.event("begin")
            before = [meter.cpu_sec(pid) if pid else 0 for pid in pids]
            end = load.event("end")
            after = [meter.cpu_sec(pid) if pid else 0 for pid in pids]
            done = load.finish()
        finally:
            load.close()
        units = (end["units"] - begin["units"]) / row.unit_size
        seconds = (end["now_ns"] - begin["now_ns"]) / 1e9
        if units == 0:
            raise Failed("nothing came through")
        cpu, *ends = [now - then for now, then in zip(after, before)]
        got = {
            "rate": units / seconds,
            "failed": done["failed"],
            "ends": sum(ends) / seconds,
        }
        if "p50_ns" in done:
            got["p50"] = done["p50_ns"] / 1000
            got["p99"] = done["p99_ns"] / 1000
        if peer.pid:
            scale = CPU_UNIT_SCALE.get(row.metrics[0].unit, 1e6)
            got["cpu"] = cpu / units * scale
            got["all"] = (cpu + sum(ends)) / units * scale
            got["core"] = cpu / seconds
        return got

    def measure_memory(self, row, peer, counters):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        sessions = min(row.sessions, self.options.idle_sessions,
                       peer.sessions_max, (hard - DESCRIPTORS_SPARE) // 2)  # fmt: skip
        before = (meter.memory_kib(peer.pid) if peer.pid else 0, meter.kernel_kib())
        load = Load(self, peer, row, counters, SETTLE_MS, 2000, sessions)
        try:
            load.event("begin")
            got = {"sessions": sessions}
            if before[1] is not None:
                got["kernel"] = (meter.kernel_kib() - before[1]) / sessions
            if peer.pid:
                got["pss"] = (meter.memory_kib(peer.pid) - before[0]) / sessions
            # the sessions must still be there
            load.event("end")
        finally:
            load.close()
        return got

    def measure_churn(self, row, peer, counters):
        """RSS after the first sessions and after all of them, of the same
        processes; what would hide growth, or is growth, is a failure."""
        count = self.options.churn
        settled = min(CHURN_SETTLED, count // 10)
        before, looks = None, []
        for sessions in (settled, count - settled):
            load = Load(self, peer, row, counters, 1, CHURN_SEC_MAX * 1000,
                        row.sessions, "-k", str(sessions))  # fmt: skip
            try:
                load.event("begin")
                load.event("end")
                event = load.finish()
            finally:
                load.close()
            if event["units"] != sessions:
                raise Failed(f"{event['units']} of {sessions} sessions were done")
            time.sleep(SETTLE_MS / 1000)
            now = meter.holdings(peer.pid) if peer.pid else {}
            if before not in (None, now):
                raise Failed(f"descriptors by process: {before} before, {now} now")
            before = now
            looks.append(
                [meter.memory_kib(peer.pid, kind) if peer.pid else 0
                 for kind in ("Rss", "Pss")]
            )  # fmt: skip
        (rss, pss), (rss_end, pss_end) = looks
        return {
            "sessions": count,
            "rss_settled": rss,
            "rss_end": rss_end,
            "rss_growth": rss_end - rss,
            "pss_growth": pss_end - pss,
        }

    def run(self, rows, kinds):
        for row in rows:
            able = [
                kind
                for kind in kinds
                if (kind.has_tls() or not row.is_tls)
                and (not row.beside or getattr(kind, row.beside))
            ]
            for number in range(self.options.rounds):
                # a different one is first each time
                shift = number % max(len(able), 1)
                for kind in able[shift:] + able[:shift]:
                    self.run_one(row, kind)
            print(report.row_text(row, self.results.get(row.name, {})), flush=True)

    def run_one(self, row, kind):
        runs = self.results.setdefault(row.name, {}).setdefault(kind.name, [])
        try:
            runs.append(self.measure(row, kind))
        except (Failed, RuntimeError, PermissionError) as problem:
            runs.append({"problem": str(problem)})
            print(f"{row.name}: {kind.name}: {problem}", file=sys.stderr)


def machine():
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {"kernel": platform.release(), "cpu": model, "cores": os.cpu_count()}


def parse_options():
    here = os.path.dirname(os.path.abspath(__file__))
    names = [kind.name for kind in peers.ALL]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--bin", default=here, help="folder of load and target")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", help="of " + ",".join(row.name for row in ROWS))
    parser.add_argument("--peers", help="of " + ",".join(names))
    parser.add_argument("--quick", action="store_true", help="about a minute in all")
    parser.add_argument("--window-ms", type=int, default=3000)
    parser.add_argument("--warm-ms", type=int, default=700)
    parser.add_argument("--idle-sessions", type=int, default=peers.SESSIONS_MAX)
    parser.add_argument("--churn", type=int, default=CHURN_COUNT, metavar="SESSIONS")
    parser.add_argument("--cores", help="of the peer, of load and target: 1,0")
    parser.add_argument("--workers", type=int, default=1,
                        help="of those that can; if more, on every core")  # fmt: skip
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--svg", metavar="FILE")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.window_ms, options.warm_ms = 1, 600, 300
        options.idle_sessions = min(options.idle_sessions, 2000)
    cores = sorted(os.sched_getaffinity(0))
    if options.cores:
        options.cores = [int(core) for core in options.cores.split(",")]
    else:
        options.cores = [cores[-1], cores[0]]
    if len(set(options.cores)) != 2:
        parser.error("two cores are needed")
    return options


def chosen(text, items, default):
    if text is None:
        return default
    by_name = {item.name: item for item in items}
    unknown = set(text.split(",")) - set(by_name)
    if unknown:
        sys.exit(f"bench.py: no such name: {', '.join(sorted(unknown))}")
    return [by_name[name] for name in text.split(",")]


def main():
    options = parse_options()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = chosen(options.rows, ROWS, [row for row in ROWS if not row.is_long])
    kinds = chosen(options.peers, peers.ALL, peers.ALL)
    for kind in kinds:
        if not kind.is_here():
            print(f"{kind.name} is not installed, and left out", file=sys.stderr)
    kinds = [kind for kind in kinds if kind.is_here()]
    # so that what was started is stopped then too
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    bench = Bench(options)
    started = time.monotonic()
    bench.run(rows, kinds)
    summary = report.summarize(rows, bench.results, machine(), vars(options))
    summary["seconds"] = round(time.monotonic() - started)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(summary, file, indent=1, ensure_ascii=False)
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as file:
            file.write(report.svg(summary))
    print(report.verdict(summary))
    # a figure that is too high may be noise; one that is missing is not
    return 1 if report.subject_failed(summary) else 0


if __name__ == "__main__":
    sys.exit(main())
