package org.jpasst.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkEnd;
import org.jpasst.guest.tap.TapLink;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Frames pass both ways, whole and cut up, and leave nothing for the garbage collector. */
@Tag("allocation")
final class BridgeAllocationTest {
  private static final int SEQPACKET = 5; // linux/net.h: one write is one read

  private static final int FRAMES = 16;
  private static final int LENGTH = 1514;
  private static final int TURNS = 10_000;
  private static final int ROUNDS = 20;

  private final LinuxSockets sockets = new LinuxSockets();
  private final MemorySegment plain = Arena.global().allocate(LENGTH);
  private final MemorySegment discovery = Arena.global().allocate(LENGTH);
  private final MemorySegment in = Arena.global().allocate(1 << 16);
  private final byte[] uncut = UncutFrame.of(true, true, 0, 4000).behindHeader(1448);
  private final MemorySegment behindHeader = Arena.global().allocate(uncut.length);
  private long passed;

  @Test
  void aTurnAllocatesNothingOnceItIsCompiled() throws IOException {
    behindHeader.copyFrom(MemorySegment.ofArray(uncut));
    // What is heard of addresses costs nothing, either: each turn has them all.
    byte[] claim = ClaimFrames.arp(1, "52:54:00:12:34:56", "192.0.2.1");
    byte[] other = ClaimFrames.advertisement("02:00:00:00:00:07", "2001:db8::1");
    plain.copyFrom(MemorySegment.ofArray(claim));
    discovery.copyFrom(MemorySegment.ofArray(other));
    SocketPair guestEnds = SocketPair.create(SEQPACKET | SocketType.NONBLOCK);
    SocketPair uplinkEnds = SocketPair.create(SEQPACKET | SocketType.NONBLOCK);
    var counters = new Counters();
    try (EventLoop loop = new EventLoop(System::nanoTime, counters, Log.none())) {
      var guest = new TapLink(loop, counters, Log.none());
      var uplink = new TapLink(LinkEnd.UPLINK, LinkCapabilities.ALL, loop, counters, Log.none());
      var bridge = new Bridge(guest, guest.sink(), uplink, () -> false, loop, counters);
      guest.deliverTo(bridge.receiver());
      loop.onTurnEnd(bridge);
      loop.onTurnEnd(uplink);
      loop.onTurnEnd(guest);
      assertThat(uplink.attach(uplinkEnds.ours())).isZero();
      assertThat(guest.attach(guestEnds.ours())).isZero();
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      // The compiler needs a while, how long depends on the machine's load.
      for (int round = 0; round < ROUNDS && least > TURNS; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        pass(loop, guestEnds.theirs(), uplinkEnds.theirs());
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).as("bytes in %d turns", TURNS).isLessThan(TURNS);
      assertThat(passed).isPositive();
      guest.close();
      uplink.close();
      sockets.close(guestEnds.theirs());
      sockets.close(uplinkEnds.theirs());
    }
  }

  private void pass(EventLoop loop, int guest, int uplink) {
    for (int i = 0; i < TURNS; i++) {
      for (int j = 0; j < FRAMES; j++) {
        sockets.send(guest, j % 2 == 0 ? plain : discovery, 0, LENGTH, 0);
        sockets.send(uplink, behindHeader, 0, uncut.length, 0);
      }
      loop.turn(0);
      while (sockets.recv(guest, in, 0, in.byteSize(), 0) > 0
          | sockets.recv(uplink, in, 0, in.byteSize(), 0) > 0) {
        passed++;
      }
    }
  }
}
