#!/bin/sh
# Opens or closes the edge port of a node: takes the server for viewers out of nginx's configuration
# or puts it back, reloads, and waits until the port is as wanted. Connections that are being served
# are served to their end. Doing it twice does no harm.
#
# usage: listener.sh open|close NODE_DIR ADDRESS
set -eu

usage() { echo "usage: listener.sh open|close NODE_DIR ADDRESS" >&2; exit 2; }
[ $# = 3 ] || usage
wanted=$1 node=$2 address=$3
case "$wanted" in open | close) ;; *) usage ;; esac

port_hex=1F90        # 8080
listen_state=0A      # TCP_LISTEN, include/net/tcp_states.h
wait_tenths=100      # a reload takes some 50 ms

# As /proc/net/tcp writes it: the address byte by byte from its end.
hex_address() {
  old_ifs=$IFS
  IFS=.
  # shellcheck disable=SC2086 # split at the dots
  set -- $1
  IFS=$old_ifs
  printf '%02X%02X%02X%02X' "$4" "$3" "$2" "$1"
}
socket="$(hex_address "$address"):$port_hex"

is_open() { grep -q "^ *[0-9]*: $socket 00000000:0000 $listen_state " /proc/net/tcp; }
is_as_wanted() {
  if is_open; then [ "$wanted" = open ]; else [ "$wanted" = close ]; fi
}

mkdir -p "$node/etc/open"
if [ "$wanted" = open ]; then
  [ -e "$node/etc/open/edge.conf" ] || mv "$node/etc/edge.conf" "$node/etc/open/edge.conf"
else
  [ ! -e "$node/etc/open/edge.conf" ] || mv "$node/etc/open/edge.conf" "$node/etc/edge.conf"
fi
is_as_wanted && exit 0

nginx -c "$node/etc/nginx.conf" -s reload
tenths=0
until is_as_wanted; do
  tenths=$((tenths + 1))
  if [ "$tenths" -gt "$wait_tenths" ]; then
    echo "listener.sh: $address:8080 is not ${wanted}ed after 10 s; see $node/log/error.log" >&2
    exit 1
  fi
  sleep 0.1
done
