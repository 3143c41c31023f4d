package org.jpasst.bench;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the numbers of a chart's axis stand: from zero on, at round distances.
 *
 * @param step from one to the next: 1, 2 or 5 times a power of ten
 * @param steps how many of them
 */
record Axis(BigDecimal step, int steps) {
  private static final List<Integer> ROUND = List.of(1, 2, 5);
  private static final int MAX_STEPS = 8;

  /**
   * The one with most steps, but not too many, on which a value has its place.
   *
   * @param most the largest value, not negative
   */
  static Axis upTo(double most) {
    if (!(most > 0)) {
      return new Axis(BigDecimal.ONE, 1);
    }
    for (int power = (int) Math.floor(Math.log10(most)) - 1; ; power++) {
      for (int digit : ROUND) {
        BigDecimal step = BigDecimal.valueOf(digit).scaleByPowerOfTen(power);
        int steps = (int) Math.ceil(most / step.doubleValue());
        if (steps <= MAX_STEPS) {
          return new Axis(step, steps);
        }
      }
    }
  }

  /** Where the axis ends. */
  double end() {
    return step.doubleValue() * steps;
  }

  /** What stands at the axis, from zero to its end. */
  List<BigDecimal> marks() {
    return IntStream.rangeClosed(0, steps)
        .mapToObj(each -> step.multiply(BigDecimal.valueOf(each)))
        .toList();
  }
}
