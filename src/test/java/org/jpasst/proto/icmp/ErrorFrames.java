package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.FramePieces;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.IpProtocol;

/** What a guest says by ICMP about frames that it was sent. */
public final class ErrorFrames {
  /** What RFC 792 has quoted behind IPv4's header, and behind IPv6's fragment header. */
  private static final int QUOTED4 = 8;

  private static final int QUOTED6 = 16;

  private ErrorFrames() {}

  /** IPv4's "port unreachable", or IPv6's. */
  public static Frame portUnreachable(Frame sent) {
    boolean ipv4 = sent.etherType() == Frame.IPV4;
    return about(sent, ipv4 ? 3 : 1, ipv4 ? 3 : 4, 0);
  }

  /** "Fragmentation needed", or "packet too big". */
  public static Frame tooBig(Frame sent, int mtu) {
    boolean ipv4 = sent.etherType() == Frame.IPV4;
    return about(sent, ipv4 ? 3 : 2, ipv4 ? 4 : 0, mtu);
  }

  /**
   * An error that quotes a frame.
   *
   * @param rest the four bytes whose meaning is the type's
   */
  public static Frame about(Frame sent, int type, int code, int rest) {
    boolean ipv4 = sent.etherType() == Frame.IPV4;
    int end = Math.min(sent.length(), sent.transportAt() + (ipv4 ? QUOTED4 : QUOTED6));
    byte[] message = new byte[IcmpHeader.LENGTH + end - 14];
    IcmpHeader.write(MemorySegment.ofArray(message), 0, type, code, rest);
    System.arraycopy(sent.range(14, end), 0, message, IcmpHeader.LENGTH, end - 14);
    return LoopbackHost.packet(
        address(sent.destination().getHostAddress()),
        address(sent.source().getHostAddress()),
        ipv4 ? IpProtocol.ICMP : IpProtocol.ICMPV6,
        64,
        0,
        message);
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  /** The packet in a frame of the guest's. */
  public static Packet packet(Frame frame) {
    var shown = new org.jpasst.guest.Frame(new FramePieces(0));
    shown.set(MemorySegment.ofArray(frame.bytes()), 0, frame.length());
    var packet = new Packet();
    boolean whole =
        frame.etherType() == Frame.IPV4 ? packet.readIpv4(shown) : packet.readIpv6(shown);
    if (!whole) {
      throw new AssertionError("no packet");
    }
    return packet;
  }

  /** The same as who handles errors is given it. */
  public static GuestError error(Frame frame) {
    var error = new GuestError();
    if (!error.read(packet(frame))) {
      throw new AssertionError("quotes too little");
    }
    return error;
  }
}
