package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Two connected UNIX sockets, socketpair(2), which nobody else can reach. Both are the caller's to
 * close.
 *
 * @param ours one end
 * @param theirs the other
 */
public record SocketPair(int ours, int theirs) {
  private static final MethodHandle SOCKETPAIR = CLibrary.function("socketpair");

  /**
   * Makes a pair of stream sockets that wait.
   *
   * @throws UncheckedIOException if the process is out of descriptors
   */
  public static SocketPair create() {
    return create(SocketType.STREAM);
  }

  /**
   * Makes a pair that no other program inherits.
   *
   * @param type of {@link SocketType}, and SOCK_NONBLOCK where it is wanted
   * @throws UncheckedIOException if the process is out of descriptors
   */
  public static SocketPair create(int type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(JAVA_INT, 2);
      int result =
          CLibrary.call(
              SOCKETPAIR, AddressFamily.UNIX, type | SocketType.CLOEXEC, 0, pair.address());
      if (result < 0) {
        throw new UncheckedIOException(new ErrnoException(result, "cannot make a pair of sockets"));
      }
      return new SocketPair(pair.getAtIndex(JAVA_INT, 0), pair.getAtIndex(JAVA_INT, 1));
    }
  }
}
