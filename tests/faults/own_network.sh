#!/bin/sh
# Gives a server of the provider `local` a network namespace of its own, as a VM has, and becomes its boot
# command there: option "start_with". It ends with the server's last process.
#
# usage: own_network.sh ROUTER GATEWAY COMMAND...
#   ROUTER   a process in the namespace that all servers hang on
#   GATEWAY  that namespace's address
set -eu
router=$1 gateway=$2
shift 2

port=$(echo "$EDGEHERD_ADDRESS" | sed 's/^[0-9]*\.[0-9]*\./node-/; s/\./-/')
# That of an earlier boot goes with its namespace, but not at once.
nsenter --net="/proc/$router/ns/net" ip link del "$port" 2>/dev/null || true

# shellcheck disable=SC2016 # expanded in the new namespace
exec unshare --net sh -euc '
  router=$1 gateway=$2 port=$3
  shift 3
  ip link set lo up
  ip link add eth0 type veth peer name "$port" netns "$router"
  ip addr add "$EDGEHERD_ADDRESS/32" dev eth0
  ip link set eth0 up
  ip route add default via "$gateway" dev eth0 onlink
  nsenter --net="/proc/$router/ns/net" sh -c "
    ip link set $port up && ip route replace $EDGEHERD_ADDRESS/32 dev $port"
  exec "$@"
' network "$router" "$gateway" "$port" "$@"
