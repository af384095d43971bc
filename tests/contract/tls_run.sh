#!/usr/bin/env bash
# Puts TLS before the cloud that digitalocean_run.sh or aws_run.sh has started, and runs a test that uses
# it by TLS alone. What else there is, good and bad, is in EDGEHERD_TEST_TLS: tls_fronts.py has its words.
#
# usage: digitalocean_run.sh fake tls_run.sh PROGRAM [ARGUMENT...]
#        aws_run.sh tls_run.sh PROGRAM [ARGUMENT...]
# Exit: the program's.
set -euo pipefail

ready_tries=300  # of 0.1 s

if [ -n "${EDGEHERD_TEST_EC2:-}" ]; then
  cloud=${EDGEHERD_TEST_EC2#http://}
else
  cloud=127.0.0.1:${EDGEHERD_TEST_DIGITALOCEAN#* }
fi
state=$(mktemp -d)
"$(dirname "${BASH_SOURCE[0]}")/../support/tls_fronts.py" "$state" "$cloud" >"$state/log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" || true; rm -rf "$state"' EXIT
for _ in $(seq "$ready_tries"); do
  [ -e "$state/ports" ] && break
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.1
done
[ -e "$state/ports" ] || { cat "$state/log" >&2; echo "tls_run.sh: no TLS before $cloud" >&2; exit 1; }
EDGEHERD_TEST_TLS="$state" "$@"
