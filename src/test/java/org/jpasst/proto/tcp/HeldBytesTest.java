package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketPair;
import org.junit.jupiter.api.Test;

final class HeldBytesTest {
  private static final int SOME = 300_000;

  private final BoundedPool<MemorySegment> pool = HeldBytes.pool();
  private final int limit = pool.left();
  private final HeldBytes held = new HeldBytes();
  private final MemorySegment source = Arena.ofAuto().allocate(SOME);
  private final Random random = new Random(32);

  HeldBytesTest() {
    byte[] bytes = new byte[SOME];
    random.nextBytes(bytes);
    MemorySegment.copy(bytes, 0, source, ValueLayout.JAVA_BYTE, 0, SOME);
  }

  /** Appends the source from one offset to another, in pieces of any length. */
  private void append(int from, int to) {
    for (int at = from; at < to; ) {
      int length = Math.min(to - at, 1 + random.nextInt(70_000));
      assertThat(held.append(pool, source, at, length)).isEqualTo(length);
      at += length;
    }
  }

  @Test
  void whatIsHeldIsThereInOrderAndItsMemoryGoesBack() {
    append(0, SOME);
    assertThat(held.size()).isEqualTo(SOME);
    MemorySegment copy = Arena.ofAuto().allocate(SOME);
    held.copyTo(copy);
    assertThat(copy.mismatch(source)).isEqualTo(-1);

    held.release(pool);
    assertThat(held.isEmpty()).isTrue();
    assertThat(held.size()).isZero();
    assertThat(pool.left()).isEqualTo(limit);
  }

  @Test
  void aSocketGetsItInOrderHoweverLittleItTakesAtOnce() {
    var sockets = new LinuxSockets();
    var pair = SocketPair.create();
    append(0, SOME / 2);
    MemorySegment got = Arena.ofAuto().allocate(SOME);
    int received = 0;
    boolean more = true;
    while (received < SOME) {
      held.flush(pool, sockets, pair.ours());
      if (more) {
        append(SOME / 2, SOME);
        more = false;
      }
      int length = Math.min(SOME - received, 1 + random.nextInt(50_000));
      int count = sockets.recv(pair.theirs(), got, received, length, MessageFlag.DONTWAIT);
      assertThat(count).isPositive();
      received += count;
    }
    assertThat(got.mismatch(source)).isEqualTo(-1);
    assertThat(held.isEmpty()).isTrue();
    assertThat(pool.left()).isEqualTo(limit);
    sockets.close(pair.ours());
    sockets.close(pair.theirs());
  }

  @Test
  void anExhaustedPoolHoldsNoMoreUntilMoreIsAllowed() {
    while (pool.left() > 1) {
      pool.take();
    }
    int kept = held.append(pool, source, 0, SOME);
    assertThat(kept).isPositive().isLessThan(SOME);
    assertThat(held.size()).isEqualTo(kept);
    assertThat(held.append(pool, source, kept, SOME - kept)).isZero();
    HeldBytes.allow(pool, SOME);
    assertThat(held.append(pool, source, kept, SOME - kept)).isEqualTo(SOME - kept);
  }
}
