package org.jpasst.bench;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Values that belong in a row, such as one for each second.
 *
 * @param slots what each value is for, such as {@code 1 s}
 */
record Series(String title, String unit, List<String> slots, List<Double> values) {
  Series {
    if (slots.size() != values.size()) {
      throw new IllegalArgumentException(
          "%s: %d slots, %d values".formatted(title, slots.size(), values.size()));
    }
  }

  /** Of each slot the median of several rounds. */
  static Series median(List<Series> rounds) {
    Series first = rounds.getFirst();
    List<Double> medians =
        IntStream.range(0, first.slots.size())
            .mapToObj(
                slot ->
                    Statistics.of(rounds.stream().map(each -> each.values.get(slot)).toList())
                        .median())
            .toList();
    return new Series(first.title, first.unit, first.slots, medians);
  }
}
