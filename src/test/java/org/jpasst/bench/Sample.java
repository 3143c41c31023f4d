package org.jpasst.bench;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What one measurement of a cell gave.
 *
 * @param values of the cell's metrics; those that a candidate cannot have are missing
 * @param series what was measured slot by slot
 */
record Sample(Map<Metric, Double> values, List<Series> series) {
  Sample {
    values = new EnumMap<>(values);
    series = List.copyOf(series);
  }

  /** Without a series. */
  Sample(Map<Metric, Double> values) {
    this(values, List.of());
  }
}
