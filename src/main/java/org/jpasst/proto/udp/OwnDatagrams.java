package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

/**
 * What the guest has just sent to groups that it is in: the host's kernel gives it to all on the
 * host who are in the group (IP_MULTICAST_LOOP in ip(7)), and so to us. Their source doesn't tell,
 * since another program of the host may have the same port; what they hold does. Fixed in size:
 * where there are too many, the oldest are forgotten.
 */
final class OwnDatagrams {
  private static final int MOST = 256;

  /** The kernel loops a datagram before its system call returns. */
  private static final long LIFE = TimeUnit.SECONDS.toNanos(2);

  private static final long PRIME = 0x9e37_79b9_7f4a_7c15L;
  private static final long NONE = 0;

  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

  private final long[] marks = new long[MOST];
  private final long[] times = new long[MOST];
  private int next;

  /**
   * What tells a datagram from others.
   *
   * @param groupLo second half of its destination
   * @param from port it is sent from
   * @param to port it is sent to
   */
  static long mark(long groupLo, int from, int to, MemorySegment s, long at, int length) {
    long mark = mix(mix(length, groupLo), (long) from << 16 | to);
    long end = at + length;
    long i = at;
    for (; end - i >= Long.BYTES; i += Long.BYTES) {
      mark = mix(mark, s.get(WORD, i));
    }
    for (; i < end; i++) {
      mark = mix(mark, s.get(ValueLayout.JAVA_BYTE, i));
    }
    return mark == NONE ? 1 : mark;
  }

  private static long mix(long mark, long word) {
    long product = (mark ^ word) * PRIME;
    return product ^ product >>> 29;
  }

  /** The guest sends it. */
  void add(long mark, long now) {
    marks[next] = mark;
    times[next] = now;
    next = (next + 1) % MOST;
  }

  /** Whether the guest has sent it, and it didn't come back yet. */
  boolean take(long mark, long now) {
    for (int i = 0; i < MOST; i++) {
      if (marks[i] == mark && now - times[i] < LIFE) {
        marks[i] = NONE;
        return true;
      }
    }
    return false;
  }
}
