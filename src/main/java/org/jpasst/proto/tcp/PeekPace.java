package org.jpasst.proto.tcp;

import java.util.concurrent.TimeUnit;

/**
 * Keeps it cheap to look at receive queues. For each buffer that it copies to someone who only
 * looks (MSG_PEEK), the kernel walks the queue from its head (tcp_recvmsg_locked, Linux 6.18). As a
 * rule a queue is a few large buffers. Where the host's path has lost or reordered segments it is
 * thousands of small ones, and looking far behind the head then takes longer than the bytes take to
 * arrive: a connection that has fallen into that state doesn't leave it by itself.
 *
 * <p>So the time is taken; where it is out of proportion, less is looked at and less kept in flight
 * to the guest, which is what lies between the head and what is looked at.
 */
final class PeekPace {
  /** A limit that limits nothing. */
  static final int UNLIMITED = 1 << 24;

  /** Least bytes in flight, more than any segment: 1 Gbit/s at a millisecond. */
  private static final int LEAST = 1 << 17;

  /** What the scheduler alone may take. */
  private static final long UNSUSPICIOUS = TimeUnit.MICROSECONDS.toNanos(200);

  private int limit = UNLIMITED;
  private boolean slow;

  void reset() {
    limit = UNLIMITED;
    slow = false;
  }

  /** Bytes that may be sent to the guest beyond those in flight. */
  int room(int inFlight) {
    return limit - inFlight;
  }

  /**
   * A look has ended.
   *
   * @param nanos that it took
   * @param bytes that were seen, behind those in flight
   */
  void looked(long nanos, int bytes, int inFlight) {
    // Copying takes a tenth of a nanosecond for each byte; ten times that is not copying. Once, it
    // may have been the scheduler.
    boolean again = slow;
    slow = nanos > UNSUSPICIOUS && nanos > bytes;
    if (slow && again) {
      limit = Math.max(LEAST, Math.min(limit, inFlight + bytes) / 2);
    } else if (limit < UNLIMITED && nanos < bytes / 2) {
      limit = Math.min(UNLIMITED, limit + limit / 4);
    }
  }
}
