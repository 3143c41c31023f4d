package org.jpasst.net;

import java.util.Optional;

/**
 * An IPv4 or IPv6 address as 128 bits in network order; an IPv4 address is held as IPv4-mapped IPv6
 * ({@code ::ffff:a.b.c.d}, RFC 4291 section 2.5.5.2).
 *
 * <p>The packet path never makes instances: it carries the two halves as {@code long}s and asks the
 * static questions below. Instances are for configuration and for messages.
 *
 * @param hi the first eight bytes, big-endian
 * @param lo the last eight bytes, big-endian
 */
public record IpAddress(long hi, long lo) implements Comparable<IpAddress> {
  /** The IPv6 unspecified address, {@code ::}. */
  public static final IpAddress ANY6 = new IpAddress(0, 0);

  /** The IPv4 unspecified address, {@code 0.0.0.0}. */
  public static final IpAddress ANY4 = ofIpv4(0);

  /** The IPv6 loopback address, {@code ::1}. */
  public static final IpAddress LOOPBACK6 = new IpAddress(0, 1);

  /** All nodes of a link: 224.0.0.1 (RFC 1112 section 4). */
  public static final IpAddress ALL_NODES4 = new IpAddress(0, mapped(0xe000_0001));

  /** All nodes of a link: ff02::1 (RFC 4291 section 2.7.1). */
  public static final IpAddress ALL_NODES6 = new IpAddress(0xff02L << 48, 1);

  /** The IPv4 loopback address, {@code 127.0.0.1}. */
  public static final IpAddress LOOPBACK4 = ofIpv4(0x7f000001);

  /** The IPv4 limited broadcast address, {@code 255.255.255.255}. */
  public static final IpAddress BROADCAST4 = ofIpv4(-1);

  private static final long MAPPED_PREFIX = 0xffff_0000_0000L;

  /**
   * Makes an address from the 32 bits of an IPv4 address.
   *
   * @param bits the address, most significant byte first
   */
  public static IpAddress ofIpv4(int bits) {
    return new IpAddress(0, mapped(bits));
  }

  /** The low half of the IPv4-mapped form of {@code bits}; the high half is zero. */
  public static long mapped(int bits) {
    return MAPPED_PREFIX | (bits & 0xffff_ffffL);
  }

  /** Reads the textual form of either family (RFC 4291 section 2.2); no scope, no brackets. */
  public static Optional<IpAddress> parse(String text) {
    return IpAddressText.parse(text);
  }

  /** Whether the 128 bits are an IPv4 (mapped) address. */
  public static boolean isIpv4(long hi, long lo) {
    return hi == 0 && (lo >>> 32) == 0xffffL;
  }

  /** Whether this is {@code 0.0.0.0} or {@code ::}. */
  public static boolean isUnspecified(long hi, long lo) {
    return hi == 0 && (lo == 0 || lo == MAPPED_PREFIX);
  }

  /** Whether this is in 127.0.0.0/8 or is {@code ::1}. */
  public static boolean isLoopback(long hi, long lo) {
    return hi == 0 && (lo == 1 || (lo >>> 24) == 0xffff7fL);
  }

  /** Whether this is in 224.0.0.0/4 or ff00::/8. */
  public static boolean isMulticast(long hi, long lo) {
    return (hi >>> 56) == 0xff || (hi == 0 && (lo >>> 28) == 0xffffeL);
  }

  /** Whether this is in 169.254.0.0/16 or fe80::/10. */
  public static boolean isLinkLocal(long hi, long lo) {
    return (hi >>> 54) == 0x3fa || (hi == 0 && (lo >>> 16) == 0xffffa9feL);
  }

  /** Whether this is {@code 255.255.255.255}. */
  public static boolean isLimitedBroadcast(long hi, long lo) {
    return hi == 0 && lo == (MAPPED_PREFIX | 0xffff_ffffL);
  }

  /** Whether this can be one end of a flow: neither unspecified, multicast nor broadcast. */
  public static boolean isUnicast(long hi, long lo) {
    return !isUnspecified(hi, lo) && !isMulticast(hi, lo) && !isLimitedBroadcast(hi, lo);
  }

  /** Whether this is an IPv4 address. */
  public boolean isIpv4() {
    return isIpv4(hi, lo);
  }

  /** Whether this is {@code 0.0.0.0} or {@code ::}. */
  public boolean isUnspecified() {
    return isUnspecified(hi, lo);
  }

  /** Whether this is in 127.0.0.0/8 or is {@code ::1}. */
  public boolean isLoopback() {
    return isLoopback(hi, lo);
  }

  /** Whether this is a multicast address of its family. */
  public boolean isMulticast() {
    return isMulticast(hi, lo);
  }

  /** Whether this is a link-local address of its family. */
  public boolean isLinkLocal() {
    return isLinkLocal(hi, lo);
  }

  /** The 32 bits of an IPv4 address, most significant byte first; meaningless for IPv6. */
  public int ipv4() {
    return (int) lo;
  }

  /** Whether the first {@code length} bits, counted in the address's own family, are equal. */
  public boolean sharesPrefix(IpAddress other, int length) {
    int bits = isIpv4() ? length + 96 : length;
    if (bits <= 64) {
      return bits == 0 || ((hi ^ other.hi) >>> (64 - bits)) == 0;
    }
    return hi == other.hi && ((lo ^ other.lo) >>> (128 - bits)) == 0;
  }

  @Override
  public int compareTo(IpAddress other) {
    int high = Long.compareUnsigned(hi, other.hi);
    return high != 0 ? high : Long.compareUnsigned(lo, other.lo);
  }

  /** The canonical text: dotted quad, or RFC 5952. */
  @Override
  public String toString() {
    return IpAddressText.format(this);
  }
}
