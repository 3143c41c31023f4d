package org.jpasst.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import org.jpasst.linux.ErrnoException;
import org.junit.jupiter.api.Test;

/** A state that is kept until it is known where the guest goes on. */
final class HeldStateTest {
  private static final int SIZE = 5_000_001;

  @Test
  void whatWasWrittenIsReadOnce() throws ErrnoException {
    byte[] bytes = new byte[SIZE];
    Random random = new Random(7);
    random.nextBytes(bytes);
    try (HeldState state = new HeldState()) {
      for (int at = 0; at < SIZE; ) {
        int part = Math.min(1 + random.nextInt(1 << 21), SIZE - at);
        assertThat(state.write(ByteBuffer.wrap(bytes, at, part))).isEqualTo(part);
        at += part;
      }
      assertThat(state.size()).isEqualTo(SIZE);
      ByteBuffer got = ByteBuffer.allocate(SIZE);
      while (got.hasRemaining()) {
        ByteBuffer some = got.slice(got.position(), Math.min(got.remaining(), 70_001));
        got.position(got.position() + state.read(some));
      }
      assertThat(got.array()).isEqualTo(bytes);
      assertThat(state.read(ByteBuffer.allocate(1))).isNegative();
    }
  }

  @Test
  void itHasBounds() throws ErrnoException {
    try (HeldState state = new HeldState(SIZE)) {
      state.write(ByteBuffer.allocate(SIZE));
      assertThatThrownBy(() -> state.write(ByteBuffer.allocate(1))).hasMessageContaining("EFBIG");
      assertThat(state.size()).isEqualTo(SIZE);
    }
  }
}
