package org.jpasst.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.jpasst.linux.LinuxSockets;
import org.junit.jupiter.api.Test;

final class MessagesTest {
  private static final NeighbourListener NOBODY =
      new NeighbourListener() {
        @Override
        public void onNeighbour(int interfaceIndex, long hi, long lo, long mac) {}

        @Override
        public void onNeighbourGone(int interfaceIndex, long hi, long lo) {}
      };

  @Test
  void aBodyOfAnyContentAndLengthIsReadWithinItsBounds() {
    var random = new SplittableRandom(11);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(90)];
      random.nextBytes(bytes);
      MemorySegment s = MemorySegment.ofArray(bytes);
      // Plausible often enough that the attributes are reached.
      if (bytes.length > 16) {
        bytes[0] = (byte) new int[] {0, 2, 10}[random.nextInt(3)];
        for (int at = 8 + 4 * random.nextInt(3); at + 4 <= bytes.length; ) {
          int length = random.nextInt(4, 24);
          s.set(JAVA_SHORT_UNALIGNED, at, (short) length);
          s.set(JAVA_SHORT_UNALIGNED, at + 2, (short) random.nextInt(20));
          at += length + 3 & ~3;
        }
      }
      Messages.link(s, 0, bytes.length);
      Messages.address(s, 0, bytes.length);
      Messages.route(s, 0, bytes.length);
      Messages.neighbour(s, 0, bytes.length, random.nextBoolean(), NOBODY);
    }
  }

  @Test
  void anAnswerOfAnyContentIsCutWithinItsBounds() throws IOException {
    var random = new SplittableRandom(12);
    try (var socket = new NetlinkSocket(new LinuxSockets(), false)) {
      for (int i = 0; i < 100_000; i++) {
        byte[] bytes = new byte[random.nextInt(120)];
        random.nextBytes(bytes);
        MemorySegment s = MemorySegment.ofArray(bytes);
        for (int at = 0; at + 4 <= bytes.length; ) {
          int size = random.nextInt(10, 60);
          s.set(JAVA_INT_UNALIGNED, at, random.nextInt(8) == 0 ? random.nextInt() : size);
          at += size + 3 & ~3;
        }
        socket.parse(
            s,
            bytes.length,
            (type, segment, at, end) -> {
              assertThat(at).isLessThanOrEqualTo(end);
              assertThat(end).isLessThanOrEqualTo(segment.byteSize());
            });
      }
    }
  }
}
