package org.jpasst.proto.tcp;

/** What came from the guest behind a gap: bytes, and the FIN with which its stream ends. */
final class Reassembly {
  private OutOfOrderBytes bytes = OutOfOrderBytes.NONE;
  private boolean finKept;
  private int finSequence;
  private boolean finLatest;

  void reset() {
    bytes = OutOfOrderBytes.NONE;
    finKept = finLatest = false;
    finSequence = 0;
  }

  boolean isEmpty() {
    return bytes.isEmpty() && !finKept;
  }

  /** How many bytes. */
  int size() {
    return ranges().size();
  }

  OutOfOrderBytes bytes() {
    return bytes;
  }

  void setBytes(OutOfOrderBytes store) {
    bytes = store;
  }

  /** The bytes, as ranges of sequence numbers. */
  SequenceRanges ranges() {
    return bytes.ranges();
  }

  /**
   * Remembers where the guest's stream ends, until what is missing has come. The first FIN counts,
   * if nothing has come from behind it.
   *
   * @param alone there was no text with it
   */
  void keepFin(int sequence, boolean alone) {
    boolean refuted = !ranges().isEmpty() && SequenceNumber.before(sequence, ranges().highest());
    if (!finKept && !refuted) {
      finKept = true;
      finSequence = sequence;
      finLatest = alone;
    }
  }

  void forgetFin() {
    finKept = false;
  }

  /** Text was kept, after the FIN if that is kept. */
  void keptText() {
    finLatest = false;
  }

  /** Behind a FIN there is nothing, whatever else comes: how many of these bytes count. */
  int beforeFin(int next, int most) {
    return finKept ? Math.min(most, finSequence - next) : most;
  }

  /** Whether the FIN is next. */
  boolean endsAt(int next) {
    return finKept && finSequence == next;
  }

  /** Whether the FIN is beyond another gap. */
  boolean isFinAlone() {
    return finKept && (ranges().isEmpty() || ranges().highest() != finSequence);
  }

  /** Whether it came after all else. */
  boolean isFinLatest() {
    return finLatest;
  }

  int finSequence() {
    return finSequence;
  }
}
