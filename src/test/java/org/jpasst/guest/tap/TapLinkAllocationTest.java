package org.jpasst.guest.tap;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("allocation")
final class TapLinkAllocationTest {
  private static final int SEQPACKET = 5; // linux/net.h: one write is one read

  private static final int FRAMES = 32;
  private static final int LENGTH = 1514;
  private static final int TURNS = 10_000;
  private static final int ROUNDS = 20;

  private final LinuxSockets sockets = new LinuxSockets();
  private final MemorySegment guest = Arena.global().allocate(LENGTH);
  private long echoed;

  /** Sends each frame back, its payload in a piece of its own. */
  private record Echo(FrameSink sink) implements FrameReceiver {
    private static final int HEADERS = 54;

    @Override
    public void onConnected(long now) {}

    @Override
    public void onDisconnected() {}

    @Override
    public void onFrame(Frame frame, long now) {
      int payload = frame.length() - HEADERS;
      LentFrame reply = sink.hasRoom() ? sink.lend(HEADERS, payload) : LentFrame.NONE;
      if (!reply.isNone()) {
        MemorySegment.copy(frame.memory(), frame.at(), reply.memory(), reply.at(), HEADERS);
        reply.pieces().fill(reply.firstPiece(), frame.memory(), frame.at() + HEADERS, payload);
        sink.publish(reply, frame.length());
      }
    }

    @Override
    public void onBatchEnd(long now) {}
  }

  @Test
  void aTurnAllocatesNothingOnceItIsCompiled() throws IOException {
    SocketPair pair = SocketPair.create(SEQPACKET | SocketType.NONBLOCK);
    Counters counters = new Counters();
    try (EventLoop loop = new EventLoop(System::nanoTime, counters, Log.none())) {
      var link = new TapLink(loop, counters, Log.none());
      link.deliverTo(new Echo(link.sink()));
      loop.onTurnEnd(link);
      assertThat(link.attach(pair.ours())).isZero();
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      // The compiler needs a while, how long depends on the machine's load.
      for (int round = 0; round < ROUNDS && least > TURNS; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        echo(loop, pair.theirs());
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).as("bytes in %d turns", TURNS).isLessThan(TURNS);
      assertThat(echoed).isPositive();
      link.close();
      sockets.close(pair.theirs());
    }
  }

  private void echo(EventLoop loop, int theirs) {
    for (int i = 0; i < TURNS; i++) {
      for (int j = 0; j < FRAMES; j++) {
        sockets.send(theirs, guest, 0, LENGTH, 0);
      }
      loop.turn(0);
      while (sockets.recv(theirs, guest, 0, LENGTH, 0) == LENGTH) {
        echoed++;
      }
    }
  }
}
