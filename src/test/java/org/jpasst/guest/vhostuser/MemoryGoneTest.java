package org.jpasst.guest.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.BUFFERS;
import static org.jpasst.guest.vhostuser.FrontEnd.QUEUE_SIZE;
import static org.jpasst.guest.vhostuser.FrontEnd.RECEIVE;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;
import static org.jpasst.guest.vhostuser.FrontEnd.WRITE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Memory that a front-end takes away behind our back, at any point of the packet path, interpreted
 * and compiled: HotSpot tells of it asynchronously, where compiled code next looks for that.
 */
@Timeout(120)
final class MemoryGoneTest {
  private static final int ROUNDS = 150;
  private static final int FRAMES = 400;
  private static final int LENGTH = 1500;

  @TempDir Path directory;

  private final LinuxSockets sockets = new LinuxSockets();
  private final Counters counters = new Counters();
  private final Log log = new Log(LogLevel.INFO, System::nanoTime);
  private final List<String> messages = new ArrayList<>();
  private final MemorySegment bytes = Arena.global().allocate(LENGTH);
  private final Random random = new Random(23);
  private long truncateAfter = Long.MAX_VALUE;
  private FrontEnd frontEnd;
  private VhostUserLink link;

  /** Answers each frame with one of the same length, its payload in place. */
  private final class Echo implements FrameReceiver {
    @Override
    public void onConnected(long now) {}

    @Override
    public void onDisconnected() {}

    @Override
    public void onFrame(Frame frame, long now) {
      frame.sum(frame.at(), frame.length());
      takeMemoryAway();
      long at = link.lend(54, LENGTH);
      if (at != FrameSink.NO_ROOM) {
        takeMemoryAway();
        link.payload().fill(link.firstPiece(), bytes, 0, LENGTH);
        link.publish(54 + LENGTH);
      }
    }

    @Override
    public void onBatchEnd(long now) {
      takeMemoryAway();
    }
  }

  private void takeMemoryAway() {
    if (truncateAfter-- == 0) {
      try {
        frontEnd.truncate(0);
        frontEnd.truncate(1);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void endsTheConnectionAndNothingElse() throws IOException {
    log.addSink((level, at, message) -> messages.add(message));
    try (var loop = new EventLoop(System::nanoTime, counters, log)) {
      link = new VhostUserLink(Offer.ALL, loop, sockets, counters, log);
      link.deliverTo(new Echo());
      loop.onTurnEnd(link);
      for (int round = 0; round < ROUNDS; round++) {
        messages.clear();
        truncateAfter = Long.MAX_VALUE;
        SocketPair pair = SocketPair.create();
        frontEnd = new FrontEnd(pair.theirs(), directory);
        assertThat(link.attach(pair.ours())).isZero();
        frontEnd.setUp(Features.DEVICE & ~Features.LOG_ALL);
        turns(loop, 4);
        play(loop, round);
        assertThat(messages).as("round %d", round).hasSize(1);
        assertThat(messages.getFirst()).startsWith("closing the vhost-user connection");
        assertThat(link.isAttached()).isFalse();
        frontEnd.close();
      }
      assertThat(counters.value(Counter.LOOP_FAILURES)).isZero();
    }
  }

  /** Exchanges frames for a while, then takes the memory away while some are on their way. */
  private void play(EventLoop loop, int round) {
    for (int i = 0; i < FRAMES; i++) {
      int head = i % QUEUE_SIZE;
      frontEnd.used(RECEIVE);
      frontEnd.used(TRANSMIT);
      frontEnd.descriptor(RECEIVE, head, BUFFERS + head * 2048L, 2048, WRITE, 0);
      frontEnd.offer(RECEIVE, head);
      frontEnd.descriptor(TRANSMIT, head, 1_000_000 + head * 2048L, LENGTH, 0, 0);
      frontEnd.offer(TRANSMIT, head);
      frontEnd.kick(TRANSMIT);
      if (i == FRAMES - 1) {
        truncateAfter = round % 4;
        if (truncateAfter == 3) {
          truncateAfter = 0;
          takeMemoryAway();
        }
      }
      loop.turn(0);
    }
    if (link.isAttached() && random.nextBoolean()) {
      link.hasRoom();
    }
    frontEnd.kick(RECEIVE);
    frontEnd.kick(TRANSMIT);
    turns(loop, 4);
  }

  private static void turns(EventLoop loop, int count) {
    for (int i = 0; i < count; i++) {
      loop.turn(0);
    }
  }
}
