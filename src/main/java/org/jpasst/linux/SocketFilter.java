package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The classic BPF filter that lets nothing through: one instruction, {@code ret 0}. A TCP socket
 * that has it neither sees nor acknowledges what its peer sends; the peer sends it again. Needs no
 * privilege. See socket(7), SO_ATTACH_FILTER, and the kernel's Documentation/networking/filter.rst.
 */
public final class SocketFilter {
  static final int INSTRUCTION_SIZE = 8; // struct sock_filter: u16 code, u8 jt, u8 jf, u32 k
  static final int PROGRAM_SIZE = 16; // struct sock_fprog: u16 len, padding, pointer
  static final long PROGRAM_POINTER_AT = 8;
  private static final short BPF_RET_K = 0x06;

  private final MemorySegment program = Arena.global().allocate(PROGRAM_SIZE, 8);

  /** Makes the program, once for any number of sockets. */
  public SocketFilter() {
    MemorySegment instruction = Arena.global().allocate(INSTRUCTION_SIZE, 8);
    instruction.set(JAVA_SHORT, 0, BPF_RET_K);
    instruction.set(JAVA_INT, 4, 0);
    program.set(JAVA_SHORT, 0, (short) 1);
    program.set(JAVA_LONG, PROGRAM_POINTER_AT, instruction.address());
  }

  /** From now on the socket drops all that comes; 0 or the negated error number. */
  public int attach(Sockets sockets, int fd) {
    return sockets.setsockopt(
        fd, SocketLevel.SOCKET, SocketOption.SO_ATTACH_FILTER, program, 0, PROGRAM_SIZE);
  }

  /** Takes the filter away; 0 or the negated error number, ENOENT if there is none. */
  public int detach(Sockets sockets, int fd) {
    return sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_DETACH_FILTER, 0);
  }
}
