package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OutOfOrderBytesTest {
  private static final int BLOCK = OutOfOrderBytes.BLOCK;
  private static final int MAX_AHEAD = OutOfOrderBytes.MAX_AHEAD;

  private final OutOfOrderBytes kept = new OutOfOrderBytes();
  private int limit = OutOfOrderBytes.MAX_BLOCKS;
  private BoundedPool<MemorySegment> pool = pool(limit);

  private static BoundedPool<MemorySegment> pool(int limit) {
    return new BoundedPool<>(limit, MemorySegment.NULL, () -> Arena.ofAuto().allocate(BLOCK));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 12_345, -500_000, Integer.MAX_VALUE - 500_000, -1})
  void whatComesOutIsWhatWentInWhateverTheOrder(int first) {
    var random = new Random(first);
    byte[] data = new byte[1_000_000];
    random.nextBytes(data);
    MemorySegment source = MemorySegment.ofArray(data);
    var model = new BitSet();
    int next = 0;
    while (next < data.length) {
      boolean closesGap = random.nextInt(8) == 0;
      int start = closesGap ? next : Math.min(data.length - 1, next + 1 + random.nextInt(150_000));
      int length = Math.min(data.length - start, 1 + random.nextInt(9000));
      if (closesGap) {
        next = model.nextClearBit(start + length);
        assertThat(first + start + length + kept.available(first + start + length))
            .isEqualTo(first + next);
        assertKept(data, first, start + length, next);
        kept.forgetBefore(pool, first + next);
        model.clear(0, next);
      } else {
        boolean taken = kept.keep(pool, first + next, source, start, first + start, length);
        assertThat(taken).isTrue();
        assertThat(kept.latest()).isEqualTo(first + start);
        model.set(start, start + length);
      }
      assertThat(kept.ranges().size()).isEqualTo(model.cardinality());
    }
    assertThat(kept.isEmpty()).isTrue();
    assertAllAreBack();
  }

  private void assertKept(byte[] data, int first, int from, int to) {
    byte[] out = new byte[Math.max(0, to - from)];
    for (int done = 0; done < out.length; ) {
      int sequence = first + from + done;
      int count = Math.min(out.length - done, kept.run(sequence));
      MemorySegment.copy(
          kept.memory(sequence), ValueLayout.JAVA_BYTE, kept.offset(sequence), out, done, count);
      done += count;
    }
    assertThat(Arrays.equals(out, 0, out.length, data, from, Math.max(from, to))).isTrue();
  }

  /** All that the pool can give is there to be taken. */
  private void assertAllAreBack() {
    for (int i = 0; i < limit; i++) {
      assertThat(pool.take()).isNotEqualTo(MemorySegment.NULL);
    }
    assertThat(pool.take()).isEqualTo(MemorySegment.NULL);
  }

  private boolean keep(int next, int sequence, int length) {
    return kept.keep(pool, next, MemorySegment.ofArray(new byte[length]), 0, sequence, length);
  }

  @Test
  void nothingIsKeptTooFarAhead() {
    int next = -1000;
    assertThat(keep(next, next + MAX_AHEAD - 99, 100)).isFalse();
    assertThat(kept.isEmpty()).isTrue();
    assertThat(keep(next, next + MAX_AHEAD - 100, 100)).isTrue();
    assertThat(keep(next, next + 1, 100)).isTrue();
    assertThat(kept.ranges().count()).isEqualTo(2);
    kept.clear(pool);
    assertAllAreBack();
  }

  @Test
  void allThatMayLieAheadFitsAtOnce() {
    int next = BLOCK - 1;
    for (int done = 1; done < MAX_AHEAD; done += BLOCK) {
      assertThat(keep(next, next + done, Math.min(BLOCK, MAX_AHEAD - done))).isTrue();
    }
    assertThat(kept.available(next + 1)).isEqualTo(MAX_AHEAD - 1);
    kept.forgetBefore(pool, next + MAX_AHEAD);
    assertAllAreBack();
  }

  @Test
  void anExhaustedPoolRefusesAndIsUsedAgainWhenBlocksComeBack() {
    limit = 2;
    pool = pool(limit);
    assertThat(keep(0, 10, 10)).isTrue();
    assertThat(keep(0, BLOCK + 10, 10)).isTrue();
    assertThat(keep(0, 2 * BLOCK + 10, 10)).isFalse();
    // Half of it would have found room.
    assertThat(keep(0, 2 * BLOCK - 5, 10)).isFalse();
    assertThat(kept.ranges().count()).isEqualTo(2);
    assertThat(kept.available(BLOCK + 10)).isEqualTo(10);

    kept.forgetBefore(pool, 20);
    assertThat(keep(20, 2 * BLOCK + 10, 10)).isTrue();
    kept.forgetBefore(pool, 2 * BLOCK + 20);
    assertThat(kept.isEmpty()).isTrue();
    assertAllAreBack();
  }

  @Test
  void tooManyGapsRefuseButLoseNothing() {
    for (int i = 0; i < SequenceRanges.CAPACITY; i++) {
      assertThat(keep(0, 10 + 10 * i, 5)).isTrue();
    }
    assertThat(keep(0, 10 + 10 * SequenceRanges.CAPACITY, 5)).isFalse();
    assertThat(kept.ranges().size()).isEqualTo(5 * SequenceRanges.CAPACITY);
    kept.clear(pool);
    assertAllAreBack();
  }

  @Test
  void aConnectionGivesBackAllThatItHadOfThePools() {
    var stores = new OutOfOrderPool();
    var one = new TcpConnection(null);
    var other = new TcpConnection(null);
    MemorySegment bytes = MemorySegment.ofArray(new byte[BLOCK]);
    for (int i = 1; i <= OutOfOrderBytes.MAX_BLOCKS / 4; i++) {
      stores.keep(one, bytes, 0, i * BLOCK, BLOCK);
    }
    assertThat(one.reassembly.bytes().ranges().size()).isEqualTo(MAX_AHEAD - BLOCK);
    stores.forget(one);
    assertThat(one.reassembly.bytes()).isSameAs(OutOfOrderBytes.NONE);

    stores.keep(other, bytes, 0, 100, 10);
    OutOfOrderBytes reused = other.reassembly.bytes();
    assertThat(reused.ranges().size()).isEqualTo(10);
    other.receive.advance(110);
    stores.trim(other);
    assertThat(other.reassembly.bytes()).isSameAs(OutOfOrderBytes.NONE);
    stores.keep(one, bytes, 0, 100, 10);
    assertThat(one.reassembly.bytes()).isSameAs(reused);
    one.receive.takeFin(false);
    stores.trim(one);
    assertThat(one.reassembly.bytes()).isSameAs(OutOfOrderBytes.NONE);
  }

  @Test
  void allConnectionsTogetherGetNoMoreThanTheBound() {
    var stores = new OutOfOrderPool();
    MemorySegment bytes = MemorySegment.ofArray(new byte[BLOCK]);
    int taken = 0;
    for (int i = 0; i < 8; i++) {
      var c = new TcpConnection(null);
      for (int block = 1; block < MAX_AHEAD / BLOCK; block++) {
        stores.keep(c, bytes, 0, block * BLOCK, BLOCK);
      }
      taken += c.reassembly.bytes().ranges().size() / BLOCK;
    }
    // Nearly all: the rest is for whoever has none yet.
    assertThat(taken).isBetween(OutOfOrderBytes.MAX_BLOCKS - 16, OutOfOrderBytes.MAX_BLOCKS);
  }
}
