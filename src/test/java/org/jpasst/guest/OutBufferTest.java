package org.jpasst.guest;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class OutBufferTest {
  private static final int BULK = 300_000;
  private static final int RESERVE = 70_000;

  private final OutBuffer buffer = new OutBuffer(BULK, RESERVE, 0);

  @Test
  void aFrameFollowsItsLength() {
    LentFrame lent = buffer.lend(1000, 0);
    fill(lent, 100, 7);
    buffer.publish(lent, 100);

    assertThat(pending()).startsWith(0, 0, 0, 100, 7, 7).hasSize(104);
  }

  @Test
  void aShortFrameIsPaddedWithZeros() {
    LentFrame lent = buffer.lend(14, 0);
    fill(lent, 60, 9);
    buffer.publish(lent, 14);

    byte[] sent = pending();
    assertThat(sent).hasSize(64).startsWith(0, 0, 0, 60, 9);
    assertThat(sent[17]).isEqualTo((byte) 9);
    for (int i = 18; i < 64; i++) {
      assertThat(sent[i]).isZero();
    }
  }

  @Test
  void aShorterFrameGivesBackAllThatWereLentAfterIt() {
    LentFrame first = buffer.lend(100, 0);
    LentFrame second = buffer.lend(100, 0);
    LentFrame third = buffer.lend(100, 0);

    assertThatThrownBy(() -> buffer.publish(first, 101)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> buffer.publish(second, 100)).isInstanceOf(IllegalStateException.class);
    buffer.publish(first, 100);
    buffer.publish(second, 99);
    assertThatThrownBy(() -> buffer.publish(third, 14)).isInstanceOf(IllegalStateException.class);
    assertThat(buffer.pending()).isEqualTo(104 + 103);
  }

  @Test
  void whatIsGivenBackIsNotSent() {
    LentFrame first = buffer.lend(100, 0);
    buffer.lend(200, 0);
    buffer.publish(first, 100);
    buffer.giveBack();
    buffer.publish(buffer.lend(300, 0), 300);

    assertThat(buffer.pending()).isEqualTo(104 + 304);
  }

  @Test
  void dataLeavesTheReserveToReplies() {
    publishAll(() -> buffer.lend(1000, 0));
    assertThat(buffer.hasBulkRoom()).isFalse();

    int replies = publishAll(() -> buffer.lendReply(60));

    assertThat(replies).isGreaterThanOrEqualTo(RESERVE / 64);
  }

  @Test
  void repliesGetTheRoomOfWhatWasSentAlready() {
    publishAll(() -> buffer.lendReply(1000));
    buffer.sent(1500);
    byte[] before = pending();

    assertThat(buffer.lendReply(1000).isNone()).isFalse();
    buffer.giveBack();

    assertThat(pending()).isEqualTo(before);
  }

  @Test
  void framesAreSentOneByOneToo() {
    for (int length : new int[] {100, 14, 300}) {
      LentFrame lent = buffer.lend(length, 0);
      fill(lent, length, length);
      buffer.publish(lent, length);
    }

    for (int length : new int[] {100, 60, 300}) {
      assertThat(buffer.frameLength()).isEqualTo(length);
      byte first = buffer.memory().get(JAVA_BYTE, buffer.frameAt());
      assertThat(first).isEqualTo((byte) (length == 60 ? 14 : length));
      buffer.frameSent();
    }
    assertThat(buffer.pending()).isZero();
  }

  @Test
  void anythingPublishedIsSentOnceInOrder() {
    for (int seed = 0; seed < 30; seed++) {
      var random = new SplittableRandom(seed);
      var tested = new OutBuffer(BULK, RESERVE, 0);
      var expected = new ByteArrayOutputStream();
      var sent = new ByteArrayOutputStream();
      Deque<LentFrame> lent = new ArrayDeque<>();
      for (int step = 0; step < 5000; step++) {
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> {
            int capacity = random.nextInt(14, random.nextInt(10) == 0 ? 65_536 : 2000);
            LentFrame frame =
                random.nextBoolean() ? tested.lend(capacity, 0) : tested.lendReply(capacity);
            if (!frame.isNone()) {
              bytes(frame, capacity).copyFrom(MemorySegment.ofArray(randomBytes(random, capacity)));
              lent.add(frame);
            }
          }
          case 3, 4, 5 -> {
            if (!lent.isEmpty()) {
              LentFrame slot = lent.remove();
              int capacity = slot.room();
              int length = lent.isEmpty() ? random.nextInt(14, capacity + 1) : capacity;
              byte[] frame = bytes(slot, length).toArray(JAVA_BYTE);
              tested.publish(slot, length);
              int padded = Math.max(60, length);
              expected.writeBytes(ByteBuffer.allocate(4).putInt(padded).array());
              expected.writeBytes(frame);
              expected.writeBytes(new byte[padded - length]);
            }
          }
          case 6 -> {
            tested.giveBack();
            lent.clear();
          }
          default -> {
            int bytes = (int) random.nextLong(tested.pending() + 1);
            sent.writeBytes(tested.memory().asSlice(tested.pendingAt(), bytes).toArray(JAVA_BYTE));
            tested.sent(bytes);
          }
        }
      }
      sent.writeBytes(
          tested.memory().asSlice(tested.pendingAt(), tested.pending()).toArray(JAVA_BYTE));
      assertThat(sent.toByteArray()).isEqualTo(expected.toByteArray());
    }
  }

  private static byte[] randomBytes(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Lends and publishes frames as long as there is room; answers how many. */
  private int publishAll(Supplier<LentFrame> lender) {
    int count = 0;
    for (LentFrame lent = lender.get(); !lent.isNone(); lent = lender.get()) {
      buffer.publish(lent, lent.room());
      count++;
    }
    return count;
  }

  private static MemorySegment bytes(LentFrame lent, int length) {
    return lent.memory().asSlice(lent.at(), length);
  }

  private static void fill(LentFrame lent, int length, int value) {
    bytes(lent, length).fill((byte) value);
  }

  private byte[] pending() {
    return buffer.memory().asSlice(buffer.pendingAt(), buffer.pending()).toArray(JAVA_BYTE);
  }
}
