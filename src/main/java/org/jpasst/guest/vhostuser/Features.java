package org.jpasst.guest.vhostuser;

import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.VirtioNetHeader;

/**
 * What can be agreed upon with the front-end, as bits: features of the device (virtio 1.3 sections
 * 5.1.3 and 6) and of the protocol ("Protocol features").
 */
final class Features {
  static final long CSUM = 1L;
  static final long GUEST_CSUM = 1L << 1;
  static final long MTU = 1L << 3;
  static final long GUEST_TSO4 = 1L << 7;
  static final long GUEST_TSO6 = 1L << 8;
  static final long HOST_TSO4 = 1L << 11;
  static final long HOST_TSO6 = 1L << 12;
  static final long MRG_RXBUF = 1L << 15;
  static final long MQ = 1L << 22;
  static final long LOG_ALL = 1L << 26;
  static final long INDIRECT_DESC = 1L << 28;
  static final long EVENT_IDX = 1L << 29;
  static final long PROTOCOL_FEATURES = 1L << 30;
  static final long VERSION_1 = 1L << 32;
  static final long GUEST_USO4 = 1L << 54;
  static final long GUEST_USO6 = 1L << 55;
  static final long HOST_USO = 1L << 56;

  /** All that the device can do. */
  static final long DEVICE =
      CSUM
          | GUEST_CSUM
          | MTU
          | GUEST_TSO4
          | GUEST_TSO6
          | HOST_TSO4
          | HOST_TSO6
          | MRG_RXBUF
          | MQ
          | LOG_ALL
          | INDIRECT_DESC
          | EVENT_IDX
          | PROTOCOL_FEATURES
          | VERSION_1
          | GUEST_USO4
          | GUEST_USO6
          | HOST_USO;

  static final long PROTOCOL_MQ = 1L;
  static final long PROTOCOL_LOG_SHMFD = 1L << 1;
  static final long PROTOCOL_RARP = 1L << 2;
  static final long PROTOCOL_REPLY_ACK = 1L << 3;
  static final long PROTOCOL_NET_MTU = 1L << 4;
  static final long PROTOCOL_CONFIGURE_MEM_SLOTS = 1L << 15;
  static final long PROTOCOL_DEVICE_STATE = 1L << 19;

  /** All that we know of the protocol. */
  static final long PROTOCOL =
      PROTOCOL_MQ
          | PROTOCOL_LOG_SHMFD
          | PROTOCOL_RARP
          | PROTOCOL_REPLY_ACK
          | PROTOCOL_NET_MTU
          | PROTOCOL_CONFIGURE_MEM_SLOTS
          | PROTOCOL_DEVICE_STATE;

  private Features() {}

  static boolean has(long features, long bits) {
    return (features & bits) == bits;
  }

  /**
   * Bytes of the header in front of each frame: a legacy driver knows the number of buffers only if
   * it merges them (virtio 1.3 section 5.1.6.1).
   */
  static int headerLength(long features) {
    boolean counts = (features & (VERSION_1 | MRG_RXBUF)) != 0;
    return counts ? VirtioNetHeader.MAX_LENGTH : VirtioNetHeader.LEGACY_LENGTH;
  }

  /** The features that leave work to somebody who doesn't do it. */
  static long notDone(LinkCapabilities takers) {
    boolean sums = takers.checksums();
    long left = sums ? 0 : CSUM;
    left |= sums && takers.tcp4() ? 0 : HOST_TSO4;
    left |= sums && takers.tcp6() ? 0 : HOST_TSO6;
    left |= sums && takers.udp4() && takers.udp6() ? 0 : HOST_USO;
    return left;
  }

  /** What a guest that has agreed to these features does itself. */
  static LinkCapabilities capabilities(long features) {
    // Virtio 1.3 section 5.1.3.1: each of the others requires GUEST_CSUM.
    return new LinkCapabilities(
        has(features, GUEST_CSUM),
        has(features, GUEST_CSUM | GUEST_TSO4),
        has(features, GUEST_CSUM | GUEST_TSO6),
        has(features, GUEST_CSUM | GUEST_USO4),
        has(features, GUEST_CSUM | GUEST_USO6));
  }
}
