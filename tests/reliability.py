#!/usr/bin/env python3
"""Writes the figures of docs/reliability.md between its marks, from what tests/reliability.sh ran.

usage: reliability.py RESULTS_DIRECTORY PAGE
"""
import json
import os
import sys

BEGIN = "<!-- figures: tests/reliability.sh -->"
END = "<!-- end of figures -->"


def read(directory, name):
    path = os.path.join(directory, name)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


def settled_line(results):
    """How long after the last fault's end all was as it should be."""
    after = sorted(result["settled_s"] for result in results if "settled_s" in result)
    if not after:
        return []
    late = sum(settled > 300 for settled in after)
    return [
        f"| all as it should be | {after[len(after) // 2]:,.0f} s after the last fault in half of the worlds, "
        f"{after[len(after) * 9 // 10]:,.0f} s in nine of ten, {after[-1]:,.0f} s in the slowest; "
        f"in {late} more than five minutes |"
    ]


def seeds_lines(document):
    totals = document["totals"]
    played = totals["seeds"] + totals["skipped"]
    cpu = totals["cpu_s"]
    faults = sum(totals["faults"].values())
    return [
        "| of | figure |",
        "|---|---|",
        f"| seeds {document['seeds']['first']} to {document['seeds']['last']} of {document['nodes']} nodes and {document['hours']:g} hours | "
        f"{played} played, {totals['violations']} break a promise |",
        f"| simulated | {totals['node_hours']:,.0f} node-hours, {totals['launches']:,} servers launched, "
        f"{totals['removals']:,} removed |",
        f"| faults that began | {faults:,}, of {len(totals['faults'])} kinds |",
        *settled_line(document.get("results", [])),
        f"| CPU time | {cpu:,.0f} s: {totals['node_hours_per_cpu_s']:,.0f} node-hours in a second, "
        f"{totals['simulated_s'] / cpu:,.0f} times as fast as real on one processor |",
        *([f"| time | {totals['wall_s']:,.0f} s, {cpu / totals['wall_s']:.1f} worlds at once |"] if "wall_s" in totals else []),
    ]


def mutants_line(text):
    rows = [json.loads(line) for line in text.splitlines()]
    found = [row for row in rows if row["seed"] > 0]
    last = max((row["seed"] for row in found), default=0)
    return f"| safeguards switched off one at a time | {len(found)} of {len(rows)} found, the last by world {last} |"


def coverage_lines(text):
    rooms = json.loads(text)["rooms"]
    return [
        f"| coverage of {room} | {of['line_percent']} % of the lines, {of['branch_percent']} % of the branches |"
        for room, of in sorted(rooms.items())
    ]


def faults_lines(document):
    faults = document["totals"]["faults"]
    return ["", "Faults by kind: " + ", ".join(f"{kind} {count:,}" for kind, count in sorted(faults.items())) + "."]


def kept(page, start):
    """The page's own lines that begin so: what was not run now."""
    return [line for line in page.splitlines() if line.startswith(start)]


def write_between(page_path, begin, lines):
    """Puts lines between the mark and the next end of figures."""
    with open(page_path, encoding="utf-8") as file:
        page = file.read()
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(END)
    if not rest or not after:
        sys.exit(f"{page_path} has not both of {begin} and {END}")
    with open(page_path, "w", encoding="utf-8") as file:
        file.write(before + begin + "\n" + "\n".join(lines) + "\n" + END + after)


def main():
    directory, page_path = sys.argv[1:3]
    with open(page_path, encoding="utf-8") as file:
        page = file.read()
    document = json.loads(read(directory, "seeds.json"))
    lines = seeds_lines(document)
    lines.append(mutants_line(read(directory, "mutants.json")))
    crash_points = read(directory, "crash_points.txt")
    if crash_points:
        lines.append(f"| crash points | {crash_points.strip().splitlines()[-1]} |")
    coverage = read(directory, "coverage.json")
    lines += coverage_lines(coverage) if coverage else kept(page, "| coverage of ")
    lines += faults_lines(document)
    write_between(page_path, BEGIN, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
