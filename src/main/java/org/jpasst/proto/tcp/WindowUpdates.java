package org.jpasst.proto.tcp;

import org.jpasst.linux.SocketMemory;
import org.jpasst.linux.Sockets;

/** Says when the guest's window is worth another look at the socket's send buffer, and takes it. */
final class WindowUpdates {
  private final Sockets sockets;
  private final TcpSettings settings;
  private final SocketMemory memory = new SocketMemory();

  WindowUpdates(Sockets sockets, TcpSettings settings) {
    this.sockets = sockets;
    this.settings = settings;
  }

  /** Looks at the send buffer: how far the guest may send, see {@link ReceiveWindow#measured}. */
  void measure(TcpConnection c) {
    if (memory.read(sockets, c.fd) >= 0) {
      c.window.measured(memory.sendBuffer(), memory.sendQueued(), c.held.size(), segment(c));
    }
  }

  /** See {@link ReceiveWindow#isWorn}. */
  boolean isWorn(TcpConnection c) {
    return c.window.isWorn(segment(c));
  }

  /** See {@link ReceiveWindow#isReopened}. */
  boolean isReopened(TcpConnection c) {
    return c.window.isReopened(segment(c));
  }

  /**
   * How long the guest's segments may be: no longer than what we offered to take, and hardly than
   * what it offered itself, for a link has one MTU; unless it has shown that they are.
   */
  private int segment(TcpConnection c) {
    int offered = settings.offeredMss(c.flow.guest().isIpv4(), c.timestamps.areUsed());
    return Math.min(offered, Math.max(c.send.mss(), c.window.longestSegment()));
  }
}
