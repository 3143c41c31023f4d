#!/bin/sh
# Runs the command line in a fresh network namespace that plays the world between two hosts:
# demo-move.sh COMMAND [ARGUMENT]... Ends with 77 where ip(8) is missing, and with 78 where no
# namespace can be made.
set -eu

if [ "${1-}" != --inside ]; then
  command -v ip >/dev/null || exit 77
  for namespace in 'unshare --net' 'unshare --user --map-root-user --net'; do
    if $namespace ip link set lo up 2>/dev/null; then
      exec $namespace "$0" --inside "$@"
    fi
  done
  exit 78
fi
shift

ip link set lo up
# The hosts' router, and a server behind it.
ip address add 192.0.2.1/32 dev lo
ip address add 198.51.100.1/32 dev lo
exec "$@"
