package org.jpasst.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.linux.AddressFamily;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * What single messages mean. Each method gets the bounds of a message's body, behind its header,
 * and finds nothing in one that is too short or of another family.
 */
final class Messages {
  private static final int MAC_LENGTH = 6;
  private static final int IFF_UP = 1;
  private static final int ARPHRD_ETHER = 1;
  private static final int USABLE_NEIGHBOUR =
      Rtnetlink.NUD_REACHABLE
          | Rtnetlink.NUD_STALE
          | Rtnetlink.NUD_DELAY
          | Rtnetlink.NUD_PROBE
          | Rtnetlink.NUD_PERMANENT;

  private Messages() {}

  /** RTM_NEWLINK: {@code struct ifinfomsg} (family, type, index, flags) and attributes. */
  static Optional<Link> link(MemorySegment s, long at, long end) {
    long attributes = at + Rtnetlink.IFINFOMSG_SIZE;
    if (attributes > end || s.get(JAVA_BYTE, at) != AddressFamily.UNSPEC) {
      return Optional.empty();
    }
    int type = s.get(JAVA_SHORT_UNALIGNED, at + 2);
    int index = s.get(JAVA_INT_UNALIGNED, at + 4);
    boolean up = (s.get(JAVA_INT_UNALIGNED, at + 8) & IFF_UP) != 0;
    int mtu = Attributes.integer(s, attributes, end, Rtnetlink.IFLA_MTU, 0);
    long mac = Attributes.find(s, attributes, end, Rtnetlink.IFLA_ADDRESS, MAC_LENGTH);
    Optional<MacAddress> address =
        mac == Attributes.NONE || type != ARPHRD_ETHER
            ? Optional.empty()
            : Optional.of(new MacAddress(Attributes.mac(s, mac)));
    return Attributes.text(s, attributes, end, Rtnetlink.IFLA_IFNAME)
        .map(name -> new Link(index, name, mtu, up, address));
  }

  /** RTM_NEWADDR: {@code struct ifaddrmsg} (family, prefix, flags, scope, index), attributes. */
  static Optional<InterfaceAddress> address(MemorySegment s, long at, long end) {
    long attributes = at + Rtnetlink.IFADDRMSG_SIZE;
    if (attributes > end) {
      return Optional.empty();
    }
    int family = s.get(JAVA_BYTE, at);
    int prefixLength = s.get(JAVA_BYTE, at + 1) & 0xff;
    int shortFlags = s.get(JAVA_BYTE, at + 2) & 0xff;
    int scope = s.get(JAVA_BYTE, at + 3) & 0xff;
    int index = s.get(JAVA_INT_UNALIGNED, at + 4);
    int flags = Attributes.integer(s, attributes, end, Rtnetlink.IFA_FLAGS, shortFlags);
    // With a peer, IFA_ADDRESS is the peer's.
    return Attributes.address(s, attributes, end, Rtnetlink.IFA_LOCAL, family)
        .or(() -> Attributes.address(s, attributes, end, Rtnetlink.IFA_ADDRESS, family))
        .map(address -> new InterfaceAddress(index, address, prefixLength, scope, flags));
  }

  /** RTM_NEWROUTE: {@code struct rtmsg} and attributes. Cached (cloned) routes are left out. */
  static Optional<Route> route(MemorySegment s, long at, long end) {
    long attributes = at + Rtnetlink.RTMSG_SIZE;
    if (attributes > end) {
      return Optional.empty();
    }
    int family = s.get(JAVA_BYTE, at);
    boolean known = family == AddressFamily.INET || family == AddressFamily.INET6;
    if (!known || (s.get(JAVA_INT_UNALIGNED, at + 8) & Rtnetlink.RTM_F_CLONED) != 0) {
      return Optional.empty();
    }
    IpAddress any = family == AddressFamily.INET ? IpAddress.ANY4 : IpAddress.ANY6;
    int shortTable = s.get(JAVA_BYTE, at + 4) & 0xff;
    return Optional.of(
        new Route(
            Attributes.address(s, attributes, end, Rtnetlink.RTA_DST, family).orElse(any),
            s.get(JAVA_BYTE, at + 1) & 0xff,
            Attributes.integer(s, attributes, end, Rtnetlink.RTA_TABLE, shortTable),
            s.get(JAVA_BYTE, at + 7) & 0xff,
            s.get(JAVA_BYTE, at + 6) & 0xff,
            Attributes.integer(s, attributes, end, Rtnetlink.RTA_PRIORITY, 0),
            hops(s, attributes, end, family)));
  }

  /** RTM_NEWNEIGH and RTM_DELNEIGH: {@code struct ndmsg} (family, index, state), attributes. */
  static void neighbour(
      MemorySegment s, long at, long end, boolean deleted, NeighbourListener listener) {
    long attributes = at + Rtnetlink.NDMSG_SIZE;
    if (attributes > end) {
      return;
    }
    int family = s.get(JAVA_BYTE, at);
    int length = Attributes.addressLength(family);
    long address = Attributes.find(s, attributes, end, Rtnetlink.NDA_DST, length);
    if (address == Attributes.NONE) {
      return;
    }
    int index = s.get(JAVA_INT_UNALIGNED, at + 4);
    int state = s.get(JAVA_SHORT_UNALIGNED, at + 8);
    long mac = Attributes.find(s, attributes, end, Rtnetlink.NDA_LLADDR, MAC_LENGTH);
    long hi = Attributes.addressHi(s, address, family);
    long lo = Attributes.addressLo(s, address, family);
    if (deleted || (state & USABLE_NEIGHBOUR) == 0 || mac == Attributes.NONE) {
      listener.onNeighbourGone(index, hi, lo);
    } else {
      listener.onNeighbour(index, hi, lo, Attributes.mac(s, mac));
    }
  }

  private static List<Route.Hop> hops(MemorySegment s, long at, long end, int family) {
    var hops = new ArrayList<Route.Hop>();
    long multipath = Attributes.find(s, at, end, Rtnetlink.RTA_MULTIPATH, 0);
    if (multipath == Attributes.NONE) {
      int index = Attributes.integer(s, at, end, Rtnetlink.RTA_OIF, 0);
      if (index != 0) {
        hops.add(new Route.Hop(index, gateway(s, at, end, family), 1));
      }
      return hops;
    }
    // struct rtnexthop: length, flags, weight - 1, interface; attributes
    long hop = multipath;
    long hopsEnd = multipath + Attributes.length(s, multipath);
    while (hopsEnd - hop >= Rtnetlink.RTNEXTHOP_SIZE) {
      int length = s.get(JAVA_SHORT_UNALIGNED, hop) & 0xffff;
      if (length < Rtnetlink.RTNEXTHOP_SIZE || length > hopsEnd - hop) {
        break;
      }
      int weight = (s.get(JAVA_BYTE, hop + 3) & 0xff) + 1;
      int index = s.get(JAVA_INT_UNALIGNED, hop + 4);
      hops.add(
          new Route.Hop(
              index, gateway(s, hop + Rtnetlink.RTNEXTHOP_SIZE, hop + length, family), weight));
      hop += length + 3 & ~3;
    }
    return hops;
  }

  /** RTA_GATEWAY, or RTA_VIA if it is of the same family; an IPv4 guest can't use an IPv6 one. */
  private static Optional<IpAddress> gateway(MemorySegment s, long at, long end, int family) {
    return Attributes.address(s, at, end, Rtnetlink.RTA_GATEWAY, family)
        .or(
            () -> {
              int length = Attributes.addressLength(family);
              long via = Attributes.find(s, at, end, Rtnetlink.RTA_VIA, 2 + length);
              return via == Attributes.NONE || s.get(JAVA_SHORT_UNALIGNED, via) != family
                  ? Optional.empty()
                  : Optional.of(Attributes.addressAt(s, via + 2, family));
            });
  }
}
