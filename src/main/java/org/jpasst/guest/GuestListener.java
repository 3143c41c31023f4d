package org.jpasst.guest;

import org.jpasst.linux.Errno;
import org.jpasst.linux.PeerCredentials;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.Acceptor;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;

/**
 * Accepts guests on a listening UNIX socket: one at a time, others are closed at once. Who comes
 * and goes is logged; a front-end that connects again and again is told of a few times in ten
 * seconds.
 */
public final class GuestListener {
  /** A guest connects. */
  public static final EventKind EVENTS = new EventKind("listening guest socket");

  /** In ten seconds: a guest that is started anew a few times, and no flood. */
  private static final int MOST_LINES = 5;

  private final Sockets sockets;
  private final GuestLink link;
  private final Visits visits;
  private final Log log;
  private String connected = ""; // the process

  /** Who is told of guests, after the log is. */
  public interface Visits {
    /** One is connected. */
    void guestComes();

    /** It is gone. */
    void guestIsGone();
  }

  /**
   * Starts accepting.
   *
   * @param listening a listening UNIX stream socket, which stays its owner's
   * @param link takes over who is accepted
   * @param visits is told of them
   */
  public GuestListener(
      EventLoop loop, Sockets sockets, int listening, GuestLink link, Visits visits, Log log) {
    this.sockets = sockets;
    this.link = link;
    this.visits = visits;
    this.log = log;
    link.onGone(this::gone);
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
      tell(
          "guest.turned_away",
          "turned away a second guest" + peerProcess + ": one is connected already");
      return;
    }
    int result = link.attach(accepted);
    if (result < 0) {
      log.error("cannot watch the guest's connection: " + Errno.name(result));
      sockets.close(accepted);
    } else {
      connected = peerProcess;
      tell("guest.connected", "guest connected" + peerProcess);
      visits.guestComes();
    }
  }

  private void gone() {
    String silent = link.hasSpoken() ? "" : ", which has sent nothing";
    tell("guest.disconnected", "guest disconnected" + connected + silent);
    visits.guestIsGone();
  }

  private void tell(String cause, String message) {
    log.limited(LogLevel.INFO, cause, MOST_LINES, message);
  }
}
