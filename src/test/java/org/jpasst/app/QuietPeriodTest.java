package org.jpasst.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class QuietPeriodTest {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long START = -5;

  private final QuietPeriod quiet = new QuietPeriod();

  @Test
  void aLookWaitsForTheEndOfABurst() {
    assertThat(quiet.changed(START)).isEqualTo(START + QuietPeriod.QUIET);
    long later = START + 60 * MILLISECOND;
    assertThat(quiet.changed(later)).isEqualTo(later + QuietPeriod.QUIET);
  }

  @Test
  void aBurstWithoutEndIsLookedInto() {
    long due = quiet.changed(START);
    for (long now = START; now < due; now += 50 * MILLISECOND) {
      due = quiet.changed(now);
    }
    assertThat(due).isEqualTo(START + QuietPeriod.LONGEST);
  }

  @Test
  void eachBurstHasItsOwnPeriod() {
    quiet.looked(quiet.changed(START), 0);
    long later = START + 10 * QuietPeriod.LONGEST;
    assertThat(quiet.changed(later)).isEqualTo(later + QuietPeriod.QUIET);
  }

  @Test
  void looksThatTakeLongAreRare() {
    long now = quiet.changed(START);
    quiet.looked(now, 500 * MILLISECOND);
    assertThat(quiet.changed(now)).isEqualTo(now + 5000 * MILLISECOND);
  }
}
