# SPDX-License-Identifier: ISC
"""The benchmark's figures as a table, as data, and as a picture."""

import html
import math
import statistics

YARDSTICK = "haproxy"
SUBJECT = "vncbridged"
DIRECT = "direct"

COLOURS = {
    "vncbridged": "#0b6e4f",
    "haproxy": "#8a8f98",
    "nginx": "#c3c7cd",
    "lighttpd": "#d9a441",
    "websockify": "#b3453c",
}
WIDTH, LABEL_WIDTH, VALUE_WIDTH = 860, 300, 60
BAR_HEIGHT, BAR_GAP, ROW_GAP, HEAD_HEIGHT = 12, 2, 14, 56
RATIO_MIN, RATIO_MAX = 0.125, 16  # beyond that a bar is cut, its number is not


def spread(values):
    return {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "values": values,
    }


def figures(runs):
    """{metric: spread} over the rounds that worked."""
    keys = sorted({key for run in runs for key in run} - {"problem"})
    return {
        key: spread([run[key] for run in runs if key in run])
        for key in keys
    }


def ratios(runs, yardstick_runs, key):
    """To the yardstick, round by round; None if there is nothing to divide."""
    pairs = [
        run[key] / other[key]
        for run, other in zip(runs, yardstick_runs)
        if key in run and other.get(key, 0) > 0
    ]
    return spread(pairs) if pairs else None


def own_kernel(runs, direct_runs):
    """Kernel memory on the peer's side: that of a direct connection is load
    generator's and target's."""
    pairs = [
        run["kernel"] - other["kernel"]
        for run, other in zip(runs, direct_runs)
        if "kernel" in run and "kernel" in other
    ]
    return spread(pairs) if pairs else None


def number(value):
    """Three digits that mean something."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def _cell(metric, runs, yardstick_runs):
    got = figures(runs).get(metric.key)
    if got is None:
        return "-"
    text = f"{number(got['median'])} ({number(got['min'])}-{number(got['max'])})"
    ratio = ratios(runs, yardstick_runs, metric.key)
    if ratio is not None:
        text += f" = {number(ratio['median'])} x"
    return text


def _extra_cells(row, runs, direct_runs):
    """What is told beside the metrics."""
    got = figures(runs)
    kernel = own_kernel(runs, direct_runs)
    problems = [run["problem"] for run in runs if "problem" in run]
    if "sessions" in got:
        yield f"{int(got['sessions']['median']):,} sessions"
    if "rate" in got:
        yield f"{number(got['rate']['median'])} {row.unit}/s"
    if kernel is not None:
        yield f"kernel: {number(kernel['median'])} KiB"
    if "core" in got:
        yield f"core {got['core']['median']:.0%}"
    if "ends" in got:
        yield f"load and target {got['ends']['median']:.0%}"
    if "all" in got and row.metrics[0].key == "cpu":
        yield f"in all {number(got['all']['median'])} {row.metrics[0].unit}"
    if got.get("failed", {}).get("max"):
        yield f"{int(got['failed']['max'])} sessions failed"
    if problems:
        yield f"{len(problems)} of {len(runs)} did not work: {problems[0]}"


def row_text(row, results):
    """A row as lines: one for each peer."""
    lines = [f"\n{row.title}"]
    yardstick, direct = results.get(YARDSTICK, []), results.get(DIRECT, [])
    for peer, runs in results.items():
        cells = [
            f"{metric.title} {metric.unit}: {_cell(metric, runs, yardstick)}"
            for metric in row.metrics
        ]
        cells += _extra_cells(row, runs, direct)
        lines.append(f"  {peer:11} " + "   ".join(cells))
    return "\n".join(lines)


def summarize(rows, results, machine, options):
    summary = {"machine": machine, "options": options, "rows": []}
    for row in rows:
        got = results.get(row.name, {})
        yardstick = got.get(YARDSTICK, [])
        summary["rows"].append(
            {
                "name": row.name,
                "title": row.title,
                "unit": row.unit,
                "metrics": [vars(metric) for metric in row.metrics],
                "peers": {peer: figures(runs) for peer, runs in got.items()},
                "own_kernel": {
                    peer: own_kernel(runs, got.get(DIRECT, []))
                    for peer, runs in got.items()
                },
                "problems": {
                    peer: [run["problem"] for run in runs if "problem" in run]
                    for peer, runs in got.items()
                },
                "ratios": {
                    metric.key: {
                        peer: ratios(runs, yardstick, metric.key)
                        for peer, runs in got.items()
                    }
                    for metric in row.metrics
                },
            }
        )
    return summary


def verdict(summary):
    """The subject against what it is to reach."""
    lines = [f"\n{SUBJECT}, as a multiple of {YARDSTICK}:"]
    for row in summary["rows"]:
        for metric in row["metrics"]:
            if metric["is_absolute"]:
                got = row["peers"].get(SUBJECT, {}).get(metric["key"])
                unit = " " + metric["unit"]
            else:
                got, unit = row["ratios"][metric["key"]].get(SUBJECT), ""
            if got is None:
                continue
            word = "reached" if got["median"] <= metric["reach"] else "MISSED"
            lines.append(
                f"  {word:8} {number(got['median']):>6}"
                f" ({number(got['min'])}-{number(got['max'])}){unit},"
                f" to reach {metric['reach']}{unit}: {row['title']},"
                f" {metric['title']}"
            )
    return "\n".join(lines)


def subject_failed(summary):
    return any(row["problems"].get(SUBJECT) for row in summary["rows"])


def _x(ratio):
    """Logarithmic, from RATIO_MIN to RATIO_MAX."""
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    held = min(max(ratio, RATIO_MIN), RATIO_MAX)
    return LABEL_WIDTH + room * math.log(held / RATIO_MIN) / math.log(
        RATIO_MAX / RATIO_MIN
    )


def _text(x, y, text, size=12, anchor="start", colour="#24292f"):
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}"'
        f' fill="{colour}">{html.escape(text)}</text>'
    )


def _legend():
    parts, x = [], LABEL_WIDTH
    for peer, colour in COLOURS.items():
        parts.append(
            f'<rect x="{x}" y="30" width="10" height="10" fill="{colour}"/>'
            + _text(x + 14, 39, peer, 11)
        )
        x += 92
    return parts


def _bars(row, metric, y):
    """The bars of one metric; returns them, and where they end."""
    parts, top = [], y
    for peer, colour in COLOURS.items():
        ratio = row["ratios"][metric["key"]].get(peer)
        if ratio is None:
            continue
        end = _x(ratio["median"])
        parts.append(
            f'<rect x="{LABEL_WIDTH}" y="{y}" width="{end - LABEL_WIDTH:.1f}"'
            f' height="{BAR_HEIGHT}" fill="{colour}"/>'
            + _text(end + 4, y + BAR_HEIGHT - 2, number(ratio["median"]), 10)
        )
        y += BAR_HEIGHT + BAR_GAP
    title = row["title"] if len(row["metrics"]) == 1 else (
        f"{row['title']}, {metric['title']}"
    )
    parts.append(_text(LABEL_WIDTH - 10, (top + y) / 2 + 3, title, 12, "end"))
    if y > top:
        reach = _x(metric["reach"])
        parts.append(
            f'<path d="M{reach:.1f} {top - 2}V{y}" stroke="#24292f"'
            ' stroke-dasharray="2 2"/>'
        )
    return parts, y


def svg(summary):
    """Bars on a logarithmic scale, as multiples of the yardstick's cost."""
    parts, y = [], HEAD_HEIGHT
    for row in summary["rows"]:
        for metric in row["metrics"]:
            if metric["is_absolute"]:
                continue
            more, y = _bars(row, metric, y)
            parts += more
            y += ROW_GAP
    one = _x(1)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}"'
        ' font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>',
        _text(10, 18, "Cost as a multiple of haproxy's (less is better;"
              " logarithmic; dotted: the aim)", 13),
        f'<path d="M{one:.1f} {HEAD_HEIGHT - 6}V{y - 6}" stroke="#8a8f98"/>',
    ]  # fmt: skip
    return "\n".join([*head, *_legend(), *parts, "</svg>"]) + "\n"
