#!/usr/bin/env bash
# A throw-away S3 server for tests: Ceph's radosgw on one monitor and one OSD in memory. It checks
# signatures, body hashes, MD5 and clock skew. Everything listens on 127.0.0.1 and lives in DIR.
#
# usage: radosgw.sh start DIR [PORT]   prints "endpoint access-key secret-key bucket" when ready
#        radosgw.sh stop DIR           ends its processes (by pid) and removes DIR
#        radosgw.sh available          exit 0 if the programs are installed
#
# PORT is the S3 port; without it, and for the monitor always, free ports are chosen.
# Exit: 0 done, 1 failed, 2 usage, 77 the programs are not installed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
access_key=EDGEHERDTESTKEY
secret_key=edgeherd-test-secret/with+signs
bucket=edge-logs
ready_seconds=90

fail() { echo "radosgw.sh: $*" >&2; exit 1; }
usage() { sed -n '5,7p' "$0" >&2; exit 2; }

available() {
  local program
  for program in monmaptool ceph-mon ceph-osd ceph radosgw radosgw-admin curl python3; do
    command -v "$program" >/dev/null || return 1
  done
}

write_configuration() {  # DIR FSID MON_V2_PORT MON_V1_PORT S3_PORT
  cat >"$1/ceph.conf" <<CONF
[global]
fsid = $2
mon host = [v2:127.0.0.1:$3,v1:127.0.0.1:$4]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
mon data avail crit = 1
run dir = $1/run
admin socket = $1/run/\$name.asok
pid file = $1/run/\$name.pid
log file = $1/log/\$name.log
mon data = $1/mon
osd data = $1/osd
keyring = $1/keyring
[client]
# Without this radosgw asks the monitor for a secure connection, which needs keys.
ms mon client mode = crc
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$5
rgw data = $1/run
rgw enable ops log = false
rgw enable usage log = false
# Buckets are also BUCKET.s3.edgeherd.test, whatever address that name is given.
rgw dns name = s3.edgeherd.test
CONF
}

wait_for() {  # SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

run_in_background() {  # DIR NAME COMMAND...
  local dir=$1 name=$2
  shift 2
  setsid "$@" </dev/null >"$dir/log/$name.out" 2>&1 &
  echo "$! $name" >>"$dir/pids"
}

osd_is_up() { timeout 5 ceph -c "$1/ceph.conf" osd stat | grep -q '1 up'; }

start_servers() {  # DIR S3_PORT
  local dir=$1 s3_port=$2 fsid osd ports conf=(-c "$1/ceph.conf")
  read -r -a ports <<<"$("$here/../../packaging/demo/free_port.py" 2)"
  fsid=$(cat /proc/sys/kernel/random/uuid)
  osd=$(cat /proc/sys/kernel/random/uuid)
  mkdir -p "$dir"/{mon,osd,run,log}
  : >"$dir/keyring"
  : >"$dir/pids"
  write_configuration "$dir" "$fsid" "${ports[0]}" "${ports[1]}" "$s3_port"

  monmaptool --create --clobber --fsid "$fsid" \
    --addv a "[v2:127.0.0.1:${ports[0]},v1:127.0.0.1:${ports[1]}]" "$dir/monmap" >/dev/null || return 1
  ceph-mon "${conf[@]}" --mkfs -i a --monmap "$dir/monmap" || return 1
  run_in_background "$dir" mon ceph-mon "${conf[@]}" -i a -f
  wait_for "$ready_seconds" timeout 5 ceph "${conf[@]}" -s || return 1

  # The OSD boots only under the uuid that the monitor was told.
  timeout 30 ceph "${conf[@]}" osd new "$osd" >/dev/null || return 1
  ceph-osd "${conf[@]}" -i 0 --mkfs --osd-uuid "$osd" --osd-objectstore memstore \
    >"$dir/log/osd-mkfs.out" 2>&1 || return 1
  run_in_background "$dir" osd ceph-osd "${conf[@]}" -i 0 -f
  wait_for "$ready_seconds" osd_is_up "$dir" || return 1

  run_in_background "$dir" rgw radosgw "${conf[@]}" -n client.rgw.a -f
  timeout 60 radosgw-admin "${conf[@]}" user create --uid edge --display-name edge \
    --access-key "$access_key" --secret-key "$secret_key" >/dev/null 2>"$dir/log/user.err" || return 1
  wait_for "$ready_seconds" curl -s -m 2 -o /dev/null "http://127.0.0.1:$s3_port/" || return 1
  curl -fsS -m 10 -X PUT --user "$access_key:$secret_key" --aws-sigv4 aws:amz:us-east-1:s3 \
    -H "x-amz-content-sha256: $(printf '' | sha256sum | cut -d' ' -f1)" \
    "http://127.0.0.1:$s3_port/$bucket" >/dev/null
}

stop() {  # DIR
  local dir=$1 pid name
  [ -f "$dir/ceph.conf" ] || return 0
  if [ -f "$dir/pids" ]; then
    while read -r pid name; do
      # The pid may have been given to another program since: its command line must name DIR.
      if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$dir/ceph.conf"; then
        kill -9 "$pid" 2>/dev/null || echo "radosgw.sh: $name ($pid) was gone" >&2
      fi
    done <"$dir/pids"
  fi
  rm -rf "$dir"
}

start() {  # DIR [PORT]
  local dir port
  available || { echo "radosgw.sh: radosgw, ceph-mon, ceph-osd and ceph-common are needed" >&2; exit 77; }
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  [ -z "$(ls -A "$dir")" ] || fail "$dir is not empty"
  ulimit -n 4096 2>/dev/null || true
  port=${2:-$("$here/../../packaging/demo/free_port.py")}
  if ! start_servers "$dir" "$port"; then
    tail -n 5 "$dir"/log/*.out "$dir"/log/*.err >&2 2>/dev/null || true
    stop "$dir"
    fail "the servers did not come up"
  fi
  echo "http://127.0.0.1:$port $access_key $secret_key $bucket"
}

case "${1:-}" in
  start)
    if [ $# -lt 2 ] || [ $# -gt 3 ]; then usage; fi
    start "$2" "${3:-}"
    ;;
  stop)
    if [ $# -ne 2 ]; then usage; fi
    stop "$(readlink -f "$2")"
    ;;
  available) available ;;
  *) usage ;;
esac
