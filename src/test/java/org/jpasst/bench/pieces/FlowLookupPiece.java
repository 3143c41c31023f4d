package org.jpasst.bench.pieces;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.flow.Pif;
import org.jpasst.flow.SipHash;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Finding the flow of a packet from the guest, among few and among many, in no order. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FlowLookupPiece {
  private static final long GUEST = 0xffff_c000_0201L;
  private static final long PEER = 0xffff_c633_6400L;
  private static final int PORTS = 50_000;
  private static final int FIRST_PORT = 10_000;

  /** A power of two, so that a mask goes round. */
  private static final int ORDER = 1 << 14;

  /** Flows that are alive. */
  @Param({"10", "1000", "100000"})
  public int flows;

  private final FlowTable table = new FlowTable(new SipHash(3, 4));
  private final FlowSide wanted = new FlowSide();
  private final int[] order = new int[ORDER];
  private int next;

  /** Makes the flows, and the order in which they are looked for. */
  @Setup
  public void open() {
    for (int i = 0; i < flows; i++) {
      int index = table.allocate(FlowType.UDP, 0);
      table.flow(index).initiating().set(side(i));
      table.insertInitiating(index);
    }
    var random = new SplittableRandom(1);
    for (int i = 0; i < ORDER; i++) {
      order[i] = random.nextInt(flows);
    }
  }

  /** Fills in the tuple and finds its flow. */
  @Benchmark
  public int lookup() {
    next = next + 1 & ORDER - 1;
    return table.lookup(FlowType.UDP, side(order[next]));
  }

  private FlowSide side(int number) {
    int port = FIRST_PORT + number % PORTS;
    return wanted.set(Pif.GUEST, 0, GUEST, port, 0, PEER + number / PORTS, 53);
  }
}
