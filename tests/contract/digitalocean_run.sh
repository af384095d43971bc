#!/usr/bin/env bash
# Runs a test of Digital Ocean against a fake of its own, whose ports it is told in
# EDGEHERD_TEST_DIGITALOCEAN: that of the fake itself, and that of its API.
#
# usage: digitalocean_run.sh fake|described|strict PROGRAM [ARGUMENT...]
#   described: through Prism, which holds every request and answer to Digital Ocean's own description
#              and says in a header what is not so (packaging/install-deps.sh --tests brings both)
#   strict:    the same, but what is not as described becomes an error
# Exit: the program's; 77 if Prism is not installed.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
prism="$top/build/deps/digitalocean/node_modules/@stoplight/prism-cli/dist/index.js"
description="$top/build/deps/digitalocean/digitalocean.com.json"
ready_tries=300  # of 0.1 s

how=$1
shift
if [ "$how" != fake ] && ! { [ -e "$prism" ] && [ -e "$description" ]; }; then
  echo "no Prism in build/deps: packaging/install-deps.sh --tests brings it" >&2
  exit 77
fi

state=$(mktemp -d)
pids=()
end() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$state"
}
trap end EXIT

wait_for() {  # WHAT PID COMMAND...
  local what=$1 pid=$2
  shift 2
  for _ in $(seq "$ready_tries"); do
    if "$@"; then return; fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$state"/*.log >&2
  echo "digitalocean_run.sh: $what did not come up" >&2
  exit 1
}

"$top/tests/support/fake_digitalocean.py" "$state/port" >"$state/fake.log" 2>&1 &
pids+=($!)
wait_for "the fake" "${pids[0]}" test -s "$state/port"
fake=$(cat "$state/port")
api=$fake
if [ "$how" != fake ]; then
  strict=()
  [ "$how" = described ] || strict=(--errors)
  api=$("$top/packaging/demo/free_port.py")
  node "$prism" proxy -h 127.0.0.1 -p "$api" "${strict[@]}" "$description" "http://127.0.0.1:$fake" \
    >"$state/prism.log" 2>&1 &
  pids+=($!)
  wait_for Prism "${pids[1]}" grep -q "Prism is listening" "$state/prism.log"
fi
EDGEHERD_TEST_DIGITALOCEAN="$fake $api" "$@"
