package org.jpasst.net;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A 48-bit Ethernet address.
 *
 * @param bits the six bytes in the low 48 bits, first byte most significant
 */
public record MacAddress(long bits) {
  /** ff:ff:ff:ff:ff:ff. */
  public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

  private static final HexFormat TEXT = HexFormat.ofDelimiter(":");
  private static final int SIZE = 6;

  /** Reads {@code xx:xx:xx:xx:xx:xx}, exactly that form. */
  public static Optional<MacAddress> parse(String text) {
    try {
      byte[] octets = TEXT.parseHex(text);
      return octets.length == SIZE
          ? Optional.of(new MacAddress(new BigInteger(1, octets).longValue()))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether this is the address of one node (IEEE 802, the group bit). */
  public boolean isOfOne() {
    return isOfOne(bits);
  }

  /** The same of an address as its 48 bits. */
  public static boolean isOfOne(long bits) {
    return bits != 0 && bits >>> 48 == 0 && (bits >>> 40 & 1) == 0;
  }

  @Override
  public String toString() {
    byte[] octets = ByteBuffer.allocate(Long.BYTES).putLong(bits).array();
    return TEXT.formatHex(octets, octets.length - SIZE, octets.length);
  }
}
