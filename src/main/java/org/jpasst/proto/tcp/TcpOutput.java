package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.Segmentation;
import org.jpasst.proto.AnswerLimit;
import org.jpasst.proto.GuestFrame;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/** Writes segments for the guest: their headers, and whole ones that carry no data. */
final class TcpOutput {
  private final FrameSink sink;
  private final GuestFrame frame;
  private final TimestampClock clock;
  private final AnswerLimit refusals;
  private final SackBlocks sackBlocks = new SackBlocks();
  private final OwedResets owed = new OwedResets();
  private final TcpSegment next = new TcpSegment();

  TcpOutput(FrameSink sink, GuestAddresses guest, TimestampClock clock, AnswerLimit refusals) {
    this.sink = sink;
    this.clock = clock;
    this.refusals = refusals;
    frame = new GuestFrame(sink, guest);
  }

  /** Bytes from the start of a frame to the payload of a segment with data. */
  static int headersLength(TcpConnection c) {
    boolean ipv4 = c.flow.guest().isIpv4();
    return IpFrame.headersLength(ipv4) + TcpHeader.LENGTH + optionsLength(c);
  }

  /** Bytes of the options that all segments of a connection have. */
  static int optionsLength(TcpConnection c) {
    return c.timestamps.areUsed() ? TcpOptions.TIMESTAMPS_LENGTH : 0;
  }

  /** Most payload of one frame of a connection, of whole segments but for the last. */
  int mostPayload(TcpConnection c) {
    boolean several = sink.capabilities().tcp(c.flow.guest().isIpv4());
    int most = FrameSink.MAX_FRAME - headersLength(c);
    return several ? Math.max(c.send.mss(), most - most % c.send.mss()) : c.send.mss();
  }

  /**
   * Publishes a segment, or a frame of several, whose payload is already in place: fills the
   * headers, with an acknowledgment and the window.
   *
   * @param lent in two parts
   */
  void data(TcpConnection c, LentFrame lent, int sequence, int flags, int payloadLength) {
    // Selective acknowledgments go in a segment of their own: they would take the payload's room.
    c.ackDue &= sackBlocks.areDue(c);
    frame.begin(c.flow.guest(), c.peerMac, lent);
    int header = TcpHeader.LENGTH + optionsLength(c);
    acknowledge(c, sequence, flags);
    head(next, header, payloadLength);
    long tcpAt = frame.transportAt();
    if (sink.capabilities().checksums()) {
      TcpHeader.putPartialChecksum(frame.memory(), tcpAt, frame.pseudoHeader());
      int several = Segmentation.tcp(c.flow.guest().isIpv4());
      int segmentation = payloadLength > c.send.mss() ? several : Segmentation.NONE;
      frame.publish(TcpHeader.CHECKSUM, segmentation, c.send.mss());
    } else {
      long sum = frame.pseudoHeader() + frame.payloadSum(payloadLength);
      TcpHeader.fillChecksum(frame.memory(), tcpAt, header, sum);
      frame.publish();
    }
  }

  /** Sends a segment without data, with an acknowledgment and the window. */
  void control(TcpConnection c, int sequence, int flags) {
    int blocks = SackBlocks.length(sackBlocks.collect(c));
    int header = TcpHeader.LENGTH + optionsLength(c) + blocks;
    if (!frame.lendControl(c.flow.guest(), c.peerMac, header)) {
      c.ackDue = true;
      return;
    }
    sackBlocks.write(frame.memory(), frame.transportAt() + header - blocks);
    c.ackDue = false;
    c.sack.forgetDuplicate();
    acknowledge(c, sequence, flags);
    send(next, header);
  }

  /** Makes the next segment one that acknowledges what came, and writes its timestamps, if any. */
  private void acknowledge(TcpConnection c, int sequence, int flags) {
    if (c.timestamps.areUsed()) {
      writeTimestamps(clock.value(c.timestamps.offset()), c.timestamps.recent());
    }
    int field = c.window.offer();
    c.receive.tell();
    next.of(c.flow.guest(), c.peerMac, c.flowLabel);
    next.says(TcpHeader.ACK | flags, sequence, c.receive.nxt()).offers(field);
  }

  /** As the first option. */
  private void writeTimestamps(int value, int echo) {
    long optionAt = frame.transportAt() + TcpHeader.LENGTH;
    TcpOptions.writeTimestamps(frame.memory(), optionAt, value, echo);
  }

  /** Acknowledges what was received and tells the window. */
  void acknowledge(TcpConnection c) {
    control(c, c.send.nxt(), 0);
  }

  /**
   * Sends the SYN, or the SYN-ACK, with the options of RFC 9293 section 3.7.1, RFC 7323 section 2
   * and 3, and RFC 2018 section 2; a repetition is identical but for the time.
   *
   * <p>A SYN offers what the connection's flags say, a SYN-ACK what the SYN offered too.
   */
  void synchronise(TcpConnection c, int flags, int mss) {
    int header =
        TcpHeader.LENGTH
            + TcpOptions.MSS_LENGTH
            + optionsLength(c)
            + (c.sack.arePermitted() ? TcpOptions.SACK_PERMITTED_LENGTH : 0)
            + (c.window.isScaled() ? TcpOptions.WINDOW_SCALE_LENGTH : 0);
    if (!frame.lendControl(c.flow.guest(), c.peerMac, header)) {
      return;
    }
    boolean ack = (flags & TcpHeader.ACK) != 0;
    long optionAt = frame.transportAt() + TcpHeader.LENGTH;
    MemorySegment s = frame.memory();
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
    next.of(c.flow.guest(), c.peerMac, c.flowLabel);
    next.says(flags, c.send.iss(), ack ? c.receive.nxt() : 0).offers(field);
    send(next, header);
  }

  /**
   * Resets the guest's connection (RFC 9293 section 3.5.2): as soon as the link has room, if it has
   * none now.
   */
  void reset(TcpConnection c) {
    int sequence = c.phase == TcpConnection.Phase.CONNECTING ? 0 : c.send.max();
    boolean silent = c.phase == TcpConnection.Phase.SYN_SENT;
    int flags = silent ? TcpHeader.RST : TcpHeader.RST | TcpHeader.ACK;
    next.of(c.flow.guest(), c.peerMac, c.flowLabel);
    end(next.says(flags, sequence, silent ? 0 : c.receive.nxt()));
  }

  /**
   * Resets a connection of the guest's that isn't one of ours, and with the same patience.
   *
   * @param guest the guest's endpoint, and as ours whom it talks to
   * @param sequence what the guest expects next
   * @param acknowledgment what it sends next
   */
  void reset(FlowSide guest, long peerMac, int sequence, int acknowledgment) {
    next.of(guest, peerMac, 0);
    end(next.says(TcpHeader.RST | TcpHeader.ACK, sequence, acknowledgment));
  }

  private void end(TcpSegment reset) {
    if (!send(reset)) {
      owed.add(reset);
    }
  }

  /** The link has room: sends the resets that it had none for. */
  void resetOwed() {
    while (!owed.isEmpty() && send(owed.first())) {
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
    if ((flags & TcpHeader.RST) != 0 || !refusals.admits()) {
      return;
    }
    next.of(from, peerMac, 0);
    if ((flags & TcpHeader.ACK) != 0) {
      send(next.says(TcpHeader.RST, acknowledgment, 0));
    } else {
      end(next.says(TcpHeader.RST | TcpHeader.ACK, 0, sequence + segmentLength));
    }
  }

  /** Sends a segment without options or data; whether the link had room for it. */
  boolean send(TcpSegment segment) {
    boolean room = frame.lendControl(segment.side(), segment.peerMac(), TcpHeader.LENGTH);
    if (room) {
      send(segment, TcpHeader.LENGTH);
    }
    return room;
  }

  /**
   * Sends one with timestamps, if the link has room for it.
   *
   * @param offset see {@link Timestamps#offset}
   * @param echo the guest's timestamp
   */
  void send(TcpSegment segment, int offset, int echo) {
    int header = TcpHeader.LENGTH + TcpOptions.TIMESTAMPS_LENGTH;
    if (frame.lendControl(segment.side(), segment.peerMac(), header)) {
      writeTimestamps(clock.value(offset), echo);
      send(segment, header);
    }
  }

  /** Heads and publishes a segment without data, whose options are written. */
  private void send(TcpSegment segment, int header) {
    head(segment, header, 0);
    TcpHeader.fillChecksum(frame.memory(), frame.transportAt(), header, frame.pseudoHeader());
    frame.publish();
  }

  /** Writes a segment's headers but for TCP's options and checksum. */
  private void head(TcpSegment segment, int header, int payloadLength) {
    segment.write(frame.memory(), frame.transportAt(), header);
    frame.flowLabel(segment.flowLabel());
    frame.finish(IpProtocol.TCP, header + payloadLength);
  }
}
