package org.jpasst.proto.listen;

import org.jpasst.config.ForwardRule;
import org.jpasst.linux.Errno;

/** Opens and closes single ports of forwarding rules, of either protocol. */
final class RuleListeners {
  private final ListeningSockets sockets;
  private final PortListeners tcp;
  private final PortListeners udp;

  RuleListeners(ListeningSockets sockets, PortListeners tcp, PortListeners udp) {
    this.sockets = sockets;
    this.tcp = tcp;
    this.udp = udp;
  }

  /** Listens at one port of a rule; the listener's number, or the negated error number. */
  int open(ForwardRule rule, int port) {
    PortListeners listeners = of(rule);
    int fd = sockets.open(rule, port, false);
    if (fd == -Errno.EADDRINUSE && listeners.hasFlowsAt(port)) {
      fd = sockets.open(rule, port, true);
    }
    return fd < 0 ? fd : listeners.add(fd, rule, port);
  }

  /** A listener of a rule goes on for another one. */
  void update(ForwardRule rule, int number) {
    of(rule).update(number, rule);
  }

  /** A listener of a rule ends. */
  void close(ForwardRule rule, int number) {
    of(rule).remove(number);
  }

  private PortListeners of(ForwardRule rule) {
    return switch (rule.protocol()) {
      case TCP -> tcp;
      case UDP -> udp;
    };
  }
}
