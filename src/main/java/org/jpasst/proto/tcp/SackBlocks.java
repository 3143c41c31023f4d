package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.wire.TcpOptions;

/**
 * The selective acknowledgments of the next segment to the guest (RFC 2018 section 4): what came
 * twice (RFC 2883 section 4), then the range of the segment that came last, then the others, the
 * highest first. One option at a time is collected, then written.
 */
final class SackBlocks {
  private static final int WITH_TIMESTAMPS = 3;

  private final int[] starts = new int[TcpOptions.MAX_SACK_BLOCKS];
  private final int[] ends = new int[TcpOptions.MAX_SACK_BLOCKS];
  private int count;

  /** Bytes that so many blocks take with what is in front of them. */
  static int length(int blocks) {
    return blocks == 0 ? 0 : TcpOptions.SACK_HEADER_LENGTH + blocks * TcpOptions.SACK_BLOCK_LENGTH;
  }

  /** Whether there is anything to tell. */
  boolean areDue(TcpConnection c) {
    return c.sack.arePermitted() && (!c.reassembly.isEmpty() || c.sack.hasDuplicate());
  }

  /** Collects what is to be told of a connection; answers how many blocks that is. */
  int collect(TcpConnection c) {
    count = 0;
    if (!areDue(c)) {
      return 0;
    }
    int most = c.timestamps.areUsed() ? WITH_TIMESTAMPS : TcpOptions.MAX_SACK_BLOCKS;
    if (c.sack.hasDuplicate()) {
      add(c.sack.duplicateStart(), c.sack.duplicateEnd());
    }
    Reassembly kept = c.reassembly;
    SequenceRanges ranges = kept.ranges();
    int latest =
        kept.isFinLatest() ? ranges.count() - 1 : ranges.firstEndingAfter(kept.bytes().latest());
    if (kept.isFinAlone() && kept.isFinLatest()) {
      add(kept.finSequence(), kept.finSequence() + 1);
      latest = ranges.count();
    }
    if (latest >= 0 && latest < ranges.count()) {
      add(kept, latest);
    }
    if (kept.isFinAlone() && !kept.isFinLatest()) {
      add(kept.finSequence(), kept.finSequence() + 1);
    }
    for (int i = ranges.count() - 1; i >= 0 && count < most; i--) {
      if (i != latest) {
        add(kept, i);
      }
    }
    return count;
  }

  /** Writes what was collected, {@link #length} bytes. */
  void write(MemorySegment s, long at) {
    if (count == 0) {
      return;
    }
    TcpOptions.writeSackHeader(s, at, count);
    long blockAt = at + TcpOptions.SACK_HEADER_LENGTH;
    for (int i = 0; i < count; i++) {
      TcpOptions.writeSackBlock(s, blockAt, starts[i], ends[i]);
      blockAt += TcpOptions.SACK_BLOCK_LENGTH;
    }
  }

  /** A FIN that came with the last bytes of a range, or right behind them, is one number more. */
  private void add(Reassembly kept, int index) {
    int end = kept.ranges().end(index);
    add(kept.ranges().start(index), kept.endsAt(end) ? end + 1 : end);
  }

  private void add(int start, int end) {
    starts[count] = start;
    ends[count++] = end;
  }
}
