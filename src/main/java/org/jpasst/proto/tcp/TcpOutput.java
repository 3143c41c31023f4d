package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/** Writes segments for the guest: their headers, and whole ones that carry no data. */
final class TcpOutput {
  private static final int SYN_OPTIONS = TcpOptions.MSS_LENGTH + TcpOptions.WINDOW_SCALE_LENGTH;

  private final FrameSink sink;
  private final GuestAddresses guest;
  private final ReceiveWindow window;

  TcpOutput(FrameSink sink, GuestAddresses guest, ReceiveWindow window) {
    this.sink = sink;
    this.guest = guest;
    this.window = window;
  }

  /** Bytes from the start of a frame to the payload of a segment without options. */
  static int headersLength(boolean ipv4) {
    return EthernetHeader.LENGTH
        + (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH)
        + TcpHeader.LENGTH;
  }

  /**
   * Fills the headers in front of a payload that is already in place; it carries an acknowledgment
   * and the window.
   *
   * @return the frame's length
   */
  int dataHeaders(TcpConnection c, long at, int sequence, int payloadLength, int flags) {
    int field = window.offer(c);
    c.rcvAcked = c.rcvNxt;
    c.ackDue = false;
    int all = TcpHeader.ACK | flags;
    return segment(c, at, sequence, c.rcvNxt, all, field, TcpHeader.LENGTH, payloadLength);
  }

  /** Sends a segment without data, with an acknowledgment and the window. */
  void control(TcpConnection c, int sequence, int flags) {
    boolean ipv4 = c.flow.guest().isIpv4();
    long at = sink.lendReply(headersLength(ipv4));
    if (at == FrameSink.NO_ROOM) {
      c.ackDue = true;
      return;
    }
    sink.publish(dataHeaders(c, at, sequence, 0, flags));
  }

  /** Acknowledges what was received and tells the window. */
  void acknowledge(TcpConnection c) {
    control(c, c.sndNxt, 0);
  }

  /**
   * Sends the SYN, or the SYN-ACK, with the options of RFC 9293 section 3.7.1 and RFC 7323 section
   * 2; a repetition is identical.
   *
   * @param offerScale whether to offer window scaling: in a SYN-ACK only if the SYN did
   */
  void synchronise(TcpConnection c, int flags, int mss, boolean offerScale) {
    boolean ipv4 = c.flow.guest().isIpv4();
    int options = offerScale ? SYN_OPTIONS : TcpOptions.MSS_LENGTH;
    long at = sink.lendReply(headersLength(ipv4) + options);
    if (at == FrameSink.NO_ROOM) {
      return;
    }
    MemorySegment s = sink.memory();
    long optionsAt = at + headersLength(ipv4);
    TcpOptions.writeMss(s, optionsAt, mss);
    if (offerScale) {
      TcpOptions.writeWindowScale(s, optionsAt + TcpOptions.MSS_LENGTH, c.rcvScale);
    }
    boolean ack = (flags & TcpHeader.ACK) != 0;
    int acknowledgment = ack ? c.rcvNxt : 0;
    int field = window.offerUnscaled(c);
    c.rcvAcked = c.rcvNxt;
    int length = segment(c, at, c.iss, acknowledgment, flags, field, TcpHeader.LENGTH + options, 0);
    sink.publish(length);
  }

  /** Resets the guest's connection (RFC 9293 section 3.5.2). */
  void reset(TcpConnection c) {
    boolean ipv4 = c.flow.guest().isIpv4();
    long at = sink.lendReply(headersLength(ipv4));
    if (at == FrameSink.NO_ROOM) {
      return;
    }
    int flags = TcpHeader.RST | TcpHeader.ACK;
    int sequence = c.phase == TcpConnection.Phase.CONNECTING ? 0 : c.sndMax;
    boolean silent = c.phase == TcpConnection.Phase.SYN_SENT;
    sink.publish(
        segment(
            c,
            at,
            sequence,
            silent ? 0 : c.rcvNxt,
            silent ? TcpHeader.RST : flags,
            0,
            TcpHeader.LENGTH,
            0));
  }

  /**
   * Answers a segment that belongs to no connection (RFC 9293 section 3.10.7.1).
   *
   * @param from the guest's endpoint, and as ours the destination it used
   * @param peerMac Ethernet source of the answer
   * @param segmentLength bytes of payload, SYN and FIN counted as one each
   */
  void refuse(
      FlowSide from, long peerMac, int flags, int sequence, int acknowledgment, int segmentLength) {
    if ((flags & TcpHeader.RST) != 0) {
      return;
    }
    boolean ipv4 = from.isIpv4();
    long at = sink.lendReply(headersLength(ipv4));
    if (at == FrameSink.NO_ROOM) {
      return;
    }
    boolean hasAck = (flags & TcpHeader.ACK) != 0;
    int length =
        hasAck
            ? segment(
                from, peerMac, 0, at, acknowledgment, 0, TcpHeader.RST, 0, TcpHeader.LENGTH, 0)
            : segment(
                from,
                peerMac,
                0,
                at,
                0,
                sequence + segmentLength,
                TcpHeader.RST | TcpHeader.ACK,
                0,
                TcpHeader.LENGTH,
                0);
    sink.publish(length);
  }

  private int segment(
      TcpConnection c,
      long at,
      int sequence,
      int acknowledgment,
      int flags,
      int windowField,
      int headerLength,
      int payloadLength) {
    return segment(
        c.flow.guest(),
        c.peerMac,
        c.flowLabel,
        at,
        sequence,
        acknowledgment,
        flags,
        windowField,
        headerLength,
        payloadLength);
  }

  private int segment(
      FlowSide side,
      long peerMac,
      int flowLabel,
      long at,
      int sequence,
      int acknowledgment,
      int flags,
      int windowField,
      int headerLength,
      int payloadLength) {
    MemorySegment s = sink.memory();
    boolean ipv4 = side.isIpv4();
    int tcpLength = headerLength + payloadLength;
    int type = ipv4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6;
    EthernetHeader.write(s, at, guest.mac(), peerMac, type);
    long ipAt = at + EthernetHeader.LENGTH;
    long tcpAt;
    long pseudo;
    if (ipv4) {
      int source = (int) side.ourLo();
      int destination = (int) side.endpointLo();
      tcpAt = ipAt + Ipv4Header.LENGTH;
      Ipv4Header.write(s, ipAt, Ipv4Header.LENGTH + tcpLength, IpProtocol.TCP, source, destination);
      pseudo = InternetChecksum.pseudoHeader4(source, destination, IpProtocol.TCP, tcpLength);
    } else {
      tcpAt = ipAt + Ipv6Header.LENGTH;
      Ipv6Header.write(
          s,
          ipAt,
          flowLabel,
          tcpLength,
          IpProtocol.TCP,
          side.ourHi(),
          side.ourLo(),
          side.endpointHi(),
          side.endpointLo());
      pseudo =
          InternetChecksum.pseudoHeader6(
              side.ourHi(),
              side.ourLo(),
              side.endpointHi(),
              side.endpointLo(),
              IpProtocol.TCP,
              tcpLength);
    }
    TcpHeader.write(
        s,
        tcpAt,
        side.ourPort(),
        side.endpointPort(),
        sequence,
        acknowledgment,
        headerLength,
        flags,
        windowField);
    TcpHeader.fillChecksum(s, tcpAt, tcpLength, pseudo);
    return (int) (tcpAt - at) + tcpLength;
  }

  /** Largest payload of a segment in a packet of so many bytes. */
  static int mssFor(boolean ipv4, int mtu) {
    return mtu - (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH) - TcpHeader.LENGTH;
  }
}
