package org.jpasst.vectors;

import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;

/**
 * Questions of the guest that a back-end answers for sure, each answer telling which question it
 * belongs to: ARP for the gateway, or a neighbour solicitation where IPv4 is off.
 */
public final class LivenessProbe {
  private static final String MULTICAST_ALL_NODES = "ff02::1";
  private static final Frame ARP =
      Frame.ofHex(
          "ffffffffffff 525400123456 0806 0001 0800 06 04 0001".replace(" ", "")
              + "02bb00000000c0000201000000000000c0000202");
  private static final Frame SOLICITATION =
      Frame.ofHex(
          ("3333ff000002 525400123456 86dd 60000000 0020 3a ff".replace(" ", ""))
              + "20010db8000000000000000000000001"
              + "ff0200000000000000000001ff000002"
              + "8700000000000000"
              + "20010db80000000000000000bb000000"
              + "0101525400123456");
  private static final int ARP_SENDER_MAC = 22;
  private static final int ARP_TARGET_MAC = 32;
  private static final int NEIGHBOUR_TARGET = 62;

  private final boolean overIpv6;
  private int number;

  private LivenessProbe(boolean overIpv6) {
    this.overIpv6 = overIpv6;
  }

  /** The question that a back-end with these options answers. */
  public static LivenessProbe forOptions(List<String> options) {
    return new LivenessProbe(options.contains("-6"));
  }

  /** The next question. */
  public Frame next() {
    number++;
    byte[] digits = {(byte) (number >> 16), (byte) (number >> 8), (byte) number};
    return overIpv6
        ? SOLICITATION.with(NEIGHBOUR_TARGET + 13, digits).withTransportChecksum()
        : ARP.with(ARP_SENDER_MAC + 3, digits);
  }

  /** Whether a frame answers the question asked last. */
  public boolean isAnswer(Frame frame) {
    if (overIpv6) {
      return isNeighbourDiscovery(frame, 136)
          && frame.u8(NEIGHBOUR_TARGET + 12) == 0xbb
          && number(frame, NEIGHBOUR_TARGET + 13) == number;
    }
    return frame.etherType() == Frame.ARP
        && frame.u16(20) == 2
        && frame.u16(ARP_TARGET_MAC) == 0x02bb
        && number(frame, ARP_TARGET_MAC + 3) == number;
  }

  /**
   * Whether a frame announces a neighbour, which a back-end may do whenever the host learns of one:
   * an ARP request for the sender's own address, or a neighbour advertisement to all nodes.
   */
  public static boolean isAnnouncement(Frame frame) {
    if (frame.etherType() == Frame.ARP) {
      return frame.u16(20) == 1 && frame.u32(28) == frame.u32(38);
    }
    return isNeighbourDiscovery(frame, 136)
        && frame.destination().equals(InetAddress.ofLiteral(MULTICAST_ALL_NODES));
  }

  @Override
  public String toString() {
    return HexFormat.of().toHexDigits(number);
  }

  private static boolean isNeighbourDiscovery(Frame frame, int type) {
    return frame.etherType() == Frame.IPV6
        && frame.protocol() == Frame.ICMPV6
        && frame.u8(frame.transportAt()) == type;
  }

  private static int number(Frame frame, int at) {
    return frame.u8(at) << 16 | frame.u16(at + 1);
  }
}
