package org.jpasst.proto.tcp;

import org.jpasst.linux.SocketMemory;
import org.jpasst.linux.Sockets;

/**
 * The window offered to the guest: what the socket's send buffer has room for, and never less than
 * was offered before (RFC 9293 section 3.8.6: a receiver should not shrink the window).
 */
final class ReceiveWindow {
  /** Largest value of the window field. */
  private static final int MAX_FIELD = 65535;

  private final Sockets sockets;
  private final SocketMemory memory = new SocketMemory();

  ReceiveWindow(Sockets sockets) {
    this.sockets = sockets;
  }

  /**
   * Looks at the send buffer: how far the guest may send, and whether we want to be told when there
   * is more room.
   *
   * <p>The kernel takes data as long as sk_wmem_queued is below sk_sndbuf, and counts its own
   * overhead into the former. A quarter of the free space is left for that. It reports EPOLLOUT
   * when a third of the buffer is free (sk_stream_is_writeable), so that is what we wait for below
   * it; asking then also sets SOCK_NOSPACE, without which TCP doesn't grow the buffer.
   */
  void measure(TcpConnection c) {
    if (memory.read(sockets, c.fd) < 0) {
      return;
    }
    int free = Math.max(0, memory.sendBuffer() - memory.sendQueued());
    c.wantsWritable = free < memory.sendBuffer() / 3 || !c.held.isEmpty();
    int usable = free - free / 4;
    if (!c.held.isEmpty()) {
      usable = Math.max(0, usable - c.held.size());
    }
    c.rcvSpace = Math.min(usable, MAX_FIELD << c.rcvScale);
    int limit = c.rcvNxt + c.rcvSpace;
    // Advance only by what is worth telling (RFC 9293 section 3.8.6.2.2).
    int worthwhile = Math.min(c.mss, memory.sendBuffer() / 4);
    if (limit - c.rcvAdv >= worthwhile
        || (c.offeredWindow() >= worthwhile && SequenceNumber.after(limit, c.rcvAdv))) {
      c.rcvLimit = limit;
    }
  }

  /** Whether the guest has used so much of the window that it should be measured again. */
  boolean isWorn(TcpConnection c) {
    return c.wantsWritable || c.rcvLimit - c.rcvNxt < c.rcvSpace / 2;
  }

  /**
   * The window field of the next segment to the guest, rounded up like the kernel's, so that the
   * right edge doesn't move back; records what is offered by it.
   */
  int offer(TcpConnection c) {
    if (SequenceNumber.after(c.rcvLimit, c.rcvAdv)) {
      c.rcvAdv = c.rcvLimit;
    }
    int window = Math.max(0, c.offeredWindow());
    int unit = (1 << c.rcvScale) - 1;
    int field = Math.min(MAX_FIELD, (window + unit) >>> c.rcvScale);
    int edge = c.rcvNxt + (field << c.rcvScale);
    if (SequenceNumber.after(edge, c.rcvAdv)) {
      c.rcvAdv = edge;
    }
    return field;
  }

  /** The field of a SYN or SYN-ACK, which is never scaled (RFC 7323 section 2.2). */
  int offerUnscaled(TcpConnection c) {
    int field = Math.min(MAX_FIELD, Math.max(0, c.rcvLimit - c.rcvNxt));
    c.rcvAdv = c.rcvNxt + field;
    return field;
  }
}
