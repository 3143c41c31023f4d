package org.jpasst.proto.tcp;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.config.ForwardRule;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketFilter;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.RuleSockets;

/**
 * The host's ports that are forwarded to the guest: accepts their connections while the guest can
 * be told of them. Owns the listening sockets.
 */
public final class TcpListeners implements EventHandler, AutoCloseable {
  /** Connections accepted from one socket in one turn, so that others don't wait long. */
  private static final int PER_TURN = 64;

  private record Listener(int fd, int port, ForwardRule rule) {}

  private final Sockets sockets;
  private final EventLoop loop;
  private final FrameSink sink;
  private final Tcp tcp;
  private final Log log;
  private final List<Listener> listeners = new ArrayList<>();
  private final SocketAddress peer = new SocketAddress();
  private final SocketAddress local = new SocketAddress();
  private final FlowSide host = new FlowSide();
  private final SocketFilter filter = new SocketFilter();

  /** Listeners that are unwatched because there was no room for a SYN; by index. */
  private boolean[] paused = new boolean[0];

  private boolean anyPaused;

  /** All of them are unwatched, and see no packets. */
  private boolean frozen;

  /** No listeners yet; handles the loop's events of kind {@link EventKind#TCP_LISTENER}. */
  public TcpListeners(Sockets sockets, EventLoop loop, FrameSink sink, Tcp tcp, Log log) {
    this.sockets = sockets;
    this.loop = loop;
    this.sink = sink;
    this.tcp = tcp;
    this.log = log;
    loop.handle(EventKind.TCP_LISTENER, this);
  }

  /** Takes over the listening sockets of a rule. */
  public void add(RuleSockets rule) {
    for (int i = 0; i < rule.descriptors().length; i++) {
      int fd = rule.descriptors()[i];
      if (fd >= 0) {
        int index = listeners.size();
        listeners.add(new Listener(fd, rule.rule().first() + i, rule.rule()));
        loop.add(fd, EpollFlag.IN, key(index));
      }
    }
    paused = new boolean[listeners.size()];
  }

  @Override
  public void onReady(int index, int generation, int events, long now) {
    Listener listener = listeners.get(index);
    for (int i = 0; i < PER_TURN; i++) {
      if (!sink.hasRoom()) {
        pause(index);
        return;
      }
      int fd = sockets.accept(listener.fd, peer, SocketType.NONBLOCK | SocketType.CLOEXEC);
      if (fd < 0) {
        failed(listener, fd, index);
        return;
      }
      accepted(listener, fd, now);
    }
  }

  private void accepted(Listener listener, int fd, long now) {
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
    tcp.onAccepted(fd, host, target.hi(), target.lo(), port, now);
  }

  /** Connections that went away meanwhile are no failure; being out of descriptors is one. */
  private void failed(Listener listener, int result, int index) {
    if (result == -Errno.EMFILE
        || result == -Errno.ENFILE
        || result == -Errno.ENOBUFS
        || result == -Errno.ENOMEM) {
      log.limited(
          LogLevel.WARNING,
          "accept",
          "cannot accept a connection at TCP port " + listener.port + ": " + Errno.name(-result));
      // The connection stays in the backlog, and would be reported for ever.
      pause(index);
    }
  }

  private void pause(int index) {
    paused[index] = true;
    anyPaused = true;
    loop.modify(listeners.get(index).fd, 0, key(index));
  }

  /** There is room on the link, or time has passed: connections are accepted again. */
  public void resume() {
    if (frozen || !anyPaused || !sink.hasRoom()) {
      return;
    }
    anyPaused = false;
    for (int i = 0; i < paused.length; i++) {
      if (paused[i]) {
        paused[i] = false;
        loop.modify(listeners.get(i).fd, EpollFlag.IN, key(i));
      }
    }
  }

  /**
   * Lets no connection come any more: SYNs are dropped, and peers send them again, here to no avail
   * but in time for whoever has the address then.
   */
  public void freeze() {
    frozen = true;
    for (int i = 0; i < listeners.size(); i++) {
      filter.attach(sockets, listeners.get(i).fd);
      loop.modify(listeners.get(i).fd, 0, key(i));
    }
  }

  /** Lets connections come again. */
  public void thaw() {
    frozen = false;
    for (int i = 0; i < listeners.size(); i++) {
      filter.detach(sockets, listeners.get(i).fd);
      loop.modify(listeners.get(i).fd, paused[i] ? 0 : EpollFlag.IN, key(i));
    }
  }

  private static long key(int index) {
    return EventKey.encode(EventKind.TCP_LISTENER, 0, index);
  }

  @Override
  public void close() {
    for (Listener listener : listeners) {
      sockets.close(listener.fd);
    }
    listeners.clear();
  }
}
