package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Who is at the other end of a UNIX socket (SO_PEERCRED, unix(7)). */
public final class PeerCredentials {
  private static final int UCRED_SIZE = 12; // struct ucred: pid, uid, gid

  private PeerCredentials() {}

  /** The peer, for messages: "process" and its id, unless its PID namespace can't be seen here. */
  public static String process(Sockets sockets, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment credentials = arena.allocate(UCRED_SIZE, 4);
      int length =
          sockets.getsockopt(
              fd, SocketLevel.SOCKET, SocketOption.SO_PEERCRED, credentials, 0, UCRED_SIZE);
      int id = length == UCRED_SIZE ? credentials.get(JAVA_INT, 0) : 0;
      return id == 0 ? "a process outside of this PID namespace" : "process " + id;
    }
  }
}
