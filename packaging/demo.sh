#!/usr/bin/env bash
# The main job on one machine: two zones of real nginx edges grow under real load, shrink when it
# falls, and lose not one log line.
#
# usage: packaging/demo.sh [--seconds N] [--report FILE] [--keep] [--no-install]
#   --seconds N    how long the traffic runs (default 180, at least 60)
#   --report FILE  where the summary goes as JSON (default build/demo/report.json)
#   --keep         leave coordinator and edges running at the end, and say how to reach them
#   --no-install   packages are there already
# Exits 0 only if no request failed and every served request's log line is in the archive or still on
# a living node.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

seconds=180
report=
keep=no
install=yes

wrong() {
  echo "demo.sh: $1" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) [ -n "${2:-}" ] || wrong "--seconds wants a number"; seconds=$2; shift 2 ;;
    --report) [ -n "${2:-}" ] || wrong "--report wants a file"; report=$2; shift 2 ;;
    --keep) keep=yes; shift ;;
    --no-install) install=no; shift ;;
    -h|--help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$top/packaging/demo.sh"; exit 0 ;;
    *) wrong "unknown argument '$1' (see --help)" ;;
  esac
done
case "$seconds" in *[!0-9]*) wrong "--seconds wants a whole number" ;; esac
[ "$seconds" -ge 60 ] || wrong "$seconds seconds are too few to grow and to shrink: at least 60"

say() { printf '\n\033[1m== %s\033[0m\n' "$1"; }

[ "$install" = no ] || packaging/install-deps.sh
say "building (release)"
mkdir -p build
cmake --preset release >build/release-configure.log 2>&1 || {
  tail -30 build/release-configure.log
  echo "demo.sh: packaging/install-deps.sh installs a library that is missing" >&2
  exit 1
}
cmake --build --preset release -j "$(nproc)" >build/release-build.log 2>&1 \
  || { grep -E 'error|FAILED' build/release-build.log | head -30; exit 1; }

exec python3 packaging/demo/run.py --bin "$top/build/release/bin" --images "$top/packaging/images/local" \
  --seconds "$seconds" --report "${report:-$top/build/demo/report.json}" --keep "$keep" --work "$top/build/demo"
