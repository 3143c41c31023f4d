package org.jpasst.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FrameVectorsTest {

  static List<String> names() {
    return FrameVectors.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyVectorCanBeRead(String name) {
    FrameVector recorded = FrameVectors.recorded(name);
    FrameVector wanted = FrameVectors.load(name);

    assertThat(recorded.steps()).isNotEmpty();
    assertThat(wanted.name()).isEqualTo(name);
    assertThat(wanted.options()).isEqualTo(recorded.options());
    assertThat(wanted.host()).isEqualTo(recorded.host());
    assertThat(wanted.startup()).allMatch(each -> each.frame().checksumsHold());
    assertThat(wanted.steps())
        .filteredOn(Step.Expect.class::isInstance)
        .allMatch(each -> ((Step.Expect) each).frame().frame().checksumsHold());
  }

  @Test
  void everyDeviationIsDocumentedWithTheSectionThatDecidesIt() {
    List<Deviation> documented = Deviation.documented();

    assertThat(documented).extracting(Deviation::vector).doesNotHaveDuplicates();
    assertThat(documented)
        .extracting(Deviation::vector)
        .containsExactlyInAnyOrderElementsOf(FrameVectors.deviating());
    assertThat(documented).allMatch(each -> each.decidedBy().matches("RFC \\d+ .+"));
    assertThat(FrameVectors.names()).containsAll(FrameVectors.deviating());
  }

  @Test
  void deviationsDifferFromTheRecording() {
    for (String each : FrameVectors.deviating()) {
      assertThat(FrameVectors.load(each).steps())
          .usingRecursiveComparison()
          .withStrictTypeChecking()
          .isNotEqualTo(FrameVectors.recorded(each).steps());
    }
  }

  @Test
  void thereAreAllRecordings() {
    assertThat(FrameVectors.names()).hasSize(239);
  }

  @Test
  void aFrameThatDiffersInABitOutsideTheVariableRangesDoesNotMatch() {
    ExpectedFrame expected =
        FrameVectors.load("arp-gateway").exchanges().getFirst().answers().getFirst();
    Frame frame = expected.frame();

    assertThat(expected.matches(frame)).isTrue();
    for (int at = 0; at < frame.length(); at++) {
      assertThat(expected.matches(frame.with(at, (byte) (frame.u8(at) ^ 1)))).isFalse();
    }
    assertThat(expected.matches(Frame.of(frame.range(0, frame.length() - 1)))).isFalse();
  }

  @Test
  void theTimeInAServersDuidMayVaryButNotItsAddress() {
    ExpectedFrame expected =
        FrameVectors.load("dhcpv6-solicit").exchanges().getFirst().answers().getFirst();
    Frame later = expected.frame().with(75, (byte) 1);

    assertThat(expected.matches(later)).isFalse();
    assertThat(expected.matches(later.withTransportChecksum())).isTrue();
    assertThat(expected.matches(later.with(80, (byte) 1).withTransportChecksum())).isFalse();
  }

  @Test
  void timestampsMayVaryButNotBeMissing() {
    ExpectedFrame expected =
        FrameVectors.load("tcp-inbound4").steps().stream()
            .filter(Step.Expect.class::isInstance)
            .map(each -> ((Step.Expect) each).frame())
            .filter(each -> each.frame().isTcp())
            .findFirst()
            .orElseThrow();
    Frame frame = expected.frame();
    int kind = frame.transportAt() + 26;

    assertThat(frame.u8(kind)).isEqualTo(8);
    for (int at = kind - 6; at < frame.length(); at++) {
      Frame changed = frame.with(at, (byte) (frame.u8(at) ^ 1)).withTransportChecksum();
      boolean value = at >= kind + 2 && at < kind + 10;
      assertThat(expected.matches(changed)).as("offset %d", at).isEqualTo(value);
    }
  }

  @Test
  void shortenedDataIsCompleted() {
    List<Step> steps = FrameVectors.load("tcp-large-mss").steps();

    assertThat(steps)
        .filteredOn(Step.TcpSend.class::isInstance)
        .singleElement()
        .satisfies(
            each ->
                assertThat(
                        new String(
                            ((Step.TcpSend) each).data(),
                            java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("0123456789".repeat(10_000)));
  }
}
