package org.jpasst.bench.pieces;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.IoVectors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Pointing vectors at the payloads of segments that lie one after the other in a buffer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IoVectorsPiece {
  private static final int MOST = 64;
  private static final long FRAME = 1518;
  private static final long HEADERS = 58;

  /** Segments in a batch. */
  @Param({"1", "16", "64"})
  public int segments;

  private final MemorySegment buffer = Arena.global().allocate(MOST * FRAME, Long.BYTES);
  private final IoVectors vectors = new IoVectors(MOST);

  /** Sets one vector for each segment. */
  @Benchmark
  public long set() {
    for (int i = 0; i < segments; i++) {
      vectors.set(i, buffer, i * FRAME + HEADERS, FRAME - HEADERS);
    }
    return vectors.length(segments - 1);
  }
}
