#!/usr/bin/env python3
"""Writes the figures of a long campaign into docs/reliability.md, between its marks.

usage: campaign.py [--sum] RESULTS...
  --sum   print a file of results that holds their sum in a few bytes, and leave the page
A file of results is what `edgeherd simulate --resume FILE` keeps, or such a sum. Several of them, of
several machines or builds perhaps, count together: each seed once, all of one size. Exit 1, and no change of
the page, if a seed is there twice, or sizes differ; a broken promise is a figure as any other.
"""
import collections
import json
import os
import re
import sys

from reliability import seeds_lines, write_between

BEGIN = "<!-- figures: tests/campaign.py -->"
SUMMED = ["node_hours", "simulated_s", "launches", "removals", "cpu_s", "faults"]
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


def as_sum(result):
    """One result in the form of a sum of many."""
    if "seeds" in result:
        return result
    summed = {key: result[key] for key in SUMMED}
    return summed | {"seeds": [[result["seed"], result["seed"]]], "violations": int(result["violation"] is not None)}


def ranges(parts):
    """Ranges of seeds, in order, joined where one follows the other."""
    joined = []
    for first, last in sorted(parts):
        if joined and first <= joined[-1][1]:
            sys.exit(f"seed {first} is there more than once")
        if joined and first == joined[-1][1] + 1:
            joined[-1][1] = last
        else:
            joined.append([first, last])
    return joined


def total(results):
    parts = [as_sum(result) for result in results]
    summed = {key: sum(part[key] for part in parts) for key in SUMMED + ["violations"] if key != "faults"}
    faults = collections.Counter()
    for part in parts:
        faults.update(part["faults"])
    return {"seeds": ranges(seeds for part in parts for seeds in part["seeds"])} | summed | {"faults": faults}


def document(head, summed):
    """As `edgeherd simulate -o json` has it."""
    played = sum(last - first + 1 for first, last in summed["seeds"])
    totals = summed | {
        "seeds": played,
        "skipped": 0,
        "node_hours_per_cpu_s": summed["node_hours"] / summed["cpu_s"],
    }
    return {
        "seeds": {"first": summed["seeds"][0][0], "last": summed["seeds"][-1][1]},
        "nodes": head["nodes"],
        "hours": hours(head["time"]),
        "totals": totals,
    }


def main():
    paths = [path for path in sys.argv[1:] if path != "--sum"]
    if not paths or any(path.startswith("-") for path in paths):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    files = [read(path) for path in paths]
    head = files[0][0]
    if any((other["time"], other["nodes"]) != (head["time"], head["nodes"]) for other, _ in files):
        sys.exit("the files are of several sizes")
    results = [result for _, of_file in files for result in of_file]
    if not results:
        sys.exit("there is no result")
    summed = total(results)
    if "--sum" in sys.argv:
        print(json.dumps({key: head[key] for key in ("campaign", "time", "nodes")}))
        print(json.dumps(summed))
    else:
        write_between(PAGE, BEGIN, seeds_lines(document(head, summed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
