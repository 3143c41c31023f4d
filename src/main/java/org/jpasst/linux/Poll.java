package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Waits for one descriptor (poll(2)). Not for the packet path. Belongs to one thread. */
public final class Poll {
  /** POLLIN: there is something to read, or the end. */
  public static final int IN = 1;

  /** POLLOUT: there is room to write. */
  public static final int OUT = 4;

  private static final MethodHandle POLL = CLibrary.function("poll");
  private static final long SIZE = 8;
  private static final long EVENTS_AT = 4;
  private static final long RETURNED_AT = 6;

  private final MemorySegment entry = Arena.ofAuto().allocate(SIZE, 8);

  /**
   * Waits.
   *
   * @param events {@link #IN} or {@link #OUT}; errors and hang-ups are always waited for
   * @param timeoutMillis 0 to return at once, -1 to wait for ever
   * @return the kernel's flags, 0 when the time is over, or the negated error number (EINTR)
   */
  public int await(int fd, int events, int timeoutMillis) {
    entry.set(JAVA_INT, 0, fd);
    entry.set(JAVA_SHORT, EVENTS_AT, (short) events);
    entry.set(JAVA_SHORT, RETURNED_AT, (short) 0);
    int result = CLibrary.call(POLL, entry.address(), 1, timeoutMillis);
    return result <= 0 ? result : entry.get(JAVA_SHORT, RETURNED_AT);
  }
}
