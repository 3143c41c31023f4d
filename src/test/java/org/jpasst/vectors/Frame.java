package org.jpasst.vectors;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An Ethernet frame, taken apart for assertions. Numbers are in host byte order and unsigned;
 * offsets count from the first byte of the frame. Asking for a field that the frame is too short
 * for throws {@link IndexOutOfBoundsException}.
 */
public final class Frame {
  public static final int ARP = 0x0806;
  public static final int IPV4 = 0x0800;
  public static final int IPV6 = 0x86dd;
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ICMPV6 = 58;

  public static final int FIN = 1;
  public static final int SYN = 2;
  public static final int RST = 4;
  public static final int ACK = 16;

  private static final int ETHERNET_HEADER = 14;
  private static final int IPV6_HEADER = 40;
  private static final int UDP_HEADER = 8;

  private final byte[] bytes;

  private Frame(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The frame with these bytes, which are copied. */
  public static Frame of(byte[] bytes) {
    return new Frame(bytes.clone());
  }

  /** The frame with the bytes that the hex digits tell. */
  public static Frame ofHex(String hex) {
    return new Frame(HexFormat.of().parseHex(hex));
  }

  /** A copy of all bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The frame's length in bytes. */
  public int length() {
    return bytes.length;
  }

  /** The byte at an offset. */
  public int u8(int at) {
    return bytes[at] & 0xff;
  }

  /** The two bytes at an offset. */
  public int u16(int at) {
    return u8(at) << 8 | u8(at + 1);
  }

  /** The four bytes at an offset. */
  public long u32(int at) {
    return (long) u16(at) << 16 | u16(at + 2);
  }

  /** The frame with other bytes at an offset. */
  public Frame with(int at, byte... replacement) {
    byte[] copy = bytes.clone();
    System.arraycopy(replacement, 0, copy, at, replacement.length);
    return new Frame(copy);
  }

  /** Some of the bytes. */
  public byte[] range(int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  /** The type of the payload, or 0 when there is not even that. */
  public int etherType() {
    return bytes.length < ETHERNET_HEADER ? 0 : u16(12);
  }

  /** The transport protocol, or -1 when the frame is no IP packet. */
  public int protocol() {
    return switch (etherType()) {
      case IPV4 -> bytes.length < 34 ? -1 : u8(23);
      case IPV6 -> bytes.length < 54 ? -1 : u8(20);
      default -> -1;
    };
  }

  /** Whether it carries a TCP segment with its whole fixed header. */
  public boolean isTcp() {
    return protocol() == TCP && transportEnd() >= transportAt() + 20;
  }

  /** Whether it carries a UDP datagram with its whole header. */
  public boolean isUdp() {
    return protocol() == UDP && transportEnd() >= transportAt() + UDP_HEADER;
  }

  /** Where the transport header begins; IPv6 extension headers are not looked into. */
  public int transportAt() {
    return ETHERNET_HEADER + (etherType() == IPV4 ? (u8(14) & 15) * 4 : IPV6_HEADER);
  }

  /** Where the IP packet ends; behind it may be Ethernet padding. */
  public int transportEnd() {
    int end = ETHERNET_HEADER + (etherType() == IPV4 ? u16(16) : IPV6_HEADER + u16(18));
    return Math.min(end, bytes.length);
  }

  /** The IP source address. */
  public InetAddress source() {
    return etherType() == IPV4 ? address(26, 4) : address(22, 16);
  }

  /** The IP destination address. */
  public InetAddress destination() {
    return etherType() == IPV4 ? address(30, 4) : address(38, 16);
  }

  /** The source port of TCP or UDP. */
  public int sourcePort() {
    return u16(transportAt());
  }

  /** The destination port of TCP or UDP. */
  public int destinationPort() {
    return u16(transportAt() + 2);
  }

  /** TCP's sequence number. */
  public long sequence() {
    return u32(transportAt() + 4);
  }

  /** TCP's acknowledgement number. */
  public long acknowledgement() {
    return u32(transportAt() + 8);
  }

  /** TCP's flags: {@link #SYN}, {@link #ACK} and so on. */
  public int flags() {
    return u8(transportAt() + 13);
  }

  /** What follows the TCP or UDP header. */
  public byte[] payload() {
    int at = transportAt();
    int header = protocol() == TCP ? (u8(at + 12) >> 4) * 4 : UDP_HEADER;
    return range(at + header, transportEnd());
  }

  /** How much of the sequence space the segment takes: its payload, SYN and FIN. */
  public int sequenceLength() {
    return payload().length + Integer.bitCount(flags() & (SYN | FIN));
  }

  /** The same segment with another acknowledgement number, and its checksum made right. */
  public Frame withAcknowledgement(long number) {
    int at = transportAt() + 8;
    return with(
            at, (byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number)
        .withTransportChecksum();
  }

  /** The same frame with the IPv4 header checksum made right, if it has one. */
  public Frame withHeaderChecksum() {
    if (etherType() != IPV4) {
      return this;
    }
    Frame cleared = with(24, (byte) 0, (byte) 0);
    int sum = ~cleared.sum(14, transportAt(), 0) & 0xffff;
    return cleared.with(24, (byte) (sum >> 8), (byte) sum);
  }

  /** The same frame with the checksum of TCP, UDP, ICMP or ICMPv6 made right, if it has one. */
  public Frame withTransportChecksum() {
    int at = checksumAt();
    if (at < 0) {
      return this;
    }
    Frame cleared = with(at, (byte) 0, (byte) 0);
    int sum = ~cleared.transportSum() & 0xffff;
    if (sum == 0 && protocol() == UDP) {
      sum = 0xffff;
    }
    return cleared.with(at, (byte) (sum >> 8), (byte) sum);
  }

  /**
   * The same frame with a checksum of TCP or UDP that is right as the sender leaves it to be made:
   * the sum of the pseudo header, not complemented (virtio 1.3 section 5.1.6.2.1). Other frames
   * stay as they are.
   */
  public Frame withPartialChecksum() {
    if (!isTcp() && !isUdp() || !checksumsHold() || u16(checksumAt()) == 0) {
      return this;
    }
    int sum = pseudoHeaderSum();
    return with(checksumAt(), (byte) (sum >> 8), (byte) sum);
  }

  /** Whether every checksum in the frame holds; a UDP checksum of 0 does over IPv4. */
  public boolean checksumsHold() {
    if (etherType() == IPV4 && sum(14, transportAt(), 0) != 0xffff) {
      return false;
    }
    if (etherType() == IPV4 && (u16(20) & 0x3fff) != 0) {
      return true; // a fragment: the other checksum is over the whole
    }
    return switch (protocol()) {
      case UDP -> etherType() == IPV4 && u16(checksumAt()) == 0 || transportSum() == 0xffff;
      case TCP, ICMP, ICMPV6 -> transportSum() == 0xffff;
      default -> true;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Frame frame && Arrays.equals(bytes, frame.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The bytes in hex. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }

  private int checksumAt() {
    return switch (protocol()) {
      case TCP -> transportAt() + 16;
      case UDP -> transportAt() + 6;
      case ICMP, ICMPV6 -> transportAt() + 2;
      default -> -1;
    };
  }

  /** Sum over pseudo header and segment; 0xffff when the checksum within is right. */
  private int transportSum() {
    int at = transportAt();
    if (protocol() == ICMP) {
      return sum(at, transportEnd(), 0);
    }
    return sum(at, transportEnd(), pseudoHeaderSum());
  }

  private int pseudoHeaderSum() {
    int addresses = etherType() == IPV4 ? 26 : 22;
    int length = transportEnd() - transportAt();
    return sum(addresses, addresses + (etherType() == IPV4 ? 8 : 32), protocol() + length);
  }

  private int sum(int from, int to, int initial) {
    long sum = initial;
    for (int at = from; at < to; at += 2) {
      sum += at + 1 < to ? u16(at) : u8(at) << 8;
    }
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return (int) sum;
  }

  private InetAddress address(int at, int length) {
    try {
      return InetAddress.getByAddress(range(at, at + length));
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }
}
