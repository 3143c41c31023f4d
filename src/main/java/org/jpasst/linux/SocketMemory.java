package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What SO_MEMINFO says about a socket's buffers (linux/sock_diag.h, SK_MEMINFO_*): nine numbers of
 * bytes, counted with the kernel's overhead. Made once and read again and again.
 */
public final class SocketMemory {
  private static final int FIELDS = 9;
  private static final int RMEM_ALLOC = 0;
  private static final int SNDBUF = 3;
  private static final int WMEM_QUEUED = 5;
  private static final int DROPS = 8;

  private final MemorySegment memory = Arena.global().allocate(FIELDS * Integer.BYTES, 4);

  /**
   * Asks the kernel about a socket.
   *
   * @return 0, or the negated error number; then the fields keep their old values
   */
  public int read(Sockets sockets, int fd) {
    int length =
        sockets.getsockopt(
            fd, SocketLevel.SOCKET, SocketOption.SO_MEMINFO, memory, 0, FIELDS * Integer.BYTES);
    return Math.min(0, length);
  }

  /** Bytes in the receive queue. */
  public int receiveAllocated() {
    return field(RMEM_ALLOC);
  }

  /** Limit of the send queue. */
  public int sendBuffer() {
    return field(SNDBUF);
  }

  /** Bytes in the send queue, sent or not; what TCP compares with the limit. */
  public int sendQueued() {
    return field(WMEM_QUEUED);
  }

  /** Packets dropped because the receive queue was full. */
  public int drops() {
    return field(DROPS);
  }

  private int field(int index) {
    return memory.get(JAVA_INT, (long) index * Integer.BYTES);
  }
}
