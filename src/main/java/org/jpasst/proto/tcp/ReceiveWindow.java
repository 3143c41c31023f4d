package org.jpasst.proto.tcp;

import org.jpasst.linux.SocketMemory;
import org.jpasst.linux.Sockets;

/**
 * The window offered to the guest: what the socket's send buffer has room for, never less than was
 * offered before (RFC 9293 section 3.8.6: a receiver should not shrink the window), and never so
 * little that the guest waits for more.
 *
 * <p>That is the other end of the rule against silly windows: a sender holds back what is less than
 * a segment, and less than half of the largest window that it was ever offered, until its persist
 * timer runs out (RFC 9293 section 3.8.6.2.1). A segment of 64 KiB is easily more than a send
 * buffer has room for, and one that is hardly used never grows. So a window advances only to what
 * the guest sends into; and where the socket takes anything at all, it does advance. What it
 * doesn't take after all is held ({@link HeldBytes}): less than a segment.
 */
final class ReceiveWindow {
  /** Largest value of the window field. */
  private static final int MAX_FIELD = 65535;

  /** A guest that comes from elsewhere may send segments of any length. */
  static final int ANY_SEGMENT = Integer.MAX_VALUE;

  private final Sockets sockets;
  private final TcpSettings settings;
  private final SocketMemory memory = new SocketMemory();

  ReceiveWindow(Sockets sockets, TcpSettings settings) {
    this.sockets = sockets;
    this.settings = settings;
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
    int least = leastOffer(c);
    if (!c.wantsWritable) {
      // Nobody would tell of more room than this.
      usable = Math.max(usable, least);
    }
    c.rcvSpace = Math.min(usable, largestOffer(c));
    int limit = c.receive.nxt() + c.rcvSpace;
    // Advance only by what is worth telling (RFC 9293 section 3.8.6.2.2).
    if (usable >= least && SequenceNumber.after(limit, c.rcvAdv)) {
      c.rcvLimit = limit;
    }
  }

  /** Takes notice of a segment's text: the guest may send such segments again. */
  static void take(TcpConnection c, int length) {
    c.rcvSegment = c.rcvSegment == ANY_SEGMENT ? length : Math.max(c.rcvSegment, length);
  }

  /**
   * The smallest window, other than none, that the guest doesn't wait on. Its segments are no
   * longer than what we offered to take, and hardly than what it offered itself, for a link has one
   * MTU: unless it has shown that they are.
   */
  private int leastOffer(TcpConnection c) {
    int offered = settings.offeredMss(c.flow.guest().isIpv4(), c.timestamps);
    return Math.min(Math.min(offered, Math.max(c.send.mss(), c.rcvSegment)), c.rcvMost / 2);
  }

  /** What fits into the window field. */
  static int largestOffer(TcpConnection c) {
    return MAX_FIELD << c.rcvScale;
  }

  /**
   * Whether the guest has used so much of the window that it should be measured again: half of it,
   * or so much that it would wait on the rest.
   */
  boolean isWorn(TcpConnection c) {
    int left = c.rcvLimit - c.receive.nxt();
    return c.wantsWritable || left < c.rcvSpace / 2 || left < leastOffer(c);
  }

  /** Whether the guest waits on what it was offered, and may be offered more. */
  boolean isReopened(TcpConnection c) {
    return c.rcvAdv - c.receive.nxt() < leastOffer(c) && SequenceNumber.after(c.rcvLimit, c.rcvAdv);
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
    int edge = c.receive.nxt() + (field << c.rcvScale);
    if (SequenceNumber.after(edge, c.rcvAdv)) {
      c.rcvAdv = edge;
    }
    c.rcvMost = Math.max(c.rcvMost, c.offeredWindow());
    return field;
  }

  /** The field of a SYN or SYN-ACK, which is never scaled (RFC 7323 section 2.2). */
  int offerUnscaled(TcpConnection c) {
    int field = Math.min(MAX_FIELD, Math.max(0, c.rcvLimit - c.receive.nxt()));
    c.rcvAdv = c.receive.nxt() + field;
    c.rcvMost = field;
    return field;
  }
}
