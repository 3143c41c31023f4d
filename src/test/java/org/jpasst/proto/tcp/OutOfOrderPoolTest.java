package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Connections whose guest sends what is worst: one byte for each block, as far ahead as it may. */
final class OutOfOrderPoolTest {
  private final BoundedPool<MemorySegment> blocks =
      new BoundedPool<>(
          OutOfOrderBytes.MAX_BLOCKS,
          MemorySegment.NULL,
          () -> MemorySegment.ofArray(new byte[OutOfOrderBytes.BLOCK]));
  private final MemorySegment segment = MemorySegment.ofArray(new byte[2]);

  /** Keeps a byte in each block that a connection may have; answers how many were kept. */
  private int fill(OutOfOrderBytes bytes) {
    int kept = 0;
    for (int at = OutOfOrderBytes.BLOCK; at < OutOfOrderBytes.MAX_AHEAD; at += 32 * 1024) {
      kept += bytes.keep(blocks, 0, segment, 0, at, 1) ? 1 : 0;
    }
    return kept;
  }

  @Test
  void howeverManyConnectionsHaveGapsEachFurtherOneGetsRoom() {
    List<OutOfOrderBytes> all = new ArrayList<>();
    int first = 0;
    for (int i = 0; i < 8; i++) {
      all.add(new OutOfOrderBytes());
      int kept = fill(all.getLast());
      assertThat(kept).isPositive();
      first = i == 0 ? kept : first;
    }
    assertThat(first).isEqualTo(OutOfOrderBytes.MAX_AHEAD / OutOfOrderBytes.BLOCK - 1);
    assertThat(blocks.left()).isPositive();

    all.forEach(each -> each.clear(blocks));
    assertThat(blocks.left()).isEqualTo(OutOfOrderBytes.MAX_BLOCKS);
    assertThat(fill(new OutOfOrderBytes())).isEqualTo(first);
  }

  /** Ranges are bounded, and so is what a segment costs, in whatever order they come. */
  @Test
  void moreGapsThanAreNotedAreRefused() {
    var bytes = new OutOfOrderBytes();
    int kept = 0;
    for (int i = 100_000; i > 0; i--) {
      kept += bytes.keep(blocks, 0, segment, 0, 2 * i, 1) ? 1 : 0;
    }
    assertThat(kept).isEqualTo(SequenceRanges.CAPACITY);
    assertThat(bytes.ranges().count()).isEqualTo(SequenceRanges.CAPACITY);
    bytes.forgetBefore(blocks, 0); // as at the end of each batch
    assertThat(OutOfOrderBytes.MAX_BLOCKS - blocks.left())
        .isLessThanOrEqualTo(2 + 2 * SequenceRanges.CAPACITY / OutOfOrderBytes.BLOCK);
  }
}
