package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SequenceRangesTest {
  private static final int NUMBERS = 6000;

  private final SequenceRanges ranges = new SequenceRanges();

  /** The numbers that are in, counted from {@link #base}. */
  private final BitSet model = new BitSet();

  private int base;

  @ParameterizedTest
  @ValueSource(ints = {0, 1_000_000, -NUMBERS / 2, Integer.MAX_VALUE - NUMBERS / 2, -NUMBERS})
  void theyHoldWhatASetOfNumbersHolds(int first) {
    base = first;
    var random = new Random(first);
    boolean wasFull = false;
    for (int round = 0; round < 40; round++) {
      ranges.clear();
      model.clear();
      int longest = 1 << random.nextInt(8);
      int lowest = 0;
      for (int step = 0; step < 600; step++) {
        int start = lowest + random.nextInt(NUMBERS - lowest - longest);
        add(start, start + 1 + random.nextInt(longest));
        wasFull |= ranges.count() == SequenceRanges.CAPACITY;
        if (random.nextInt(40) == 0) {
          lowest = Math.min(lowest + random.nextInt(200), NUMBERS / 2);
          ranges.removeBefore(base + lowest);
          model.clear(0, lowest);
        }
        assertSameAsModel();
        ask(random.nextInt(NUMBERS), random.nextInt(NUMBERS));
      }
    }
    assertThat(wasFull).as("capacity was reached").isTrue();
  }

  private void add(int start, int end) {
    var with = (BitSet) model.clone();
    with.set(start, end);
    boolean fits = runs(with) <= SequenceRanges.CAPACITY;
    assertThat(ranges.add(base + start, base + end)).isEqualTo(fits);
    if (fits) {
      model.set(start, end);
    }
  }

  private static int runs(BitSet set) {
    int runs = 0;
    for (int at = set.nextSetBit(0); at >= 0; at = set.nextSetBit(set.nextClearBit(at))) {
      runs++;
    }
    return runs;
  }

  private void assertSameAsModel() {
    int index = 0;
    for (int at = model.nextSetBit(0); at >= 0; ) {
      int end = model.nextClearBit(at);
      assertThat(index).isLessThan(ranges.count());
      assertThat(ranges.start(index)).isEqualTo(base + at);
      assertThat(ranges.end(index)).isEqualTo(base + end);
      index++;
      at = model.nextSetBit(end);
    }
    assertThat(ranges.count()).isEqualTo(index);
    assertThat(ranges.size()).isEqualTo(model.cardinality());
    assertThat(ranges.isEmpty()).isEqualTo(model.isEmpty());
    if (!model.isEmpty()) {
      assertThat(ranges.highest()).isEqualTo(base + model.length());
    }
  }

  private void ask(int one, int other) {
    int start = Math.min(one, other);
    int end = Math.max(one, other) + 1;
    assertThat(ranges.contains(base + start, base + end))
        .isEqualTo(model.nextClearBit(start) >= end);
    assertThat(ranges.contains(base + start, base + start + 1)).isEqualTo(model.get(start));

    var ended = (BitSet) model.clone();
    ended.clear(model.nextClearBit(start), Math.max(NUMBERS, model.length()) + 1);
    int before = runs(ended) - (model.get(start) ? 1 : 0);
    assertThat(ranges.firstEndingAfter(base + start)).isEqualTo(before);
  }

  @Test
  void whatTouchesBecomesOne() {
    ranges.add(10, 20);
    ranges.add(30, 40);
    assertThat(ranges.count()).isEqualTo(2);
    ranges.add(20, 30);
    assertThat(ranges.count()).isEqualTo(1);
    assertThat(ranges.start(0)).isEqualTo(10);
    assertThat(ranges.end(0)).isEqualTo(40);
  }

  @Test
  void atCapacityARangeThatTouchesAnotherStillFits() {
    for (int i = 0; i < SequenceRanges.CAPACITY; i++) {
      assertThat(ranges.add(10 * i, 10 * i + 5)).isTrue();
    }
    assertThat(ranges.add(7, 8)).isFalse();
    assertThat(ranges.add(-7, -6)).isFalse();
    assertThat(ranges.add(10 * SequenceRanges.CAPACITY, 10 * SequenceRanges.CAPACITY + 1))
        .isFalse();
    assertThat(ranges.count()).isEqualTo(SequenceRanges.CAPACITY);
    assertThat(ranges.size()).isEqualTo(5 * SequenceRanges.CAPACITY);

    assertThat(ranges.add(5, 6)).isTrue();
    assertThat(ranges.end(0)).isEqualTo(6);
    assertThat(ranges.add(6, 10)).isTrue();
    assertThat(ranges.count()).isEqualTo(SequenceRanges.CAPACITY - 1);
    assertThat(ranges.add(-7, -6)).isTrue();
    assertThat(ranges.count()).isEqualTo(SequenceRanges.CAPACITY);
  }
}
