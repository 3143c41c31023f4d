package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.BUFFERS;
import static org.jpasst.guest.vhostuser.FrontEnd.NEXT;
import static org.jpasst.guest.vhostuser.FrontEnd.QUEUE_SIZE;
import static org.jpasst.guest.vhostuser.FrontEnd.RECEIVE;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;
import static org.jpasst.guest.vhostuser.FrontEnd.WRITE;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.Offload;
import org.jpasst.guest.Segmentation;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("allocation")
final class VhostUserAllocationTest {
  private static final int FRAMES = 16;
  private static final int LENGTH = 1514;
  private static final int HEADERS = 54;
  private static final int TURNS = 20_000;
  private static final int ROUNDS = 10;

  @TempDir Path directory;

  private final MemorySegment staging = Arena.global().allocate(8);
  private long turns;

  /** Answers each frame, headers and payload in two parts, as TCP would. */
  private static final class Echo implements FrameReceiver {
    private final FrameSink sink;
    private final Offload offload = new Offload();
    private final MemorySegment payload = Arena.global().allocate(LENGTH);

    Echo(FrameSink sink) {
      this.sink = sink;
    }

    @Override
    public void onConnected(long now) {}

    @Override
    public void onDisconnected() {}

    @Override
    public void onFrame(Frame frame, long now) {
      int rest = frame.length() - frame.headLength();
      frame.pieces().copy(frame.firstPiece(), payload, 0, rest);
      LentFrame lent = sink.hasRoom() ? sink.lend(HEADERS, LENGTH - HEADERS) : LentFrame.NONE;
      if (!lent.isNone()) {
        MemorySegment.copy(frame.memory(), frame.at(), lent.memory(), lent.at(), HEADERS);
        lent.pieces().fill(lent.firstPiece(), payload, 0, LENGTH - HEADERS);
        sink.publish(lent, LENGTH, offload.set(34, 16, Segmentation.TCP4, 1448));
      }
    }

    @Override
    public void onBatchEnd(long now) {}
  }

  @Test
  void aTurnAllocatesNothingOnceItIsCompiled() throws IOException {
    SocketPair pair = SocketPair.create();
    Counters counters = new Counters();
    try (EventLoop loop = new EventLoop(System::nanoTime, counters, Log.none());
        FrontEnd frontEnd = new FrontEnd(pair.theirs(), directory)) {
      var link = new VhostUserLink(Offer.ALL, loop, new LinuxSockets(), counters, Log.none());
      link.deliverTo(new Echo(link.sink()));
      loop.onTurnEnd(link);
      assertThat(link.attach(pair.ours())).isZero();
      frontEnd.setUp(Features.DEVICE);
      frontEnd.shareLog();
      fillQueues(frontEnd);
      loop.turn(0);
      loop.turn(0);
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long self = Thread.currentThread().threadId();
      long least = Long.MAX_VALUE;
      // The compiler needs a while, how long depends on the machine's load.
      for (int round = 0; round < ROUNDS && least > TURNS; round++) {
        long before = threads.getThreadAllocatedBytes(self);
        exchange(loop, frontEnd);
        least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
      }
      assertThat(least).as("bytes in %d turns", TURNS).isLessThan(TURNS);
      assertThat(counters.value(Counter.FRAMES_TO_GUEST))
          .isGreaterThanOrEqualTo(turns * FRAMES / 2);
      link.close();
    }
  }

  /** Chains of two buffers each from the guest, and of one to it; heads go round in order. */
  private void fillQueues(FrontEnd frontEnd) {
    for (int i = 0; i < QUEUE_SIZE; i += 2) {
      long at = BUFFERS + i * 4096L;
      frontEnd.descriptor(TRANSMIT, i, at, 1000, NEXT, i + 1);
      frontEnd.descriptor(TRANSMIT, i + 1, at + 1000, 12 + LENGTH - 1000, 0, 0);
    }
    for (int i = 0; i < QUEUE_SIZE; i++) {
      frontEnd.descriptor(RECEIVE, i, BUFFERS + (QUEUE_SIZE + i) * 4096L, 1526, WRITE, 0);
    }
    MemorySegment memory = frontEnd.memory(0);
    for (int i = 0; i < QUEUE_SIZE; i++) {
      memory.set(JAVA_SHORT_UNALIGNED, frontEnd.slotAt(TRANSMIT, i), (short) (i * 2 % QUEUE_SIZE));
      memory.set(JAVA_SHORT_UNALIGNED, frontEnd.slotAt(RECEIVE, i), (short) i);
    }
  }

  private void exchange(EventLoop loop, FrontEnd frontEnd) {
    staging.set(JAVA_LONG, 0, 1);
    for (int i = 0; i < TURNS; i++) {
      turns++;
      frontEnd.setAvailableIndex(RECEIVE, frontEnd.usedIndex(RECEIVE) + QUEUE_SIZE);
      frontEnd.setAvailableIndex(TRANSMIT, frontEnd.usedIndex(TRANSMIT) + FRAMES);
      FileDescriptors.write(frontEnd.kickDescriptor(TRANSMIT), staging, 0, Long.BYTES);
      loop.turn(0);
    }
  }
}
