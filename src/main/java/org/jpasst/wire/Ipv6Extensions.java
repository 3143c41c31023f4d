package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The extension headers between an IPv6 header and its upper-layer protocol (RFC 8200 section 4).
 *
 * <p>All have the form "next header, length, ..."; the length counts units of 8 bytes without the
 * first 8, except in the authentication header (units of 4 without the first 8; RFC 4302). ESP
 * can't be looked into and counts as an upper-layer protocol.
 */
public final class Ipv6Extensions {
  /** Answer of {@link #upperLayer}: there is none ("no next header", 59). */
  public static final int NONE = -2;

  /**
   * Answer of {@link #upperLayer}: a header overruns the packet, a hop-by-hop header isn't the
   * first, or a routing header names nodes still to be visited, so that the packet isn't for its
   * present destination (RFC 8200 section 4.4, RFC 5095).
   */
  public static final int MALFORMED = -3;

  /** Options that each node on the way looks at; nothing comes before them. */
  public static final int HOP_BY_HOP = 0;

  private static final int ROUTING = 43;
  private static final int AUTHENTICATION = 51;
  private static final int NO_NEXT_HEADER = 59;
  private static final int DESTINATION_OPTIONS = 60;
  private static final int MOBILITY = 135;
  private static final int HIP = 139;
  private static final int SHIM6 = 140;
  private static final int EXPERIMENT_1 = 253;
  private static final int EXPERIMENT_2 = 254;

  private static final int MINIMUM = 8;
  private static final int SEGMENTS_LEFT = 3;

  private Ipv6Extensions() {}

  /**
   * Finds the upper-layer protocol of a packet whose header is {@link Ipv6Header#valid}.
   *
   * <p>A fragment header ends the search, since what follows it may be the middle of anything: it
   * is what is found.
   *
   * @param at offset of what follows the IPv6 header
   * @param nextHeader what that is
   * @param payloadLength bytes from there to the end of the packet
   * @return protocol and place, to be taken apart by {@link #protocol} and {@link #offset}; or one
   *     of the negative codes
   */
  public static int upperLayer(MemorySegment s, long at, int nextHeader, int payloadLength) {
    int protocol = nextHeader;
    int offset = 0;
    // Each turn moves at least 8 bytes on, so that the packet's length bounds the loop.
    while (isExtension(protocol)) {
      if (payloadLength - offset < MINIMUM || (protocol == HOP_BY_HOP && offset != 0)) {
        return MALFORMED;
      }
      int length = length(s, at + offset, protocol);
      if (length > payloadLength - offset) {
        return MALFORMED;
      }
      if (protocol == ROUTING && NetworkOrder.get8(s, at + offset + SEGMENTS_LEFT) != 0) {
        return MALFORMED;
      }
      protocol = NetworkOrder.get8(s, at + offset);
      offset += length;
    }
    return protocol == NO_NEXT_HEADER ? NONE : offset << 8 | protocol;
  }

  /** The protocol number in a non-negative answer of {@link #upperLayer}. */
  public static int protocol(int upperLayer) {
    return upperLayer & 0xff;
  }

  /**
   * The length of the extension headers before it in a non-negative answer of {@link #upperLayer};
   * never beyond the packet's end, but what follows may be empty.
   */
  public static int offset(int upperLayer) {
    return upperLayer >>> 8;
  }

  private static int length(MemorySegment s, long at, int protocol) {
    int units = NetworkOrder.get8(s, at + 1);
    return units * (protocol == AUTHENTICATION ? 4 : 8) + MINIMUM;
  }

  private static boolean isExtension(int protocol) {
    return switch (protocol) {
      case HOP_BY_HOP,
          ROUTING,
          AUTHENTICATION,
          DESTINATION_OPTIONS,
          MOBILITY,
          HIP,
          SHIM6,
          EXPERIMENT_1,
          EXPERIMENT_2 ->
          true;
      default -> false;
    };
  }
}
