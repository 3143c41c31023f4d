package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.proto.Packet;
import org.jpasst.proto.icmp.PacketErrors;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6FragmentHeader;

/**
 * Puts the guest's fragments together again. What comes of them goes the way that a datagram takes
 * that was never cut up.
 */
final class FragmentInput {
  private static final int UNIT = 8;

  private final Reassembly reassembly;
  private final PacketErrors errors;
  private final Counters counters;
  private final LongConsumer endBatch;
  private final Frame whole = new Frame(new FramePieces(0));
  private final Packet first = new Packet();
  private final Reassembly.Expiry expiry = this::tellExpired;

  /**
   * Nothing has come yet.
   *
   * @param endBatch has what was handed over so far used up
   */
  FragmentInput(PacketErrors errors, Counters counters, LongConsumer endBatch) {
    reassembly = new Reassembly(counters);
    this.errors = errors;
    this.counters = counters;
    this.endBatch = endBatch;
  }

  /**
   * A fragment over IPv4.
   *
   * @return whether there is a {@link #whole} datagram now
   */
  boolean onIpv4(Packet packet, long now) {
    MemorySegment s = packet.memory();
    long ip = packet.frame().at() + EthernetHeader.LENGTH;
    return take(
        packet,
        0,
        Ipv4Header.identification(s, ip),
        Ipv4Header.fragmentOffset(s, ip),
        Ipv4Header.hasMoreFragments(s, ip),
        now);
  }

  /**
   * A fragment over IPv6, whose fragment header comes next.
   *
   * @return whether there is a {@link #whole} datagram now
   */
  boolean onIpv6(Packet packet, long now) {
    MemorySegment s = packet.memory();
    long at = packet.at();
    return take(
        packet,
        Ipv6FragmentHeader.LENGTH,
        Ipv6FragmentHeader.identification(s, at),
        Ipv6FragmentHeader.offset(s, at),
        Ipv6FragmentHeader.hasMore(s, at),
        now);
  }

  private boolean take(
      Packet packet, int skip, int identification, int offset, boolean more, long now) {
    int length = packet.length() - skip;
    if (length <= 0 || more && length % UNIT != 0) {
      counters.increment(Counter.DROP_FRAGMENT);
      return false;
    }
    if (reassembly.isFull()) {
      endBatch.accept(now);
      reassembly.onBatchEnd();
    }
    PartialDatagram datagram = reassembly.of(packet, identification, now);
    return switch (datagram.add(packet, packet.at() + skip, length, offset, more)) {
      case WAITING -> false;
      case VOID -> {
        counters.increment(Counter.DROP_FRAGMENT);
        yield false;
      }
      case WHOLE -> {
        reassembly.completed(datagram);
        datagram.show(whole);
        yield true;
      }
    };
  }

  /** The datagram that the last fragment has completed, valid to the end of the batch. */
  Frame whole() {
    return whole;
  }

  void onBatchEnd() {
    reassembly.onBatchEnd();
  }

  /** Gives up what has waited for too long; to be called once a second. */
  void onTick(long now) {
    reassembly.expire(now, expiry);
  }

  /** The guest is gone. */
  void clear() {
    reassembly.clear();
  }

  private void tellExpired(PartialDatagram datagram) {
    datagram.showFirst(whole);
    boolean read = datagram.isIpv4() ? first.readIpv4(whole) : first.readIpv6(whole);
    if (read) {
      errors.reassemblyTimeExceeded(first);
    }
  }
}
