#!/usr/bin/env bash
# The figures of docs/reliability.md: writes them between its marks, from runs made now.
#
# usage: tests/reliability.sh [--seeds A..B] [--jobs J] [--results FILE] [--no-coverage]
#   --seeds        of 50 nodes and two hours (default 1..1020)
#   --jobs         simulations at once (default: one for each processor)
#   --results      keep the seeds' results there and play none twice (edgeherd simulate --resume)
#   --no-coverage  leave the coverage of model and decide as the page has it
# Builds what it runs. Exit 1, and no change of the page, if a promise is broken or a safeguard
# survives.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
seeds=1..1020
jobs=$(nproc)
coverage=yes
results=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seeds) seeds=${2:?--seeds wants A..B}; shift ;;
    --jobs) jobs=${2:?--jobs wants a number}; shift ;;
    --results) results=(--resume "${2:?--results wants a file}"); shift ;;
    --no-coverage) coverage=no ;;
    -h|--help) sed -n '2,11p' "$0"; exit 0 ;;
    *) echo "tests/reliability.sh: unknown argument '$1'" >&2; exit 2 ;;
  esac
  shift
done

out=build/reliability
mkdir -p "$out"
log=$out/build.log
{ cmake --preset dev && cmake --build build/dev -j "$jobs" --target edgeherd sim_mutants sim_crash_points incidents; } >"$log" 2>&1 \
  || { tail -n 40 "$log" >&2; exit 1; }

# As ctest plays them; what breaks a promise is told, with its shortest history.
allocator=$(find /usr/lib -name libjemalloc.so.2 -print -quit)
LD_PRELOAD=$allocator build/dev/bin/edgeherd simulate --seeds "$seeds" --jobs "$jobs" "${results[@]}" --shrink -o json >"$out/seeds.json" \
  || { python3 -m json.tool "$out/seeds.json" | tail -n 60 >&2; exit 1; }
build/dev/bin/sim_mutants --seeds 160 --jobs "$jobs" --incidents build/dev/bin/incidents --report "$out/mutants.json" >"$out/mutants.txt"
rm -f "$out/crash_points.txt"
if [ -x build/dev/bin/sim_crash_points ]; then
  build/dev/bin/sim_crash_points >"$out/crash_points.txt"
fi
[ "$coverage" = no ] || tests/coverage.sh --json "$out/coverage.json" >/dev/null
exec python3 tests/reliability.py "$out" docs/reliability.md
