package org.jpasst.net;

import java.util.Optional;

/**
 * A 48-bit Ethernet address.
 *
 * @param bits the six bytes in the low 48 bits, first byte most significant
 */
public record MacAddress(long bits) {
  /** ff:ff:ff:ff:ff:ff. */
  public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

  private static final int TEXT_LENGTH = 17;

  /** Reads {@code xx:xx:xx:xx:xx:xx}, exactly that form. */
  public static Optional<MacAddress> parse(String text) {
    if (text.length() != TEXT_LENGTH) {
      return Optional.empty();
    }
    long bits = 0;
    for (int i = 0; i < TEXT_LENGTH; i++) {
      char c = text.charAt(i);
      if (i % 3 == 2) {
        if (c != ':') {
          return Optional.empty();
        }
      } else {
        int digit = c > 'f' ? -1 : Character.digit(c, 16);
        if (digit < 0) {
          return Optional.empty();
        }
        bits = bits << 4 | digit;
      }
    }
    return Optional.of(new MacAddress(bits));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(TEXT_LENGTH);
    for (int shift = 40; shift >= 0; shift -= 8) {
      if (shift != 40) {
        text.append(':');
      }
      int octet = (int) (bits >>> shift) & 0xff;
      text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 15, 16));
    }
    return text.toString();
  }
}
