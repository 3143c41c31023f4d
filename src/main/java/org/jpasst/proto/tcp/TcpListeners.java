package org.jpasst.proto.tcp;

import org.jpasst.config.ForwardRule;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.Deafness;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.ListeningSocket;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.listen.NumberedListeners;
import org.jpasst.proto.listen.PortListeners;

/**
 * The host's ports that are forwarded to the guest: accepts their connections while the guest can
 * be told of them. Owns the listening sockets.
 */
public final class TcpListeners implements EventHandler, PortListeners, AutoCloseable {
  /** A port's socket is readable. */
  public static final EventKind EVENTS = new EventKind("listening TCP socket");

  /** Connections accepted from one socket in one turn, so that others don't wait long. */
  private static final int PER_TURN = 64;

  private static final String REFUSED =
      "this kernel refuses SO_ATTACH_FILTER, TCP_MD5SIG_EXT and IP_MINTTL";

  private final Sockets sockets;
  private final EventLoop loop;
  private final FrameSink sink;
  private final Tcp tcp;
  private final ClosedPorts closedPorts;
  private final Log log;
  private final NumberedListeners<TcpListener> listeners = new NumberedListeners<>();
  private final SocketAddress peer = new SocketAddress();
  private final SocketAddress local = new SocketAddress();
  private final FlowSide host = new FlowSide();
  private final Deafness deafness = new Deafness();

  private final EventKeys keys;
  private boolean anyPaused;

  /** All of them are unwatched, and see no packets. */
  private boolean frozen;

  /** No listeners yet; handles the loop's {@link #EVENTS}. */
  public TcpListeners(Sockets sockets, EventLoop loop, FrameSink sink, Tcp tcp, Log log) {
    this.sockets = sockets;
    this.loop = loop;
    this.sink = sink;
    this.tcp = tcp;
    closedPorts = tcp.closedPorts();
    this.log = log;
    keys = loop.handle(EVENTS, this);
  }

  @Override
  public int add(int fd, ForwardRule rule, int port) {
    int index = listeners.next();
    var socket = new ListeningSocket(loop, sockets, fd, keys.of(0, index));
    int result = socket.watch(frozen);
    if (result < 0) {
      socket.close();
      return result;
    }
    if (frozen) {
      deafness.begin(sockets, fd);
    }
    listeners.add(new TcpListener(socket, port, rule, loop.now()));
    return index;
  }

  @Override
  public void update(int number, ForwardRule rule) {
    TcpListener listener = listeners.get(number);
    listener.rule = rule;
    closedPorts.moved(listener);
  }

  @Override
  public void remove(int number) {
    TcpListener listener = listeners.get(number);
    closedPorts.forget(listener);
    listener.socket.close();
    listener.closed = true;
    listeners.free(number);
  }

  /** A connection's socket lets others listen at its port (SO_REUSEADDR, socket(7)). */
  @Override
  public boolean hasFlowsAt(int port) {
    return false;
  }

  @Override
  public void onReady(int index, int generation, int events, long now) {
    TcpListener listener = listeners.get(index);
    // Between the event and now it may have been closed, or closed and another one opened: then
    // there is nothing to accept.
    for (int i = 0; i < PER_TURN && listener.accepts(); i++) {
      if (!sink.hasRoom()) {
        listener.socket.pause();
        anyPaused = true;
        return;
      }
      int fd = listener.socket.accept(peer, SocketType.NONBLOCK | SocketType.CLOEXEC);
      if (fd < 0) {
        failed(listener, fd);
        return;
      }
      accepted(listener, fd, now);
    }
  }

  private void accepted(TcpListener listener, int fd, long now) {
    boolean usable =
        sockets.getsockname(fd, local) >= 0
            && peer.port() != 0
            && IpAddress.isUnicast(peer.hi(), peer.lo());
    if (!usable) {
      sockets.close(fd);
      return;
    }
    host.set(Pif.HOST, peer.hi(), peer.lo(), peer.port(), local.hi(), local.lo(), local.port());
    IpAddress target = listener.rule.targetAddress().orElse(IpAddress.ANY6);
    int port = listener.rule.targetOf(listener.port);
    tcp.onAccepted(fd, host, target.hi(), target.lo(), port, listener, now);
  }

  private void failed(TcpListener listener, int result) {
    if (listener.socket.isPaused()) {
      anyPaused = true;
      log.limited(
          LogLevel.WARNING,
          "accept",
          "cannot accept a connection at TCP port " + listener.port + ": " + Errno.name(-result));
    }
  }

  /** Once a second: asks the guest whether it serves ports again that refuse connections. */
  public void onTick(long now) {
    closedPorts.onTick(now);
  }

  /** There is room on the link, or time has passed: connections are accepted again. */
  public void resume() {
    if (frozen || !anyPaused || !sink.hasRoom()) {
      return;
    }
    anyPaused = false;
    for (TcpListener listener : listeners) {
      if (!listener.closed && listener.socket.isPaused()) {
        listener.socket.resume();
      }
    }
  }

  /**
   * Lets no connection come any more: SYNs are dropped, and peers send them again, here to no avail
   * but in time for whoever has the address then.
   */
  public void freeze() {
    if (frozen) {
      return;
    }
    frozen = true;
    closedPorts.setFrozen(true);
    boolean deaf = true;
    for (TcpListener listener : listeners) {
      if (!listener.closed) {
        deaf &= deafness.begin(sockets, listener.socket.fd()) != Deafness.Way.NONE;
        listener.socket.hide();
      }
    }
    if (!deaf) {
      log.warn("connections that come for forwarded TCP ports from now on may be lost: " + REFUSED);
    }
  }

  /** Lets connections come again, if they couldn't. */
  public void thaw() {
    if (!frozen) {
      return;
    }
    frozen = false;
    closedPorts.setFrozen(false);
    for (TcpListener listener : listeners) {
      if (!listener.closed) {
        deafness.end(sockets, listener.socket.fd());
        listener.socket.show();
      }
    }
  }

  @Override
  public void close() {
    for (TcpListener listener : listeners) {
      if (!listener.closed) {
        listener.socket.close();
      }
    }
    listeners.clear();
  }
}
