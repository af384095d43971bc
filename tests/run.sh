#!/usr/bin/env bash
# Passes the tests. Installs what they need, builds, and runs everything through ctest.
#
# usage: tests/run.sh [--quick] [--no-install]
#   --quick        the dev build alone
#   --no-install   packages are there already
# The dev build and all tests: unit, contract, simulation, integration, lints. Without --quick also the
# tests of rooms with threads under TSan, the unit and simulation tests under ASan and UBSan, and every
# fuzz target for EDGEHERD_FUZZ_SECONDS (cmake, default 15).
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

quick=no
install=yes
for arg in "$@"; do
  case "$arg" in
    --quick) quick=yes ;;
    --no-install) install=no ;;
    -h|--help) sed -n '2,10p' "$0"; exit 0 ;;
    *) echo "tests/run.sh: unknown argument '$arg' (--quick, --no-install)" >&2; exit 2 ;;
  esac
done

jobs=$(nproc)
begun=$SECONDS
say() { printf '\n== %s (%d s)\n' "$1" "$((SECONDS - begun))"; }

[ "$install" = no ] || packaging/install-deps.sh --tests

build() {  # preset [target...]
  local preset=$1
  shift
  cmake --preset "$preset" >"build/$preset-configure.log" 2>&1 || { tail -30 "build/$preset-configure.log"; return 1; }
  cmake --build "build/$preset" -j "$jobs" ${1:+--target "$@"} >"build/$preset-build.log" 2>&1 \
    || { grep -E 'error|FAILED|warning' "build/$preset-build.log" | head -40; return 1; }
}

# Builds a preset's target and runs the tests of a label; the whole log is in build/PRESET-test.log.
check() {  # preset, target, ctest arguments...
  local preset=$1 target=$2
  shift 2
  say "build: $preset"
  build "$preset" "$target"
  say "test: $preset"
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$jobs" "$@" \
    >"build/$preset-test.log" 2>&1 || { tail -n 80 "build/$preset-test.log"; exit 1; }
  grep -E 'tests passed|Not Run|Skipped|Total Test time' "build/$preset-test.log"
}

mkdir -p build
check dev all
if [ "$quick" = no ]; then
  # Each sanitizer for the tests where it finds something: TSan only where there are threads.
  check tsan threaded -L '^threaded$'
  check asan sanitized -L '^sanitized$'
  check fuzz fuzz_all
fi
