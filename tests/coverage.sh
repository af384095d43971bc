#!/usr/bin/env bash
# Line and branch coverage of the pure rooms, coordinator/model and coordinator/decide, and of the guard
# within decide, by their unit tests alone. Exit 1 when one of them falls below its least.
#
# What counts as a branch: a way that a source line asks for. These rooms throw nothing, and are built
# with -fno-exceptions here (packaging/cmake/rooms.cmake), so that there are no landing pads, and no flags
# for the destructors of temporaries; gcovr leaves out what is left of throws and of lines without code.
# A protection (common/core/protection.h) is always on in this build: the one way past it that its being
# off would open is no branch. tests/incidents and sim/mutants take those ways.
#
# usage: tests/coverage.sh [--json FILE | --build]
#   --build        only build the programs
#   --json FILE    also write { "rooms": { ROOM: { "lines", "lines_covered", "line_percent", "branches",
#                  "branches_covered", "branch_percent" } } }; default build/coverage/coverage.json
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
json=build/coverage/coverage.json
only_build=no
case "${1:-}" in
  "") ;;
  --build) only_build=yes ;;
  --json) json=${2:?tests/coverage.sh: --json wants a file} ;;
  -h|--help) sed -n '2,15p' "$0"; exit 0 ;;
  *) echo "tests/coverage.sh: unknown argument '$1' (--json FILE, --build)" >&2; exit 2 ;;
esac

programs=(unit_coordinator_model unit_coordinator_decide)
mkdir -p build
log=build/coverage-build.log
{ cmake --preset coverage && cmake --build build/coverage -j "$(nproc)" --target "${programs[@]}"; } \
  >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
[ "$only_build" = no ] || exit 0
find build/coverage/coordinator -name '*.gcda' -delete
for program in "${programs[@]}"; do
  "build/coverage/bin/$program" >"build/coverage/$program.log" 2>&1 || { tail -n 40 "build/coverage/$program.log" >&2; exit 1; }
done
gcovr --root . --filter 'coordinator/(model|decide)/' --exclude-throw-branches --exclude-unreachable-branches \
  --json build/coverage/gcovr.json build/coverage/coordinator
python3 - build/coverage/gcovr.json "$json" <<'END'
import json
import re
import sys

PROTECTION = re.compile(r"\.on\(\)|\bbrake_on\(")
LEAST = 95


def counted(file):
    """Of one file: lines and branches, and those that were met."""
    text = open(file["file"], encoding="utf-8").read().split("\n")
    lines = [line for line in file["lines"] if not line.get("gcovr/noncode")]
    found = {"filename": file["file"], "line_total": len(lines),
             "line_covered": sum(line["count"] > 0 for line in lines), "branch_total": 0, "branch_covered": 0}
    for line in lines:
        met = sum(branch["count"] > 0 for branch in line["branches"])
        missed = len(line["branches"]) - met
        off = len(PROTECTION.findall(text[line["line_number"] - 1]))
        found["branch_total"] += len(line["branches"]) - (min(missed, off) if met else 0)
        found["branch_covered"] += met
    return found


files = [counted(file) for file in json.load(open(sys.argv[1]))["files"]]


def share(part, whole):
    return round(100 * part / whole, 1) if whole else 100.0


def row(found):
    lines, branches = (sum(f[k] for f in found) for k in ("line_total", "branch_total"))
    lines_met, branches_met = (sum(f[k] for f in found) for k in ("line_covered", "branch_covered"))
    return {"lines": lines, "lines_covered": lines_met, "line_percent": share(lines_met, lines),
            "branches": branches, "branches_covered": branches_met,
            "branch_percent": share(branches_met, branches)}


def show(name, one):
    print(f"{name:<40} {one['lines_covered']:>5}/{one['lines']:<5} {one['line_percent']:>5} % "
          f"{one['branches_covered']:>6}/{one['branches']:<5} {one['branch_percent']:>5} %")


print(f"{'':<40} {'lines':>11} {'':>7} {'branches':>12}")
for one in files:
    show(one["filename"], row([one]))
ROOMS = {"coordinator/model": "coordinator/model/", "coordinator/decide": "coordinator/decide/",
         "guard": ("coordinator/decide/guard", "coordinator/decide/brakes")}
rooms = {room: row([f for f in files if f["filename"].startswith(start)]) for room, start in ROOMS.items()}
below = []
for room, one in rooms.items():
    show(room, one)
    for what in ("line", "branch"):
        if one[what + "_percent"] < LEAST:
            below.append(f"{room}: {one[what + '_percent']} % {what} coverage, at least {LEAST} % are wanted")
json.dump({"rooms": rooms}, open(sys.argv[2], "w"), indent=2)
sys.exit("\n".join(below) if below else 0)
END
