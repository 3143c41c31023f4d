package org.jpasst.proto.socket;

import java.util.ArrayDeque;

/** The sockets whose input waits for room on the guest's link, in the order they came. */
public final class WaitingSockets {
  private final ArrayDeque<WatchedSocket> queue = new ArrayDeque<>();

  /** Has a socket wait, if it doesn't already. */
  public void add(WatchedSocket socket) {
    if (!socket.waiting()) {
      socket.setWaiting(true);
      queue.addLast(socket);
    }
  }

  /** Whether any waits. */
  public boolean isEmpty() {
    return queue.isEmpty();
  }

  /** Takes the first one, which waits no more; only if there is one. */
  public WatchedSocket next() {
    WatchedSocket socket = queue.removeFirst();
    socket.setWaiting(false);
    return socket;
  }

  /** Closes a socket, waiting or not. */
  public void close(WatchedSocket socket) {
    if (socket.waiting()) {
      queue.remove(socket);
    }
    socket.close();
  }
}
