#!/usr/bin/env python3
"""Tables of docs/reliability.md against what they speak of.

1. A row of an incident names the protections that its test proves, all of them and no other.
2. What a checker reports stands in a row with that checker's file, and a row names nothing that nobody reports.

usage: reliability_page.py TOP    exit 0 when clean, 1 with one line per finding
"""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1]).resolve()
PAGE = TOP / "docs/reliability.md"
SIM = TOP / "coordinator/sim"
INCIDENTS = TOP / "tests/incidents"
ENDING = "_test.cc"
PROTECTION = re.compile(r'"((?:check|brake)\.\w+)"')
REPORTED = re.compile(r'violated\(\s*"(\w+)"')
CRASH = re.compile(r'crash_promise = "(\w+)"')
NAMED = re.compile(r"`([^`]+)`")


def rows(page, head):
    """The cells of the table that begins with `head`."""
    lines = page.partition(head)[2].splitlines()[2:]
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def incidents(page):
    told = {NAMED.search(cells[1])[1]: set(NAMED.findall(cells[2])) for cells in rows(page, "| incident |")}
    proven = {path.name.removesuffix(ENDING): set(PROTECTION.findall(path.read_text()))
              for path in INCIDENTS.glob("*" + ENDING)}
    for name in sorted(told.keys() | proven.keys()):
        if name not in told:
            yield f"incident {name} has no row"
        elif name not in proven:
            yield f"incident {name} has a row, and no test"
        else:
            yield from (f"the row of {name} lacks {one}" for one in sorted(proven[name] - told[name]))
            yield from (f"the row of {name} has {one}, which its test does not prove"
                        for one in sorted(told[name] - proven[name]))


def reports():
    """(file, name) of each violation, the file as the page calls it."""
    for path in sorted(SIM.rglob("*.cc")):
        called = path.relative_to(SIM).as_posix().removeprefix("check/")
        for name in REPORTED.findall(path.read_text()):
            yield called, name
    for name in CRASH.findall((SIM / "run/outcome.h").read_text()):
        yield "run/child.cc", name


def promises(page):
    told = {(file, name) for cells in rows(page, "| promise |")
            for name in NAMED.findall(cells[1]) for file in NAMED.findall(cells[2])}
    reported = set(reports())
    yield from (f"no row has {name} of {file}" for file, name in sorted(reported - told))
    names = {name for _, name in reported}
    yield from (f"a row has {name}, which nobody reports" for name in sorted({name for _, name in told} - names))
    files = {file for file, _ in reported}
    yield from (f"a row has {file}, which reports nothing" for file in sorted({file for file, _ in told} - files))


def main():
    page = PAGE.read_text()
    findings = [*incidents(page), *promises(page)]
    for finding in findings:
        print(f"docs/reliability.md: {finding}")
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
