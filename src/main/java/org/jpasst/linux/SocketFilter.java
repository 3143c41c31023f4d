package org.jpasst.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The classic BPF filter that lets nothing through: one instruction, {@code ret 0}. A TCP socket
 * that has it neither sees nor acknowledges what its peer sends; the peer sends it again. Kernels
 * of 2026 let only CAP_NET_ADMIN attach it to a TCP socket (EPERM, seen on 6.12.117, 6.18.44 and
 * 7.2.13); anybody may take it away. See socket(7), SO_ATTACH_FILTER, and the kernel's
 * Documentation/networking/filter.rst.
 */
public final class SocketFilter {
  /** What a filter's length is counted in, struct sock_filter. */
  private static final int INSTRUCTION_SIZE = 8;

  private final MemorySegment program = BpfProgram.returning(0).allocate(Arena.global());
  private final MemorySegment attached = Arena.global().allocate(INSTRUCTION_SIZE, 8);

  /** From now on the socket drops all that comes; 0 or the negated error number. */
  public int attach(Sockets sockets, int fd) {
    return sockets.setsockopt(
        fd, SocketLevel.SOCKET, SocketOption.SO_ATTACH_FILTER, program, 0, BpfProgram.SIZE);
  }

  /** Takes the filter away; 0 or the negated error number, ENOENT if there is none. */
  public int detach(Sockets sockets, int fd) {
    return sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_DETACH_FILTER, 0);
  }

  /** Whether a socket has a filter of one instruction, whoever attached it. */
  public boolean isAttached(Sockets sockets, int fd) {
    // SO_GET_FILTER has the number of SO_ATTACH_FILTER, and counts instructions instead of bytes.
    int option = SocketOption.SO_ATTACH_FILTER;
    return sockets.getsockopt(fd, SocketLevel.SOCKET, option, attached, 0, 1) == 1;
  }
}
