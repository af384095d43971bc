#!/bin/sh
# The init of a node of the `local` provider: lays the disk out at the first boot, then keeps nginx
# and the agent running until it is told to stop (SIGTERM), as systemd or Docker would on a real VM.
#
# The provider sets EDGEHERD_VM, EDGEHERD_NODE_DIR, EDGEHERD_ADDRESS, EDGEHERD_IMAGE_DIR,
# EDGEHERD_USER_DATA and EDGEHERD_AGENT, and starts this in the node's directory.
set -eu

node=$EDGEHERD_NODE_DIR
address=$EDGEHERD_ADDRESS
image=$EDGEHERD_IMAGE_DIR
restart_delay=1

fail() { echo "boot: $*" >&2; exit 1; }

# They go into configuration files unescaped.
case "$node" in
  *[!A-Za-z0-9._/+=@,:-]*) fail "$node: a node's path may hold letters, digits and ._/+=@,:- only" ;;
esac

fill_in() { # template, file
  user=
  # nginx's workers would else become another user, who may not get into this directory.
  [ "$(id -u)" != 0 ] || user="user root;"
  sed -e "s|@NODE_DIR@|$node|g" -e "s|@ADDRESS@|$address|g" -e "s|@USER@|$user|g" "$1" > "$2"
}

lay_out_disk() {
  mkdir -p "$node/etc/open" "$node/log" "$node/tmp" "$node/content" "$node/agent"
  fill_in "$image/nginx.conf.in" "$node/etc/nginx.conf"
  cp "$image/listener.sh" "$image/agent.json" "$node/etc/"
  [ -e "$node/etc/laid-out" ] && return
  fill_in "$image/edge.conf.in" "$node/etc/open/edge.conf"
  printf '<!doctype html><title>edge</title><p>%s\n' "$EDGEHERD_VM" > "$node/content/index.html"
  for kib in 1 16 64 256; do
    head -c "$((kib * 1024))" /dev/zero | tr '\0' 'e' > "$node/content/${kib}k.ts"
  done
  : > "$node/etc/laid-out"
}

# What the agent is told: the provider's user data, and what only the box itself knows.
write_user_data() {
  data=$(cat "$EDGEHERD_USER_DATA")
  case "$data" in
    "{"*) rest=${data#"{"} ;;
    *) fail "$EDGEHERD_USER_DATA: not a JSON object" ;;
  esac
  case "$rest" in *\"*) comma=, ;; *) comma= ;; esac
  (
    umask 077
    printf '{"vm_id":"%s","variables":{"node_dir":"%s","address":"%s"}%s%s\n' \
      "$EDGEHERD_VM" "$node" "$address" "$comma" "$rest" > "$node/etc/user-data.json"
  )
}

# Workers whose master was killed keep the port: end them before another master starts.
end_left_nginx() {
  for signal in TERM KILL; do
    found=no
    for process in /proc/[0-9]*; do
      [ "$(cat "$process/comm" 2>/dev/null)" = nginx ] || continue
      [ "$(readlink "$process/cwd" 2>/dev/null)" = "$node" ] || continue
      kill -s "$signal" "${process#/proc/}" 2>/dev/null || continue
      found=yes
    done
    [ "$found" = yes ] || return 0
    sleep "$restart_delay"
  done
}

# Runs a program, again and again, until SIGTERM; then passes that on and waits for its end.
keep_running() { # name, what to do before each start, argument vector...
  name=$1 before=$2
  shift 2
  stopping=no child=
  trap 'stopping=yes; [ -z "$child" ] || kill -s TERM "$child" 2>/dev/null || true' TERM
  while [ "$stopping" = no ]; do
    "$before"
    "$@" &
    child=$!
    [ "$stopping" = no ] || kill -s TERM "$child" 2>/dev/null || true
    status=0
    wait "$child" || status=$?
    # A signal ends `wait` early: the program may still be on its way out.
    while kill -s 0 "$child" 2>/dev/null; do wait "$child" || status=$?; done
    child=
    [ "$stopping" = no ] || break
    echo "boot: $name ended with status $status, starting it again"
    sleep "$restart_delay" || true
  done
}

lay_out_disk
write_user_data
cd "$node"

supervisors=
trap 'for one in $supervisors; do kill -s TERM "$one" 2>/dev/null || true; done' TERM
keep_running nginx end_left_nginx nginx -c "$node/etc/nginx.conf" &
supervisors="$supervisors $!"
if [ -n "$EDGEHERD_AGENT" ]; then
  keep_running agent true \
    "$EDGEHERD_AGENT" --config "$node/etc/agent.json" --user-data "$node/etc/user-data.json" &
  supervisors="$supervisors $!"
else
  echo "boot: no agent is configured for this host"
fi
for one in $supervisors; do
  while kill -s 0 "$one" 2>/dev/null; do wait "$one" || true; done
done
echo "boot: stopped"
