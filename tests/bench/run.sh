#!/usr/bin/env bash
# Runs every benchmark and writes docs/figures.md. Wants a quiet machine and some forty minutes.
#
# usage: tests/bench/run.sh [--short] [--only SECTION] [--no-build]
#   --short      one run each, for a look
#   --only       tick, evidence, boot, cloud, rates, agent or gateway: replaces that section of docs/figures.md alone
#   --no-build   takes the programs of build/bench as they are
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top"
runs=3 seconds=10 agent_seconds=60 tick_rounds=31 boot_nodes=15 cloud_nodes=6 outage_seconds=120 rates_servers=1000
sections="tick evidence boot cloud rates agent gateway"
only=
build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --short) runs=1 seconds=6 agent_seconds=20 tick_rounds=11 boot_nodes=5 cloud_nodes=2 outage_seconds=45 rates_servers=90 ;;
    --no-build) build=no ;;
    --only)
      only=${2:-}
      case " $sections " in
        *" ${only:-none} "*) shift ;;
        *) echo "run.sh: --only wants one of: $sections" >&2; exit 2 ;;
      esac ;;
    *) echo "run.sh: unknown argument '$1' (--short, --only SECTION, --no-build)" >&2; exit 2 ;;
  esac
  shift
done

mkdir -p build
if [ "$build" = yes ]; then
  cmake --preset bench >build/bench-configure.log 2>&1
  cmake --build --preset bench --target gateway_bench tick_bench evidence_bench \
    edgeherd-agent edgeherd-coordinator edgeherd >build/bench-build.log 2>&1
fi
bin=build/bench/bin
out=$(mktemp)
json=$(mktemp)
trap 'rm -f "$out" "$json"' EXIT

conditions() {
  printf '%s cores, %s; load before the run %s.\n' \
    "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(cut -d' ' -f1 /proc/loadavg)"
}

tick() {
  printf '## Decision tick\n\n`tick_bench ZONES NODES_PER_ZONE ROUNDS`: the median time of `decide::plan` over a fleet with fresh samples.\n\n'
  printf '| nodes | zones | plan, ms (median) | plan, ms (worst) | folding a sample, us |\n|---|---|---|---|---|\n'
  for shape in "20 50" "200 50"; do
    # shellcheck disable=SC2086 # two words
    "$bin/tick_bench" $shape "$tick_rounds" | python3 -c '
import json, sys
r = json.load(sys.stdin)
print("| {nodes} | {zones} | {plan_ms_median} | {plan_ms_worst} | {fold_sample_us_median} |".format(**r))'
  done
}

evidence() {
  printf '## Inputs of a decision\n\n`evidence_bench ZONES NODES_PER_ZONE ROUNDS`: one for all zones of a tick that recorded something, at least one a minute.\n\n'
  printf '| nodes | zones | written, KB | stored, KB | stored, bytes a node | writing, ms | compressing (another thread), ms | made again, ms |\n|---|---|---|---|---|---|---|---|\n'
  for shape in "2 25" "20 50" "200 50"; do
    # shellcheck disable=SC2086 # two words
    "$bin/evidence_bench" $shape 11 | python3 -c '
import json, sys
r = json.load(sys.stdin)
print("| {nodes} | {zones} | {written_kb} | {stored_kb} | {bytes_per_node} | {encode_ms} | {compress_ms} | {replan_ms} |".format(**r))'
  done
}

boot() {
  printf '## From a node that could serve to one that does\n\nMethod: see `tests/bench/boot_bench.py`.\n\n'
  python3 tests/bench/boot_bench.py --bin "$bin" --nodes "$boot_nodes"
}

cloud() {
  printf '## From a decision to a name, in clouds\n\nMethod: see `tests/bench/cloud_bench.py`.\n\n'
  python3 tests/bench/cloud_bench.py --bin "$bin" --nodes "$cloud_nodes" --outage "$outage_seconds"
}

rates() {
  printf '## What a large fleet asks of its clouds\n\nMethod: see `tests/bench/rates_bench.py`; simulated.\n\n'
  python3 tests/bench/rates_bench.py --bin "$bin" --servers "$rates_servers"
}

agent() {
  printf '## Agent beside prometheus-node-exporter\n\nMethod: see `tests/bench/agent_bench.py`.\n\n```\n'
  python3 tests/bench/agent_bench.py --agent "$bin/edgeherd-agent" --seconds "$agent_seconds" --json "$json"
  printf '```\n'
}

gateway() {
  printf '## Gateway beside a bare libzmq ROUTER\n\nMethod: see `tests/bench/gateway_bench.cc`; decode, aggregation and the decision tick run in the gateway.\n'
  printf 'Flat out: the samples lie encrypted in the connections and the agents are stopped, so that neither their CPU nor\ntheir rate is measured; no budget per peer bounds the rate.\n'
  tests/bench/gateway.sh --runs "$runs" --seconds "$seconds"
}

if [ -n "$only" ]; then
  conditions="Run alone: $(conditions)"
  { "$only"; printf '\n%s\n' "$conditions"; } >"$out"
  # In the place of the section with the same heading, or at the end.
  python3 - docs/figures.md "$out" <<'PYTHON'
import pathlib, re, sys
page, new = (pathlib.Path(name) for name in sys.argv[1:])
section = new.read_text().strip() + "\n"
parts = re.split(r"(?m)^(?=## )", page.read_text())
heading = section.splitlines()[0]
place = next((i for i, p in enumerate(parts) if p.splitlines()[:1] == [heading]), len(parts))
parts[place:place + 1] = [section]
page.write_text("\n".join(part.strip() + "\n" for part in parts))
PYTHON
else
  {
    printf '# Figures\n\nWritten by `tests/bench/run.sh`, never by hand. '
    conditions
    printf 'Ratios side by side in one run are what counts: the machine is shared.\n'
    for section in $sections; do
      printf '\n'
      "$section"
    done
  } >"$out"
  cp "$out" docs/figures.md
fi
cat docs/figures.md
