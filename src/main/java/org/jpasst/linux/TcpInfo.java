package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A {@code struct tcp_info} (linux/tcp.h), made once and read again and again. Fields that an old
 * kernel doesn't fill are zero; {@link #has} tells.
 */
public final class TcpInfo {
  /** State: TCP_ESTABLISHED. */
  public static final int ESTABLISHED = 1;

  /** State: TCP_SYN_SENT. */
  public static final int SYN_SENT = 2;

  /** State: TCP_FIN_WAIT1. */
  public static final int FIN_WAIT1 = 4;

  /** State: TCP_FIN_WAIT2. */
  public static final int FIN_WAIT2 = 5;

  /** State: TCP_CLOSE. */
  public static final int CLOSE = 7;

  /** State: TCP_CLOSE_WAIT. */
  public static final int CLOSE_WAIT = 8;

  /** State: TCP_LAST_ACK. */
  public static final int LAST_ACK = 9;

  /** State: TCP_CLOSING. */
  public static final int CLOSING = 11;

  /** Option bit: timestamps are in use. */
  public static final int OPTION_TIMESTAMPS = 1;

  /** Option bit: selective acknowledgments are in use. */
  public static final int OPTION_SACK = 2;

  /** Option bit: window scaling is in use. */
  public static final int OPTION_WINDOW_SCALE = 4;

  static final int SIZE = 248;
  static final long STATE_AT = 0;
  static final long OPTIONS_AT = 5;
  static final long WINDOW_SCALES_AT = 6;
  static final long SND_MSS_AT = 16;
  static final long RTT_AT = 68;
  static final long SND_CWND_AT = 80;
  static final long TOTAL_RETRANS_AT = 100;

  private final MemorySegment memory = Arena.global().allocate(SIZE, 8);

  /**
   * Asks the kernel about a TCP socket.
   *
   * @return 0, or the negated error number; then the fields are zero
   */
  public int read(Sockets sockets, int fd) {
    int result = sockets.getsockopt(fd, SocketLevel.TCP, SocketOption.TCP_INFO, memory, 0, SIZE);
    for (int i = Math.max(0, result); i < SIZE; i++) {
      memory.set(JAVA_BYTE, i, (byte) 0);
    }
    return Math.min(0, result);
  }

  /** The connection's state, include/net/tcp_states.h. */
  public int state() {
    return memory.get(JAVA_BYTE, STATE_AT);
  }

  /** Bits of the options in use, among them {@link #OPTION_WINDOW_SCALE}. */
  public int options() {
    return memory.get(JAVA_BYTE, OPTIONS_AT) & 0xff;
  }

  /** The peer's window scale, 0 to 14. */
  public int sendWindowScale() {
    return memory.get(JAVA_BYTE, WINDOW_SCALES_AT) & 15;
  }

  /** Our window scale, 0 to 14. */
  public int receiveWindowScale() {
    return memory.get(JAVA_BYTE, WINDOW_SCALES_AT) >>> 4 & 15;
  }

  /** Segment size for sending, bytes. */
  public int sendMss() {
    return memory.get(JAVA_INT, SND_MSS_AT);
  }

  /** Smoothed round-trip time, microseconds. */
  public int rttMicros() {
    return memory.get(JAVA_INT, RTT_AT);
  }

  /** Congestion window, segments. */
  public int congestionWindow() {
    return memory.get(JAVA_INT, SND_CWND_AT);
  }

  /** Segments sent again so far. */
  public int totalRetransmits() {
    return memory.get(JAVA_INT, TOTAL_RETRANS_AT);
  }
}
