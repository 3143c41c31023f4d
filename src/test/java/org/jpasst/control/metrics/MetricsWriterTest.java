package org.jpasst.control.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.jpasst.stats.DurationHistogram;
import org.junit.jupiter.api.Test;

final class MetricsWriterTest {
  private static String text(Dialect dialect) {
    return new MetricsWriter(dialect)
        .counters("a_bytes", "bytes", "Says \"a\\b\"\nand more.")
        .sample(7, "kind", "x\"y\\z\n", "other", "")
        .gauges("b", "", "B.")
        .sample(0)
        .info("c", "C.", "version", "1")
        .end();
  }

  @Test
  void namesLabelsAndHelpAreThoseOfOpenMetrics() {
    assertThat(text(Dialect.OPEN_METRICS))
        .isEqualTo(
            """
            # TYPE a_bytes counter
            # UNIT a_bytes bytes
            # HELP a_bytes Says \\"a\\\\b\\"\\nand more.
            a_bytes_total{kind="x\\"y\\\\z\\n",other=""} 7
            # TYPE b gauge
            # HELP b B.
            b 0
            # TYPE c info
            # HELP c C.
            c_info{version="1"} 1
            # EOF
            """);
    OpenMetricsText.read(text(Dialect.OPEN_METRICS));
  }

  @Test
  void theOlderFormatNamesCountersByTheirSamples() {
    assertThat(text(Dialect.PROMETHEUS_TEXT))
        .contains("# TYPE a_bytes_total counter\n", "\na_bytes_total{")
        .contains("# HELP a_bytes_total Says \"a\\\\b\"\\nand more.\n")
        .contains("# TYPE c_info gauge\n", "\nc_info{version=\"1\"} 1\n");
  }

  @Test
  void aHistogramsBucketsAddUp() {
    var histogram = new DurationHistogram();
    histogram.add(1);
    histogram.add(TimeUnit.MICROSECONDS.toNanos(50));
    histogram.add(TimeUnit.MICROSECONDS.toNanos(50) + 1);
    histogram.add(TimeUnit.MINUTES.toNanos(1));
    String text =
        new MetricsWriter(Dialect.OPEN_METRICS).histogram("d_seconds", "D.", histogram).end();
    OpenMetricsText read = OpenMetricsText.read(text);
    assertThat(read.value("d_seconds_bucket{le=\"0.00005\"}")).isEqualTo(2);
    assertThat(read.value("d_seconds_bucket{le=\"0.0001\"}")).isEqualTo(3);
    assertThat(read.value("d_seconds_bucket{le=\"1.0\"}")).isEqualTo(3);
    assertThat(read.value("d_seconds_bucket{le=\"+Inf\"}")).isEqualTo(4);
    assertThat(read.value("d_seconds_sum")).isEqualTo(60.000100002);
  }
}
