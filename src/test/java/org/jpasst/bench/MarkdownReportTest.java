package org.jpasst.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class MarkdownReportTest {
  private static final Cell CELL = new PingTime(10);
  private static final Cell STREAMS =
      new TcpStreams(Direction.FROM_GUEST, Peer.REMOTE, 1500, 1, java.time.Duration.ofSeconds(1));

  private final Results results =
      new Results(List.of(STREAMS, CELL), List.of("ours", "passt", "kernel"));
  private final MarkdownReport report =
      new MarkdownReport(results, Optional.of("passt"), List.of("ours"));

  @Test
  void medianRangeAndRatioAreInTheRow() {
    measured(CELL, "ours", Metric.ROUND_TRIP, 110, 100, 130);
    measured(CELL, "passt", Metric.ROUND_TRIP, 220);
    measured(CELL, "kernel", Metric.ROUND_TRIP, 40);
    assertThat(report.text())
        .contains("|  | ours | passt | kernel | ours/passt |")
        .contains("| guest→remote, median of 10 | 110 (100-130) | 220 | 40 | 0.50× |");
  }

  @Test
  void lessThroughputThanTheReferenceIsMarked() {
    measured(STREAMS, "ours", Metric.THROUGHPUT, 0.9);
    measured(STREAMS, "passt", Metric.THROUGHPUT, 1.2);
    assertThat(report.text()).contains("| 0.900 | 1.20 |  | 0.75× ▼ |");
    assertThat(report.shortfalls())
        .containsExactly("tcp/guest-remote/1500/1 Throughput: ours 0.900 = 0.75×");
  }

  @Test
  void moreTimeThanTheReferenceIsMarked() {
    measured(CELL, "ours", Metric.ROUND_TRIP, 300);
    measured(CELL, "passt", Metric.ROUND_TRIP, 200);
    assertThat(report.text()).contains("| 300 | 200 |  | 1.50× ▼ |");
  }

  @Test
  void aTwentiethLessIsByChanceAndMoreIsNot() {
    measured(STREAMS, "passt", Metric.THROUGHPUT, 10.0);
    measured(STREAMS, "ours", Metric.THROUGHPUT, 9.6);
    assertThat(report.isFarBehind()).isFalse();
    measured(CELL, "passt", Metric.ROUND_TRIP, 100.0);
    measured(CELL, "ours", Metric.ROUND_TRIP, 107.0);
    assertThat(report.isFarBehind()).isTrue();
  }

  @Test
  void anyRetransmissionIsMarkedWhateverTheReferenceHas() {
    measured(STREAMS, "ours", Metric.RETRANSMISSIONS, 2);
    measured(STREAMS, "passt", Metric.RETRANSMISSIONS, 300);
    assertThat(report.text()).contains("| 2 ▼ | 300 |  |");
  }

  @Test
  void whatFailedIsTold() {
    results.fail(CELL, "passt", "exit status 1\nand much output");
    assertThat(report.text()).contains("- ping/guest-remote, passt: exit status 1\n");
    assertThat(report.shortfalls()).isEmpty();
  }

  private void measured(Cell cell, String candidate, Metric metric, double... rounds) {
    for (double each : rounds) {
      results.add(cell, candidate, new Sample(Map.of(metric, each)));
    }
  }
}
