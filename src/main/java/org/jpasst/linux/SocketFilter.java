package org.jpasst.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The classic BPF filter that lets nothing through: one instruction, {@code ret 0}. A TCP socket
 * that has it neither sees nor acknowledges what its peer sends; the peer sends it again. Needs no
 * privilege. See socket(7), SO_ATTACH_FILTER, and the kernel's Documentation/networking/filter.rst.
 */
public final class SocketFilter {
  private final MemorySegment program = BpfProgram.returning(0).allocate(Arena.global());

  /** From now on the socket drops all that comes; 0 or the negated error number. */
  public int attach(Sockets sockets, int fd) {
    return sockets.setsockopt(
        fd, SocketLevel.SOCKET, SocketOption.SO_ATTACH_FILTER, program, 0, BpfProgram.SIZE);
  }

  /** Takes the filter away; 0 or the negated error number, ENOENT if there is none. */
  public int detach(Sockets sockets, int fd) {
    return sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_DETACH_FILTER, 0);
  }
}
