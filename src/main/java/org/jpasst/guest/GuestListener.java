package org.jpasst.guest;

import org.jpasst.linux.Errno;
import org.jpasst.linux.PeerCredentials;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.Acceptor;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;

/** Accepts guests on a listening UNIX socket: one at a time, others are closed at once. */
public final class GuestListener {
  /** A guest connects. */
  public static final EventKind EVENTS = new EventKind("listening guest socket");

  private final Sockets sockets;
  private final GuestLink link;
  private final Log log;

  /**
   * Starts accepting.
   *
   * @param listening a listening UNIX stream socket, which stays its owner's
   * @param link takes over who is accepted
   */
  public GuestListener(EventLoop loop, Sockets sockets, int listening, GuestLink link, Log log) {
    this.sockets = sockets;
    this.link = link;
    this.log = log;
    new Acceptor(
        loop,
        sockets,
        EVENTS,
        listening,
        "a guest",
        SocketType.NONBLOCK | SocketType.CLOEXEC,
        (fd, now) -> take(fd),
        log);
  }

  private void take(int accepted) {
    String peerProcess = PeerCredentials.process(sockets, accepted);
    link.closeLost();
    if (link.isAttached()) {
      sockets.close(accepted);
      log.info("turned away a second guest" + peerProcess + ": one is connected already");
      return;
    }
    int result = link.attach(accepted);
    if (result < 0) {
      log.error("cannot watch the guest's connection: " + Errno.name(result));
      sockets.close(accepted);
    } else {
      log.info("guest connected" + peerProcess);
    }
  }
}
