#!/usr/bin/env bash
# The gateway side by side with a bare libzmq ROUTER: medians over alternating runs.
#
# usage: tests/bench/gateway.sh [--build DIR] [--runs N] [--seconds N] [--agents "1000 10000"]
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build="$top/build/bench"
runs=3
seconds=10
agents="1000 10000"
while [ $# -gt 0 ]; do
  case "$1" in
    --build) build=$2; shift 2 ;;
    --runs) runs=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --agents) agents=$2; shift 2 ;;
    -h|--help) sed -n '2,4p' "$0"; exit 0 ;;
    *) echo "gateway.sh: unknown argument '$1'" >&2; exit 2 ;;
  esac
done

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
for count in $agents; do
  for _ in $(seq "$runs"); do
    for mode in bare gateway; do
      "$build/bin/gateway_bench" "$mode" "$count" "$seconds" | tee -a "$lines" >&2
    done
  done
done

# The median of column $3 over the runs of mode $1 with $2 agents.
median() {
  awk -v mode="$1" -v count="$2" -v column="$3" '$1 == mode && $2 == count { print $column }' "$lines" |
    sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

row() {  # name, column, what the last field is: "ratio" or "difference"
  local bare gateway
  bare=$(median bare "$count" "$2")
  gateway=$(median gateway "$count" "$2")
  awk -v name="$1" -v b="$bare" -v g="$gateway" -v kind="$3" 'BEGIN {
    printf "| %s | %s | %s | %.2f (%s) |\n", name, b, g, kind == "ratio" ? g / b : g - b, kind }'
}

for count in $agents; do
  printf '\n%s agents, medians of %s runs\n\n' "$count" "$runs"
  printf '| figure | bare ROUTER | gateway | gateway against bare |\n|---|---|---|---|\n'
  row "CPU us/message, one a second each" 4 ratio
  row "messages/s flat out" 5 ratio
  row "CPU us/message, flat out" 6 ratio
  row "CPU us/message of the busiest thread, flat out" 7 ratio
  row "KB/agent" 8 difference
  row "all connected after s" 3 ratio
  printf '| slowest decision tick, ms | - | %s | |\n' "$(median gateway "$count" 9)"
done
