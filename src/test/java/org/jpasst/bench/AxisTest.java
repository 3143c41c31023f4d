package org.jpasst.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

final class AxisTest {
  @Test
  void stepsAreRoundAndFew() {
    assertThat(marks(7.3)).isEqualTo("0 1 2 3 4 5 6 7 8");
    assertThat(marks(8.1)).isEqualTo("0 2 4 6 8 10");
    assertThat(marks(26)).isEqualTo("0 5 10 15 20 25 30");
    assertThat(marks(0.31)).isEqualTo("0.00 0.05 0.10 0.15 0.20 0.25 0.30 0.35");
    assertThat(marks(1_700)).isEqualTo("0 500 1000 1500 2000");
  }

  @Test
  void largestValueIsWithin() {
    assertThat(Axis.upTo(10).end()).isEqualTo(10);
    assertThat(Axis.upTo(10.1).end()).isEqualTo(12);
  }

  @Test
  void nothingMeasuredHasAnAxisToo() {
    assertThat(marks(0)).isEqualTo("0 1");
  }

  private static String marks(double most) {
    return String.join(
        " ", Axis.upTo(most).marks().stream().map(BigDecimal::toPlainString).toList());
  }
}
