package org.jpasst.proto.tcp;

import java.util.concurrent.TimeUnit;

/**
 * How often a segment that may not be the guest's at all is answered by where we are: such answers
 * could be asked for to load the link, or set two ends to answering each other for ever. RFC 5961
 * section 7 has the numbers, as an example; here they are each connection's own, so that nobody
 * learns of others by them.
 */
final class ChallengeLimit {
  static final int MOST = 10;
  static final long PERIOD = TimeUnit.SECONDS.toNanos(5);

  private int count;
  private long since;

  void reset() {
    count = 0;
    since = 0;
  }

  /** Whether one more may be answered now; counts it. */
  boolean admit(long now) {
    if (count == 0 || now - since >= PERIOD) {
      count = 0;
      since = now;
    }
    if (count == MOST) {
      return false;
    }
    count++;
    return true;
  }
}
