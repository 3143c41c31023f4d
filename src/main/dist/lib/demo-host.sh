#!/bin/sh
# Makes a host of the fresh network namespace that this runs in, joined to that of the process WORLD
# by a link that is called LINK there, and runs the command line on it: demo-host.sh WORLD LINK
# COMMAND [ARGUMENT]... All hosts have the same address.
set -eu

world=$1 link=$2
shift 2
ip link set lo up
ip link add eth0 type veth peer name "$link" netns "$world"
nsenter --target "$world" --net ip link set "$link" up
ip address add 192.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 192.0.2.1
exec "$@"
