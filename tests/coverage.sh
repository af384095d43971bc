#!/usr/bin/env bash
# Line and branch coverage of the pure rooms, coordinator/model and coordinator/decide, by their unit
# tests and by the simulated coordinator. Branches of exceptions, and those the compiler makes that no
# source line asks for, are left out.
#
# usage: tests/coverage.sh [--json FILE]
#   --json FILE    also write { "rooms": { ROOM: { "lines", "lines_covered", "line_percent", "branches",
#                  "branches_covered", "branch_percent" } } }; default build/coverage/coverage.json
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
json=build/coverage/coverage.json
case "${1:-}" in
  "") ;;
  --json) json=${2:?tests/coverage.sh: --json wants a file} ;;
  -h|--help) sed -n '2,9p' "$0"; exit 0 ;;
  *) echo "tests/coverage.sh: unknown argument '$1' (--json FILE)" >&2; exit 2 ;;
esac

programs=(unit_coordinator_model unit_coordinator_decide sim_coordinator)
mkdir -p build
log=build/coverage-build.log
{ cmake --preset coverage && cmake --build build/coverage -j "$(nproc)" --target "${programs[@]}"; } \
  >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
find build/coverage/coordinator -name '*.gcda' -delete
for program in "${programs[@]}"; do
  "build/coverage/bin/$program" >"build/coverage/$program.log" 2>&1 || { tail -n 40 "build/coverage/$program.log" >&2; exit 1; }
done
gcovr --root . --filter 'coordinator/(model|decide)/' --exclude-throw-branches --exclude-unreachable-branches \
  --json-summary build/coverage/gcovr.json build/coverage/coordinator
python3 - build/coverage/gcovr.json "$json" <<'END'
import json
import sys

files = json.load(open(sys.argv[1]))["files"]


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
rooms = {room: row([f for f in files if f["filename"].startswith(room + "/")])
         for room in ("coordinator/model", "coordinator/decide")}
for room, one in rooms.items():
    show(room, one)
json.dump({"rooms": rooms}, open(sys.argv[2], "w"), indent=2)
END
