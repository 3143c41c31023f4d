package org.jpasst.linux;

/** Types of sockets and the flags of socket(2) and accept4(2), linux/net.h. */
public final class SocketType {
  /** SOCK_STREAM. */
  public static final int STREAM = 1;

  /** SOCK_DGRAM. */
  public static final int DGRAM = 2;

  /** SOCK_RAW. */
  public static final int RAW = 3;

  /** SOCK_NONBLOCK, or-ed to a type. */
  public static final int NONBLOCK = 0x800;

  /** SOCK_CLOEXEC, or-ed to a type. */
  public static final int CLOEXEC = 0x80000;

  private SocketType() {}
}
