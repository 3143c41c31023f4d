package org.jpasst.net;

import java.util.Optional;

/** The textual forms of addresses: RFC 4291 section 2.2 in, RFC 5952 out. */
final class IpAddressText {
  private static final int GROUPS = 8;

  private IpAddressText() {}

  static Optional<IpAddress> parse(String text) {
    if (text.indexOf(':') < 0) {
      long bits = ipv4(text);
      return bits < 0 ? Optional.empty() : Optional.of(IpAddress.ofIpv4((int) bits));
    }
    return ipv6(text);
  }

  /** The 32 bits of a dotted quad, or -1; leading zeros are refused as inet_pton(3) does. */
  private static long ipv4(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return -1;
    }
    long bits = 0;
    for (String part : parts) {
      if (part.isEmpty() || part.length() > 3 || (part.length() > 1 && part.charAt(0) == '0')) {
        return -1;
      }
      int value = 0;
      for (int i = 0; i < part.length(); i++) {
        char c = part.charAt(i);
        if (c < '0' || c > '9') {
          return -1;
        }
        value = value * 10 + (c - '0');
      }
      if (value > 255) {
        return -1;
      }
      bits = bits << 8 | value;
    }
    return bits;
  }

  private static Optional<IpAddress> ipv6(String text) {
    int gap = text.indexOf("::");
    if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
      return Optional.empty();
    }
    int[] groups = new int[GROUPS];
    if (gap < 0) {
      return groups(text, groups, 0) == GROUPS ? Optional.of(of(groups)) : Optional.empty();
    }
    int head = groups(text.substring(0, gap), groups, 0);
    int[] tail = new int[GROUPS];
    int tailLength = groups(text.substring(gap + 2), tail, 0);
    if (head < 0 || tailLength < 0 || head + tailLength >= GROUPS) {
      return Optional.empty();
    }
    System.arraycopy(tail, 0, groups, GROUPS - tailLength, tailLength);
    return Optional.of(of(groups));
  }

  /** Reads colon-separated groups, the last of which may be a dotted quad; -1 if malformed. */
  private static int groups(String text, int[] into, int from) {
    if (text.isEmpty()) {
      return from;
    }
    String[] parts = text.split(":", -1);
    int count = from;
    for (int i = 0; i < parts.length; i++) {
      String part = parts[i];
      if (i == parts.length - 1 && part.indexOf('.') >= 0) {
        long bits = ipv4(part);
        if (bits < 0 || count + 2 > GROUPS) {
          return -1;
        }
        into[count++] = (int) (bits >>> 16);
        into[count++] = (int) bits & 0xffff;
      } else if (count == GROUPS || !isGroup(part)) {
        return -1;
      } else {
        into[count++] = Integer.parseInt(part, 16);
      }
    }
    return count;
  }

  private static boolean isGroup(String part) {
    if (part.isEmpty() || part.length() > 4) {
      return false;
    }
    for (int i = 0; i < part.length(); i++) {
      if (part.charAt(i) > 'f' || Character.digit(part.charAt(i), 16) < 0) {
        return false;
      }
    }
    return true;
  }

  private static IpAddress of(int[] groups) {
    long hi = 0;
    long lo = 0;
    for (int i = 0; i < 4; i++) {
      hi = hi << 16 | groups[i];
      lo = lo << 16 | groups[i + 4];
    }
    return new IpAddress(hi, lo);
  }

  static String format(IpAddress address) {
    if (address.isIpv4()) {
      int bits = address.ipv4();
      return (bits >>> 24)
          + "."
          + (bits >>> 16 & 255)
          + "."
          + (bits >>> 8 & 255)
          + "."
          + (bits & 255);
    }
    int[] groups = new int[GROUPS];
    for (int i = 0; i < 4; i++) {
      groups[i] = (int) (address.hi() >>> (48 - 16 * i)) & 0xffff;
      groups[i + 4] = (int) (address.lo() >>> (48 - 16 * i)) & 0xffff;
    }
    int start = -1;
    int length = 1;
    for (int i = 0; i < GROUPS; i++) {
      int run = 0;
      while (i + run < GROUPS && groups[i + run] == 0) {
        run++;
      }
      if (run > length) {
        start = i;
        length = run;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
