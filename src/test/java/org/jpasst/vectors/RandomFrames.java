package org.jpasst.vectors;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Frames made by chance from a seed: noise, noise behind good headers up to every layer, and
 * recorded frames with a few bytes changed. Addresses are mostly those of the lab, so that the
 * frames get far.
 */
final class RandomFrames {
  private static final int MAX_NOISE = 300;
  private static final String GUEST_MAC = "525400123456";
  private static final String OUR_MAC = "9a559a559a55";
  private static final String IPV6_GUEST = "20010db8000000000000000000000001";
  private static final String IPV6_REMOTE = "20010db8000000000000000000000003";
  private static final String IPV6_LINK_LOCAL = "fe80000000000000505400fffe123456";
  private static final Frame ETHERNET = Frame.ofHex(OUR_MAC + GUEST_MAC + "0000");
  private static final Frame IPV4 =
      Frame.ofHex(OUR_MAC + GUEST_MAC + "0800" + "4500000000004000400000" + "00c0000201c0000203");
  private static final Frame IPV6 =
      Frame.ofHex(OUR_MAC + GUEST_MAC + "86dd" + "6000000000000040" + IPV6_GUEST + IPV6_REMOTE);
  private static final Frame IPV6_LOCAL =
      Frame.ofHex(
          "333300010002"
              + GUEST_MAC
              + "86dd"
              + "60000000000000ff"
              + IPV6_LINK_LOCAL
              + "ff020000000000000000000000010002");
  private static final int[] EXTENSIONS = {0, 43, 44, 50, 51, 60, 135, 139, 140, 253, 59};

  private final SplittableRandom random;
  private final List<Frame> recorded;

  /**
   * @param seed the same seed makes the same frames
   * @param recorded good frames
   */
  RandomFrames(long seed, List<Frame> recorded) {
    this.random = new SplittableRandom(seed);
    this.recorded = recorded;
  }

  /** The next frame, of 14 bytes at least. */
  Frame next() {
    return switch (random.nextInt(10)) {
      case 0 -> Frame.of(noise(14 + random.nextInt(MAX_NOISE)));
      case 1 -> behind(ETHERNET.with(12, (byte) 8, (byte) 6), noise());
      case 2 -> ipv4(random.nextInt(256), noise());
      case 3 -> ipv6(IPV6, anyProtocol(), noise());
      case 4 -> damaged();
      case 5 -> random.nextInt(50) == 0 ? MalformedFrames.withChecksums(damaged()) : damaged();
      case 6 -> dhcp();
      case 7 -> dhcpv6();
      case 8 -> neighbourDiscovery();
      default -> tcp();
    };
  }

  private Frame damaged() {
    Frame frame = recorded.get(random.nextInt(recorded.size()));
    for (int count = 1 + random.nextInt(4); count > 0; count--) {
      frame = frame.with(random.nextInt(frame.length()), (byte) random.nextInt());
    }
    if (random.nextInt(4) == 0) {
      frame = Frame.of(frame.range(0, 14 + random.nextInt(frame.length() - 13)));
    }
    return frame;
  }

  private Frame dhcp() {
    byte[] message = noise();
    if (message.length > 240) {
      // A request by Ethernet with the magic cookie, so that the options are looked at.
      System.arraycopy(new byte[] {1, 1, 6, 0}, 0, message, 0, 4);
      System.arraycopy(new byte[] {0x63, (byte) 0x82, 0x53, 0x63}, 0, message, 236, 4);
    }
    return ipv4(Frame.UDP, udp(68, 67, message));
  }

  private Frame dhcpv6() {
    byte[] message = noise();
    if (message.length > 18) {
      // A known type and a client identifier, so that the rest is looked at.
      message[0] = (byte) (1 + random.nextInt(13));
      System.arraycopy(
          new byte[] {0, 1, 0, 10, 0, 3, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56}, 0, message, 4, 14);
      shortOptions(message, 18);
    }
    return ipv6(IPV6_LOCAL, Frame.UDP, udp(546, 547, message));
  }

  private Frame neighbourDiscovery() {
    byte[] message = noise();
    if (message.length >= 8) {
      message[0] = (byte) (133 + random.nextInt(5));
      message[1] = 0;
    }
    for (int at = 25; at < message.length; at += 8) {
      message[at] = (byte) random.nextInt(3);
    }
    return ipv6(IPV6_LOCAL, Frame.ICMPV6, message);
  }

  private Frame tcp() {
    byte[] segment = noise();
    if (segment.length > 20) {
      // Few ports, and few SYNs: each opens a socket.
      System.arraycopy(new byte[] {(byte) 0x9c, 0x40, 0x1b}, 0, segment, 0, 3);
      if (random.nextInt(100) != 0) {
        segment[13] &= ~Frame.SYN;
      }
    }
    return random.nextBoolean() ? ipv4(Frame.TCP, segment) : ipv6(IPV6, Frame.TCP, segment);
  }

  /** Writes over noise a chain of DHCPv6 options that fit mostly. */
  private void shortOptions(byte[] message, int from) {
    for (int at = from; at + 4 <= message.length; ) {
      int length = random.nextInt(20);
      message[at] = 0;
      message[at + 1] = (byte) random.nextInt(40);
      message[at + 2] = 0;
      message[at + 3] = (byte) length;
      at += 4 + length;
    }
  }

  private int anyProtocol() {
    // UDP to any port of any host would open a socket each time.
    int protocol =
        random.nextBoolean() ? EXTENSIONS[random.nextInt(EXTENSIONS.length)] : random.nextInt(256);
    return protocol == Frame.UDP ? Frame.TCP : protocol;
  }

  private byte[] udp(int source, int destination, byte[] payload) {
    byte[] datagram = new byte[8 + payload.length];
    int length = random.nextInt(50) == 0 ? random.nextInt(65_536) : datagram.length;
    int[] fields = {source, destination, length};
    for (int each = 0; each < fields.length; each++) {
      datagram[2 * each] = (byte) (fields[each] >> 8);
      datagram[2 * each + 1] = (byte) fields[each];
    }
    System.arraycopy(payload, 0, datagram, 8, payload.length);
    return datagram;
  }

  private Frame ipv4(int protocol, byte[] payload) {
    int length = 20 + payload.length;
    Frame header = IPV4.with(16, (byte) (length >> 8), (byte) length).with(23, (byte) protocol);
    return MalformedFrames.withChecksums(behind(header, payload));
  }

  private Frame ipv6(Frame header, int protocol, byte[] payload) {
    int length = payload.length;
    return MalformedFrames.withChecksums(
        behind(header.with(18, (byte) (length >> 8), (byte) length, (byte) protocol), payload));
  }

  private static Frame behind(Frame header, byte[] payload) {
    byte[] all = new byte[header.length() + payload.length];
    System.arraycopy(header.bytes(), 0, all, 0, header.length());
    System.arraycopy(payload, 0, all, header.length(), payload.length);
    return Frame.of(all);
  }

  private byte[] noise() {
    return noise(random.nextInt(MAX_NOISE));
  }

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }
}
