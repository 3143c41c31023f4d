#!/bin/sh
# Runs the rest of the command line in fresh network and mount namespaces, after giving the network
# what a host has: addresses of documentation (RFC 5737, RFC 3849), default routes that lead
# nowhere, leave to ping, and a resolver, which the demonstration is told to play.
set -eu

ip link set lo up
ip link add eth0 type veth peer name nowhere
ip address add 192.0.2.15/24 dev eth0
ip link set nowhere up
if [ -e /proc/sys/net/ipv6 ] && [ "$(cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6)" = 0 ]; then
  # No waiting for others to object to the interface's own IPv6 address.
  echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad
  ip address add 2001:db8::15/64 dev eth0 nodad
  ip link set eth0 up
  ip -6 route add default via fe80::1 dev eth0
fi
ip link set eth0 up
ip route add default via 192.0.2.1
# Everybody may ping, or in a user namespace, which has one group, that.
echo '0 2147483647' 2>/dev/null >/proc/sys/net/ipv4/ping_group_range ||
  echo '0 0' >/proc/sys/net/ipv4/ping_group_range

names=$(mktemp)
echo nameserver 127.0.0.1 >"$names"
chmod 644 "$names"
if mount --bind "$names" /etc/resolv.conf 2>/dev/null; then
  export JPASST_DEMO_RESOLVER=127.0.0.1
fi
rm -f "$names"

[ "$1" = true ] ||
  echo "(this host does not let us ping: all of this happens in a network namespace)"
exec "$@"
