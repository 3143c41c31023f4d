package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/** Timestamps of one connection, ours and the guest's (RFC 7323 section 3). */
final class Timestamps {
  /** RFC 7323 section 5.5: how long a timestamp is good for, with a clock of a millisecond. */
  static final long LIFE = TimeUnit.DAYS.toNanos(24);

  private boolean used;
  private int offset;

  /** TS.Recent, the guest's that is echoed next, and when it came. */
  private int recent;

  private long recentAt;

  void reset() {
    used = false;
    offset = recent = 0;
    recentAt = 0;
  }

  /** Whether both ends send them, or we offer to. */
  boolean areUsed() {
    return used;
  }

  /** Offers them with our SYN. */
  void offer() {
    used = true;
  }

  /** What the guest's SYN or SYN-ACK tells: without the option there won't be any. */
  void takeSyn(MemorySegment s, long at, long now) {
    long option = TcpOptions.timestampsAt(s, at, TcpHeader.headerLength(s, at));
    used = option != TcpOptions.ABSENT;
    if (used) {
      take(NetworkOrder.get32(s, option), now);
    }
  }

  /** Goes on with those of another host. */
  void restore(boolean both, int echo, int origin) {
    used = both;
    recent = echo;
    offset = origin;
  }

  /** Sets the origin of ours, so that they don't tell how long we have been running. */
  void setOffset(int origin) {
    offset = origin;
  }

  int offset() {
    return offset;
  }

  /** TS.Recent. */
  int recent() {
    return recent;
  }

  private void take(int value, long now) {
    recent = value;
    recentAt = now;
  }

  /**
   * RFC 7323 section 5.3: whether a segment in the window is an old one, whose numbers have come
   * round again. Else its time is taken, as section 4.3 says.
   *
   * @param told the number up to which all is acknowledged
   */
  boolean areFromThePast(MemorySegment s, long at, int header, int sequence, int told, long now) {
    long option = TcpOptions.timestampsAt(s, at, header);
    if (option == TcpOptions.ABSENT) {
      // Linux takes such a segment; and after a migration the sender may not know of timestamps.
      return false;
    }
    int value = NetworkOrder.get32(s, option);
    if (SequenceNumber.before(value, recent) && now - recentAt < LIFE) {
      return true;
    }
    if (!SequenceNumber.after(sequence, told)) {
      take(value, now);
    }
    return false;
  }
}
