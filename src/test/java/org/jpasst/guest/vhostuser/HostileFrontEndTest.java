package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.BUFFERS;
import static org.jpasst.guest.vhostuser.FrontEnd.QUEUE_SIZE;
import static org.jpasst.guest.vhostuser.FrontEnd.REGION;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jpasst.guest.LentFrame;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Front-ends and guests that break the protocol, at random or on purpose, or go away. */
@Timeout(60)
final class HostileFrontEndTest {
  private static final long ALL = Features.DEVICE & ~Features.LOG_ALL;
  private static final int[] NO_DESCRIPTORS = {};

  @TempDir Path directory;

  private final Random random = new Random(17);
  private LinkedFrontEnd bed;

  @BeforeEach
  void open() throws IOException {
    bed = new LinkedFrontEnd(directory);
  }

  @AfterEach
  void close() {
    bed.close();
  }

  /** Chains of every kind of nonsense: what isn't a frame comes back, and the link lives on. */
  @Test
  void randomChainsNeverBreakTheLink() throws IOException {
    bed.setUp(ALL);
    for (int round = 0; round < 3000; round++) {
      for (int i = 0; i < 8; i++) {
        int ring = random.nextInt(2);
        bed.frontEnd.descriptor(
            ring,
            random.nextInt(QUEUE_SIZE),
            randomAddress(),
            randomLength(),
            random.nextInt(8),
            random.nextInt(QUEUE_SIZE + 4));
      }
      int ring = random.nextInt(2);
      bed.frontEnd.offer(ring, random.nextInt(QUEUE_SIZE));
      bed.frontEnd.kick(ring);
      if (random.nextInt(4) == 0 && bed.link.sink().hasRoom()) {
        LentFrame lent = bed.link.sink().lend(54, random.nextInt(6, 2000));
        if (!lent.isNone()) {
          bed.link.sink().publish(lent, 60);
        }
        bed.link.sink().giveBack();
      }
      bed.loop.turn(0);
      bed.frontEnd.used(0);
      bed.frontEnd.used(1);
      if (!bed.link.isAttached()) {
        bed.frontEnd.close();
        bed.connected = 0;
        bed.messages.clear();
        bed.connect();
        bed.setUp(ALL);
      }
    }
    assertThat(bed.counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  private long randomAddress() {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextLong();
      case 1 -> 2L * REGION - random.nextInt(5000);
      case 2 -> REGION - random.nextInt(5000);
      default -> BUFFERS + random.nextInt(REGION);
    };
  }

  private int randomLength() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(64);
      default -> random.nextInt(4000);
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {QUEUE_SIZE + 1, 30_000})
  void anIndexThatJumpsEndsTheConnection(int jump) {
    bed.setUp(ALL);
    bed.frontEnd.setAvailableIndex(TRANSMIT, jump);
    bed.frontEnd.kick(TRANSMIT);
    bed.settle();
    assertThat(bed.messages).hasSize(1);
    assertThat(bed.link.isAttached()).isFalse();
  }

  @Test
  void messagesThatMakeNoSenseEndTheConnectionWithOneLine() throws IOException {
    long[][] nonsense = {
      {Request.SET_FEATURES, -1},
      {Request.SET_MEM_TABLE, 9},
      {Request.SET_MEM_TABLE, 1},
      {Request.SET_VRING_NUM, FrontEnd.pair(0, 65)},
      {Request.SET_VRING_NUM, FrontEnd.pair(0, 32_768)},
      {Request.SET_VRING_NUM, FrontEnd.pair(16, 64)},
      {Request.SET_VRING_NUM, FrontEnd.pair(-1, 64)},
      {Request.SET_VRING_ENABLE, FrontEnd.pair(99, 1)},
      {Request.SET_VRING_ADDR, 0, 1, 2, 3, 4},
      {Request.SET_VRING_KICK, 0},
      {Request.GET_VRING_BASE, 200},
      {Request.SET_LOG_BASE, 4096, 0},
      {Request.SET_DEVICE_STATE_FD, 7},
      {Request.SET_DEVICE_STATE_FD, 0},
      {Request.ADD_MEM_REG, 0, 0, 0, 0, 0},
      {Request.REM_MEM_REG, 0, 0, 4096, 0, 0},
      {99, 0}
    };
    for (long[] each : nonsense) {
      bed.frontEnd.send((int) each[0], 1, NO_DESCRIPTORS, Arrays.copyOfRange(each, 1, each.length));
      bed.settle();
      assertThat(bed.messages).as("message %d", each[0]).hasSize(1);
      assertThat(bed.link.isAttached()).isFalse();
      bed.messages.clear();
      bed.frontEnd.close();
      bed.connect();
    }
    assertThat(bed.counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  @Test
  void descriptorsThatNobodyAskedForAreClosed() throws IOException {
    bed.setUp(ALL);
    int before = Descriptors.open();
    int own = bed.frontEnd.kickDescriptor(2);
    int[] some = {own, own, own, own, own, own, own, own};
    for (int i = 0; i < 1000; i++) {
      bed.frontEnd.send(Request.SET_OWNER, 1, some);
      bed.frontEnd.send(Request.SET_VRING_ENABLE, 1, some, FrontEnd.pair(0, 1));
      bed.loop.turn(0);
    }
    bed.settle();
    assertThat(Descriptors.open()).isEqualTo(before);
    assertThat(bed.messages).isEmpty();
  }

  @Test
  void aGoneFrontEndLeavesNoDescriptorBehind() throws IOException {
    int before = Descriptors.open();
    for (int i = 0; i < 20; i++) {
      bed.setUp(ALL);
      bed.frontEnd.close();
      bed.settle();
      bed.connected = 0;
      bed.connect();
    }
    bed.settle();
    assertThat(Descriptors.open()).isEqualTo(before);
  }

  @Test
  void randomMessagesNeverBreakTheLink() throws IOException {
    for (int round = 0; round < 2000; round++) {
      int length = 12 + 8 * random.nextInt(8);
      for (int i = 0; i < length; i++) {
        bed.frontEnd
            .scratch()
            .set(JAVA_BYTE, i, (byte) random.nextInt(random.nextBoolean() ? 3 : 256));
      }
      if (random.nextInt(8) != 0) {
        byte[] header = {(byte) random.nextInt(48), 0, 0, 0, (byte) (1 + 8 * random.nextInt(2)), 0};
        MemorySegment.copy(header, 0, bed.frontEnd.scratch(), JAVA_BYTE, 0, header.length);
        byte[] size = {0, 0, (byte) (length - 12), 0, 0, 0};
        MemorySegment.copy(size, 0, bed.frontEnd.scratch(), JAVA_BYTE, 6, size.length);
      }
      // Not standard input: it would be read from, and not block any more.
      int[] passed = {bed.frontEnd.kickDescriptor(2), bed.frontEnd.kickDescriptor(3)};
      bed.frontEnd.sendRaw(length, random.nextBoolean() ? NO_DESCRIPTORS : passed);
      bed.settle();
      if (!bed.link.isAttached()) {
        bed.frontEnd.close();
        bed.connect();
      }
    }
    assertThat(bed.counters.value(Counter.LOOP_FAILURES)).isZero();
  }
}
