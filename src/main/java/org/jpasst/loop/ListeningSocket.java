package org.jpasst.loop;

import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.Sockets;

/**
 * A listening socket that the loop watches, but for pauses. Where a connection can't be accepted,
 * most likely for want of descriptors, a pause begins: it stays in the backlog, and without a pause
 * the loop would spin.
 */
public final class ListeningSocket {
  private static final int UNWATCHED = 0;

  private final EventLoop loop;
  private final Sockets sockets;
  private final int fd;
  private final long key;
  private boolean paused;
  private boolean refusing;

  /**
   * One that isn't watched yet.
   *
   * @param fd a listening socket that doesn't block; {@link #close} closes it
   * @param key what its events carry
   */
  public ListeningSocket(EventLoop loop, Sockets sockets, int fd, long key) {
    this.loop = loop;
    this.sockets = sockets;
    this.fd = fd;
    this.key = key;
  }

  /** The descriptor. */
  public int fd() {
    return fd;
  }

  /**
   * Starts watching it.
   *
   * @param hidden whether it begins as after {@link #hide}
   * @return 0, or the negated error number
   */
  public int watch(boolean hidden) {
    return loop.add(fd, hidden ? UNWATCHED : EpollFlag.IN, key);
  }

  /**
   * Accepts a connection.
   *
   * @param peer becomes the peer's address
   * @param flags of the new socket, see accept4(2)
   * @return the descriptor, which is the caller's, or the negated error number; {@link #isPaused}
   *     tells whether that is a failure
   */
  public int accept(SocketAddress peer, int flags) {
    int result = sockets.accept(fd, peer, flags);
    if (result < 0 && !isPassing(-result)) {
      pause();
    }
    return result;
  }

  /** Whether it is about nobody, or somebody who has gone (accept(2), "Error handling"). */
  private static boolean isPassing(int errno) {
    return switch (errno) {
      case Errno.EAGAIN,
          Errno.EINTR,
          Errno.ECONNABORTED,
          Errno.ENETDOWN,
          Errno.EPROTO,
          Errno.ENOPROTOOPT,
          Errno.EHOSTDOWN,
          Errno.ENONET,
          Errno.EHOSTUNREACH,
          Errno.EOPNOTSUPP,
          Errno.ENETUNREACH ->
          true;
      default -> false;
    };
  }

  /** Leaves those who connect in the backlog. */
  public void pause() {
    paused = true;
    await(UNWATCHED);
  }

  /** One that refuses isn't watched at all: epoll would tell without end that it has hung up. */
  private void await(int events) {
    if (!refusing) {
      loop.modify(fd, events, key);
    }
  }

  /**
   * Refuses those who connect, and those who wait in the backlog. The socket stays bound, so that
   * {@link #listen} needs no privilege: on Linux shutdown(2) takes a listening socket back to what
   * it was before listen(2).
   */
  public void refuse() {
    loop.remove(fd);
    sockets.shutdown(fd, Shutdown.RD);
    refusing = true;
    paused = false;
  }

  /** Whether connections are refused. */
  public boolean isRefusing() {
    return refusing;
  }

  /**
   * Has one that refuses listen, and watches it, again.
   *
   * @return 0, or the negated error number; then it still refuses
   */
  public int listen(int backlog) {
    int result = sockets.listen(fd, backlog);
    if (result >= 0) {
      result = loop.add(fd, EpollFlag.IN, key);
    }
    if (result >= 0) {
      refusing = false;
    }
    return result;
  }

  /** Whether there is a pause. */
  public boolean isPaused() {
    return paused;
  }

  /** Ends a pause. */
  public void resume() {
    paused = false;
    await(EpollFlag.IN);
  }

  /** Has it unwatched, whether there is a pause or not. */
  public void hide() {
    await(UNWATCHED);
  }

  /** Goes on after {@link #hide}, with the pause that there may have been. */
  public void show() {
    await(paused ? UNWATCHED : EpollFlag.IN);
  }

  /** Closes it. */
  public void close() {
    sockets.close(fd);
  }
}
