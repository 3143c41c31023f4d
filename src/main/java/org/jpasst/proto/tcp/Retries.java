package org.jpasst.proto.tcp;

/**
 * What was tried in vain on one connection: time-outs of its retransmission timer, and segments
 * that were sent again before it ran out.
 */
final class Retries {
  private int count;
  private int backoff;
  private int probes;
  private long sentAgain;
  private boolean progressed;

  void reset() {
    count = backoff = probes = 0;
    sentAgain = 0;
    progressed = false;
  }

  /** Time-outs in a row without a sign of life from the guest, though it got what was sent. */
  int count() {
    return count;
  }

  /** How often the time-out has been doubled since the guest last made progress. */
  int backoff() {
    return backoff;
  }

  /** Segments sent again to get news, since the guest last made progress. */
  int probes() {
    return probes;
  }

  /** How often something was sent again, for whatever reason. */
  long sentAgain() {
    return sentAgain;
  }

  /** Something is sent again. */
  void sendAgain() {
    sentAgain++;
  }

  /** The timer has run out, and the guest could have answered. */
  void add() {
    count++;
  }

  /** RFC 6298 section 5.5. */
  void backOff() {
    backoff++;
  }

  void probe() {
    probes++;
  }

  /** The guest has sent something. */
  void answered() {
    count = 0;
  }

  /** The guest has acknowledged something new. */
  void progress() {
    backoff = 0;
    probes = 0;
    progressed = true;
  }

  /** Whether it has since this was last asked: then the timer starts anew. */
  boolean takeProgress() {
    boolean since = progressed;
    progressed = false;
    return since;
  }
}
