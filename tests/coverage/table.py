#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Prints how many lines of each module and file have run, from a tracefile
in lcov's format, and the lines that have not of the files that must reach
a least part.

    table.py TRACEFILE SRCDIR RULE
"""
import collections
import pathlib
import sys

MODULES = ("worker/", "daemon/broker/", "daemon/keeper/", "daemon/master/",
           "daemon/names/", "daemon/authority/", "daemon/ctl/", "common/")


def read_lines(path, src):
    """File name -> line number -> how often it ran."""
    files = collections.defaultdict(dict)
    name = None
    for line in path.read_text().splitlines():
        if line.startswith("SF:"):
            name = pathlib.Path(line[3:]).resolve()
            name = (str(name.relative_to(src))
                    if name.is_relative_to(src) else None)
        elif line.startswith("DA:") and name is not None:
            number, count = line[3:].split(",")[:2]
            old = files[name].get(int(number), 0)
            files[name][int(number)] = max(old, int(count))
    return {name: lines for name, lines in sorted(files.items())
            if name.startswith(MODULES)}


def read_rule(path):
    """File name -> the least part in percent."""
    rule = {}
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            rule[words[0]] = float(words[1])
    return rule


def percent(lines):
    ran = sum(1 for count in lines.values() if count > 0)
    return ran, len(lines), 100 * ran / max(1, len(lines))


def ranges(numbers):
    """1, 2, 3, 7 -> "1-3 7"."""
    out = []
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def row(name, lines):
    ran, count, part = percent(lines)
    return f"{name:<32} {ran:>6} of {count:>6}  {part:5.1f} %"


def print_modules(files):
    for module in MODULES:
        lines = {(name, number): ran for name, counts in files.items()
                 if name.startswith(module)
                 for number, ran in counts.items()}
        if lines:
            print(row(module, lines))


def print_files(files, rule):
    """Returns the names of those below the rule."""
    below = []
    for name, lines in files.items():
        least = rule.get(name)
        verdict = ""
        if least is not None:
            verdict = f"  (>= {least:g})"
            if percent(lines)[2] < least:
                verdict += " BELOW"
                below.append(name)
        print(row(name, lines) + verdict)
        missing = [n for n, count in sorted(lines.items()) if count == 0]
        if missing and least is not None:
            print(f"    not reached: {ranges(missing)}")
    return below


def main():
    tracefile, src, rule_path = map(pathlib.Path, sys.argv[1:])
    files = read_lines(tracefile, src.resolve())
    rule = read_rule(rule_path)
    absent = [name for name in rule if name not in files]
    print_modules(files)
    print()
    below = print_files(files, rule)
    print()
    for name in absent:
        print(f"coverage: no line of {name} was seen")
    print(f"coverage: {len(rule) - len(below) - len(absent)} files as they "
          f"must be, {len(below) + len(absent)} below")
    return 1 if below or absent else 0


if __name__ == "__main__":
    sys.exit(main())
