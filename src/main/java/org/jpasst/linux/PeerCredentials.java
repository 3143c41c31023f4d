package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/** Who is at the other end of a UNIX socket (SO_PEERCRED, unix(7)). */
public final class PeerCredentials {
  private static final int UCRED_SIZE = 12; // struct ucred: pid, uid, gid
  private static final long UID_AT = 4;

  private PeerCredentials() {}

  /** The peer, behind a message: ", process" and its id; nothing where that can't be seen here. */
  public static String process(Sockets sockets, int fd) {
    int id = field(sockets, fd, 0).orElse(0); // 0 for one of a PID namespace that isn't below ours
    return id == 0 ? "" : ", process " + id;
  }

  /**
   * The effective user that the peer connected as, as seen in this process's user namespace; where
   * it has none there, the kernel's overflow user id.
   */
  public static OptionalInt user(Sockets sockets, int fd) {
    return field(sockets, fd, UID_AT);
  }

  private static OptionalInt field(Sockets sockets, int fd, long at) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment credentials = arena.allocate(UCRED_SIZE, 4);
      int length =
          sockets.getsockopt(
              fd, SocketLevel.SOCKET, SocketOption.SO_PEERCRED, credentials, 0, UCRED_SIZE);
      return length == UCRED_SIZE
          ? OptionalInt.of(credentials.get(JAVA_INT, at))
          : OptionalInt.empty();
    }
  }
}
