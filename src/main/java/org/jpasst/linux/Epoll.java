package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * An epoll instance (epoll(7)) and the array it reports into. Each descriptor carries 64 bits of
 * the caller's choice. Belongs to one thread.
 */
public final class Epoll implements AutoCloseable {
  private static final MethodHandle CREATE = CLibrary.function("epoll_create1");
  private static final MethodHandle CTL = CLibrary.function("epoll_ctl");
  private static final MethodHandle WAIT = CLibrary.function("epoll_wait");

  /** Packed on x86-64, linux/eventpoll.h; naturally aligned elsewhere. */
  private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

  static final long SIZE = PACKED ? 12 : 16;
  static final long DATA_AT = PACKED ? 4 : 8;

  private final MemorySegment errno = CLibrary.newErrno();
  private final MemorySegment events;
  private final MemorySegment change = Arena.global().allocate(SIZE, 8);
  private final int capacity;
  private final int fd;

  /**
   * Makes one.
   *
   * @param capacity most events taken by one call
   * @throws IOException if the process is out of descriptors
   */
  public Epoll(int capacity) throws IOException {
    this.capacity = capacity;
    events = Arena.global().allocate(SIZE * capacity, 8);
    try {
      fd =
          CLibrary.result(
              (long) CREATE.invokeExact(errno, (long) FileFlag.O_CLOEXEC, 0L, 0L, 0L, 0L, 0L),
              errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
    if (fd < 0) {
      throw new IOException("cannot make an epoll instance: " + Errno.name(fd));
    }
  }

  /** Starts watching a descriptor; 0 or the negated error number. */
  public int add(int watched, int interest, long data) {
    return control(EpollFlag.CTL_ADD, watched, interest, data);
  }

  /** Changes the events or the data of a watched descriptor; 0 or the negated error number. */
  public int modify(int watched, int interest, long data) {
    return control(EpollFlag.CTL_MOD, watched, interest, data);
  }

  /** Stops watching a descriptor; 0 or the negated error number. */
  public int remove(int watched) {
    return control(EpollFlag.CTL_DEL, watched, 0, 0);
  }

  /**
   * Waits for events.
   *
   * @param timeoutMillis 0 to return at once, -1 to wait for ever
   * @return how many, 0 when the time is over, or the negated error number (EINTR)
   */
  public int await(int timeoutMillis) {
    try {
      return CLibrary.result(
          (long)
              WAIT.invokeExact(
                  errno,
                  (long) fd,
                  events.address(),
                  (long) capacity,
                  (long) timeoutMillis,
                  0L,
                  0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  /** Flags of an event found by the last {@link #await}, of {@link EpollFlag}. */
  public int events(int index) {
    return events.get(JAVA_INT, SIZE * Objects.checkIndex(index, capacity));
  }

  /** The descriptor's data. */
  public long data(int index) {
    return events.get(JAVA_LONG_UNALIGNED, SIZE * Objects.checkIndex(index, capacity) + DATA_AT);
  }

  /** Closes the instance; descriptors watched by it stay open. */
  @Override
  public void close() {
    FileDescriptors.close(fd);
  }

  private int control(int operation, int watched, int interest, long data) {
    change.set(JAVA_INT, 0, interest);
    change.set(JAVA_LONG_UNALIGNED, DATA_AT, data);
    try {
      return CLibrary.result(
          (long)
              CTL.invokeExact(
                  errno, (long) fd, (long) operation, (long) watched, change.address(), 0L, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }
}
