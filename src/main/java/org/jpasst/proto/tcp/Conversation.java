package org.jpasst.proto.tcp;

import java.util.concurrent.TimeUnit;

/**
 * Whether guest and peer take turns: short requests of the guest, each answered at once. Then the
 * acknowledgment of a request can go with its answer (RFC 9293 section 3.8.6.3, delayed
 * acknowledgments), which saves the guest, and us, a frame each.
 *
 * <p>A guest that sends a request in two writes waits for the first one's acknowledgment with the
 * second (Nagle's algorithm, RFC 9293 section 3.7.4). So only after several exchanges is any
 * acknowledgment delayed, for {@link #PATIENCE} at most, and none when an answer came late.
 */
final class Conversation {
  /**
   * The longest delay. Half a second is allowed; answers of programs nearby take less than this.
   */
  static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(2);

  /** Exchanges in a row after which the next one counts on an answer. */
  private static final int EXCHANGES = 8;

  private int exchanges;
  private boolean asked;
  private long askedAt;

  void reset() {
    exchanges = 0;
    asked = false;
  }

  /**
   * Text of the guest has come, in order.
   *
   * @param isShort less than a segment, and with all that came before acknowledged
   * @return whether its acknowledgment may wait
   */
  boolean ask(boolean isShort, long now) {
    exchanges = isShort && !asked ? exchanges : 0;
    asked = true;
    askedAt = now;
    return exchanges >= EXCHANGES;
  }

  /** Data goes to the guest. */
  void answer(long now) {
    if (asked) {
      asked = false;
      exchanges = now - askedAt < PATIENCE ? Math.min(EXCHANGES, exchanges + 1) : 0;
    }
  }

  /** No answer came in time. */
  void interrupt() {
    exchanges = 0;
  }
}
