package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.jpasst.flow.FlowSide;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/**
 * Connections that our side closed first, after they have ended (RFC 9293 section 3.6.1, MUST-13):
 * the guest may not know that we have its FIN, and is told again when it sends it again.
 *
 * <p>They hold no socket and no flow, only what an answer needs. There is room for so many of them;
 * then the one that came first of those with a like hash is forgotten, and a repeated FIN of it is
 * refused. Another host knows nothing of them after a migration.
 */
final class TimeWait {
  /** Twice the maximum segment lifetime, with Linux's number for it (TCP_TIMEWAIT_LEN). */
  static final long LENGTH = TimeUnit.SECONDS.toNanos(60);

  /** Most connections that are remembered, a power of two. */
  static final int CAPACITY = 8192;

  /** Places that one connection may have. */
  private static final int WAYS = 4;

  /** What isn't the FIN again is answered no more often than this, as by Linux. */
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(500);

  /** How far behind the last one the next connection's numbers begin: the largest window. */
  private static final int APART = 1 << 24;

  private static final int UNKNOWN = -1;

  /** What is remembered of one. */
  private static final class Entry {
    private final FlowSide guest = new FlowSide();
    private final TcpSegment answer = new TcpSegment();
    private boolean timestamps;
    private int tsRecent;
    private int tsOffset;
    private long until;
    private long answeredAt;
    private boolean live;
  }

  private final Entry[] entries = new Entry[CAPACITY];
  private final TcpOutput output;

  TimeWait(TcpOutput output) {
    this.output = output;
  }

  /** Remembers a connection that is about to be forgotten otherwise. */
  void add(TcpConnection c, long now) {
    FlowSide guest = c.flow.guest();
    Entry entry = placeFor(guest, now);
    entry.guest.set(guest);
    entry.answer.of(entry.guest, c.peerMac, c.flowLabel);
    entry.answer.says(TcpHeader.ACK, c.send.max(), c.receive.nxt());
    entry.timestamps = c.timestamps.areUsed();
    entry.tsRecent = c.timestamps.recent();
    entry.tsOffset = c.timestamps.offset();
    entry.until = now + LENGTH;
    entry.answeredAt = now - PAUSE;
    entry.live = true;
  }

  /**
   * A segment of no connection: it may be of one that has ended.
   *
   * @param side the guest's, as looked up in the flow table
   * @return whether it has been handled; if not it may open a connection, or has to be refused
   */
  boolean take(FlowSide side, MemorySegment s, long at, int length, long now) {
    int index = find(side, now);
    if (index == UNKNOWN) {
      return false;
    }
    Entry entry = entries[index];
    int flags = TcpHeader.flags(s, at);
    int sequence = TcpHeader.sequence(s, at);
    int end = sequence + length - TcpHeader.headerLength(s, at);
    if ((flags & TcpHeader.RST) != 0) {
      entry.live = sequence != entry.answer.acknowledgment();
    } else if ((flags & TcpHeader.STATE) == TcpHeader.SYN) {
      if (isNew(entry, s, at, sequence)) {
        return false;
      }
      challenge(entry, now);
    } else if ((flags & TcpHeader.FIN) != 0 && end + 1 == entry.answer.acknowledgment()) {
      entry.until = now + LENGTH;
      acknowledge(entry);
    } else if (sequence != entry.answer.acknowledgment() || end != sequence) {
      challenge(entry, now);
    }
    return true;
  }

  /**
   * A connection of this name begins: the last one is forgotten.
   *
   * @param initial the sequence number that it would have else
   * @return the one that it shall have, larger than those of the last one
   */
  int succeed(FlowSide side, int initial, long now) {
    int index = find(side, now);
    if (index == UNKNOWN) {
      return initial;
    }
    Entry entry = entries[index];
    entry.live = false;
    int next = entry.answer.sequence() + APART;
    return SequenceNumber.before(initial, next) ? next : initial;
  }

  /** RFC 6191 section 2: whether a SYN is none of the last connection's that came late. */
  private static boolean isNew(Entry entry, MemorySegment s, long at, int sequence) {
    boolean larger = SequenceNumber.after(sequence, entry.answer.acknowledgment());
    long timestamps = TcpOptions.timestampsAt(s, at, TcpHeader.headerLength(s, at));
    if (timestamps == TcpOptions.ABSENT) {
      return larger;
    }
    if (!entry.timestamps) {
      return true;
    }
    int value = NetworkOrder.get32(s, timestamps);
    return SequenceNumber.after(value, entry.tsRecent) || (value == entry.tsRecent && larger);
  }

  private void challenge(Entry entry, long now) {
    if (now - entry.answeredAt >= PAUSE) {
      entry.answeredAt = now;
      acknowledge(entry);
    }
  }

  private void acknowledge(Entry entry) {
    if (entry.timestamps) {
      output.send(entry.answer, entry.tsOffset, entry.tsRecent);
    } else {
      output.send(entry.answer);
    }
  }

  private int find(FlowSide side, long now) {
    int first = firstPlace(side);
    for (int i = first; i < first + WAYS; i++) {
      Entry entry = entries[i];
      if (entry != null && entry.live && entry.guest.sameAs(side)) {
        entry.live = entry.until - now > 0;
        return entry.live ? i : UNKNOWN;
      }
    }
    return UNKNOWN;
  }

  /** A free place, or that of the one that has been there for the longest. */
  private Entry placeFor(FlowSide side, long now) {
    int first = firstPlace(side);
    Entry oldest = null;
    for (int i = first; i < first + WAYS; i++) {
      if (entries[i] == null) {
        entries[i] = new Entry();
      }
      Entry entry = entries[i];
      if (!entry.live || entry.until - now <= 0 || entry.guest.sameAs(side)) {
        return entry;
      }
      if (oldest == null || entry.until - oldest.until < 0) {
        oldest = entry;
      }
    }
    return oldest;
  }

  /** The hash is keyed: who chooses addresses and ports doesn't choose places. */
  private static int firstPlace(FlowSide side) {
    return (int) (side.hash() >>> 32) & (CAPACITY - WAYS);
  }
}
