package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.INDIRECT;
import static org.jpasst.guest.vhostuser.FrontEnd.NEXT;
import static org.jpasst.guest.vhostuser.FrontEnd.RECEIVE;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;
import static org.jpasst.guest.vhostuser.FrontEnd.WRITE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The longest queue of the longest chains: 1,024, each with an indirect table of 1,024 descriptors.
 * A turn takes so many descriptors, however many chains they are in; whoever else waits is served
 * between turns.
 */
@Timeout(60)
final class DescriptorFloodTest {
  private static final int SIZE = Virtqueue.MAX_SIZE;

  // In the first region: the parts of one queue, then a table that all its chains share.
  private static final long DESCRIPTORS = 0x20000;
  private static final long AVAILABLE = 0x30000;
  private static final long USED = 0x40000;
  private static final long TABLE = 0x50000;
  private static final long DATA = 0x80000;

  /** What a turn may cost: eight batches of 4,096, and the last chain of each. */
  private static final int MAX_DESCRIPTORS = 8 * (4096 + SIZE);

  @TempDir Path directory;

  private LinkBed bed;
  private FrontEnd frontEnd;

  @BeforeEach
  void open() throws IOException {
    bed = new LinkBed(directory);
    frontEnd = bed.frontEnd();
  }

  @AfterEach
  void close() {
    bed.close();
  }

  /** Has a queue that is set up begin anew, full of chains of buffers so long. */
  private void flood(int ring, int flags, int length) {
    bed.setUp(Features.DEVICE & ~Features.LOG_ALL & ~Features.EVENT_IDX);
    MemorySegment memory = frontEnd.memory(0);
    for (int i = 0; i < SIZE; i++) {
      int next = i == SIZE - 1 ? 0 : NEXT;
      put(TABLE, i, DATA, length, flags | next, i + 1);
      put(DESCRIPTORS, i, TABLE, SIZE * 16, INDIRECT, 0);
      memory.set(JAVA_SHORT_UNALIGNED, AVAILABLE + 4 + 2L * i, (short) i);
    }
    memory.set(JAVA_SHORT_UNALIGNED, AVAILABLE + 2, (short) SIZE);
    frontEnd.moveRing(ring, SIZE, DESCRIPTORS, AVAILABLE, USED);
  }

  private void put(long table, int index, long address, int length, int flags, int next) {
    MemorySegment.copy(
        FrontEnd.entry(address, length, flags, next),
        0,
        frontEnd.memory(0),
        table + 16L * index,
        16);
  }

  private int usedIndex() {
    return frontEnd.memory(0).get(JAVA_SHORT_UNALIGNED, USED + 2) & 0xffff;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 60, 4096})
  void aTurnTakesABoundedNumberOfTheGuestsDescriptors(int length) {
    flood(TRANSMIT, 0, length);
    frontEnd.kick(TRANSMIT);
    int before = 0;
    int turns = 0;
    while (usedIndex() < SIZE) {
      bed.loop.turn(0);
      bed.frames.clear();
      assertThat(usedIndex() - before).isLessThanOrEqualTo(MAX_DESCRIPTORS / SIZE);
      before = usedIndex();
      assertThat(++turns).isLessThan(10 * SIZE);
    }
    assertThat(bed.link.isAttached()).isTrue();
    assertThat(bed.messages).isEmpty();
  }

  @Test
  void chainsWithoutAnyRoomArePassedOverAFewInATurnAndThenDone() {
    flood(RECEIVE, WRITE, 0);
    bed.settle();
    int before = 0;
    while (usedIndex() < SIZE) {
      for (int i = 0; i < 100; i++) {
        assertThat(bed.link.sink().lend(54, 1000).isNone()).isTrue();
      }
      bed.loop.turn(0);
      assertThat(usedIndex() - before).isBetween(1, 64);
      before = usedIndex();
    }
    assertThat(bed.counters.value(Counter.DROP_BAD_CHAIN)).isEqualTo(SIZE);
    assertThat(bed.messages).isEmpty();
  }

  @Test
  void roomBehindChainsWithoutAnyIsFound() {
    flood(RECEIVE, WRITE, 0);
    bed.settle();
    put(DESCRIPTORS, SIZE - 1, DATA, 4096, WRITE, 0);
    boolean[] told = {false};
    bed.link.onRoom(now -> told[0] |= !bed.link.sink().lend(54, 1000).isNone());
    assertThat(bed.link.sink().lend(54, 1000).isNone()).isTrue();
    // No event but those that the link makes itself.
    for (int i = 0; i < SIZE && !told[0]; i++) {
      bed.loop.turn(0);
    }
    assertThat(told[0]).isTrue();
  }
}
