package org.jpasst.proto.udp;

import org.jpasst.config.ForwardRule;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.WatchedSocket;

/** One port of a forwarding rule, or one that the guest sends from, and its socket. */
final class UdpListener {
  private ForwardRule rule;
  private final int port;
  private IpAddress target;
  private final WatchedSocket socket;

  /** Whose port it is, or null where a rule made it. */
  UdpMapping mapping;

  /** Whether it takes what comes to a group, its {@link #target}. */
  boolean ofGroup;

  UdpListener(Sockets sockets, EventLoop loop, ForwardRule rule, int port) {
    this.port = port;
    forwardBy(rule);
    socket = new WatchedSocket(sockets, loop, Udp.LISTENER_EVENTS);
  }

  /** From now on another rule tells where new flows go. */
  void forwardBy(ForwardRule other) {
    rule = other;
    target = other.targetAddress().orElse(IpAddress.ANY6);
  }

  ForwardRule rule() {
    return rule;
  }

  /** Our port. */
  int port() {
    return port;
  }

  /** The guest's port. */
  int targetPort() {
    return rule.targetOf(port);
  }

  /** The guest's address, {@code ::} for the one last seen. */
  IpAddress target() {
    return target;
  }

  /** Whether a forwarding rule made it. */
  boolean isOfRule() {
    return mapping == null && !ofGroup;
  }

  WatchedSocket socket() {
    return socket;
  }
}
