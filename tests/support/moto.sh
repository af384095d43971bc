#!/usr/bin/env bash
# A throw-away moto (AWS's services, imitated) that verifies signatures, behind ec2_proxy.py. Both
# listen on 127.0.0.1 alone.
#
# usage: moto.sh start DIR    prints the proxy's URL when both answer
#        moto.sh stop DIR     ends both (by pid) and removes DIR
#        moto.sh available    exit 0 if it is installed
#        moto.sh python       prints the python that has moto and botocore
#
# Exit: 0 done, 1 failed, 2 usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python="$here/../../build/deps/moto/bin/python3"
ready_tries=300  # of 0.1 s

fail() { echo "moto.sh: $*" >&2; exit 1; }
usage() { sed -n '5,8p' "$0" >&2; exit 2; }

available() { [ -x "$python" ] && [ -e "$here/../../build/deps/moto/complete" ]; }

wait_for() {  # PID COMMAND...
  local pid=$1
  shift
  for _ in $(seq "$ready_tries"); do
    if "$@" >/dev/null 2>&1; then return; fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  return 1
}

start() {  # DIR
  local dir=$1 port proxy
  mkdir -p "$dir"
  port=$("$here/../../packaging/demo/free_port.py")
  # The count only has to be a number here: the proxy sets it at each reset.
  INITIAL_NO_AUTH_ACTION_COUNT=1000000 "$python" -m moto.server -H 127.0.0.1 -p "$port" >"$dir/moto.log" 2>&1 &
  echo $! >"$dir/moto.pid"
  wait_for "$(cat "$dir/moto.pid")" curl -fsS -m 2 "http://127.0.0.1:$port/moto-api/data.json" ||
    { tail -n 20 "$dir/moto.log" >&2; fail "moto did not come up"; }
  python3 "$here/ec2_proxy.py" "127.0.0.1:$port" >"$dir/proxy.port" 2>"$dir/proxy.log" &
  echo $! >"$dir/proxy.pid"
  wait_for "$(cat "$dir/proxy.pid")" test -s "$dir/proxy.port" || { cat "$dir/proxy.log" >&2; fail "no proxy"; }
  proxy=$(cat "$dir/proxy.port")
  echo "http://127.0.0.1:$proxy"
}

stop() {  # DIR
  local name pid
  [ -d "$1" ] || return 0
  for name in proxy moto; do
    pid=$(cat "$1/$name.pid" 2>/dev/null || true)
    [ -n "$pid" ] || continue
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 50); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || true
  done
  rm -rf "$1"
}

case "${1:-}" in
  start) [ $# = 2 ] || usage; start "$2" ;;
  stop) [ $# = 2 ] || usage; stop "$2" ;;
  available) available ;;
  python) available || fail "moto is not installed"; echo "$python" ;;
  *) usage ;;
esac
