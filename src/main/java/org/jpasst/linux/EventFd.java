package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** A non-blocking event counter (eventfd(2)): any thread signals, the loop's thread clears. */
public final class EventFd implements AutoCloseable {
  private static final MethodHandle EVENTFD = CLibrary.function("eventfd");

  private final int fd;

  /**
   * Makes one, not signalled.
   *
   * @throws IOException if the process is out of descriptors
   */
  public EventFd() throws IOException {
    fd = CLibrary.call(EVENTFD, 0, FileFlag.O_CLOEXEC | FileFlag.O_NONBLOCK);
    if (fd < 0) {
      throw new IOException("cannot make an event counter: " + Errno.name(fd));
    }
  }

  /** The descriptor, readable while signalled. */
  public int fd() {
    return fd;
  }

  /** Signals; from any thread. */
  public void signal() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(JAVA_LONG, 1);
      FileDescriptors.write(fd, one, 0, Long.BYTES);
    }
  }

  /** Takes the signal back; from the loop's thread. */
  public void clear() {
    try (Arena arena = Arena.ofConfined()) {
      FileDescriptors.read(fd, arena.allocate(JAVA_LONG), 0, Long.BYTES);
    }
  }

  /** Closes the descriptor. */
  @Override
  public void close() {
    FileDescriptors.close(fd);
  }
}
