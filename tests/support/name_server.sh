#!/usr/bin/env bash
# A throw-away name server for tests: primary of edge.example.org, which takes updates signed with
# the key in DIR/key. It listens on 127.0.0.1 alone and lives in DIR.
#
# usage: name_server.sh start bind|knot|pdns DIR   prints its port when it answers
#        name_server.sh stop DIR                   ends it (by pid) and removes DIR
#        name_server.sh available                  exit 0 if all three are installed
#
# Exit: 0 done, 1 failed, 2 usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
zone=edge.example.org
ready_tries=150  # of 0.1 s

fail() { echo "name_server.sh: $*" >&2; exit 1; }
usage() { sed -n '5,7p' "$0" >&2; exit 2; }

available() {
  local program
  for program in named knotd pdns_server pdnsutil tsig-keygen dig python3; do
    command -v "$program" >/dev/null || return 1
  done
}

write_zone() {  # FILE
  cat >"$1" <<ZONE
\$ORIGIN $zone.
\$TTL 60
@ IN SOA ns1 hostmaster 1 3600 600 86400 60
@ IN NS ns1
ns1 IN A 127.0.0.1
alias IN CNAME ns1
foreign IN A 192.0.2.77
foreign IN TXT "not ours"
*.wild IN A 192.0.2.50
*.aka IN CNAME ns1
ZONE
}

secret_of() { sed -n 's/.*secret "\(.*\)".*/\1/p' "$1/key"; }

start_bind() {  # DIR PORT
  cat >"$1/named.conf" <<CONF
include "$1/key";
options {
  directory "$1";
  pid-file none;
  session-keyfile none;
  listen-on port $2 { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
};
controls { };
zone "$zone" {
  type primary;
  file "$1/zone";
  update-policy { grant edgeherd zonesub A TXT; };
};
CONF
  named -g -n 1 -c "$1/named.conf" >"$1/log" 2>&1 &
}

start_knot() {  # DIR PORT
  cat >"$1/knot.conf" <<CONF
server:
  rundir: "$1"
  listen: 127.0.0.1@$2
database:
  storage: "$1/db"
key:
  - id: edgeherd
    algorithm: hmac-sha256
    secret: $(secret_of "$1")
acl:
  - id: updates
    key: edgeherd
    action: update
zone:
  - domain: $zone
    storage: "$1"
    file: zone
    acl: updates
CONF
  knotd -c "$1/knot.conf" >"$1/log" 2>&1 &
}

start_pdns() {  # DIR PORT
  local schema=/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql
  python3 - "$schema" "$1/pdns.db" <<'PY'
import sqlite3, sys
sqlite3.connect(sys.argv[2]).executescript(open(sys.argv[1]).read())
PY
  cat >"$1/pdns.conf" <<CONF
launch=gsqlite3
gsqlite3-database=$1/pdns.db
local-address=127.0.0.1
local-port=$2
socket-dir=$1
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
webserver=no
CONF
  {
    pdnsutil --config-dir="$1" load-zone "$zone" "$1/zone"
    pdnsutil --config-dir="$1" import-tsig-key edgeherd hmac-sha256 "$(secret_of "$1")"
    pdnsutil --config-dir="$1" set-meta "$zone" TSIG-ALLOW-DNSUPDATE edgeherd
  } >"$1/setup.log" 2>&1 || { cat "$1/setup.log" >&2; fail "setting up pdns"; }
  pdns_server --config-dir="$1" --daemon=no --guardian=no >"$1/log" 2>&1 &
}

start() {  # KIND DIR
  local kind=$1 dir=$2 port pid
  mkdir -p "$dir/db"
  port=$("$here/../../packaging/demo/free_port.py")
  tsig-keygen edgeherd >"$dir/key"
  write_zone "$dir/zone"
  "start_$kind" "$dir" "$port"
  pid=$!
  echo "$pid" >"$dir/pid"
  for _ in $(seq "$ready_tries"); do
    if [ "$(dig +short +tcp +tries=1 +time=1 -p "$port" @127.0.0.1 "ns1.$zone" A 2>/dev/null)" = 127.0.0.1 ]; then
      echo "$port"
      return
    fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$dir/log" >&2
  fail "$kind did not come up"
}

stop() {  # DIR
  local pid
  [ -d "$1" ] || return 0
  pid=$(cat "$1/pid" 2>/dev/null || true)
  if [ -n "$pid" ]; then
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || true
  fi
  rm -rf "$1"
}

case "${1:-}" in
  start)
    [ $# = 3 ] || usage
    case "$2" in bind|knot|pdns) start "$2" "$3" ;; *) usage ;; esac ;;
  stop) [ $# = 2 ] || usage; stop "$2" ;;
  available) available ;;
  *) usage ;;
esac
