package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A pipe, pipe2(2): neither end blocks, and none survives execve(2). Both are the caller's.
 *
 * @param readEnd the descriptor to read from
 * @param writeEnd the descriptor to write to
 */
public record Pipe(int readEnd, int writeEnd) {
  private static final MethodHandle PIPE2 = CLibrary.function("pipe2");

  /**
   * Makes one.
   *
   * @throws IOException if the process is out of descriptors
   */
  public static Pipe open() throws IOException {
    long flags = FileFlag.O_CLOEXEC | FileFlag.O_NONBLOCK;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(JAVA_INT, 2);
      int result = CLibrary.call(PIPE2, ends.address(), flags);
      if (result < 0) {
        throw new IOException("cannot make a pipe: " + Errno.name(result));
      }
      return new Pipe(ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1));
    }
  }
}
