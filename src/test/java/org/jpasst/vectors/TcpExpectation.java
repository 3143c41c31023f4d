package org.jpasst.vectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is expected of one direction of a TCP connection, compared by progress. SYN and RST segments
 * are compared one by one; data, FIN and acknowledgements by how far they have come, and repeated
 * data by its place. A pure ACK that tells nothing new must be there at least once between two
 * segments of the guest.
 */
final class TcpExpectation {
  private final ExpectedFrame first;
  private final TcpProgress whole = new TcpProgress();
  private final TcpProgress expected = new TcpProgress();
  private final TcpProgress actual = new TcpProgress();
  private final List<Frame> repetitions = new ArrayList<>();
  private final Map<Frame, Set<Long>> used = new IdentityHashMap<>();
  private int sinceGuest;

  /**
   * @param segments all that the back-end is expected to send in this direction, in order
   */
  TcpExpectation(List<ExpectedFrame> segments) {
    first = segments.getFirst();
    segments.forEach(each -> whole.add(each.frame()));
  }

  /** What names the connection and the direction that a segment belongs to. */
  static List<Object> key(Frame segment) {
    return List.of(
        segment.source(), segment.sourcePort(), segment.destination(), segment.destinationPort());
  }

  /** The same for the opposite direction. */
  static List<Object> keyOfAnswer(Frame segment) {
    return List.of(
        segment.destination(), segment.destinationPort(), segment.source(), segment.sourcePort());
  }

  /** The back-end's initial sequence number in this replay. */
  long initial() {
    return actual.initial().orElseThrow(() -> new AssertionError("no SYN has come"));
  }

  /** The guest has sent a segment. */
  void guestSent() {
    sinceGuest = actual.segments().size();
  }

  /** The back-end has sent a segment. */
  void received(Frame segment) {
    if (!sameHeaders(segment)) {
      throw new AssertionError(
          "headers differ%n  expected %s%n  received %s".formatted(first.frame(), segment));
    }
    if (!segment.checksumsHold()) {
      throw new AssertionError("wrong checksum: " + segment);
    }
    if (actual.repeatsData(segment)) {
      repetitions.add(segment);
    }
    actual.add(segment);
    if (!actual.isPrefixOf(whole)) {
      throw new AssertionError("other data than expected: " + segment);
    }
  }

  /** Adds the next segment to what is expected, and returns what is then to be waited for. */
  Condition expect(ExpectedFrame next) {
    Frame frame = next.frame();
    boolean dataAgain = expected.repeatsData(frame);
    boolean acknowledgedAgain = expected.repeatsAcknowledgement(frame);
    expected.add(frame);
    if ((frame.flags() & (Frame.SYN | Frame.RST)) != 0) {
      long index = withFlags(expected, frame.flags()).size() - 1L;
      long shift = expected.shift(frame);
      return () -> single(next, index, shift);
    }
    if (dataAgain) {
      long place = expected.relative(frame);
      return () -> repeated(place);
    }
    if (acknowledgedAgain) {
      return () -> acknowledgedSinceGuest(frame.acknowledgement());
    }
    return this::difference;
  }

  /** What is missing, if anything, of that which has been expected up to now. */
  Optional<String> difference() {
    return actual.reaches(expected) ? Optional.empty() : Optional.of(progress("behind"));
  }

  /** What has come, if anything, that has not been expected up to now. */
  Optional<String> excess() {
    return actual.exceeds(expected) ? Optional.of(progress("ahead")) : Optional.empty();
  }

  /** Something that may come true when more frames arrive. */
  interface Condition {
    /** What is missing for it; nothing when it holds. */
    Optional<String> missing();
  }

  private Optional<String> single(ExpectedFrame next, long index, long shift) {
    Frame wanted = next.frame();
    List<Frame> alike = withFlags(actual, wanted.flags());
    if (alike.size() <= index) {
      return Optional.of("no segment like " + wanted);
    }
    Frame segment = alike.get((int) index);
    if ((wanted.flags() & Frame.SYN) != 0) {
      long actualShift = actual.shift(segment);
      if (actualShift != shift) {
        throw new AssertionError(
            "sequence number moved by %d, not %d: %s".formatted(actualShift, shift, segment));
      }
    }
    boolean answersAcknowledgement =
        actual.initial().isEmpty() && (wanted.flags() & Frame.ACK) == 0;
    if (answersAcknowledgement && segment.sequence() != wanted.sequence()) {
      throw new AssertionError("wrong sequence number: " + segment);
    }
    if ((wanted.flags() & Frame.ACK) != 0
        && segment.acknowledgement() != wanted.acknowledgement()) {
      throw new AssertionError("wrong acknowledgement: " + segment);
    }
    Optional<String> difference = next.difference(segment);
    if (difference.isPresent()) {
      throw new AssertionError(difference.get());
    }
    return Optional.empty();
  }

  private Optional<String> repeated(long place) {
    for (Frame each : repetitions) {
      long start = actual.relative(each);
      if (start <= place
          && place < start + each.payload().length
          && used.computeIfAbsent(each, frame -> new HashSet<>()).add(place)) {
        return Optional.empty();
      }
    }
    return Optional.of("no repetition of the data at " + place);
  }

  private Optional<String> acknowledgedSinceGuest(long number) {
    boolean seen =
        actual.segments().subList(sinceGuest, actual.segments().size()).stream()
            .anyMatch(each -> (each.flags() & Frame.ACK) != 0 && each.acknowledgement() == number);
    return seen ? Optional.empty() : Optional.of("no ACK of " + number);
  }

  private static List<Frame> withFlags(TcpProgress progress, int flags) {
    return progress.segments().stream().filter(each -> each.flags() == flags).toList();
  }

  /** Compares Ethernet, IP and ports, but not lengths and what depends on them. */
  private boolean sameHeaders(Frame segment) {
    Frame like = first.frame();
    int at = like.transportAt();
    int lengthEnd = like.etherType() == Frame.IPV4 ? 18 : 20;
    int lengthStart = like.etherType() == Frame.IPV4 ? 16 : 15;
    int checksum = like.etherType() == Frame.IPV4 ? 24 : lengthEnd;
    int checksumEnd = like.etherType() == Frame.IPV4 ? 26 : lengthEnd;
    return same(like, segment, 0, lengthStart)
        && same(like, segment, lengthEnd, checksum)
        && same(like, segment, checksumEnd, at + 4);
  }

  private static boolean same(Frame one, Frame other, int from, int to) {
    return Arrays.equals(one.range(from, to), other.range(from, to));
  }

  private String progress(String how) {
    return "TCP is %s:%n  expected %s%n  received %s".formatted(how, expected, actual);
  }
}
