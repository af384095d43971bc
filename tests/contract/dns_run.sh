#!/usr/bin/env bash
# Runs the contract test of DNS against a BIND, a Knot and a PowerDNS of its own.
#
# usage: dns_run.sh PROGRAM [ARGUMENT...]
# Exit: the program's.
set -euo pipefail

server="$(dirname "${BASH_SOURCE[0]}")/../support/name_server.sh"
state=$(mktemp -d)
trap 'for kind in bind knot pdns; do "$server" stop "$state/$kind"; done; rm -rf "$state"' EXIT
for kind in bind knot pdns; do
  port=$("$server" start "$kind" "$state/$kind")
  export "EDGEHERD_TEST_${kind^^}=$port $state/$kind"
done
"$@"
