#!/bin/sh
# Boots a real guest under QEMU that gets its addresses, pings its router and
# fetches a page: qemu-demo.sh DIRECTORY PORT [OPTION]..., with the distribution's
# directory, the port on the host's loopback that the page is served at, and
# options for the back-end. The kernel and its modules are the host's own.
set -eu

base=$1 port=$2
shift 2

fail() {
  echo "passt-demo: $*" >&2
  exit 1
}

missing=
need() {
  command -v "$1" >/dev/null || missing="$missing $2"
}

[ "$(uname -m)" = x86_64 ] || fail "--qemu knows x86-64 only"
need qemu-system-x86_64 qemu-system-x86
need busybox busybox-static
need cpio cpio

# The newest kernel that has modules; uname -r need not be one, in a container.
kernel='' modules=''
for each in /boot/vmlinuz-*; do
  version=${each#/boot/vmlinuz-}
  for directory in "/usr/lib/modules/$version" "/lib/modules/$version"; do
    if [ -r "$each" ] && [ -d "$directory" ]; then
      kernel=$each modules=$directory
      break
    fi
  done
done
[ -n "$kernel" ] || missing="$missing linux-image-cloud-amd64"
# What a kernel that is still to be installed has, Debian's, is xz.
case $(find "${modules:-/nowhere}/" -name 'virtio_net.ko*' 2>/dev/null | head -n 1) in
  *.zst) need zstd zstd ;;
  *.xz) need xz xz-utils ;;
  '') [ -n "$kernel" ] || need xz xz-utils ;;
esac
[ -z "$missing" ] || fail "--qemu needs more than there is; on Debian: apt-get install$missing"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/modules" "$root/etc"

# Busybox with the libraries it names, if it is not a static one.
cp "$(command -v busybox)" "$root/bin/busybox"
(ldd "$root/bin/busybox" 2>/dev/null || true) | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

# In the order in which they need each other; a kernel may have some built in.
number=0
for module in failover net_failover virtio_net; do
  number=$((number + 1))
  file=$(find "$modules/" -name "$module.ko*" | head -n 1)
  case $file in
    *.ko) cat "$file" ;;
    *.ko.xz) xz -dc "$file" ;;
    *.ko.zst) zstd -dc "$file" ;;
    *.ko.gz) gzip -dc "$file" ;;
    *) continue ;;
  esac >"$root/modules/$number-$module.ko"
done

cat >"$root/lease" <<'LEASE'
#!/bin/busybox sh
# What udhcpc calls with what it has learnt.
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
[ -z "${mtu-}" ] || ip link set "$interface" mtu "$mtu"
for each in ${router-}; do ip route add default via "$each" dev "$interface"; done
echo "$router" >/etc/router
LEASE

cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for module in /modules/*.ko; do insmod "$module"; done
ip link set lo up
ip link set eth0 up
step() { echo; echo "guest: $*"; }
step "DHCP"
udhcpc -n -q -i eth0 -s /lease
router=$(cat /etc/router)
step "pings its router"
ping -c 3 "$router"
step "fetches a page from the host's loopback, through its router's address"
wget -O /page "http://$router:PORT/" && wc -c /page && echo "guest: done"
step "its addresses and routes"
ip addr show dev eth0
ip route
ip -6 route
sync
poweroff -f
INIT
sed -i "s/PORT/$port/" "$root/init"
chmod +x "$root/init" "$root/lease"
(cd "$root" && find . | cpio --quiet -o -H newc) | gzip -1 >"$work/initramfs"

# Boots it with an accelerator, for so long at most.
boot() {
  accelerator=$1 limit=$2
  shift 2
  if qemu-system-x86_64 -netdev help | grep -q '^passt$'; then
    netdev=passt,id=net,path=$base/bin/passt
    for option; do netdev=$netdev,param=$(echo "$option" | sed 's/,/,,/g'); done
  else
    "$base/bin/passt" --quiet --one-off --socket "$work/socket" "$@"
    netdev=stream,id=net,addr.type=unix,addr.path=$work/socket
  fi
  echo "booting $kernel with -accel $accelerator -netdev $netdev"
  timeout --foreground "$limit" qemu-system-x86_64 -accel "$accelerator" -machine q35 -m 256 \
    -nodefaults -no-reboot -display none -kernel "$kernel" -initrd "$work/initramfs" \
    -append 'console=ttyS0 quiet panic=-1' -netdev "$netdev" \
    -device virtio-net-pci,netdev=net -serial stdio </dev/null |
    tee "$work/console"
}

if [ -w /dev/kvm ]; then
  boot kvm 20 "$@"
  # There are hosts that have the device, and guests die on it.
  if ! grep -q '^guest: ' "$work/console"; then
    echo "KVM does not work here: once more without it"
    boot tcg 150 "$@"
  fi
else
  boot tcg 150 "$@"
fi
grep -q '^guest: done' "$work/console" || fail "the guest could not do all of that"
echo
echo "A real guest got its address, pinged and fetched a page: this host can run guests with it."
echo "Try next: your own guest, by"
echo "  qemu-system-x86_64 ... -netdev passt,id=n,path=$base/bin/passt -device virtio-net-pci,netdev=n"
