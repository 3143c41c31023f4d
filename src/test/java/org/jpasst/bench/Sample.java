package org.jpasst.bench;

import java.util.EnumMap;
import java.util.Map;

/**
 * What one measurement of a cell gave.
 *
 * @param values of the cell's metrics; those that a candidate cannot have are missing
 */
record Sample(Map<Metric, Double> values) {
  Sample {
    values = new EnumMap<>(values);
  }
}
