package org.jpasst.vectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * How far one direction of a TCP connection has come: what its sender has shown in the segments
 * seen so far. Numbers count from the sender's initial sequence number, which is 0 as long as no
 * SYN has been seen.
 */
final class TcpProgress {
  private static final long WRAP = 1L << 32;

  private final List<Frame> segments = new ArrayList<>();
  private OptionalLong initial = OptionalLong.empty();
  private OptionalLong firstInitial = OptionalLong.empty();
  private byte[] data = new byte[0];
  private boolean fin;
  private boolean reset;
  private long acknowledged = -1;

  /** Whether a segment holds data, all of which has been sent before. */
  boolean repeatsData(Frame segment) {
    return segment.payload().length > 0 && dataEnd(segment) <= data.length;
  }

  /** Whether a segment is nothing but an acknowledgement, and of nothing new. */
  boolean repeatsAcknowledgement(Frame segment) {
    return segment.sequenceLength() == 0
        && (segment.flags() & Frame.RST) == 0
        && segment.acknowledgement() <= acknowledged;
  }

  /** Takes a segment into account. */
  void add(Frame segment) {
    if ((segment.flags() & Frame.SYN) != 0) {
      initial = OptionalLong.of(segment.sequence());
      firstInitial = OptionalLong.of(firstInitial.orElse(segment.sequence()));
    }
    segments.add(segment);
    addData(segment);
    fin |= (segment.flags() & Frame.FIN) != 0;
    reset |= (segment.flags() & Frame.RST) != 0;
    if ((segment.flags() & Frame.ACK) != 0) {
      acknowledged = Math.max(acknowledged, segment.acknowledgement());
    }
  }

  private void addData(Frame segment) {
    byte[] payload = segment.payload();
    if (payload.length == 0) {
      return;
    }
    int end = dataEnd(segment);
    int start = end - payload.length;
    if (start < 0 || start > data.length) {
      throw new AssertionError("a segment leaves a gap before it: " + segment);
    }
    int known = Math.min(payload.length, data.length - start);
    if (!Arrays.equals(data, start, start + known, payload, 0, known)) {
      throw new AssertionError("a repeated segment holds other data: " + segment);
    }
    if (end > data.length) {
      data = Arrays.copyOf(data, end);
      System.arraycopy(payload, 0, data, start, payload.length);
    }
  }

  /** The segments added, in order. */
  List<Frame> segments() {
    return segments;
  }

  /** The initial sequence number of the latest SYN. */
  OptionalLong initial() {
    return initial;
  }

  /** A segment's sequence number, counted from the latest SYN's. */
  long relative(Frame segment) {
    return Math.floorMod(segment.sequence() - initial.orElse(0), WRAP);
  }

  /** How much the number of a SYN lies above that of the first SYN. */
  long shift(Frame syn) {
    return Math.floorMod(syn.sequence() - firstInitial.orElse(0), WRAP);
  }

  /** Whether this direction has come at least as far as another. */
  boolean reaches(TcpProgress other) {
    return data.length >= other.data.length
        && (fin || !other.fin)
        && (reset || !other.reset)
        && acknowledged >= other.acknowledged;
  }

  /** Whether this direction has gone further than another in data, FIN or RST. */
  boolean exceeds(TcpProgress other) {
    return data.length > other.data.length || fin && !other.fin || reset && !other.reset;
  }

  /** Whether this direction's data is the beginning of another's. */
  boolean isPrefixOf(TcpProgress other) {
    return data.length <= other.data.length
        && Arrays.equals(data, 0, data.length, other.data, 0, data.length);
  }

  @Override
  public String toString() {
    return "%d bytes sent%s%s, %d acknowledged"
        .formatted(data.length, fin ? ", FIN" : "", reset ? ", RST" : "", acknowledged);
  }

  /** Where the payload of a segment ends in the stream. */
  private int dataEnd(Frame segment) {
    return (int) relative(segment) - 1 + segment.payload().length;
  }
}
