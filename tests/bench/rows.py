# SPDX-License-Identifier: ISC
"""What is measured: one row for each kind of work."""

from dataclasses import dataclass, field

GB = 1e9


@dataclass(frozen=True)
class Metric:
    """A figure of which less is better, and what it is to be at most: as a
    multiple of haproxy's, or in its own unit."""

    key: str
    title: str
    unit: str
    reach: float
    is_absolute: bool = False


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    mode: str  # of the load generator
    sessions: int
    metrics: tuple
    unit: str  # of the rate
    unit_size: float = 1
    load_args: tuple = field(default=())
    is_long: bool = False  # measured only when asked for by name
    is_tls: bool = False
    beside: str = ""  # and as that kind of the peer, in turn: peers.py's name for it


def _cpu(reach, unit):
    return (Metric("cpu", "CPU", unit, reach),)


def _tls(name, title, mode, sessions, metrics, unit, unit_size=1, args=()):
    return Row(name, title, mode, sessions, metrics, unit, unit_size,
               ("-S", *args), is_tls=True)  # fmt: skip


ROWS = [
    Row("down16", "to the client, 16 sessions", "down", 16,
        _cpu(0.75, "s/GB"), "GB", GB),
    Row("down1", "to the client, 1 session", "down", 1,
        _cpu(0.60, "s/GB"), "GB", GB),
    Row("up64k", "from the client, frames of 64 KiB, 16 sessions", "up", 16,
        _cpu(0.70, "s/GB"), "GB", GB, ("-f", "65536")),
    Row("up32", "from the client, frames of 32 bytes, 16 sessions", "up", 16,
        _cpu(1.5, "s/GB"), "GB", GB, ("-f", "32")),
    Row("rtt64", "round trips of 32 bytes, 64 sessions", "rtt", 64,
        _cpu(1.0, "µs each"), "trips"),
    Row("rtt1", "round trips of 32 bytes, 1 session", "rtt", 1,
        (Metric("p50", "p50", "µs", 1.05), Metric("p99", "p99", "µs", 1.05)),
        "trips"),
    Row("desktop", "100 desktops, 30 × 8 KiB a second each", "desktop", 100,
        _cpu(0.9, "µs a message"), "messages"),
    Row("short", "new sessions: open, greeting, a byte, close", "short", 16,
        _cpu(2.5, "µs each"), "sessions"),
    Row("login", "new sessions that show a login's cookie", "short", 16,
        (Metric("times", "CPU", "times without logins", 1.3, True),),
        "sessions", beside="with_logins"),
    Row("boards", "round trips beside 500 boards of 10,000 targets", "rtt", 64,
        (Metric("times", "CPU", "times without boards", 1.05, True),
         Metric("times_p99", "p99", "times without boards", 1.05, True),
         Metric("seen", "a change is seen by all", "ms", 1000, True)),
        "trips", beside="with_boards", is_long=True),
    Row("idle", "memory of an idle session", "idle", 9500,
        (Metric("pss", "PSS", "KiB", 1.0),), "sessions"),
    Row("churn", "memory kept after a million sessions", "short", 16,
        (Metric("rss_growth", "RSS growth", "KiB", 64, True),), "sessions",
        is_long=True),
    _tls("tls-down16", "TLS to the client, 16 sessions", "down", 16,
        _cpu(0.90, "s/GB"), "GB", GB),
    _tls("tls-down1", "TLS to the client, 1 session", "down", 1,
        _cpu(0.90, "s/GB"), "GB", GB),
    _tls("tls-up64k", "TLS from the client, frames of 64 KiB, 16", "up", 16,
        _cpu(0.95, "s/GB"), "GB", GB, ("-f", "65536")),
    _tls("tls-up32", "TLS from the client, frames of 32 bytes, 16", "up", 16,
        _cpu(2.0, "s/GB"), "GB", GB, ("-f", "32")),
    _tls("tls-rtt64", "TLS round trips of 32 bytes, 64 sessions", "rtt", 64,
        _cpu(0.90, "µs each"), "trips"),
    _tls("tls-desktop", "TLS: 100 desktops, 30 × 8 KiB a second", "desktop", 100,
        _cpu(0.90, "µs a message"), "messages"),
    _tls("tls-short", "TLS: new sessions, full handshake", "short", 16,
        _cpu(1.8, "µs each"), "sessions"),
    _tls("tls-resumed", "TLS: new sessions, resumed", "short", 16,
        _cpu(1.8, "µs each"), "sessions", 1, ("-R",)),
    _tls("tls-idle", "TLS: memory of an idle session", "idle", 1000,
        (Metric("pss", "PSS", "KiB", 20, True),), "sessions"),
]  # fmt: skip

CPU_UNIT_SCALE = {"s/GB": 1, "µs each": 1e6, "µs a message": 1e6}
