package org.jpasst.vectors;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shows that the replayer sees differences: an exchange that is not the recorded one fails. */
@LabTest
final class FrameReplayIT {
  /** On a busy machine it takes longer than usual until what shouldn't come does. */
  private static final Duration BUSY = Duration.ofSeconds(1);

  private static RecordedLab lab;

  @BeforeAll
  static void openLab() {
    lab = RecordedLab.open(FrameVectors.recorded("startup").host());
  }

  @AfterAll
  static void closeLab() {
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arp-gateway",
        "dhcp-discover",
        "ndp-ns-gateway",
        "icmp-echo4-remote",
        "udp-echo4-remote"
      })
  void aChangedByteFails(String name) {
    FrameVector vector = FrameVectors.load(name);
    ExpectedFrame last = expectations(vector).getLast().frame();
    Frame frame = last.frame();
    int at = frame.length() - 1;
    Frame changed = frame.with(at, (byte) (frame.u8(at) ^ 1));

    assertFails(replaced(vector, last, new ExpectedFrame(changed, last.variable())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"arp-gateway", "udp-echo4-remote", "tcp-outbound4", "tcp-refused4"})
  void aFrameThatWasNotExpectedFails(String name) {
    FrameVector vector = FrameVectors.load(name);
    var steps = new ArrayList<>(vector.steps());
    steps.remove(expectations(vector).getLast());

    assertFails(withSteps(vector, steps));
  }

  @ParameterizedTest
  @ValueSource(strings = {"arp-reply", "tcp-refused4", "udp-no-checksum"})
  void aFrameThatDoesNotComeFails(String name) {
    FrameVector vector = FrameVectors.load(name);
    var steps = new ArrayList<>(vector.steps());
    Step.Expect other = expectations(FrameVectors.load("arp-gateway")).getFirst();
    steps.add(new Step.Expect(other.frame(), Duration.ZERO));

    assertFails(withSteps(vector, steps));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aTcpExchangeWithAChangedSegmentFails(int which) {
    FrameVector vector = FrameVectors.load("tcp-outbound4");
    ExpectedFrame segment = expectations(vector).get(which).frame();
    Frame frame = segment.frame();
    int end = frame.transportEnd();
    // An option of the SYN, the acknowledgement of data, a byte of data, the acknowledgement of
    // FIN.
    Frame changed =
        switch (which) {
          case 0, 2 -> frame.with(end - 1, (byte) (frame.u8(end - 1) ^ 1));
          default -> frame.withAcknowledgement(frame.acknowledgement() + 1);
        };

    assertFails(
        replaced(
            vector,
            segment,
            new ExpectedFrame(changed.withTransportChecksum(), segment.variable())));
  }

  private static void assertFails(FrameVector vector) {
    assertThatThrownBy(() -> lab.replay(vector, BUSY)).isInstanceOf(AssertionError.class);
  }

  private static List<Step.Expect> expectations(FrameVector vector) {
    return vector.steps().stream()
        .filter(Step.Expect.class::isInstance)
        .map(Step.Expect.class::cast)
        .toList();
  }

  private static FrameVector replaced(
      FrameVector vector, ExpectedFrame frame, ExpectedFrame replacement) {
    List<Step> steps =
        vector.steps().stream()
            .map(
                each ->
                    each instanceof Step.Expect expect && expect.frame() == frame
                        ? new Step.Expect(replacement, expect.delay())
                        : each)
            .toList();
    return withSteps(vector, steps);
  }

  private static FrameVector withSteps(FrameVector vector, List<Step> steps) {
    return new FrameVector(
        vector.name(),
        vector.description(),
        vector.options(),
        vector.host(),
        vector.startup(),
        List.copyOf(steps));
  }
}
