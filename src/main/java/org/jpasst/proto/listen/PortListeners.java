package org.jpasst.proto.listen;

import org.jpasst.config.ForwardRule;

/**
 * Who takes what comes by one protocol's listening sockets, and owns those. Each has a number,
 * which is free again once its socket is closed.
 */
public interface PortListeners {
  /**
   * Takes over a socket of {@link ListeningSockets}, and has it watched.
   *
   * @param rule what its port is forwarded by
   * @return its number, or the negated error number; then it is closed
   */
  int add(int fd, ForwardRule rule, int port);

  /** From now on another rule tells where what comes by a socket goes. */
  void update(int number, ForwardRule rule);

  /** Closes a socket; what came by it before lives on. */
  void remove(int number);

  /** Whether a socket that isn't a listening one, but a flow's, keeps others off a port. */
  boolean hasFlowsAt(int port);
}
