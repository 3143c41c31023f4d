package org.jpasst.guest.stream;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("allocation")
final class StreamLinkAllocationTest {
  private static final int FRAMES = 32;
  private static final int LENGTH = 1514;
  private static final int TURNS = 20_000;
  private static final int ROUNDS = 10;

  private final LinuxSockets sockets = new LinuxSockets();
  private final MemorySegment guest = Arena.global().allocate(1 << 20);

  /** Echoes each frame, as a protocol would that answers at once. */
  private static final class Echo implements FrameReceiver {
    private final FrameSink sink;

    Echo(FrameSink sink) {
      this.sink = sink;
    }

    @Override
    public void onConnected(long now) {}

    @Override
    public void onDisconnected() {}

    @Override
    public void onFrame(Frame frame, long now) {
      int length = frame.length();
      LentFrame reply = sink.hasRoom() ? sink.lend(length) : LentFrame.NONE;
      if (!reply.isNone()) {
        MemorySegment.copy(frame.memory(), frame.at(), reply.memory(), reply.at(), length);
        sink.publish(reply, length);
      }
    }

    @Override
    public void onBatchEnd(long now) {}
  }

  @Test
  void aTurnAllocatesNothingOnceItIsCompiled() throws IOException {
    SocketPair pair = SocketPair.create();
    Counters counters = new Counters();
    try (EventLoop loop = new EventLoop(System::nanoTime, counters, Log.none())) {
      var link = new StreamLink(loop, sockets, counters, Log.none());
      link.deliverTo(new Echo(link.sink()));
      loop.onTurnEnd(link);
      assertThat(link.attach(pair.ours())).isZero();
      for (int i = 0; i < FRAMES; i++) {
        guest.set(JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), i * (4L + LENGTH), LENGTH);
      }
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long self = Thread.currentThread().threadId();
      long least = Long.MAX_VALUE;
      // The compiler needs a while, how long depends on the machine's load.
      for (int round = 0; round < ROUNDS && least > TURNS; round++) {
        long before = threads.getThreadAllocatedBytes(self);
        echo(loop, pair.theirs());
        least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
      }
      assertThat(least).as("bytes in %d turns", TURNS).isLessThan(TURNS);
      link.close();
      sockets.close(pair.theirs());
    }
  }

  private void echo(EventLoop loop, int theirs) {
    int bytes = FRAMES * (4 + LENGTH);
    for (int i = 0; i < TURNS; i++) {
      sockets.send(theirs, guest, 0, bytes, MessageFlag.DONTWAIT);
      loop.turn(0);
      sockets.recv(theirs, guest, 0, bytes, MessageFlag.DONTWAIT);
    }
  }
}
