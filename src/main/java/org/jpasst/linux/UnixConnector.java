package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** Connects UNIX sockets to paths, unix(7). Belongs to one thread. */
public final class UnixConnector {
  private static final MethodHandle CONNECT = CLibrary.function("connect");

  static final int SIZE = 110; // struct sockaddr_un
  static final int PATH_AT = 2;
  static final int PATH_SIZE = 108;

  private final LinuxSockets sockets = new LinuxSockets();

  /**
   * Makes a blocking stream socket and connects it.
   *
   * @return the descriptor, which is the caller's, or the negated error number; ENAMETOOLONG for a
   *     path of more than 107 bytes
   */
  public int connect(String path) {
    return connect(path, SocketType.STREAM);
  }

  /** The same with a socket of another type, of {@link SocketType} with flags. */
  public int connect(String path, int type) {
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= PATH_SIZE) {
      return -Errno.ENAMETOOLONG;
    }
    int fd = sockets.socket(AddressFamily.UNIX, type | SocketType.CLOEXEC, 0);
    if (fd < 0) {
      return fd;
    }
    int result = connect(fd, bytes);
    if (result < 0) {
      sockets.close(fd);
      return result;
    }
    return fd;
  }

  private int connect(int fd, byte[] path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SIZE, 8);
      address.set(JAVA_SHORT, 0, (short) AddressFamily.UNIX);
      MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_AT, path.length);
      return CLibrary.call(CONNECT, fd, address.address(), SIZE);
    }
  }
}
