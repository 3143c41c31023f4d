package org.jpasst.guest;

import java.util.concurrent.TimeUnit;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.PeerCredentials;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;

/** Accepts guests on a listening UNIX socket: one at a time, others are closed at once. */
public final class GuestListener implements EventHandler {
  /** A guest connects. */
  public static final EventKind EVENTS = new EventKind("listening guest socket");

  private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);

  private final EventLoop loop;
  private final Sockets sockets;
  private final GuestLink link;
  private final Log log;
  private final SocketAddress peer = new SocketAddress();
  private final TimerWheel pause;
  private final EventKeys keys;
  private int fd = -1;

  /** A listener that isn't listening yet; accepted connections go to the link. */
  public GuestListener(EventLoop loop, Sockets sockets, GuestLink link, Log log) {
    this.loop = loop;
    this.sockets = sockets;
    this.link = link;
    this.log = log;
    pause = loop.newTimers((id, now) -> watch());
    keys = loop.handle(EVENTS, this);
  }

  /**
   * Starts accepting.
   *
   * @param listening a listening UNIX stream socket, which stays its owner's
   * @return 0, or the negated error number
   */
  public int listen(int listening) {
    fd = listening;
    return watch();
  }

  @Override
  public void onReady(int index, int generation, int events, long nowNanos) {
    int accepted = sockets.accept(fd, peer, SocketType.NONBLOCK | SocketType.CLOEXEC);
    if (accepted >= 0) {
      take(accepted);
    } else if (accepted != -Errno.EAGAIN
        && accepted != -Errno.EINTR
        && accepted != -Errno.ECONNABORTED) {
      // Most likely out of descriptors: without a pause the loop would spin.
      log.limited(LogLevel.ERROR, "accept", "cannot accept a guest: " + Errno.name(accepted));
      loop.remove(fd);
      pause.schedule(0, nowNanos + PAUSE);
    }
  }

  private int watch() {
    return loop.add(fd, EpollFlag.IN, keys.of(0, 0));
  }

  private void take(int accepted) {
    String peerProcess = PeerCredentials.process(sockets, accepted);
    link.closeLost();
    if (link.isAttached()) {
      sockets.close(accepted);
      log.info("a guest is connected already: closed the connection of " + peerProcess);
      return;
    }
    int result = link.attach(accepted);
    if (result < 0) {
      log.error("cannot watch the connection of " + peerProcess + ": " + Errno.name(result));
      sockets.close(accepted);
    } else {
      log.info("accepted the connection of " + peerProcess);
    }
  }
}
