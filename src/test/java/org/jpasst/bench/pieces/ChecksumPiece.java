package org.jpasst.bench.pieces;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.jpasst.wire.InternetChecksum;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The Internet checksum over a datagram, a segment of an Ethernet link, the largest packet. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChecksumPiece {
  /** Where a TCP segment lies behind the frame's length, Ethernet and IPv4: not aligned to 8. */
  private static final long AT = 4 + 14 + 20;

  /** Bytes that are summed. */
  @Param({"64", "1500", "65535"})
  public int length;

  private MemorySegment memory;

  /** Fills the memory with bytes that are not all alike. */
  @Setup
  public void fill() {
    memory = Arena.global().allocate(AT + length, Long.BYTES);
    for (long i = 0; i < memory.byteSize(); i++) {
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31));
    }
  }

  /** Sums and folds. */
  @Benchmark
  public int sum() {
    return InternetChecksum.fold(InternetChecksum.sum(memory, AT, length));
  }
}
