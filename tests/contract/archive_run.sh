#!/usr/bin/env bash
# Runs the archive's contract test against a radosgw of its own.
#
# usage: archive_run.sh PROGRAM [ARGUMENT...]
# Exit: the program's; 77 (skipped) when it passed but radosgw is not installed.
set -euo pipefail

radosgw="$(dirname "${BASH_SOURCE[0]}")/../support/radosgw.sh"
if ! "$radosgw" available; then
  "$@"
  echo "radosgw is not installed (packaging/install-deps.sh --tests): S3 was not tested" >&2
  exit 77
fi
state=$(mktemp -d)
trap '"$radosgw" stop "$state"; rm -rf "$state"' EXIT
EDGEHERD_TEST_S3=$("$radosgw" start "$state")
export EDGEHERD_TEST_S3
"$@"
