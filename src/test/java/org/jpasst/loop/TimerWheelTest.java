package org.jpasst.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TimerWheelTest {
  private static final long START = -5_000_000_123L;
  private static final long TICK = 1L << 20;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final List<Integer> fired = new ArrayList<>();
  private final TimerWheel wheel = new TimerWheel(START, (id, now) -> fired.add(id));

  @Test
  void anEmptyWheelHasNoDeadline() {
    assertThat(wheel.nextDeadline()).isEqualTo(TimerWheel.NONE);
    wheel.schedule(7, START + SECOND);
    wheel.cancel(7);
    wheel.cancel(100_000);
    assertThat(wheel.nextDeadline()).isEqualTo(TimerWheel.NONE);
  }

  @Test
  void aTimerFiresOnceItsDeadlineHasPassedAndNotBefore() {
    for (long delay : new long[] {0, 1, TICK, SECOND, 60 * SECOND, 7200 * SECOND, 1L << 58}) {
      fired.clear();
      var one = new TimerWheel(START, (id, now) -> fired.add(id));
      one.schedule(3, START + delay);

      one.advance(START + delay - 1);
      assertThat(fired).isEmpty();
      one.advance(START + delay + 2 * TICK);
      assertThat(fired).containsExactly(3);
      assertThat(one.isScheduled(3)).isFalse();
    }
  }

  @Test
  void oneTimerFarAwayCausesOneWakeUp() {
    wheel.schedule(0, START + 7200 * SECOND);

    assertThat(wheel.nextDeadline() - (START + 7200 * SECOND)).isBetween(0L, TICK);
  }

  @Test
  void movingADeadlineToLaterCausesNoWakeUpAtTheOldOne() {
    wheel.schedule(0, START + SECOND);
    for (int i = 1; i <= 100; i++) {
      wheel.schedule(0, START + SECOND + i * SECOND);
    }

    assertThat(wheel.nextDeadline()).isGreaterThanOrEqualTo(START + 101 * SECOND);
    wheel.advance(START + 101 * SECOND - 1);
    assertThat(fired).isEmpty();
    wheel.advance(wheel.nextDeadline());
    assertThat(fired).containsExactly(0);
  }

  @Test
  void movingADeadlineToEarlierTakesEffect() {
    wheel.schedule(0, START + 100 * SECOND);
    wheel.schedule(0, START + SECOND);

    wheel.advance(START + SECOND + 2 * TICK);

    assertThat(fired).containsExactly(0);
  }

  @Test
  void aTimerMayScheduleAndCancelTimersWhenItFires() {
    var self = new TimerWheel[1];
    self[0] =
        new TimerWheel(
            START,
            (id, now) -> {
              fired.add(id);
              self[0].cancel(1);
              self[0].schedule(0, now);
            });
    self[0].schedule(0, START + TICK);
    self[0].schedule(1, START + 3 * TICK);

    self[0].advance(START + 2 * TICK);
    assertThat(fired).containsExactly(0);
    self[0].advance(START + 10 * TICK);
    assertThat(fired).containsExactly(0, 0);
  }

  @Test
  void aJumpOfTheClockFiresEachTimerOnce() {
    for (int id = 0; id < 1000; id++) {
      wheel.schedule(id, START + id * SECOND);
    }

    wheel.advance(START + 8 * 3600 * SECOND);

    assertThat(fired).hasSize(1000).isSorted();
    assertThat(wheel.nextDeadline()).isEqualTo(TimerWheel.NONE);
  }

  @Test
  void itBehavesLikeASortedMap() {
    for (int seed = 0; seed < 50; seed++) {
      var random = new SplittableRandom(seed);
      var expected = new TreeMap<Integer, Long>();
      long[] now = {START};
      var tested =
          new TimerWheel(
              START,
              (id, at) -> {
                Long deadline = expected.remove(id);
                assertThat(deadline).isNotNull();
                assertThat(at - deadline).isNotNegative();
              });
      for (int step = 0; step < 2000; step++) {
        int id = random.nextInt(300);
        switch (random.nextInt(4)) {
          case 0 -> {
            tested.cancel(id);
            expected.remove(id);
          }
          case 1, 2 -> {
            long delay = random.nextLong(1L << random.nextInt(10, 50));
            tested.schedule(id, now[0] + delay);
            expected.put(id, now[0] + delay);
          }
          default -> {
            now[0] += random.nextLong(1L << random.nextInt(10, 45));
            tested.advance(now[0]);
            long late = now[0] - 2 * TICK;
            assertThat(expected.values()).allMatch(deadline -> deadline > late);
          }
        }
        assertThat(tested.scheduledCount()).isEqualTo(expected.size());
        long earliest = expected.values().stream().mapToLong(v -> v).min().orElse(Long.MAX_VALUE);
        if (expected.isEmpty()) {
          assertThat(tested.nextDeadline()).isEqualTo(TimerWheel.NONE);
        } else {
          assertThat(tested.nextDeadline() - earliest).isLessThanOrEqualTo(2 * TICK);
        }
      }
    }
  }

  @Test
  void sleepingUntilTheNextDeadlineAgainAndAgainEndsSoon() {
    var random = new SplittableRandom(4);
    for (int id = 0; id < 5000; id++) {
      wheel.schedule(id, START + random.nextLong(7200 * SECOND));
    }

    int turns = 0;
    while (wheel.nextDeadline() != TimerWheel.NONE) {
      wheel.advance(wheel.nextDeadline());
      turns++;
    }

    assertThat(fired).hasSize(5000);
    assertThat(turns).isLessThan(7500);
  }
}
