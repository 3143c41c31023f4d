package org.jpasst.bridge;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/** Frames by which a node says where its address is, written byte by byte after the RFCs. */
public final class ClaimFrames {
  static final int ROUTER_SOLICITATION = 133;
  static final int ROUTER_ADVERTISEMENT = 134;
  static final int NEIGHBOUR_SOLICITATION = 135;
  static final int NEIGHBOUR_ADVERTISEMENT = 136;
  static final int ROUTER = 0x8000_0000;
  static final int OVERRIDE = 0x2000_0000;

  /** Where an IPv6 header and the ICMPv6 message behind it begin. */
  static final int IP = 14;

  static final int ICMP = IP + 40;
  private static final int SOURCE_OPTION = 1;
  private static final int TARGET_OPTION = 2;
  private static final IpAddress ALL_NODES = address("ff02::1");

  private ClaimFrames() {}

  static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  static long mac(String text) {
    return MacAddress.parse(text).orElseThrow().bits();
  }

  /** An ARP packet to all, by its sender. */
  public static byte[] arp(int operation, String mac, String ip) {
    return arp(operation, mac(mac), mac(mac), ip);
  }

  static byte[] arp(int operation, long from, long mac, String ip) {
    ByteBuffer frame = ByteBuffer.allocate(42);
    ethernet(frame, MacAddress.BROADCAST.bits(), from, 0x0806);
    frame.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4);
    frame.putShort((short) operation);
    put48(frame, mac);
    frame.putInt(address(ip).ipv4());
    put48(frame, 0);
    return frame.putInt(address("192.0.2.254").ipv4()).array();
  }

  /** A neighbour advertisement that overrides, with the target's link-layer address. */
  public static byte[] advertisement(String mac, String target) {
    return message(NEIGHBOUR_ADVERTISEMENT, OVERRIDE, mac, target, target);
  }

  static byte[] solicitation(String mac, String source) {
    return message(NEIGHBOUR_SOLICITATION, 0, mac, source, "2001:db8::ffff");
  }

  /** A message of neighbour discovery, with its sender's Ethernet address as the option. */
  static byte[] message(int type, int rest, String mac, String source, String target) {
    ByteBuffer body = ByteBuffer.allocate(64);
    body.put((byte) type).put((byte) 0).putShort((short) 0).putInt(rest);
    switch (type) {
      case ROUTER_SOLICITATION -> {
        // Nothing more.
      }
      case ROUTER_ADVERTISEMENT -> body.putLong(0);
      default -> put(body, address(target));
    }
    body.put((byte) (type == NEIGHBOUR_ADVERTISEMENT ? TARGET_OPTION : SOURCE_OPTION));
    body.put((byte) 1);
    put48(body, mac(mac));
    return packet(mac, source, Arrays.copyOf(body.array(), body.position()));
  }

  /** A packet with an ICMPv6 message, whose checksum is made. */
  static byte[] packet(String mac, String source, byte[] message) {
    ByteBuffer frame = ByteBuffer.allocate(ICMP + message.length);
    ethernet(frame, 0x3333_0000_0001L, mac(mac), 0x86dd);
    frame.putInt(0x6000_0000).putShort((short) message.length).put((byte) 58).put((byte) 255);
    put(frame, address(source));
    put(frame, ALL_NODES);
    frame.put(message);
    return summed(frame.array());
  }

  /** The same frame with a checksum that is right (RFC 4443 section 2.3). */
  static byte[] summed(byte[] frame) {
    ByteBuffer all = ByteBuffer.wrap(frame);
    all.putShort(ICMP + 2, (short) 0);
    all.putShort(ICMP + 2, (short) ~fold(sumOf(frame)));
    return frame;
  }

  /** Of the pseudo header and the message. */
  static int sumOf(byte[] frame) {
    // RFC 1071: an odd number of bytes is summed as if a zero followed.
    ByteBuffer all = ByteBuffer.wrap(Arrays.copyOf(frame, frame.length + 1));
    int sum = frame.length - ICMP + 58;
    for (int at = IP + 8; at < frame.length; at += 2) {
      sum += all.getShort(at) & 0xffff;
    }
    return fold(sum);
  }

  private static int fold(int sum) {
    int folded = (sum & 0xffff) + (sum >>> 16);
    return (folded & 0xffff) + (folded >>> 16);
  }

  private static void ethernet(ByteBuffer frame, long to, long from, int type) {
    put48(frame, to);
    put48(frame, from);
    frame.putShort((short) type);
  }

  private static void put(ByteBuffer to, IpAddress address) {
    to.putLong(address.hi()).putLong(address.lo());
  }

  private static void put48(ByteBuffer to, long value) {
    to.putShort((short) (value >>> 32)).putInt((int) value);
  }
}
