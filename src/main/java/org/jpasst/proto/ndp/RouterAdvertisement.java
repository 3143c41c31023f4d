package org.jpasst.proto.ndp;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.config.NameSettings;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.DomainName;
import org.jpasst.wire.Icmpv6Header;

/**
 * The router advertisement of a run: the ICMPv6 message (RFC 4861 section 4.2), made once.
 *
 * <p>Options, in this order: prefix (RFC 4861 section 4.6.2), source link-layer address, MTU,
 * resolvers and search list (RFC 8106 section 5). All lifetimes are infinite, the router's is the
 * longest there is; but what is withdrawn has lifetimes of zero.
 */
final class RouterAdvertisement {
  /**
   * Longest message: with the IPv6 header no more than the least MTU a link may have (RFC 8200
   * section 5). Names that no longer fit are left out.
   */
  static final int MAX_LENGTH = 1280 - 40;

  private static final int OPTION_SOURCE_LINK_LAYER = 1;
  private static final int OPTION_PREFIX = 3;
  private static final int OPTION_MTU = 5;
  private static final int OPTION_RESOLVERS = 25;
  private static final int OPTION_SEARCH_LIST = 31;

  private static final int HOP_LIMIT = 255;
  private static final int MANAGED = 0x80;
  private static final int ROUTER_LIFETIME = 0xffff;
  private static final int ON_LINK_AUTONOMOUS = 0xc0;
  private static final int INFINITE = -1;
  private static final int NOT_ANY_MORE = 0;

  /** Options are counted in units of eight bytes. */
  private static final int UNIT = 8;

  private final byte[] message;

  RouterAdvertisement(
      Ipv6Settings settings, NameSettings names, int mtu, long ourMac, Withdrawn withdrawn) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put32(out, Icmpv6Header.ROUTER_ADVERTISEMENT << 24);
    put32(out, HOP_LIMIT << 24 | MANAGED << 16 | ROUTER_LIFETIME);
    put32(out, 0); // reachable time: not specified
    put32(out, 0); // retransmission timer: not specified
    // A link-local prefix must not be advertised (RFC 4861 section 4.6.2).
    settings.assigned().filter(a -> !a.isLinkLocal()).ifPresent(a -> putPrefix(out, a, INFINITE));
    withdrawn.prefixes().forEach(a -> putPrefix(out, a, NOT_ANY_MORE));
    putSource(out, ourMac);
    if (mtu != 0) {
      put32(out, OPTION_MTU << 24 | 1 << 16);
      put32(out, mtu);
    }
    if (names.tellResolvers() && !settings.resolvers().isEmpty()) {
      putResolvers(out, settings.resolvers(), INFINITE);
    }
    if (names.tellResolvers() && !withdrawn.resolvers().isEmpty()) {
      putResolvers(out, withdrawn.resolvers(), NOT_ANY_MORE);
    }
    if (names.tellSearchList()) {
      putSearchList(out, names.searchList(), INFINITE);
      putSearchList(out, withdrawn.domains(), NOT_ANY_MORE);
    }
    message = out.toByteArray();
  }

  private RouterAdvertisement(byte[] message) {
    this.message = message;
  }

  /** The last one of a router that goes: its lifetime is zero (RFC 4861 section 6.2.5). */
  static RouterAdvertisement last(long ourMac) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put32(out, Icmpv6Header.ROUTER_ADVERTISEMENT << 24);
    put32(out, HOP_LIMIT << 24);
    put64(out, 0); // reachable time, retransmission timer: not specified
    putSource(out, ourMac);
    return new RouterAdvertisement(out.toByteArray());
  }

  /** Bytes in the message. */
  int length() {
    return message.length;
  }

  /** Writes the message, checksum 0. */
  void write(MemorySegment s, long at) {
    MemorySegment.copy(message, 0, s, ValueLayout.JAVA_BYTE, at, message.length);
  }

  private static void putPrefix(ByteArrayOutputStream out, IpAddress address, int lifetime) {
    put32(
        out, OPTION_PREFIX << 24 | 4 << 16 | Ipv6Settings.PREFIX_LENGTH << 8 | ON_LINK_AUTONOMOUS);
    put32(out, lifetime); // valid; with zero the guest gives up the address in two hours
    put32(out, lifetime); // preferred
    put32(out, 0);
    put64(out, address.hi());
    put64(out, 0); // "bits after the prefix length ... MUST be initialized to zero"
  }

  private static void putSource(ByteArrayOutputStream out, long ourMac) {
    put16(out, OPTION_SOURCE_LINK_LAYER << 8 | 1);
    put16(out, (int) (ourMac >>> 32));
    put32(out, (int) ourMac);
  }

  private static void putResolvers(
      ByteArrayOutputStream out, List<IpAddress> resolvers, int lifetime) {
    put32(out, OPTION_RESOLVERS << 24 | (1 + 2 * resolvers.size()) << 16);
    put32(out, lifetime);
    for (IpAddress resolver : resolvers) {
      put64(out, resolver.hi());
      put64(out, resolver.lo());
    }
  }

  private static void putSearchList(ByteArrayOutputStream out, List<String> names, int lifetime) {
    int room = Math.min(MAX_LENGTH - out.size(), 255 * UNIT) / UNIT * UNIT - UNIT;
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    for (String name : names) {
      Optional<byte[]> bytes = DomainName.encode(name);
      if (bytes.isPresent() && encoded.size() + bytes.get().length <= room) {
        encoded.writeBytes(bytes.get());
      }
    }
    if (encoded.size() == 0) {
      return;
    }
    while (encoded.size() % UNIT != 0) {
      encoded.write(0);
    }
    put32(out, OPTION_SEARCH_LIST << 24 | (1 + encoded.size() / UNIT) << 16);
    put32(out, lifetime);
    out.writeBytes(encoded.toByteArray());
  }

  private static void put16(ByteArrayOutputStream out, int value) {
    out.write(value >>> 8);
    out.write(value);
  }

  private static void put32(ByteArrayOutputStream out, int value) {
    put16(out, value >>> 16);
    put16(out, value);
  }

  private static void put64(ByteArrayOutputStream out, long value) {
    put32(out, (int) (value >>> 32));
    put32(out, (int) value);
  }
}
