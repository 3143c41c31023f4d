package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Two connected UNIX sockets, for tests.
 *
 * @param ours the back-end's end
 * @param theirs the guest's end
 */
public record SocketPair(int ours, int theirs) {
  private static final MethodHandle SOCKETPAIR = CLibrary.function("socketpair");

  private static final int SEQPACKET = 5; // linux/net.h

  /** Makes a pair of blocking stream sockets; both are closed by the caller. */
  public static SocketPair create() {
    return create(SocketType.STREAM | SocketType.CLOEXEC);
  }

  /** The same, but one write is one read, and neither waits. */
  public static SocketPair ofPackets() {
    return create(SEQPACKET | SocketType.CLOEXEC | SocketType.NONBLOCK);
  }

  private static SocketPair create(long type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(JAVA_INT, 2);
      MemorySegment errno = CLibrary.errno();
      long family = AddressFamily.UNIX;
      int result =
          CLibrary.result(
              (long) SOCKETPAIR.invokeExact(errno, family, type, 0L, pair.address(), 0L, 0L),
              errno);
      if (result < 0) {
        throw new AssertionError(Errno.name(result));
      }
      return new SocketPair(pair.getAtIndex(JAVA_INT, 0), pair.getAtIndex(JAVA_INT, 1));
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
