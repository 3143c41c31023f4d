package org.jpasst.proto.tcp;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

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

  private final LongSupplier clock;
  private long began;

  /**
   * For one thread.
   *
   * @param clock monotonic nanoseconds; not the turn's time, which stands still
   */
  PeekPace(LongSupplier clock) {
    this.clock = clock;
  }

  /** Bytes that may be sent to the guest now, of those that its window has room for. */
  static int room(TcpConnection c) {
    return c.peekLimit - c.send.inFlight();
  }

  /** A look begins. */
  void begin() {
    began = clock.getAsLong();
  }

  /**
   * It has ended.
   *
   * @param bytes that were seen
   */
  void end(TcpConnection c, int bytes) {
    long nanos = clock.getAsLong() - began;
    // Copying takes a tenth of a nanosecond for each byte; ten times that is not copying. Once, it
    // may have been the scheduler.
    boolean slow = nanos > UNSUSPICIOUS && nanos > bytes;
    boolean again = slow && c.slowLook;
    c.slowLook = slow;
    if (again) {
      c.peekLimit = Math.max(LEAST, Math.min(c.peekLimit, c.send.inFlight() + bytes) / 2);
    } else if (c.peekLimit < UNLIMITED && nanos < bytes / 2) {
      c.peekLimit = Math.min(UNLIMITED, c.peekLimit + c.peekLimit / 4);
    }
  }
}
