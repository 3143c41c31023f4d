package org.jpasst.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LosslessRateTest {
  private record Seen(double rate, boolean lossless, boolean fullRate)
      implements LosslessRate.Outcome {}

  private final LosslessRate search = new LosslessRate(1.05);
  private final List<Double> tried = new ArrayList<>();

  private LosslessRate.Found<Seen> searchFor(double limit, double most) {
    return search.search(
        20_000,
        rate -> {
          tried.add(rate);
          return new Seen(rate, rate <= limit, rate <= most);
        });
  }

  @Test
  void limitAboveTheStartIsFoundWithinPrecision() {
    var found = searchFor(137_000, Double.MAX_VALUE);
    assertThat(found.rate()).isBetween(137_000 / 1.05, 137_000.0);
    assertThat(found.outcome().orElseThrow().rate()).isEqualTo(found.rate());
    assertThat(found.limitedBySender()).isFalse();
  }

  @Test
  void limitBelowTheStartIsFoundWithinPrecision() {
    assertThat(searchFor(3_300, Double.MAX_VALUE).rate()).isBetween(3_300 / 1.05, 3_300.0);
  }

  @Test
  void fewTrialsAreEnough() {
    searchFor(137_000, Double.MAX_VALUE);
    assertThat(tried).hasSizeLessThanOrEqualTo(9);
  }

  @Test
  void searchEndsWhereTheSenderCanDoNoMore() {
    var found = searchFor(Double.MAX_VALUE, 50_000);
    assertThat(found.limitedBySender()).isTrue();
    assertThat(tried).containsExactly(20_000.0, 40_000.0, 80_000.0);
  }

  @Test
  void whatLosesAtAnyRateHasNone() {
    var found = searchFor(0, Double.MAX_VALUE);
    assertThat(found.rate()).isZero();
    assertThat(found.outcome()).isEmpty();
  }
}
