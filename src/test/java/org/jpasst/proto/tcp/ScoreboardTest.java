package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against RFC 6675 section 4, applied to each number on its own. */
final class ScoreboardTest {
  private static final int NUMBERS = 1000;
  private static final int MSS = 20;

  private final Scoreboard scoreboard = new Scoreboard();

  /** The numbers that have arrived, counted from {@link #base}. */
  private final BitSet arrived = new BitSet();

  private int base;

  @BeforeEach
  void startAtZero() {
    base = 0;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5_000_000, -NUMBERS / 2, Integer.MAX_VALUE - NUMBERS / 2})
  void itAnswersWhatTheNumbersThemselvesTell(int first) {
    base = first;
    var random = new Random(first);
    for (int round = 0; round < 60; round++) {
      scoreboard.clear();
      arrived.clear();
      int una = 0;
      for (int step = 0; step < 30; step++) {
        int start = una + 1 + random.nextInt(NUMBERS - una - 1);
        int end = Math.min(NUMBERS, start + 1 + random.nextInt(2 * MSS));
        assertThat(scoreboard.add(base + start, base + end)).isTrue();
        arrived.set(start, end);
        if (random.nextInt(10) == 0) {
          una = Math.min(una + random.nextInt(100), NUMBERS - 10);
          scoreboard.removeBefore(base + una);
          arrived.clear(0, una);
          una = arrived.nextClearBit(una);
          scoreboard.removeBefore(base + una);
          arrived.clear(0, una);
          if (una >= NUMBERS - 10) {
            break;
          }
        }
        assertSameAsModel(una, una + 1 + random.nextInt(NUMBERS - una));
      }
    }
  }

  private void assertSameAsModel(int una, int limit) {
    assertThat(scoreboard.size()).isEqualTo(arrived.cardinality());
    int missing = 0;
    int lostBefore = scoreboard.lostBefore(base + una, MSS) - base;
    for (int number = una; number < NUMBERS; number++) {
      assertThat(scoreboard.has(base + number, base + number + 1)).isEqualTo(arrived.get(number));
      assertThat(scoreboard.firstMissing(base + number) - base)
          .isEqualTo(arrived.nextClearBit(number));
      if (arrived.get(number)) {
        continue;
      }
      assertThat(number < lostBefore).as("lost").isEqualTo(isLost(number));
      if (number < limit) {
        missing++;
        int next = arrived.nextSetBit(number);
        assertThat(scoreboard.endOfGap(base + number, base + limit) - base)
            .isEqualTo(next < 0 ? limit : Math.min(next, limit));
      }
    }
    assertThat(scoreboard.missing(base + una, base + limit)).isEqualTo(missing);
  }

  /** RFC 6675 section 4, IsLost. */
  private boolean isLost(int number) {
    int bytes = 0;
    int ranges = 0;
    for (int at = arrived.nextSetBit(number); at >= 0; at = arrived.nextSetBit(at + 1)) {
      bytes++;
      ranges += arrived.get(at + 1) ? 0 : 1;
    }
    return ranges >= 3 || bytes > 2 * MSS;
  }

  @Test
  void nothingIsLostBeforeEnoughHasArrivedLater() {
    scoreboard.add(100, 100 + 2 * MSS);
    assertThat(scoreboard.lostBefore(50, MSS)).isEqualTo(50);
    scoreboard.add(100 + 2 * MSS, 101 + 2 * MSS);
    assertThat(scoreboard.lostBefore(50, MSS)).isEqualTo(100);
  }

  @Test
  void threeSmallRangesAreEnough() {
    scoreboard.add(100, 101);
    scoreboard.add(110, 111);
    assertThat(scoreboard.lostBefore(50, MSS)).isEqualTo(50);
    scoreboard.add(120, 121);
    assertThat(scoreboard.lostBefore(50, MSS)).isEqualTo(100);
  }

  @Test
  void anEmptyOneKnowsOfNoLoss() {
    assertThat(scoreboard.isEmpty()).isTrue();
    assertThat(scoreboard.lostBefore(50, MSS)).isEqualTo(50);
    assertThat(scoreboard.firstMissing(50)).isEqualTo(50);
    assertThat(scoreboard.endOfGap(50, 90)).isEqualTo(90);
    assertThat(scoreboard.missing(50, 90)).isEqualTo(40);
  }
}
