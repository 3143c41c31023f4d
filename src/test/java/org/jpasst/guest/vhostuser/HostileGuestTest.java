package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.BUFFERS;
import static org.jpasst.guest.vhostuser.FrontEnd.QUEUE_SIZE;
import static org.jpasst.guest.vhostuser.FrontEnd.RECEIVE;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;
import static org.jpasst.guest.vhostuser.FrontEnd.WRITE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processors of the guest that change memory while the link looks at it. */
@Timeout(60)
final class HostileGuestTest {
  private static final long ALL = Features.DEVICE & ~Features.LOG_ALL;
  private static final long DURATION = TimeUnit.SECONDS.toNanos(2);

  /** Far more than a turn takes, on a machine that does other things as well. */
  private static final long LONGEST_TURN = TimeUnit.SECONDS.toNanos(3);

  @TempDir Path directory;

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicReference<MemorySegment> target = new AtomicReference<>();
  private LinkBed bed;

  @BeforeEach
  void open() throws IOException {
    bed = new LinkBed(directory);
  }

  @AfterEach
  void close() {
    bed.close();
  }

  /** Writes anything anywhere in the rings, which {@link FrontEnd} has in front of the buffers. */
  private void scribble() {
    var random = new Random(99);
    while (!stop.get()) {
      MemorySegment memory = target.get();
      int at = random.nextInt(4) == 0 ? random.nextInt(BUFFERS) : random.nextInt(2 << 14);
      memory.set(JAVA_BYTE, at, (byte) random.nextInt(random.nextBoolean() ? 8 : 256));
      for (int i = random.nextInt(20); i > 0; i--) {
        Thread.onSpinWait();
      }
    }
  }

  private void shareMemory() {
    bed.setUp(ALL);
    target.set(bed.frontEnd().memory(0));
  }

  @Test
  void whoScribblesOverTheRingsHurtsNobodyElse() throws Exception {
    shareMemory();
    var scribbler = Thread.ofPlatform().start(this::scribble);
    var random = new Random(5);
    long longest = 0;
    int connections = 1;
    long end = System.nanoTime() + DURATION;
    while (System.nanoTime() < end) {
      long before = System.nanoTime();
      bed.frontEnd().kick(random.nextInt(2));
      FrameSink sink = bed.link.sink();
      LentFrame lent = sink.hasRoom() ? sink.lend(54, random.nextInt(1, 60_000)) : LentFrame.NONE;
      if (!lent.isNone()) {
        sink.publish(lent, 60);
        sink.giveBack();
      }
      bed.loop.turn(0);
      longest = Math.max(longest, System.nanoTime() - before);
      bed.frames.clear();
      if (!bed.link.isAttached()) {
        assertThat(bed.messages).hasSize(1);
        bed.messages.clear();
        stop.set(true);
        scribbler.join();
        bed.frontEnd().close();
        bed.connect();
        shareMemory();
        connections++;
        stop.set(false);
        scribbler = Thread.ofPlatform().start(this::scribble);
      }
    }
    stop.set(true);
    scribbler.join();
    assertThat(connections).isGreaterThan(1);
    assertThat(longest).isLessThan(LONGEST_TURN);
    assertThat(bed.counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  /** Makes chains available as fast as they are taken: one turn must not last for ever. */
  private void outrun(FrontEnd frontEnd, int ring) {
    int index = 0;
    MemorySegment memory = frontEnd.memory(0);
    while (!stop.get()) {
      int used = frontEnd.usedIndex(ring);
      // Never more than a queue ahead of what came back, as that would end it.
      if ((index - used & 0xffff) < QUEUE_SIZE - 1) {
        index = index + 1 & 0xffff;
        frontEnd.setAvailableIndex(ring, index);
      }
      memory.set(JAVA_SHORT_UNALIGNED, BUFFERS, (short) index);
    }
  }

  @Test
  void chainsThatNeverEndDoNotHoldTheLoopUp() throws Exception {
    shareMemory();
    FrontEnd frontEnd = bed.frontEnd();
    for (int i = 0; i < QUEUE_SIZE; i++) {
      frontEnd.descriptor(TRANSMIT, i, BUFFERS, 0, 0, 0);
      frontEnd.descriptor(RECEIVE, i, -1, 1500, WRITE, 0); // nowhere
    }
    var transmit = Thread.ofPlatform().start(() -> outrun(frontEnd, TRANSMIT));
    var receive = Thread.ofPlatform().start(() -> outrun(frontEnd, RECEIVE));
    long longest = 0;
    long end = System.nanoTime() + DURATION;
    while (System.nanoTime() < end && bed.link.isAttached()) {
      long before = System.nanoTime();
      frontEnd.kick(TRANSMIT);
      if (bed.link.sink().hasRoom()) {
        assertThat(bed.link.sink().lend(54, 1000).isNone()).isTrue();
      }
      bed.loop.turn(0);
      longest = Math.max(longest, System.nanoTime() - before);
    }
    stop.set(true);
    transmit.join();
    receive.join();
    assertThat(longest).isLessThan(LONGEST_TURN);
    assertThat(bed.counters.value(Counter.DROP_BAD_CHAIN)).isGreaterThan(1000);
    assertThat(bed.counters.value(Counter.LOOP_FAILURES)).isZero();
  }
}
