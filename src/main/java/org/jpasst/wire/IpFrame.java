package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The one writer of Ethernet and IP headers. It knows where a frame lies and which addresses it
 * has; both families look alike to whoever writes what comes behind the headers.
 *
 * <p>An object is used for one frame after the other: {@link #begin}, {@link #from} and {@link
 * #to}, then, when the length is known, {@link #finish}. IP addresses are two {@code long}s (IPv4
 * mapped, RFC 4291 section 2.5.5.2), an Ethernet address is the low 48 bits of one.
 */
public final class IpFrame {
  private MemorySegment memory = MemorySegment.NULL;
  private long ipAt;
  private boolean ipv4;
  private long sourceMac;
  private long sourceHi;
  private long sourceLo;
  private long destinationMac;
  private long destinationHi;
  private long destinationLo;
  private int flowLabel;
  private int hops;
  private int trafficClass;
  private boolean fragment;
  private int identification;
  private int fragmentOffset;
  private boolean moreFragments;
  private int protocol;
  private int length;

  /** Bytes in the IP header of a packet for the guest: without options or extensions. */
  public static int ipLength(boolean ipv4) {
    return ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH;
  }

  /** The same of a fragment. */
  public static int fragmentIpLength(boolean ipv4) {
    return ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH + Ipv6FragmentHeader.LENGTH;
  }

  /** Bytes from the start of a frame for the guest to its transport header. */
  public static int headersLength(boolean ipv4) {
    return EthernetHeader.LENGTH + ipLength(ipv4);
  }

  /**
   * Begins a frame, which has no flow label.
   *
   * @param at offset of its Ethernet header
   */
  public void begin(MemorySegment memory, long at, boolean ipv4) {
    beginPacket(memory, at + EthernetHeader.LENGTH, ipv4);
  }

  /**
   * Begins an IP packet inside of another, as ICMP errors have it: {@link #finishPacket} ends it.
   *
   * @param ipAt offset of its IP header
   */
  public void beginPacket(MemorySegment memory, long ipAt, boolean ipv4) {
    this.memory = memory;
    this.ipAt = ipAt;
    this.ipv4 = ipv4;
    flowLabel = 0;
    hops = Ipv6Header.HOP_LIMIT;
    trafficClass = 0;
    fragment = false;
  }

  /** Sets the source addresses. */
  public void from(long mac, long hi, long lo) {
    sourceMac = mac;
    sourceHi = hi;
    sourceLo = lo;
  }

  /** Sets the destination addresses. */
  public void to(long mac, long hi, long lo) {
    destinationMac = mac;
    destinationHi = hi;
    destinationLo = lo;
  }

  /** Sets the flow label, of which the low 20 bits are used; IPv4 has none. */
  public void flowLabel(int label) {
    flowLabel = label;
  }

  /**
   * Sets what says how the packet is forwarded: 255 and 0 unless this is called.
   *
   * @param ttl time to live, or hop limit
   * @param tos type of service, or traffic class
   */
  public void hops(int ttl, int tos) {
    hops = ttl;
    trafficClass = tos;
  }

  /**
   * Makes the packet a fragment.
   *
   * @param number what all fragments of the datagram have in common; IPv4 has the low 16 bits
   * @param offset of its bytes in the datagram, a multiple of 8
   * @param more whether others follow
   */
  public void fragment(int number, int offset, boolean more) {
    fragment = true;
    identification = number;
    fragmentOffset = offset;
    moreFragments = more;
  }

  /** Holds the frame. */
  public MemorySegment memory() {
    return memory;
  }

  /** Whether it is an IPv4 packet. */
  public boolean isIpv4() {
    return ipv4;
  }

  /** Offset of the transport header. */
  public long transportAt() {
    return ipAt + ipLength();
  }

  /**
   * Writes both headers.
   *
   * @param protocol see {@link IpProtocol}
   * @param length bytes from the transport header on
   * @return the frame's length
   */
  public int finish(int protocol, int length) {
    long at = ipAt - EthernetHeader.LENGTH;
    EthernetHeader.write(memory, at, destinationMac, sourceMac, ethernetType());
    finishPacket(protocol, length);
    return EthernetHeader.LENGTH + ipLength() + length;
  }

  private int ipLength() {
    return fragment ? fragmentIpLength(ipv4) : ipLength(ipv4);
  }

  private int ethernetType() {
    return ipv4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6;
  }

  /**
   * Writes the IP header alone.
   *
   * @param protocol see {@link IpProtocol}
   * @param length bytes from the transport header on
   */
  public void finishPacket(int protocol, int length) {
    this.protocol = protocol;
    this.length = length;
    if (ipv4) {
      write4();
    } else {
      write6();
    }
  }

  private void write4() {
    int total = Ipv4Header.LENGTH + length;
    int forwarding = trafficClass << 8 | hops;
    int source = (int) sourceLo;
    int destination = (int) destinationLo;
    Ipv4Header.write(memory, ipAt, total, forwarding, protocol, source, destination);
    if (fragment) {
      int number = identification & 0xffff;
      Ipv4Header.fragment(memory, ipAt, number, fragmentOffset, moreFragments);
      Ipv4Header.fillChecksum(memory, ipAt);
    }
  }

  private void write6() {
    Ipv6Header.write(
        memory,
        ipAt,
        flowLabel,
        ipLength() - Ipv6Header.LENGTH + length,
        fragment ? Ipv6FragmentHeader.NUMBER : protocol,
        sourceHi,
        sourceLo,
        destinationHi,
        destinationLo);
    Ipv6Header.hopLimit(memory, ipAt, hops);
    Ipv6Header.trafficClass(memory, ipAt, trafficClass);
    if (fragment) {
      long at = ipAt + Ipv6Header.LENGTH;
      Ipv6FragmentHeader.write(memory, at, protocol, fragmentOffset, moreFragments, identification);
    }
  }

  /**
   * The sum of the pseudo header of a finished frame, for the transport header's checksum; 0 for
   * ICMP, which has none (RFC 792).
   */
  public long pseudoHeader() {
    return ipv4 ? pseudoHeader4() : pseudoHeader6();
  }

  private long pseudoHeader4() {
    return protocol == IpProtocol.ICMP
        ? 0
        : InternetChecksum.pseudoHeader4((int) sourceLo, (int) destinationLo, protocol, length);
  }

  private long pseudoHeader6() {
    return InternetChecksum.pseudoHeader6(
        sourceHi, sourceLo, destinationHi, destinationLo, protocol, length);
  }
}
