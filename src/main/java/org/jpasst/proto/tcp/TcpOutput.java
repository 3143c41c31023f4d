package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.Segmentation;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/** Writes segments for the guest: their headers, and whole ones that carry no data. */
final class TcpOutput {
  private final FrameSink sink;
  private final GuestAddresses guest;
  private final TimestampClock clock;
  private final SackBlocks sackBlocks = new SackBlocks();
  private final OwedResets owed = new OwedResets();

  TcpOutput(FrameSink sink, GuestAddresses guest, TimestampClock clock) {
    this.sink = sink;
    this.guest = guest;
    this.clock = clock;
  }

  /** Bytes from the start of a frame to its TCP header's options. */
  private static int headersLength(boolean ipv4) {
    return tcpOffset(ipv4) + TcpHeader.LENGTH;
  }

  /** Bytes from the start of a frame to the payload of a segment with data. */
  static int headersLength(TcpConnection c) {
    return headersLength(c.flow.guest().isIpv4()) + optionsLength(c);
  }

  /** Bytes of the options that all segments of a connection have. */
  static int optionsLength(TcpConnection c) {
    return c.timestamps.areUsed() ? TcpOptions.TIMESTAMPS_LENGTH : 0;
  }

  /**
   * Publishes a segment, or a frame of several, whose payload is already in place: fills the
   * headers, with an acknowledgment and the window.
   *
   * @param at where the link lent it
   * @param firstPiece where its payload begins in the link's table
   */
  void data(TcpConnection c, long at, int sequence, int flags, int firstPiece, int payloadLength) {
    // Selective acknowledgments go in a segment of their own: they would take the payload's room.
    c.ackDue &= sackBlocks.areDue(c);
    int length = acknowledging(c, at, sequence, flags, optionsLength(c), payloadLength);
    boolean ipv4 = c.flow.guest().isIpv4();
    int tcp = tcpOffset(ipv4);
    int tcpLength = length - tcp;
    if (sink.capabilities().checksums()) {
      TcpHeader.putPartialChecksum(sink.memory(), at + tcp, pseudoHeader(at, ipv4, tcpLength));
      int several = ipv4 ? Segmentation.TCP4 : Segmentation.TCP6;
      int segmentation = payloadLength > c.send.mss() ? several : Segmentation.NONE;
      sink.publish(length, tcp, TcpHeader.CHECKSUM, segmentation, c.send.mss());
    } else {
      int header = tcpLength - payloadLength;
      long sum = sink.payload().sum(firstPiece, payloadLength);
      sum += pseudoHeader(at, ipv4, tcpLength);
      TcpHeader.fillChecksum(sink.memory(), at + tcp, header, sum);
      sink.publish(length);
    }
  }

  private long pseudoHeader(long at, boolean ipv4, int tcpLength) {
    long ipAt = at + EthernetHeader.LENGTH;
    return ipv4
        ? Ipv4Header.pseudoHeader(sink.memory(), ipAt, IpProtocol.TCP, tcpLength)
        : Ipv6Header.pseudoHeader(sink.memory(), ipAt, IpProtocol.TCP, tcpLength);
  }

  /** Most payload of one frame of a connection, of whole segments but for the last. */
  int mostPayload(TcpConnection c) {
    LinkCapabilities link = sink.capabilities();
    boolean several = c.flow.guest().isIpv4() ? link.tcp4() : link.tcp6();
    int most = FrameSink.MAX_FRAME - headersLength(c);
    return several ? Math.max(c.send.mss(), most - most % c.send.mss()) : c.send.mss();
  }

  /** Sends a segment without data, with an acknowledgment and the window. */
  void control(TcpConnection c, int sequence, int flags) {
    int blocks = sackBlocks.collect(c);
    int options = optionsLength(c) + SackBlocks.length(blocks);
    int headers = headersLength(c.flow.guest().isIpv4()) + options;
    long at = sink.lendControl(headers);
    if (at == FrameSink.NO_ROOM) {
      c.ackDue = true;
      return;
    }
    sackBlocks.write(sink.memory(), at + headers - SackBlocks.length(blocks));
    c.ackDue = false;
    c.sack.forgetDuplicate();
    finish(c.flow.guest(), at, acknowledging(c, at, sequence, flags, options, 0));
  }

  private int acknowledging(
      TcpConnection c, long at, int sequence, int flags, int options, int payloadLength) {
    int field = c.window.offer();
    c.receive.tell();
    if (c.timestamps.areUsed()) {
      writeTimestamps(c, at, c.timestamps.recent());
    }
    int header = TcpHeader.LENGTH + options;
    return headers(
        c, at, sequence, c.receive.nxt(), TcpHeader.ACK | flags, field, header, payloadLength);
  }

  private void writeTimestamps(TcpConnection c, long at, int echo) {
    long optionAt = at + headersLength(c.flow.guest().isIpv4());
    TcpOptions.writeTimestamps(sink.memory(), optionAt, clock.value(c.timestamps.offset()), echo);
  }

  /** Acknowledges what was received and tells the window. */
  void acknowledge(TcpConnection c) {
    control(c, c.send.nxt(), 0);
  }

  /**
   * Acknowledges what came for a connection that isn't there any more; if the link has room.
   *
   * @param side the guest's endpoint, and as ours whom it talks to
   */
  void acknowledge(FlowSide side, long peerMac, int flowLabel, int sequence, int acknowledgment) {
    long at = sink.lendControl(headersLength(side.isIpv4()));
    if (at != FrameSink.NO_ROOM) {
      acknowledge(side, peerMac, flowLabel, at, sequence, acknowledgment, TcpHeader.LENGTH);
    }
  }

  /**
   * The same for one with timestamps.
   *
   * @param offset see {@link Timestamps#offset}
   * @param echo the guest's timestamp
   */
  void acknowledge(
      FlowSide side,
      long peerMac,
      int flowLabel,
      int sequence,
      int acknowledgment,
      int offset,
      int echo) {
    int headers = headersLength(side.isIpv4());
    long at = sink.lendControl(headers + TcpOptions.TIMESTAMPS_LENGTH);
    if (at != FrameSink.NO_ROOM) {
      TcpOptions.writeTimestamps(sink.memory(), at + headers, clock.value(offset), echo);
      int header = TcpHeader.LENGTH + TcpOptions.TIMESTAMPS_LENGTH;
      acknowledge(side, peerMac, flowLabel, at, sequence, acknowledgment, header);
    }
  }

  private void acknowledge(
      FlowSide side,
      long peerMac,
      int flowLabel,
      long at,
      int sequence,
      int acknowledgment,
      int header) {
    int flags = TcpHeader.ACK;
    int length =
        headers(side, peerMac, flowLabel, at, sequence, acknowledgment, flags, 0, header, 0);
    finish(side, at, length);
  }

  /**
   * Sends the SYN, or the SYN-ACK, with the options of RFC 9293 section 3.7.1, RFC 7323 section 2
   * and 3, and RFC 2018 section 2; a repetition is identical but for the time.
   *
   * <p>A SYN offers what the connection's flags say, a SYN-ACK what the SYN offered too.
   */
  void synchronise(TcpConnection c, int flags, int mss) {
    boolean ipv4 = c.flow.guest().isIpv4();
    int options =
        TcpOptions.MSS_LENGTH
            + (c.timestamps.areUsed() ? TcpOptions.TIMESTAMPS_LENGTH : 0)
            + (c.sack.arePermitted() ? TcpOptions.SACK_PERMITTED_LENGTH : 0)
            + (c.window.isScaled() ? TcpOptions.WINDOW_SCALE_LENGTH : 0);
    long at = sink.lendControl(headersLength(ipv4) + options);
    if (at == FrameSink.NO_ROOM) {
      return;
    }
    boolean ack = (flags & TcpHeader.ACK) != 0;
    long optionAt = at + headersLength(ipv4);
    MemorySegment s = sink.memory();
    TcpOptions.writeMss(s, optionAt, mss);
    optionAt += TcpOptions.MSS_LENGTH;
    if (c.timestamps.areUsed()) {
      TcpOptions.writeTimestamps(
          s, optionAt, clock.value(c.timestamps.offset()), ack ? c.timestamps.recent() : 0);
      optionAt += TcpOptions.TIMESTAMPS_LENGTH;
    }
    if (c.sack.arePermitted()) {
      TcpOptions.writeSackPermitted(s, optionAt);
      optionAt += TcpOptions.SACK_PERMITTED_LENGTH;
    }
    if (c.window.isScaled()) {
      TcpOptions.writeWindowScale(s, optionAt, c.window.scale());
    }
    int field = c.window.offerUnscaled();
    c.receive.tell();
    int header = TcpHeader.LENGTH + options;
    int length = headers(c, at, c.send.iss(), ack ? c.receive.nxt() : 0, flags, field, header, 0);
    finish(c.flow.guest(), at, length);
  }

  /**
   * Resets the guest's connection (RFC 9293 section 3.5.2): as soon as the link has room, if it has
   * none now.
   */
  void reset(TcpConnection c) {
    int sequence = c.phase == TcpConnection.Phase.CONNECTING ? 0 : c.send.max();
    boolean silent = c.phase == TcpConnection.Phase.SYN_SENT;
    int flags = silent ? TcpHeader.RST : TcpHeader.RST | TcpHeader.ACK;
    int acknowledgment = silent ? 0 : c.receive.nxt();
    end(c.flow.guest(), c.peerMac, c.flowLabel, flags, sequence, acknowledgment);
  }

  /**
   * Resets a connection of the guest's that isn't one of ours, and with the same patience.
   *
   * @param guest the guest's endpoint, and as ours whom it talks to
   * @param sequence what the guest expects next
   * @param acknowledgment what it sends next
   */
  void reset(FlowSide guest, long peerMac, int sequence, int acknowledgment) {
    end(guest, peerMac, 0, TcpHeader.RST | TcpHeader.ACK, sequence, acknowledgment);
  }

  private void end(
      FlowSide side, long peerMac, int flowLabel, int flags, int sequence, int acknowledgment) {
    if (!reset(side, peerMac, flowLabel, flags, sequence, acknowledgment)) {
      owed.add(side, peerMac, flowLabel, flags, sequence, acknowledgment);
      sink.hasRoom(); // who has asked is told when there is
    }
  }

  /** The link has room: sends the resets that it had none for. */
  void resetOwed() {
    while (!owed.isEmpty()) {
      OwedResets.Reset r = owed.first();
      if (!reset(
          r.side(), r.peerMac(), r.flowLabel(), r.flags(), r.sequence(), r.acknowledgment())) {
        return;
      }
      owed.removeFirst();
    }
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
    if ((flags & TcpHeader.ACK) != 0) {
      reset(from, peerMac, 0, TcpHeader.RST, acknowledgment, 0);
    } else {
      reset(from, peerMac, 0, sequence + segmentLength);
    }
  }

  /** Whether the link had room for it. */
  private boolean reset(
      FlowSide side, long peerMac, int flowLabel, int flags, int sequence, int acknowledgment) {
    long at = sink.lendControl(headersLength(side.isIpv4()));
    if (at == FrameSink.NO_ROOM) {
      return false;
    }
    int length =
        headers(
            side, peerMac, flowLabel, at, sequence, acknowledgment, flags, 0, TcpHeader.LENGTH, 0);
    finish(side, at, length);
    return true;
  }

  private int headers(
      TcpConnection c,
      long at,
      int sequence,
      int acknowledgment,
      int flags,
      int windowField,
      int headerLength,
      int payloadLength) {
    return headers(
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

  /** Writes a segment's headers but for TCP's checksum; answers the frame's length. */
  private int headers(
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
    EthernetHeader.write(s, at, guest.macOf(side.endpointHi(), side.endpointLo()), peerMac, type);
    long ipAt = at + EthernetHeader.LENGTH;
    long tcpAt;
    if (ipv4) {
      int source = (int) side.ourLo();
      int destination = (int) side.endpointLo();
      tcpAt = ipAt + Ipv4Header.LENGTH;
      Ipv4Header.write(s, ipAt, Ipv4Header.LENGTH + tcpLength, IpProtocol.TCP, source, destination);
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
    return (int) (tcpAt - at) + tcpLength;
  }

  /** Publishes a segment without payload, whose headers are written. */
  private void finish(FlowSide side, long at, int length) {
    boolean ipv4 = side.isIpv4();
    int tcp = tcpOffset(ipv4);
    TcpHeader.fillChecksum(
        sink.memory(), at + tcp, length - tcp, pseudoHeader(at, ipv4, length - tcp));
    sink.publish(length);
  }

  private static int tcpOffset(boolean ipv4) {
    return EthernetHeader.LENGTH + (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH);
  }

  /** Largest payload of a segment in a packet of so many bytes. */
  static int mssFor(boolean ipv4, int mtu) {
    return mtu - (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH) - TcpHeader.LENGTH;
  }
}
