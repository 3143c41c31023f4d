package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import java.util.function.ObjLongConsumer;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.Environment;
import org.jpasst.proto.Packet;
import org.jpasst.proto.TransportChecksums;
import org.jpasst.proto.tcp.PortQuestions.Answer;
import org.jpasst.proto.tcp.TcpConnection.Phase;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.TcpHeader;

/**
 * Gives the guest's segments to the connections they belong to, those of one connection in a batch
 * together. Which one that is, is said when a segment comes, and again where the connection has
 * ended before the segment's turn: what is behind its end belongs to nobody, or opens the next
 * connection of the same name.
 */
final class TcpInput {
  /**
   * Connections of one name that one batch may open, one after the other. A guest that means it
   * waits for an answer to each; others would have us make sockets for every second segment.
   */
  private static final int MAX_OPENINGS = 8;

  private final FlowTable flows;
  private final AddressTranslation translation;
  private final GuestAddresses guest;
  private final MacLookup macs;
  private final Counters counters;
  private final TransportChecksums checksums;
  private final TcpConnections connections;
  private final TcpOpening opening;
  private final TcpHeaderFields headerFields;
  private final TcpFromGuest fromGuest;
  private final TimeWait timeWait;
  private final ClosedPorts closedPorts;
  private final TcpOutput output;
  private final ObjLongConsumer<TcpConnection> proceed;
  private final SegmentBatch batch = new SegmentBatch();
  private final FlowSide arrived = new FlowSide();
  private final FlowSide ended = new FlowSide();

  TcpInput(
      Environment environment,
      TcpConnections connections,
      TcpOpening opening,
      TcpHeaderFields headerFields,
      TcpFromGuest fromGuest,
      TimeWait timeWait,
      ClosedPorts closedPorts,
      TcpOutput output,
      ObjLongConsumer<TcpConnection> proceed) {
    flows = environment.flows();
    translation = environment.translation();
    guest = environment.guest();
    macs = environment.macs();
    counters = environment.counters();
    checksums = new TransportChecksums(counters, environment.log());
    this.connections = connections;
    this.opening = opening;
    this.headerFields = headerFields;
    this.fromGuest = fromGuest;
    this.timeWait = timeWait;
    this.closedPorts = closedPorts;
    this.output = output;
    this.proceed = proceed;
  }

  /** A segment from the guest; see {@link Tcp#onPacket}. */
  void onPacket(Packet packet, long now) {
    MemorySegment s = packet.memory();
    long at = packet.at();
    int length = packet.length();
    if (!TcpHeader.valid(s, at, length)) {
      counters.increment(Counter.DROP_TCP_HEADER);
      return;
    }
    if (!checksums.acceptTcp(packet)) {
      return;
    }
    if (batch.isFull()) {
      onBatchEnd(now); // before the look-up: it may end the connection
    }
    packet.fill(arrived, TcpHeader.sourcePort(s, at), TcpHeader.destinationPort(s, at));
    int index = flows.lookup(FlowType.TCP, arrived);
    if (index == FlowTable.NONE) {
      guest.heard(arrived, packet.sourceMac());
      unknown(arrived, s, at, length, packet.hopLimit(), packet.trafficClass(), now);
    } else {
      TcpConnection c = connections.at(index);
      if ((TcpHeader.flags(s, at) & TcpHeader.RST) == 0) { // which anybody may have forwarded
        guest.heard(c.flow.guest(), packet.sourceMac());
      }
      headerFields.serve(c, packet.trafficClass());
      batch.add(c, packet);
    }
  }

  /** A segment of no connection: the start of one, or refused (RFC 9293 section 3.10.7.1). */
  private void unknown(
      FlowSide side, MemorySegment s, long at, int length, int ttl, int service, long now) {
    if (!isOfTwoEnds(side)) {
      counters.increment(Counter.TCP_NO_FLOW);
      return;
    }
    if (timeWait.take(side, s, at, length, now)) {
      return;
    }
    int flags = TcpHeader.flags(s, at);
    if ((flags & TcpHeader.STATE) == TcpHeader.SYN) {
      opening.fromGuest(side, s, at, ttl, service, now);
      return;
    }
    int acknowledgment = TcpHeader.acknowledgment(s, at);
    if (closedPorts.takeSegment(side, flags, acknowledgment, now) == Answer.REFUSED) {
      return;
    }
    counters.increment(Counter.TCP_NO_FLOW);
    int text =
        length
            - TcpHeader.headerLength(s, at)
            + ((flags & TcpHeader.SYN) != 0 ? 1 : 0)
            + ((flags & TcpHeader.FIN) != 0 ? 1 : 0);
    output.refuse(
        side,
        macs.macOf(side.ourHi(), side.ourLo()),
        flags,
        TcpHeader.sequence(s, at),
        acknowledgment,
        text);
  }

  /** RFC 9293 section 3.9.2.3, MUST-57 and MUST-63: what names a group gets no answer. */
  private boolean isOfTwoEnds(FlowSide side) {
    return isOneEnd(side.endpointHi(), side.endpointLo())
        && isOneEnd(side.ourHi(), side.ourLo())
        && side.endpointPort() != 0
        && side.ourPort() != 0;
  }

  private boolean isOneEnd(long hi, long lo) {
    return IpAddress.isUnicast(hi, lo) && !translation.isBroadcast(hi, lo);
  }

  /** All segments of the batch are there: handles them, connection by connection. */
  void onBatchEnd(long now) {
    // Whatever is thrown: what the segments lay in is used again.
    try {
      for (int i = 0; i < batch.connections(); i++) {
        takeAll(batch.connection(i), batch.first(i), now);
      }
    } finally {
      batch.clear();
    }
  }

  /** Takes all that the batch has for a connection, or for those that follow it. */
  private void takeAll(TcpConnection c, int first, long now) {
    if (batch.isTorn()) {
      return; // nothing of it was taken: whoever sent it, repeats it
    }
    ended.set(c.flow.guest());
    int rest = take(c, first, now);
    c.liveness.onHeard(now);
    if (rest != SegmentBatch.END) {
      takeBehindEnd(rest, now);
    }
  }

  /** Segments of one batch and name, the connection of which has {@link #ended}. */
  private void takeBehindEnd(int first, long now) {
    int openings = 0;
    int next = first;
    while (next != SegmentBatch.END && openings < MAX_OPENINGS) {
      int index = flows.lookup(FlowType.TCP, ended);
      if (index != FlowTable.NONE) {
        openings++;
        TcpConnection c = connections.at(index);
        next = take(c, next, now);
        c.liveness.onHeard(now);
      } else {
        int segment = next;
        next = batch.next(segment);
        MemorySegment s = batch.memory(segment);
        int ttl = TcpHeaderFields.USUAL_TTL; // what it had isn't kept
        unknown(ended, s, batch.at(segment), batch.length(segment), ttl, 0, now);
      }
    }
  }

  /**
   * Takes a connection's segments of the batch, beginning with one of them.
   *
   * @return the first that the connection didn't live to see, or {@link SegmentBatch#END}
   */
  private int take(TcpConnection c, int first, long now) {
    int next = first;
    boolean synDone = false;
    c.liveness.onAnswer();
    while (next != SegmentBatch.END && !c.established()) {
      if (c.phase == Phase.CLOSED) {
        return next;
      }
      if (c.phase == Phase.PAUSED) {
        return SegmentBatch.END;
      }
      int segment = next;
      next = batch.next(segment);
      if (opening.segment(c, batch.memory(segment), batch.at(segment), now)
          && carriesMore(segment)) {
        next = segment;
        synDone = true;
      }
    }
    if (!c.established()) {
      return SegmentBatch.END;
    }
    switch (fromGuest.take(c, batch, next, synDone, now)) {
      case ALIVE -> proceed.accept(c, now);
      case RESET_BY_GUEST -> connections.abortPeer(c);
      case BROKEN -> connections.abort(c);
    }
    return fromGuest.rest();
  }

  /** Whether the segment that ended the handshake has data or a FIN to be handled as well. */
  private boolean carriesMore(int segment) {
    MemorySegment s = batch.memory(segment);
    long at = batch.at(segment);
    int flags = TcpHeader.flags(s, at);
    boolean text = batch.length(segment) > TcpHeader.headerLength(s, at);
    return text || (flags & TcpHeader.FIN) != 0;
  }
}
