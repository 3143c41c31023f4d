package org.jpasst.loop;

import java.util.concurrent.TimeUnit;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;

/**
 * Accepts whoever connects to a listening UNIX socket, one in a turn. Where that fails, it is told,
 * and tried again a second later.
 */
public final class Acceptor implements EventHandler {
  /** Who takes over what was accepted. */
  @FunctionalInterface
  public interface Host {
    /**
     * Somebody has connected.
     *
     * @param fd the connection, which is the host's
     * @param now the turn's time
     */
    void onAccepted(int fd, long now);
  }

  private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);

  private final ListeningSocket socket;
  private final String whom;
  private final int flags;
  private final Host host;
  private final Log log;
  private final SocketAddress peer = new SocketAddress();
  private final TimerWheel timer;

  /**
   * Starts accepting.
   *
   * @param fd a listening socket that doesn't block, which stays its owner's
   * @param whom what those who connect are called in messages
   * @param flags of their sockets, see accept4(2)
   */
  public Acceptor(
      EventLoop loop,
      Sockets sockets,
      EventKind kind,
      int fd,
      String whom,
      int flags,
      Host host,
      Log log) {
    this.whom = whom;
    this.flags = flags;
    this.host = host;
    this.log = log;
    socket = new ListeningSocket(loop, sockets, fd, loop.handle(kind, this).of(0, 0));
    timer = loop.newTimers((id, now) -> resume());
    socket.watch(false);
  }

  @Override
  public void onReady(int index, int generation, int events, long now) {
    int accepted = socket.accept(peer, flags);
    if (accepted >= 0) {
      host.onAccepted(accepted, now);
    } else if (socket.isPaused()) {
      log.limited(
          LogLevel.ERROR, "accept." + whom, "cannot accept " + whom + ": " + Errno.name(accepted));
      timer.schedule(0, now + PAUSE);
    }
  }

  /** Has those who connect wait until {@link #resume}. */
  public void pause() {
    timer.cancel(0);
    socket.pause();
  }

  /** Accepts again. */
  public void resume() {
    socket.resume();
  }
}
