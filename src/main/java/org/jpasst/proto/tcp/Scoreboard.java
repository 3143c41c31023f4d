package org.jpasst.proto.tcp;

/**
 * What the guest has told by selective acknowledgments (RFC 2018) of the segments in flight to it,
 * and what follows from that by RFC 6675 section 4: what is lost, and how much is still on its way.
 */
final class Scoreboard {
  /** RFC 6675 section 2, DupThresh. */
  private static final int DUPLICATES = 3;

  /** Nothing was told. */
  static final Scoreboard NONE = new Scoreboard();

  private final SequenceRanges sacked = new SequenceRanges();

  boolean isEmpty() {
    return sacked.isEmpty();
  }

  /** The guest has got this range; false where there are too many of them to be noted. */
  boolean add(int start, int end) {
    return sacked.add(start, end);
  }

  /** All before this number is acknowledged for good. */
  void removeBefore(int una) {
    sacked.removeBefore(una);
  }

  void clear() {
    sacked.clear();
  }

  /** Bytes in the guest's hands beyond the first gap. */
  int size() {
    return sacked.size();
  }

  /** Whether the guest has got all of a range. */
  boolean has(int start, int end) {
    return sacked.contains(start, end);
  }

  /**
   * What is not yet in the guest's hands before this number is lost: three ranges, or more bytes
   * than two segments hold, have arrived that were sent later (RFC 6675 section 4, IsLost).
   *
   * @param una the first number that isn't acknowledged; the answer where nothing is lost
   */
  int lostBefore(int una, int mss) {
    int bytes = 0;
    for (int i = sacked.count() - 1; i >= 0; i--) {
      bytes += sacked.end(i) - sacked.start(i);
      if (bytes > (DUPLICATES - 1) * mss || sacked.count() - i >= DUPLICATES) {
        return sacked.start(i);
      }
    }
    return una;
  }

  /**
   * The first number from {@code from} on that the guest hasn't got; may lie beyond the highest
   * that it has.
   */
  int firstMissing(int from) {
    int index = sacked.firstEndingAfter(from);
    boolean there = index < sacked.count() && !SequenceNumber.after(sacked.start(index), from);
    return there ? sacked.end(index) : from;
  }

  /** Where the gap that {@code from} lies in ends: the next number that the guest has got. */
  int endOfGap(int from, int limit) {
    int index = sacked.firstEndingAfter(from);
    boolean bounded = index < sacked.count() && SequenceNumber.before(sacked.start(index), limit);
    return bounded ? sacked.start(index) : limit;
  }

  /** How many numbers from {@code una} to before {@code limit} the guest hasn't got. */
  int missing(int una, int limit) {
    int missing = limit - una;
    for (int i = 0; i < sacked.count() && SequenceNumber.before(sacked.start(i), limit); i++) {
      int end = sacked.end(i);
      missing -= (SequenceNumber.before(end, limit) ? end : limit) - sacked.start(i);
    }
    return missing;
  }
}
