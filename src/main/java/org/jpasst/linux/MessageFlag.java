package org.jpasst.linux;

/** Flags of send(2), recv(2) and their relatives, linux/socket.h. */
public final class MessageFlag {
  /** MSG_OOB. */
  public static final int OOB = 0x1;

  /** MSG_PEEK: leave the data in the queue. */
  public static final int PEEK = 0x2;

  /** MSG_CTRUNC: control messages were cut. */
  public static final int CTRUNC = 0x8;

  /**
   * MSG_TRUNC: a datagram was cut; as an argument: its true length is returned, or TCP data is
   * thrown away.
   */
  public static final int TRUNC = 0x20;

  /** MSG_DONTWAIT. */
  public static final int DONTWAIT = 0x40;

  /** MSG_EOR. */
  public static final int EOR = 0x80;

  /** MSG_ERRQUEUE: read from the error queue. */
  public static final int ERRQUEUE = 0x2000;

  /** MSG_NOSIGNAL: EPIPE without SIGPIPE. */
  public static final int NOSIGNAL = 0x4000;

  /** MSG_MORE. */
  public static final int MORE = 0x8000;

  /** MSG_WAITFORONE. */
  public static final int WAITFORONE = 0x10000;

  /** MSG_ZEROCOPY. */
  public static final int ZEROCOPY = 0x4000000;

  /** MSG_CMSG_CLOEXEC. */
  public static final int CMSG_CLOEXEC = 0x40000000;

  private MessageFlag() {}
}
