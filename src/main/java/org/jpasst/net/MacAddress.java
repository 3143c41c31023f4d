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

  @Override
  public String toString() {
    byte[] octets = ByteBuffer.allocate(Long.BYTES).putLong(bits).array();
    return TEXT.formatHex(octets, octets.length - SIZE, octets.length);
  }
}
