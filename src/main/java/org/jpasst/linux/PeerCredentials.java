package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Who is at the other end of a UNIX socket (SO_PEERCRED, unix(7)). */
public final class PeerCredentials {
  private static final int UCRED_SIZE = 12; // struct ucred: pid, uid, gid

  private PeerCredentials() {}

  /** The peer's process id as text: 0 where it is of a PID namespace that this one can't see. */
  public static String process(Sockets sockets, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment credentials = arena.allocate(UCRED_SIZE, 4);
      int length =
          sockets.getsockopt(
              fd, SocketLevel.SOCKET, SocketOption.SO_PEERCRED, credentials, 0, UCRED_SIZE);
      return length == UCRED_SIZE ? Integer.toString(credentials.get(JAVA_INT, 0)) : "unknown";
    }
  }
}
