package org.jpasst.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;

/** Answers of rtnetlink(7) that the kernel wouldn't give, and a socket that they come from. */
final class ForgedNetlink {
  private static final int[] TYPES = {16, 20, 24, 28, 3, 2}; // RTM_NEWLINK, ..., NLMSG_ERROR
  private static final int[] BODIES = {16, 8, 12, 12, 4, 4};
  private static final int[] LENGTHS = {1, 4, 6, 8, 16, 20};
  private static final int MOST = 4000;
  private static final int FD = 1 << 20; // is nobody's

  private byte[] answer = new byte[0];
  private int at;

  /** Some messages, most of them well-formed, with an end or without. */
  static byte[] next(SplittableRandom random) {
    ByteBuffer all = ByteBuffer.allocate(MOST).order(ByteOrder.LITTLE_ENDIAN);
    for (int left = random.nextInt(6); left >= 0; left--) {
      int kind = left == 0 ? 4 : random.nextInt(TYPES.length - (random.nextInt(8) == 0 ? 0 : 2));
      message(all, kind, random);
    }
    byte[] bytes = new byte[all.position()];
    all.get(0, bytes);
    for (int left = random.nextInt(3); left > 0; left--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return bytes;
  }

  private static void message(ByteBuffer all, int kind, SplittableRandom random) {
    int start = all.position();
    all.putInt(0).putShort((short) TYPES[kind]).putShort((short) 2).putInt(1).putInt(0);
    for (int i = 0; i < BODIES[kind]; i++) {
      all.put((byte) (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(12)));
    }
    for (int left = random.nextInt(8); left > 0; left--) {
      int length = LENGTHS[random.nextInt(LENGTHS.length)];
      int told = random.nextInt(20) == 0 ? random.nextInt(80) : 4 + length;
      all.putShort((short) told).putShort((short) random.nextInt(24));
      for (int i = 0; i < (length + 3 & -4); i++) {
        all.put((byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(30)));
      }
    }
    all.putInt(start, random.nextInt(30) == 0 ? random.nextInt(200) : all.position() - start);
  }

  /** Has the socket give this once. */
  void answer(byte[] bytes) {
    answer = bytes;
    at = 0;
  }

  /** A socket that gives the answer to each request again, and nothing else. */
  Sockets sockets() {
    return (Sockets)
        Proxy.newProxyInstance(
            Sockets.class.getClassLoader(),
            new Class<?>[] {Sockets.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "socket" -> FD;
                  case "send" -> {
                    at = 0;
                    yield ((Long) arguments[3]).intValue();
                  }
                  case "recv" -> receive((MemorySegment) arguments[1], (long) arguments[2]);
                  case "getsockopt" -> method.getReturnType() == long.class ? (Object) 0L : 0;
                  default -> 0;
                });
  }

  private int receive(MemorySegment to, long offset) {
    if (at == answer.length) {
      return -Errno.EAGAIN;
    }
    MemorySegment.copy(answer, 0, to, JAVA_BYTE, offset, answer.length);
    at = answer.length;
    return answer.length;
  }
}
