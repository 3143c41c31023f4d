package org.jpasst.linux;

/** Directions of shutdown(2), linux/net.h. */
public final class Shutdown {
  /** SHUT_RD. */
  public static final int RD = 0;

  /** SHUT_WR. */
  public static final int WR = 1;

  /** SHUT_RDWR. */
  public static final int RDWR = 2;

  private Shutdown() {}
}
