package org.jpasst.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jpasst.linux.AddressFamily;
import org.jpasst.net.IpAddress;

/**
 * The attributes behind a message's fixed part ({@code struct nlattr}): 16 bits length, 16 bits
 * type, content, each padded to four bytes. Stateless; nothing outside the bounds given is read.
 */
final class Attributes {
  /** Answer of {@link #find}: no such attribute. */
  static final long NONE = -1;

  private static final int HEADER = 4;
  private static final int IPV4_LENGTH = 4;
  private static final int IPV6_LENGTH = 16;
  private static final ValueLayout.OfInt NETWORK_INT =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong NETWORK_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Attributes() {}

  /** Offset of the content of the first attribute of a type, or {@link #NONE}. */
  static long find(MemorySegment s, long at, long end, int type, int minimum) {
    long attribute = at;
    while (end - attribute >= HEADER) {
      int length = s.get(JAVA_SHORT_UNALIGNED, attribute) & 0xffff;
      if (length < HEADER || length > end - attribute) {
        return NONE;
      }
      int found = s.get(JAVA_SHORT_UNALIGNED, attribute + 2) & Rtnetlink.NLA_TYPE_MASK;
      if (found == type && length - HEADER >= minimum) {
        return attribute + HEADER;
      }
      attribute += length + 3 & ~3;
    }
    return NONE;
  }

  /** Length of the content that {@link #find} found. */
  static int length(MemorySegment s, long content) {
    return (s.get(JAVA_SHORT_UNALIGNED, content - HEADER) & 0xffff) - HEADER;
  }

  /** A 32-bit attribute, or a default. */
  static int integer(MemorySegment s, long at, long end, int type, int otherwise) {
    long content = find(s, at, end, type, Integer.BYTES);
    return content == NONE ? otherwise : s.get(JAVA_INT_UNALIGNED, content);
  }

  /** A text attribute without its final zero. */
  static Optional<String> text(MemorySegment s, long at, long end, int type) {
    long content = find(s, at, end, type, 0);
    if (content == NONE) {
      return Optional.empty();
    }
    byte[] bytes = s.asSlice(content, length(s, content)).toArray(JAVA_BYTE);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return Optional.of(new String(bytes, 0, length, StandardCharsets.UTF_8));
  }

  /** Bytes that an address of a family takes; a huge number for other families. */
  static int addressLength(int family) {
    return switch (family) {
      case AddressFamily.INET -> IPV4_LENGTH;
      case AddressFamily.INET6 -> IPV6_LENGTH;
      default -> Integer.MAX_VALUE;
    };
  }

  /** An attribute that is an address of a family. */
  static Optional<IpAddress> address(MemorySegment s, long at, long end, int type, int family) {
    long content = find(s, at, end, type, addressLength(family));
    return content == NONE ? Optional.empty() : Optional.of(addressAt(s, content, family));
  }

  /** The address of a family that lies somewhere. */
  static IpAddress addressAt(MemorySegment s, long at, int family) {
    return new IpAddress(addressHi(s, at, family), addressLo(s, at, family));
  }

  static long addressHi(MemorySegment s, long at, int family) {
    return family == AddressFamily.INET ? 0 : s.get(NETWORK_LONG, at);
  }

  static long addressLo(MemorySegment s, long at, int family) {
    return family == AddressFamily.INET
        ? IpAddress.mapped(s.get(NETWORK_INT, at))
        : s.get(NETWORK_LONG, at + 8);
  }

  /** The 48 bits of an Ethernet address. */
  static long mac(MemorySegment s, long at) {
    return (s.get(NETWORK_INT, at) & 0xffff_ffffL) << 16
        | s.get(JAVA_BYTE, at + 4) << 8 & 0xff00
        | s.get(JAVA_BYTE, at + 5) & 0xff;
  }
}
