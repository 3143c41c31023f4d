package org.jpasst.control;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.Sockets;

/** The descriptors that came with a request: those of the first byte that had any. */
final class PassedDescriptors implements AutoCloseable {
  /** As many files as a capture takes in turn. */
  private static final int MOST = 100;

  private final Deque<Integer> open = new ArrayDeque<>();

  /** Keeps what came with a byte, unless there are some already; the others are closed. */
  void keep(DescriptorMessage message, Sockets sockets) {
    if (open.isEmpty()) {
      while (message.count() > 0 && open.size() < MOST) {
        open.add(message.takeFirst());
      }
    }
    message.closeAll(sockets);
  }

  /** Moves all to a request: there are none here afterwards. */
  PassedDescriptors moved() {
    var moved = new PassedDescriptors();
    moved.open.addAll(open);
    open.clear();
    return moved;
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  int count() {
    return open.size();
  }

  /** Hands over the next one; there has to be one. */
  int take() {
    return open.remove();
  }

  /** Closes those that nobody took. */
  @Override
  public void close() {
    open.forEach(FileDescriptors::close);
    open.clear();
  }
}
