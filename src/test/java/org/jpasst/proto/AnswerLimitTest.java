package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.Test;

/** Answers come at once up to a second's worth, and then at their rate. */
final class AnswerLimitTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private long now = -5 * SECOND;
  private final Counters counters = new Counters();
  private final AnswerLimit limit = AnswerLimit.ofErrors(() -> now, counters);

  private int admitted(int asked) {
    int admitted = 0;
    for (int i = 0; i < asked; i++) {
      admitted += limit.admits() ? 1 : 0;
    }
    return admitted;
  }

  @Test
  void aBurstOfASecondsWorthIsAnswered() {
    assertThat(admitted(5_000)).isEqualTo(AnswerLimit.ERRORS);
    assertThat(counters.value(Counter.DROP_ERROR_LIMIT)).isEqualTo(5_000 - AnswerLimit.ERRORS);
  }

  @Test
  void afterItAnswersComeAtTheRate() {
    admitted(5_000);
    int admitted = 0;
    for (int i = 0; i < 10_000; i++) {
      now += SECOND / 1_000;
      admitted += admitted(7);
    }
    assertThat(admitted).isEqualTo(10 * AnswerLimit.ERRORS);
  }

  @Test
  void noTimeIsSavedBeyondASecond() {
    admitted(5_000);
    now += TimeUnit.DAYS.toNanos(300);
    assertThat(admitted(5_000)).isEqualTo(AnswerLimit.ERRORS);
  }

  @Test
  void whoAsksNoFasterIsAlwaysAnswered() {
    for (int i = 0; i < 100_000; i++) {
      assertThat(limit.admits()).isTrue();
      now += SECOND / AnswerLimit.ERRORS;
    }
    assertThat(counters.value(Counter.DROP_ERROR_LIMIT)).isZero();
  }

  @Test
  void resetsHaveALimitOfTheirOwn() {
    admitted(5_000);
    AnswerLimit resets = AnswerLimit.ofResets(() -> now, counters);
    for (int i = 0; i < AnswerLimit.RESETS; i++) {
      assertThat(resets.admits()).isTrue();
    }
    assertThat(resets.admits()).isFalse();
    assertThat(counters.value(Counter.DROP_RESET_LIMIT)).isOne();
  }
}
