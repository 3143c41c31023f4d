package org.jpasst.proto.dhcp6;

import java.lang.foreign.MemorySegment;
import org.jpasst.wire.NetworkOrder;

/**
 * Our DUID-LLT (RFC 8415 section 11.2): type 1, hardware type 1, a time, our Ethernet address.
 *
 * <p>The time is always that of the epoch: a DUID must not change (section 11), and nothing of us
 * survives our end but what can be derived from the settings.
 */
final class ServerDuid {
  /** Bytes in the DUID. */
  static final int LENGTH = 14;

  private static final long TYPE_HARDWARE_TIME = 0x0001_0001_0000_0000L;
  private static final int MAC = 8;

  private final long mac;

  ServerDuid(long mac) {
    this.mac = mac;
  }

  void write(MemorySegment s, long at) {
    NetworkOrder.put64(s, at, TYPE_HARDWARE_TIME);
    NetworkOrder.put48(s, at + MAC, mac);
  }

  boolean equalsAt(MemorySegment s, long at, int length) {
    return length == LENGTH
        && NetworkOrder.get64(s, at) == TYPE_HARDWARE_TIME
        && NetworkOrder.get48(s, at + MAC) == mac;
  }
}
