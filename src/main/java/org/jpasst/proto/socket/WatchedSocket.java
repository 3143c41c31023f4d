package org.jpasst.proto.socket;

import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;

/**
 * A datagram socket that the loop watches for input, except while it waits for the guest. The
 * interest is derived from that state alone, and told to the kernel only when it changes. Owns its
 * descriptor; may be opened again after it was closed.
 */
public final class WatchedSocket {
  private static final int CLOSED = -1;

  private final Sockets sockets;
  private final EventLoop loop;
  private final EventKind kind;
  private final EventKeys keys;
  private int fd = CLOSED;
  private int index;
  private long key;
  private int registered;
  private boolean waiting;

  /** A closed one. */
  public WatchedSocket(Sockets sockets, EventLoop loop, EventKind kind) {
    this.sockets = sockets;
    this.loop = loop;
    this.kind = kind;
    keys = loop.keys(kind);
  }

  /**
   * Takes over a descriptor and has it watched.
   *
   * @param index for the events' key
   * @param generation for the events' key
   * @return 0, or the negated error number; then the descriptor is closed
   */
  public int open(int descriptor, int index, int generation) {
    this.index = index;
    waiting = false;
    registered = interest(false);
    key = keys.of(generation, index);
    int result = loop.add(descriptor, registered, key);
    if (result < 0) {
      sockets.close(descriptor);
      return result;
    }
    fd = descriptor;
    return 0;
  }

  /** The descriptor; negative while closed. */
  public int fd() {
    return fd;
  }

  /** Whether a descriptor is open. */
  public boolean isOpen() {
    return fd >= 0;
  }

  /** The kind its events are of. */
  public EventKind kind() {
    return kind;
  }

  /** The index its events carry. */
  public int index() {
    return index;
  }

  /** Whether input is left alone until the guest's link has room. */
  public boolean waiting() {
    return waiting;
  }

  /** Leaves input alone, or takes it again. */
  void setWaiting(boolean waits) {
    waiting = waits;
    int wanted = interest(waits);
    if (wanted != registered && loop.modify(fd, wanted, key) >= 0) {
      registered = wanted;
    }
  }

  /** What the loop watches for; errors come in any case (epoll_ctl(2)). */
  static int interest(boolean waiting) {
    return waiting ? 0 : EpollFlag.IN;
  }

  /** Closes the descriptor, which ends its being watched. */
  public void close() {
    sockets.close(fd);
    fd = CLOSED;
    waiting = false;
  }
}
