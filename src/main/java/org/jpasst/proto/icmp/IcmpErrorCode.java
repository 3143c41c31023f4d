package org.jpasst.proto.icmp;

import org.jpasst.linux.Errno;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;

/**
 * The ICMP messages that say the same as an error number of a socket call: the inverse of the table
 * by which the kernel makes error numbers of messages (icmp(7)). A message is {@code type << 8 |
 * code}.
 */
final class IcmpErrorCode {
  /** No message says this: the host lacks something, not the network. */
  static final int NONE = -1;

  private static final int NET4 = IcmpHeader.DESTINATION_UNREACHABLE << 8;
  private static final int HOST4 = NET4 | 1;
  private static final int PORT4 = NET4 | 3;
  private static final int TOO_BIG4 = NET4 | IcmpHeader.FRAGMENTATION_NEEDED;
  private static final int PROHIBITED4 = NET4 | 13; // RFC 1812 section 5.2.7.1

  private static final int ROUTE6 = Icmpv6Header.DESTINATION_UNREACHABLE << 8;
  private static final int PROHIBITED6 = ROUTE6 | 1;
  private static final int ADDRESS6 = ROUTE6 | 3;
  private static final int PORT6 = ROUTE6 | 4;
  private static final int TOO_BIG6 = Icmpv6Header.PACKET_TOO_BIG << 8;

  private IcmpErrorCode() {}

  /**
   * The message for an error number.
   *
   * @param errno positive or negated
   */
  static int of(int errno, boolean ipv4) {
    return switch (Math.abs(errno)) {
      case Errno.ENETUNREACH, Errno.ENETDOWN, Errno.ENONET, Errno.EADDRNOTAVAIL ->
          ipv4 ? NET4 : ROUTE6;
      case Errno.EHOSTUNREACH, Errno.EHOSTDOWN, Errno.ENODEV, Errno.ENXIO ->
          ipv4 ? HOST4 : ADDRESS6;
      case Errno.ECONNREFUSED -> ipv4 ? PORT4 : PORT6;
      // Out of descriptors: no more flows are allowed, and the guest need not wait to learn it.
      case Errno.EACCES, Errno.EPERM, Errno.EMFILE, Errno.ENFILE ->
          ipv4 ? PROHIBITED4 : PROHIBITED6;
      case Errno.EMSGSIZE -> ipv4 ? TOO_BIG4 : TOO_BIG6;
      default -> NONE;
    };
  }
}
