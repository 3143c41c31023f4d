package org.jpasst.fuzz;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.vectors.Frame;
import org.jpasst.vectors.FrameVectors;
import org.jpasst.vectors.Step;

/**
 * Frames that guests have sent to the original, damaged behind right checksums: ARP, neighbour
 * discovery, DHCP, DHCPv6, ICMP, options and extension headers. Those that would leave the host go
 * to a peer of the loopback interface instead.
 */
final class RawFrames {
  private static final int MOST = 700;
  private static final int IP = 14;
  private static final int IPV4_DESTINATION = IP + 16;
  private static final int IPV6_DESTINATION = IP + 24;
  private static final int ECHO_REQUEST6 = 128;
  private static final int DHCP_SERVER = 67;
  private static final int DHCPV6_SERVER = 547;

  /** Read once: many targets are made where a vector is made shorter. */
  private static final List<byte[]> FRAMES =
      FrameVectors.names().stream()
          .map(FrameVectors::recorded)
          .flatMap(each -> each.steps().stream())
          .filter(Step.Send.class::isInstance)
          .map(each -> ((Step.Send) each).frame().bytes())
          .filter(each -> each.length < MOST && each.length > IP)
          .toList();

  /** One of them, with some bytes that are others. */
  Input next(SplittableRandom random) {
    byte[] frame = FRAMES.get(random.nextInt(FRAMES.size())).clone();
    int from = random.nextInt(3) == 0 ? 12 : Math.min(IP + 20, frame.length - 1);
    for (int left = random.nextInt(6); left > 0; left--) {
      int at = random.nextInt(from, frame.length);
      frame[at] = (byte) (random.nextBoolean() ? random.nextInt(8) : random.nextInt());
    }
    int length = random.nextInt(20) == 0 ? random.nextInt(IP, frame.length + 1) : frame.length;
    return new Input("raw", new long[] {random.nextInt(20)}, frame).cut(length);
  }

  /**
   * The frame of an input, which goes to nobody but us.
   *
   * @param port where its datagrams and segments go
   */
  static byte[] confined(Input input, int port) {
    byte[] bytes = input.bytes().length < IP ? new byte[IP] : input.bytes();
    Frame frame = Frame.of(bytes);
    try {
      Frame here = frame.etherType() == Frame.ARP ? frame : confined(frame, port);
      boolean mended = input.number(0) != 0; // else its checksums are what they are
      return (mended ? withChecksums(here) : here).bytes();
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      return bytes; // too short for what it says that it is: nobody is sent anything
    }
  }

  private static Frame confined(Frame frame, int port) {
    if (frame.etherType() == Frame.IPV4) {
      return frame.isUdp() && frame.destinationPort() == DHCP_SERVER
          ? frame
          : withPort(frame.with(IPV4_DESTINATION, addressOf(LoopbackHost.GATEWAY4.ipv4())), port);
    }
    if (frame.etherType() != Frame.IPV6
        || frame.protocol() == Frame.ICMPV6 && frame.u8(frame.transportAt()) != ECHO_REQUEST6
        || frame.isUdp() && frame.destinationPort() == DHCPV6_SERVER) {
      return frame;
    }
    return withPort(
        frame
            .with(IPV6_DESTINATION, bytesOf(LoopbackHost.GATEWAY6.hi()))
            .with(IPV6_DESTINATION + 8, bytesOf(LoopbackHost.GATEWAY6.lo())),
        port);
  }

  private static Frame withPort(Frame frame, int port) {
    return frame.isUdp() || frame.isTcp()
        ? frame.with(frame.transportAt() + 2, (byte) (port >> 8), (byte) port)
        : frame;
  }

  private static byte[] addressOf(int ipv4) {
    return ByteBuffer.allocate(4).putInt(ipv4).array();
  }

  private static byte[] bytesOf(long half) {
    return ByteBuffer.allocate(8).putLong(half).array();
  }

  private static Frame withChecksums(Frame frame) {
    Frame mended = frame.etherType() == Frame.IPV4 ? frame.withHeaderChecksum() : frame;
    boolean known =
        mended.isTcp()
            || mended.isUdp()
            || mended.protocol() == Frame.ICMP
            || mended.protocol() == Frame.ICMPV6;
    return known && mended.transportEnd() >= mended.transportAt() + 8
        ? mended.withTransportChecksum()
        : mended;
  }
}
