package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.wire.Ipv6Header;

/**
 * What an ICMP error quotes: a packet of the guest's that didn't arrive, from its transport header
 * on. An object is used for one error after the other.
 */
public final class Quote {
  /** Payload quoted after an eight-byte transport header over IPv4 (RFC 792: 64 bits of data). */
  private static final int PAYLOAD4 = 8;

  /** Payload quoted over IPv6: as much as fits into 1280 bytes (RFC 4443 section 3.1). */
  private static final int PAYLOAD6 = 1232 - Ipv6Header.LENGTH - 8;

  /** Bytes in the longest quote, over either IP version. */
  public static final int MAX_LENGTH = 8 + PAYLOAD6;

  private FlowSide guest = new FlowSide();
  private int protocol;
  private MemorySegment memory = MemorySegment.NULL;
  private long at;
  private int length;

  /** Most bytes of an IP version's quote, from a transport header of eight bytes on. */
  public static int maxLength(boolean ipv4) {
    return 8 + (ipv4 ? PAYLOAD4 : PAYLOAD6);
  }

  /**
   * Sets the packet; nothing of it is copied.
   *
   * @param guest who sent it, and as ours to whom
   * @param protocol see {@link org.jpasst.wire.IpProtocol}
   * @param memory holds it
   * @param at where its transport header begins
   * @param length bytes from there on; what is too long isn't quoted
   */
  public Quote of(FlowSide guest, int protocol, MemorySegment memory, long at, int length) {
    this.guest = guest;
    this.protocol = protocol;
    this.memory = memory;
    this.at = at;
    this.length = Math.min(length, maxLength(guest.isIpv4()));
    return this;
  }

  FlowSide guest() {
    return guest;
  }

  int protocol() {
    return protocol;
  }

  int length() {
    return length;
  }

  /** Copies what is to be quoted. */
  void copyTo(MemorySegment target, long targetAt) {
    MemorySegment.copy(memory, at, target, targetAt, length);
  }
}
