package org.jpasst.proto.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;

/** Ties a socket to one interface of the host. */
public final class BoundInterface {
  private BoundInterface() {}

  /**
   * Sets SO_BINDTODEVICE (socket(7)). Needs no privilege since Linux 5.7.
   *
   * @param name the interface's name
   * @return 0 or the negated error number, ENODEV where there is no such interface
   */
  public static int bind(Sockets sockets, int fd, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(name, StandardCharsets.UTF_8);
      return sockets.setsockopt(
          fd, SocketLevel.SOCKET, SocketOption.SO_BINDTODEVICE, text, 0, (int) text.byteSize());
    }
  }
}
