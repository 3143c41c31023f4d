package org.jpasst.control.metrics;

import java.math.BigDecimal;
import org.jpasst.stats.DurationHistogram;

/**
 * Writes metrics as OpenMetrics 1.0 has it: families one after the other, each with its metadata
 * first, then its samples. In the older format a counter's family has the name of its samples, a
 * unit is a comment, and there is no type for what is only labels.
 */
final class MetricsWriter {
  private static final String TOTAL = "_total";
  private static final int NANO_DIGITS = 9;

  private final Dialect dialect;
  private final StringBuilder text = new StringBuilder();
  private String family = "";

  MetricsWriter(Dialect dialect) {
    this.dialect = dialect;
  }

  /**
   * Begins a family of counters.
   *
   * @param name without {@code _total}; ends with the unit, if there is one
   * @param unit its unit; may be empty
   */
  MetricsWriter counters(String name, String unit, String help) {
    boolean isOpen = dialect == Dialect.OPEN_METRICS;
    begin(isOpen ? name : name + TOTAL, "counter", unit, help);
    family = name + TOTAL;
    return this;
  }

  /** Begins a family of gauges. */
  MetricsWriter gauges(String name, String unit, String help) {
    begin(name, "gauge", unit, help);
    family = name;
    return this;
  }

  /** A family of what doesn't change, in labels. */
  MetricsWriter info(String name, String help, String... labels) {
    if (dialect == Dialect.OPEN_METRICS) {
      begin(name, "info", "", help);
    } else {
      begin(name + "_info", "gauge", "", help);
    }
    family = name + "_info";
    return sample(1, labels);
  }

  /** A family of one histogram of durations, in seconds. */
  MetricsWriter histogram(String name, String help, DurationHistogram histogram) {
    begin(name, "histogram", "seconds", help);
    long count = 0;
    for (int i = 0; i < DurationHistogram.size(); i++) {
      count += histogram.count(i);
      bucket(name, seconds(DurationHistogram.bound(i)), count);
    }
    count += histogram.beyond();
    bucket(name, "+Inf", count);
    text.append(name).append("_count ").append(count).append('\n');
    text.append(name).append("_sum ").append(seconds(histogram.sum())).append('\n');
    return this;
  }

  private void bucket(String name, String bound, long count) {
    text.append(name).append("_bucket{le=\"").append(bound).append("\"} ").append(count);
    text.append('\n');
  }

  /** As short as it can be, and never in powers of ten: {@code 0.00025}, {@code 1.0}. */
  private static String seconds(long nanos) {
    BigDecimal value = BigDecimal.valueOf(nanos, NANO_DIGITS).stripTrailingZeros();
    return value.setScale(Math.max(1, value.scale())).toPlainString();
  }

  private void begin(String name, String type, String unit, String help) {
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    if (!unit.isEmpty()) {
      text.append("# UNIT ").append(name).append(' ').append(unit).append('\n');
    }
    text.append("# HELP ").append(name).append(' ');
    text.append(escaped(help, dialect == Dialect.OPEN_METRICS)).append('\n');
  }

  /**
   * Adds a sample to the family.
   *
   * @param labels names and values in turn
   */
  MetricsWriter sample(long value, String... labels) {
    text.append(family);
    for (int i = 0; i < labels.length; i += 2) {
      text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      text.append(escaped(labels[i + 1], true)).append('"');
    }
    text.append(labels.length == 0 ? " " : "} ").append(value).append('\n');
    return this;
  }

  private static String escaped(String text, boolean quotes) {
    String escaped = text.replace("\\", "\\\\").replace("\n", "\\n");
    return quotes ? escaped.replace("\"", "\\\"") : escaped;
  }

  /** All of it. */
  String end() {
    // In the older format a comment.
    return text.append("# EOF\n").toString();
  }
}
