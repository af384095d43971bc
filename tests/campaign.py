#!/usr/bin/env python3
"""Writes the figures of a long campaign into docs/reliability.md, between its marks.

usage: campaign.py RESULTS...
A file of results is what `edgeherd simulate --resume FILE` keeps. Several of them, of several builds
perhaps, count together: each seed once, all of one size. Exit 1, and no change of the page, if a
seed is there twice, or sizes differ; a broken promise is a figure as any other.
"""
import collections
import json
import os
import re
import sys

from reliability import seeds_lines, write_between

BEGIN = "<!-- figures: tests/campaign.py -->"
PAGE = os.path.join(os.path.dirname(__file__), "..", "docs", "reliability.md")


def hours(text):
    """Of a length as the files have it, such as "1d" or "1h30m"."""
    units = {"d": 24, "h": 1, "m": 1 / 60, "s": 1 / 3600}
    return sum(int(count) * units[unit] for count, unit in re.findall(r"(\d+)([dhms])", text))


def read(path):
    """The head of a file of results, and its results; a torn last line is none."""
    documents = []
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.endswith("\n"):
                    documents.append(json.loads(line))
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}")
    except ValueError as error:
        sys.exit(f"{path}:{number}: {error}")
    if not documents or documents[0].get("campaign") != 1:
        sys.exit(f"{path}: it does not begin as a file of results")
    return documents[0], documents[1:]


def sums(results):
    totals = {
        key: sum(result[key] for result in results)
        for key in ("node_hours", "launches", "removals", "simulated_s", "cpu_s")
    }
    faults = collections.Counter()
    for result in results:
        faults.update(result["faults"])
    return totals | {
        "seeds": len(results),
        "skipped": 0,
        "violations": sum(result["violation"] is not None for result in results),
        "faults": faults,
        "node_hours_per_cpu_s": totals["node_hours"] / totals["cpu_s"],
    }


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    files = [read(path) for path in sys.argv[1:]]
    sizes = {(head["time"], head["nodes"]) for head, _ in files}
    if len(sizes) > 1:
        sys.exit(f"the files are of several sizes: {sorted(sizes)}")
    time, nodes = sizes.pop()
    results = [result for _, of_file in files for result in of_file]
    seeds = sorted(result["seed"] for result in results)
    if not seeds:
        sys.exit("there is no result")
    for seed, count in collections.Counter(seeds).items():
        if count > 1:
            sys.exit(f"seed {seed} is there {count} times")
    document = {
        "seeds": {"first": seeds[0], "last": seeds[-1]},
        "nodes": nodes,
        "hours": hours(time),
        "totals": sums(results),
    }
    write_between(PAGE, BEGIN, seeds_lines(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
