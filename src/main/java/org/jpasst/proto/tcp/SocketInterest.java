package org.jpasst.proto.tcp;

/** What epoll is asked to watch of a connection's socket, and whether its input is worth that. */
final class SocketInterest {
  /** Events that lead to nothing before input isn't watched any more. */
  private static final int MAX_IDLE = 4;

  private int events;
  private int idle;

  void reset() {
    events = idle = 0;
  }

  /** As last told to epoll. */
  int events() {
    return events;
  }

  /** Whether epoll has to be told. */
  boolean change(int wanted) {
    boolean changed = events != wanted;
    events = wanted;
    return changed;
  }

  /** An edge is used up: the kernel tells of another only after it is asked again. */
  void useUp(int event) {
    events &= ~event;
  }

  /** Input came that can't be acted upon, since the guest's window or link is full. */
  void addIdle() {
    idle++;
  }

  /** Input can be acted upon again. */
  void forgetIdle() {
    idle = 0;
  }

  boolean isInputWorthwhile() {
    return idle < MAX_IDLE;
  }
}
