package org.jpasst.proto.tcp;

import java.util.concurrent.TimeUnit;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.proto.tcp.TcpConnection.Phase;

/**
 * Finds out which connections have lost one of their ends.
 *
 * <p>Liveness is end to end: a guest that asks its peer (RFC 9293 section 3.8.4) is answered by us,
 * and its peer is asked by the kernel at the guest's pace. Nobody is asked of our own accord
 * (MUST-25) until a connection has been silent for {@link #INACTIVITY_INTERVAL}; then both ends
 * are, and one that doesn't answer ends it. A guest that seems to have started anew is asked once,
 * since it may have forgotten everything.
 */
final class TcpLiveness {
  /** How often questions that weren't answered are repeated. */
  static final long TICK = TimeUnit.SECONDS.toNanos(30);

  /**
   * Silence after which both ends are asked: RFC 5382 section 5, REQ-5, wants at least so much, and
   * RFC 9293 section 3.8.4 two hours (MUST-28).
   */
  static final long INACTIVITY_INTERVAL = TimeUnit.MINUTES.toNanos(124);

  /** Questions without an answer after which a guest is gone; Linux's tcp_keepalive_probes. */
  static final int MAX_QUESTIONS = 9;

  /** The longest pace, seconds. */
  private static final int SLOWEST = (int) TimeUnit.NANOSECONDS.toSeconds(INACTIVITY_INTERVAL);

  /** A guest's questions may be so many times their interval apart before it counts as slower. */
  private static final int PATIENCE = 3;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Sockets sockets;
  private final FrameSink sink;
  private final TcpConnections connections;
  private final TcpOutput output;
  private boolean guestIsNew;

  TcpLiveness(Sockets sockets, FrameSink sink, TcpConnections connections, TcpOutput output) {
    this.sockets = sockets;
    this.sink = sink;
    this.connections = connections;
    this.output = output;
  }

  /**
   * The guest asks whether its peer is still there. So does the kernel from now on, as soon after
   * anything was heard of the peer as the guest did, but no later than it would by default.
   */
  void guestAsks(TcpConnection c, long now) {
    long seconds = (c.liveness.silence(now) + SECOND / 2) / SECOND;
    int pace = Math.clamp(seconds, 1, SLOWEST);
    if (pace != c.liveness.pace()) {
      askPeer(c, pace);
    }
  }

  /**
   * A connection stands still, to be moved. Its socket hears nobody, so its questions would have no
   * answer, and the kernel would reset a peer that by then talks to another host.
   */
  void pause(TcpConnection c) {
    if (c.liveness.pace() > 0) {
      keepAlive(c, 0);
    }
  }

  /** It goes on here after all. */
  void resume(TcpConnection c) {
    if (c.liveness.pace() > 0) {
      keepAlive(c, 1);
    }
  }

  /** A connection has come from elsewhere, where the peer was asked after so many seconds. */
  void goOn(TcpConnection c, int seconds) {
    askPeer(c, Math.clamp(seconds, 1, SLOWEST));
  }

  private void askPeer(TcpConnection c, int seconds) {
    Liveness liveness = c.liveness;
    if (liveness.pace() == 0) {
      liveness.setUsual(read(c, SocketOption.TCP_KEEPIDLE), read(c, SocketOption.TCP_KEEPINTVL));
    }
    liveness.setPace(seconds);
    set(c, SocketOption.TCP_KEEPINTVL, Math.min(seconds, liveness.usualInterval()));
    set(c, SocketOption.TCP_KEEPIDLE, Math.min(seconds, liveness.usualIdle()));
    keepAlive(c, 1);
  }

  private void keepAlive(TcpConnection c, int on) {
    sockets.setsockopt(c.fd, SocketLevel.SOCKET, SocketOption.SO_KEEPALIVE, on);
  }

  private int read(TcpConnection c, int option) {
    long value = sockets.getsockopt(c.fd, SocketLevel.TCP, option);
    return value > 0 ? (int) value : SLOWEST;
  }

  private void set(TcpConnection c, int option, int seconds) {
    sockets.setsockopt(c.fd, SocketLevel.TCP, option, seconds);
  }

  /** A guest has come, or its interface is being configured: it may know nothing of before. */
  void guestMayBeNew() {
    guestIsNew = true;
  }

  /** Each {@link #TICK}: asks guests that may have forgotten, or that haven't answered. */
  void onTick(long now) {
    for (int i = 0; i < connections.capacity(); i++) {
      if (connections.isLive(i) && connections.at(i).established()) {
        TcpConnection c = connections.at(i);
        if (hasStoppedAsking(c, now)) {
          askPeer(c, SLOWEST);
        }
        if (c.liveness.questions() > 0) {
          askAgain(c);
        } else if (guestIsNew && c.liveness.silence(now) >= TICK) {
          ask(c);
        }
      }
    }
    guestIsNew = false;
  }

  /** What the guest doesn't want to know any more, nobody asks but at the slowest pace. */
  private static boolean hasStoppedAsking(TcpConnection c, long now) {
    int pace = c.liveness.pace();
    return pace > 0
        && pace < SLOWEST
        && c.liveness.silence(now) > Math.max(TICK, PATIENCE * pace * SECOND);
  }

  private void askAgain(TcpConnection c) {
    if (sink.isStalled()) {
      return; // it hasn't got the question
    }
    if (c.liveness.questions() == MAX_QUESTIONS) {
      connections.abort(c);
    } else {
      c.liveness.addQuestion();
      ask(c);
    }
  }

  /** Bytes that aren't acknowledged are sent again, and ask as well (MUST-26). */
  private void ask(TcpConnection c) {
    if (c.send.isAllAcknowledged()) {
      output.control(c, c.send.una() - 1, 0);
    }
  }

  /** Each {@link #INACTIVITY_INTERVAL}: asks both ends of what was silent for all of it. */
  void onInactivityScan() {
    for (int i = 0; i < connections.capacity(); i++) {
      if (connections.isLive(i) && connections.at(i).phase != Phase.PAUSED) {
        TcpConnection c = connections.at(i);
        if (c.liveness.takeTraffic()) {
          continue;
        }
        if (!c.established() || c.liveness.questions() > 0) {
          connections.abort(c);
        } else {
          c.liveness.addQuestion();
          ask(c);
          if (c.liveness.pace() == 0) {
            askPeer(c, SLOWEST);
          }
        }
      }
    }
  }
}
