#!/usr/bin/env bash
# Runs every benchmark and writes docs/figures.md. Wants a quiet machine and some ten minutes.
#
# usage: tests/bench/run.sh [--short]     --short: one run each, for a look
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top"
runs=3 seconds=10 agent_seconds=60 tick_rounds=31
case "${1:-}" in
  "") ;;
  --short) runs=1 seconds=6 agent_seconds=20 tick_rounds=11 ;;
  *) echo "run.sh: unknown argument '$1' (--short)" >&2; exit 2 ;;
esac

cmake --preset bench >build/bench-configure.log 2>&1
cmake --build --preset bench --target gateway_bench tick_bench evidence_bench edgeherd-agent >build/bench-build.log 2>&1
bin=build/bench/bin
agent_json=$(mktemp)
out=$(mktemp)
trap 'rm -f "$agent_json" "$out"' EXIT

{
  printf '# Figures\n\nWritten by `tests/bench/run.sh`, never by hand. %s cores, %s; load before the run %s.\n' \
    "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(cut -d' ' -f1 /proc/loadavg)"
  printf 'Ratios side by side in one run are what counts: the machine is shared.\n'
  printf '\n## Decision tick\n\n`tick_bench ZONES NODES_PER_ZONE ROUNDS`: the median time of `decide::plan` over a fleet with fresh samples.\n\n'
  printf '| nodes | zones | plan, ms (median) | plan, ms (worst) | folding a sample, us |\n|---|---|---|---|---|\n'
  for shape in "20 50" "200 50"; do
    # shellcheck disable=SC2086 # two words
    "$bin/tick_bench" $shape "$tick_rounds" | python3 -c '
import json, sys
r = json.load(sys.stdin)
print("| {nodes} | {zones} | {plan_ms_median} | {plan_ms_worst} | {fold_sample_us_median} |".format(**r))'
  done
  printf '\n## Inputs of a decision\n\n`evidence_bench ZONES NODES_PER_ZONE ROUNDS`: one for all zones of a tick that recorded something, at least one a minute.\n\n'
  printf '| nodes | zones | written, KB | stored, KB | stored, bytes a node | writing, ms | compressing (another thread), ms | made again, ms |\n|---|---|---|---|---|---|---|---|\n'
  for shape in "2 25" "20 50" "200 50"; do
    # shellcheck disable=SC2086 # two words
    "$bin/evidence_bench" $shape 11 | python3 -c '
import json, sys
r = json.load(sys.stdin)
print("| {nodes} | {zones} | {written_kb} | {stored_kb} | {bytes_per_node} | {encode_ms} | {compress_ms} | {replan_ms} |".format(**r))'
  done
  printf '\n## Agent beside prometheus-node-exporter\n\nMethod: see `tests/bench/agent_bench.py`.\n\n```\n'
  python3 tests/bench/agent_bench.py --agent "$bin/edgeherd-agent" --seconds "$agent_seconds" --json "$agent_json"
  printf '```\n\n## Gateway beside a bare libzmq ROUTER\n\nMethod: see `tests/bench/gateway_bench.cc`; decode, aggregation and the decision tick run in the gateway.\n'
  printf 'Flat out: the samples lie encrypted in the connections and the agents are stopped, so that neither their CPU nor\ntheir rate is measured; no budget per peer bounds the rate.\n'
  tests/bench/gateway.sh --runs "$runs" --seconds "$seconds"
} >"$out"
cp "$out" docs/figures.md
cat docs/figures.md
