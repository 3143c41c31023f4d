package org.jpasst.linux;

/** Events and operations of epoll, linux/eventpoll.h. */
public final class EpollFlag {
  /** EPOLLIN. */
  public static final int IN = 0x1;

  /** EPOLLPRI: of a TCP socket, the peer's urgent byte is in the queue. */
  public static final int PRI = 0x2;

  /** EPOLLOUT. */
  public static final int OUT = 0x4;

  /** EPOLLERR, always reported. */
  public static final int ERR = 0x8;

  /** EPOLLHUP, always reported. */
  public static final int HUP = 0x10;

  /** EPOLLRDHUP. */
  public static final int RDHUP = 0x2000;

  /** EPOLLEXCLUSIVE. */
  public static final int EXCLUSIVE = 1 << 28;

  /** EPOLLONESHOT. */
  public static final int ONESHOT = 1 << 30;

  /** EPOLLET: edge-triggered. */
  public static final int ET = 1 << 31;

  /** EPOLL_CTL_ADD. */
  public static final int CTL_ADD = 1;

  /** EPOLL_CTL_DEL. */
  public static final int CTL_DEL = 2;

  /** EPOLL_CTL_MOD. */
  public static final int CTL_MOD = 3;

  private EpollFlag() {}
}
