package org.jpasst.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Consecutive ports.
 *
 * @param first 0 to 65535
 * @param last not below {@code first}, included
 */
public record PortRange(int first, int last) {
  /** The dynamic ports (RFC 6335 section 6), for a host that doesn't tell which it uses. */
  public static final PortRange DYNAMIC = new PortRange(49152, ForwardRule.MAX_PORT);

  private static final Pattern TWO_NUMBERS = Pattern.compile("\\s*(\\d{1,5})\\s+(\\d{1,5})\\s*");

  /** Refuses what is no range of ports. */
  public PortRange {
    if (first < 0 || last < first || last > ForwardRule.MAX_PORT) {
      throw new IllegalArgumentException(first + "-" + last);
    }
  }

  /**
   * The ports that the host gives to sockets that ask for none.
   *
   * @param text what {@code /proc/sys/net/ipv4/ip_local_port_range} holds (ip(7)), empty where it
   *     can't be read
   * @return the range, {@link #DYNAMIC} where the text has none
   */
  public static PortRange ephemeral(String text) {
    Matcher numbers = TWO_NUMBERS.matcher(text);
    if (!numbers.matches()) {
      return DYNAMIC;
    }
    return of(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)))
        .orElse(DYNAMIC);
  }

  /** The range, or nothing where the two numbers make none. */
  static Optional<PortRange> of(int first, int last) {
    return last < first || last > ForwardRule.MAX_PORT
        ? Optional.empty()
        : Optional.of(new PortRange(first, last));
  }

  int size() {
    return last - first + 1;
  }

  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
