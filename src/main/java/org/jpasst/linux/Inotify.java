package org.jpasst.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Tells that something happened to files (inotify(7)); what, is for the caller to look at. An
 * instance belongs to one thread.
 */
public final class Inotify implements AutoCloseable {
  /** IN_MODIFY. */
  public static final int MODIFIED = 0x2;

  /** IN_ATTRIB: also that a file has lost its last name. */
  public static final int ATTRIBUTES = 0x4;

  /** IN_CLOSE_WRITE. */
  public static final int WRITTEN = 0x8;

  /** IN_MOVED_FROM and IN_MOVED_TO, in a directory. */
  public static final int MOVED = 0x40 | 0x80;

  /** IN_CREATE, in a directory. */
  public static final int CREATED = 0x100;

  /** IN_DELETE, in a directory. */
  public static final int DELETED = 0x200;

  private static final MethodHandle INIT = CLibrary.function("inotify_init1");
  private static final MethodHandle ADD = CLibrary.function("inotify_add_watch");
  private static final int BUFFER = 1 << 14;

  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER, 8);
  private final int fd;

  /**
   * Watches nothing yet.
   *
   * @throws IOException if the kernel refuses, as where the user has max_user_instances already
   */
  public Inotify() throws IOException {
    long flags = FileFlag.O_CLOEXEC | FileFlag.O_NONBLOCK;
    fd = CLibrary.call(INIT, flags);
    if (fd < 0) {
      throw new IOException("cannot watch files: " + Errno.name(fd));
    }
  }

  /** The descriptor, readable when something happened. */
  public int fd() {
    return fd;
  }

  /**
   * Watches a file or directory. One that is watched already stays so, with these events.
   *
   * @param events of the constants here
   * @return 0 or more, or the negated error number
   */
  public int watch(Path path, int events) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path.toString(), StandardCharsets.UTF_8);
      return CLibrary.call(ADD, fd, name.address(), events);
    }
  }

  /** Takes all that has happened; whether anything has. */
  public boolean drain() {
    boolean any = false;
    while (FileDescriptors.read(fd, buffer, 0, BUFFER) > 0) {
      any = true;
    }
    return any;
  }

  /** Closes the descriptor. */
  @Override
  public void close() {
    FileDescriptors.close(fd);
  }
}
