package org.jpasst.wire;

/** What is known of every path: the least that its links take, and what they usually take. */
public final class PathMtu {
  /** RFC 1191 section 3: no estimate goes below what each link of IPv4's takes. */
  public static final int MINIMUM4 = 68;

  /** RFC 8200 section 5. */
  public static final int MINIMUM6 = 1280;

  /** RFC 1191 section 7.1: MTUs of links that there are. */
  private static final int[] PLATEAUS = {
    32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, MINIMUM4
  };

  private PathMtu() {}

  /** What each link of an IP version takes. */
  public static int minimum(boolean ipv4) {
    return ipv4 ? MINIMUM4 : MINIMUM6;
  }

  /** A guess where a router older than RFC 1191 says that a packet of so many bytes is too long. */
  public static int plateauBelow(int length) {
    for (int plateau : PLATEAUS) {
      if (plateau < length) {
        return plateau;
      }
    }
    return MINIMUM4;
  }
}
