#!/usr/bin/env bash
# Passes the tests. Installs what they need, builds, and runs everything through ctest.
#
# usage: tests/run.sh [--quick] [--no-install]
#   --quick        the dev build alone
#   --no-install   packages are there already
# Without --quick first: the unit and simulation tests under ASan and UBSan, those of rooms with
# threads under TSan, and every fuzz target for EDGEHERD_FUZZ_RUNS executions (default 20000).
# Then the dev build and all tests: unit, contract, simulation, integration, lints.
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
fuzz_runs=${EDGEHERD_FUZZ_RUNS:-20000}
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

mkdir -p build
if [ "$quick" = no ]; then
  # Every sanitizer for the tests where it finds something: TSan only where there are threads.
  for pair in asan:sanitized tsan:threaded; do
    preset=${pair%%:*} label=${pair##*:}
    say "build and test: $preset"
    build "$preset" "$label"
    ctest --test-dir "build/$preset" -L "^$label\$" --output-on-failure --no-tests=error -j "$jobs" \
      >"build/$preset-test.log" 2>&1 || { tail -n 60 "build/$preset-test.log"; exit 1; }
    tail -n 4 "build/$preset-test.log"
  done
  say "fuzz: $fuzz_runs executions of each target"
  build fuzz fuzz_all
  for target in build/fuzz/bin/fuzz_*; do
    name=$(basename "$target")
    mkdir -p "build/fuzz/corpus/$name"
    corpus="tests/fuzz/corpus/${name#fuzz_}"
    [ -d "$corpus" ] || corpus=
    "$target" -runs="$fuzz_runs" -max_total_time=60 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
      -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" ${corpus:+"$corpus"} \
      >"build/fuzz/$name.log" 2>&1 || { tail -40 "build/fuzz/$name.log"; exit 1; }
    echo "$name: clean"
  done
fi

say "build and test: dev"
build dev
ctest --test-dir build/dev --output-on-failure --no-tests=error -j "$jobs"
