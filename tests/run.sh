#!/usr/bin/env bash
# Passes the tests. Installs what they need, builds, and runs everything through ctest.
#
# usage: tests/run.sh [--quick] [--no-install]
#   --quick        the dev build alone, with all its tests
#   --no-install   packages are there already
# Without --quick every test runs once where it finds most: contract, simulation, integration and lints in
# the dev build; unit tests under ASan and UBSan, and again under TSan where their room has threads; a
# stated number of executions of every fuzz target; the coverage of model and decide.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

quick=no
install=yes
for arg in "$@"; do
  case "$arg" in
    --quick) quick=yes ;;
    --no-install) install=no ;;
    -h|--help) sed -n '2,9p' "$0"; exit 0 ;;
    *) echo "tests/run.sh: unknown argument '$arg' (--quick, --no-install)" >&2; exit 2 ;;
  esac
done

jobs=$(nproc)
begun=$SECONDS
phase_begun=$SECONDS
summary=()
say() { printf '\n== %s\n' "$1"; phase_begun=$SECONDS; }
took() { printf '   took %d s\n' "$((SECONDS - phase_begun))"; }
fail() { printf '\ntests/run.sh: FAILED: %s\n' "$1" >&2; exit 1; }

[ "$install" = no ] || packaging/install-deps.sh --tests

build() {  # preset, target...
  local preset=$1
  shift
  cmake --preset "$preset" >"build/$preset-configure.log" 2>&1 \
    || { tail -n 30 "build/$preset-configure.log"; fail "configuring $preset"; }
  cmake --build "build/$preset" -j "$jobs" --target "$@" >"build/$preset-build.log" 2>&1 \
    || { grep -E 'error|FAILED|warning|undefined' "build/$preset-build.log" | cut -c1-300 | head -n 40
         fail "building $preset (build/$preset-build.log)"; }
}

# What the failed tests of a log said: the end of each.
failures() {  # log
  awk '/^ *[0-9]+\/[0-9]+ Test +#/ || /^ +Start +[0-9]+:/ { said = /\*\*\*/ && !/\*\*\*(Skipped|Not Run)/ } said' "$1" | tail -n 200
}

# Builds targets of a preset and runs tests; the whole log is in build/PRESET-test.log, until it does so again.
check() {  # preset, targets, tests at once, ctest arguments...
  local preset=$1 at_once=$3 log=build/$1-test.log
  local -a targets
  read -ra targets <<<"$2"
  shift 3
  say "build: $preset"
  build "$preset" "${targets[@]}"
  took
  say "test: $preset"
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$at_once" "$@" >"$log" 2>&1 \
    || { failures "$log"; tail -n 30 "$log"; fail "testing $preset ($log)"; }
  grep -E 'tests passed|Not Run|Skipped|Total Test time' "$log"
  took
  summary+=("$(printf '%-5s %s' "$preset" "$(grep 'tests passed' "$log")")")
}

# What the later phases need, built while the tests of the dev build mostly wait: of the processors' time it
# gets what nothing else wants (SCHED_IDLE), so that no test notices.
build_ahead() {
  chrt --idle --pid 0 "$BASHPID" || renice -n 19 -p "$BASHPID" || true
  build tsan threaded
  build asan sanitized fuzz_all
  tests/coverage.sh --build
}

ahead=
end_ahead() {
  [ -n "$ahead" ] || return 0
  kill -- "-$ahead" 2>/dev/null || true
  wait "$ahead" 2>/dev/null || true
}
trap end_ahead EXIT

begin_ahead() {
  set -m  # a process group of its own, so that it can be ended as one
  build_ahead >build/ahead.log 2>&1 </dev/null &
  ahead=$!
  set +m
}

join_ahead() {
  say "build: what was not yet built beside the tests"
  wait "$ahead" || { cat build/ahead.log; fail "building beside the tests (build/ahead.log)"; }
  ahead=
  took
}

mkdir -p build
if [ "$quick" = yes ]; then
  check dev all "$jobs"
else
  say "build: dev"
  build dev unsanitized
  took
  begin_ahead
  # Integration tests mostly wait: more of them than processors run at once.
  check dev unsanitized "$((2 * jobs))" -LE '^(unit|sim)$'
  join_ahead
  # The simulator has the machine to itself.
  check dev unsanitized "$jobs" -L '^sim$'
  # TSan only where there are threads; clang without optimisation, which builds three times as fast.
  check tsan threaded "$jobs" -L '^threaded$'
  check asan 'sanitized fuzz_all' "$jobs" -L '^(sanitized|fuzz)$'
  grep -h 'number_of_executed_units' build/asan/Testing/Temporary/LastTest.log \
    | awk '{ runs += $2 } END { printf "fuzz: %d executions by %d targets\n", runs, NR }'
  say "coverage of model and decide"
  tests/coverage.sh
  took
fi

printf '\n== summary: everything passed in %d s\n' "$((SECONDS - begun))"
printf '%s\n' "${summary[@]}"
