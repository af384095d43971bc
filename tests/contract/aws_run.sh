#!/usr/bin/env bash
# Runs the contract test of the provider `aws`, or of the DNS `route53`, against a moto of its own, and
# hands it signatures that botocore made.
#
# usage: aws_run.sh PROGRAM [ARGUMENT...]
# Exit: the program's; 77 (skipped) when moto is not installed.
set -euo pipefail

support="$(cd "$(dirname "${BASH_SOURCE[0]}")/../support" && pwd)"
if ! "$support/moto.sh" available; then
  echo "moto is not installed (packaging/install-deps.sh --tests): aws was not tested" >&2
  exit 77
fi
state=$(mktemp -d)
trap '"$support/moto.sh" stop "$state/moto"; rm -rf "$state"' EXIT
"$("$support/moto.sh" python)" "$support/sigv4_cases.py" >"$state/signatures"
EDGEHERD_TEST_SIGV4="$state/signatures"
EDGEHERD_TEST_EC2=$("$support/moto.sh" start "$state/moto")
export EDGEHERD_TEST_EC2 EDGEHERD_TEST_SIGV4
"$@"
