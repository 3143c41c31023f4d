package org.jpasst.proto.tcp;

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
  private static final int ANY_SEGMENT = Integer.MAX_VALUE;

  private final ReceiveSequence receive;
  private int scale;
  private boolean scaled;

  /** The right edge of what was offered; never goes back. */
  private int edge;

  /** The number up to which the socket is known to have room. */
  private int limit;

  /** Bytes the send buffer had room for when it was last looked at. */
  private int room;

  private int largest;
  private int segment;
  private boolean wantsRoom;

  ReceiveWindow(ReceiveSequence receive) {
    this.receive = receive;
  }

  void reset() {
    scale = edge = limit = room = largest = segment = 0;
    scaled = wantsRoom = false;
  }

  /** Whether both ends scale windows (RFC 7323 section 2), or we offer to. */
  void setScaled(boolean both) {
    scaled = both;
    scale = both ? TcpSettings.WINDOW_SCALE : 0;
  }

  /** The guest may send so many bytes from what is expected next on. */
  void open(int bytes) {
    edge = receive.nxt() + bytes;
    limit = edge;
  }

  /** Goes on with what another host has offered. */
  void restore(TcpSnapshot.Receiving from) {
    int offered = from.acknowledged() + from.window();
    scale = from.scale();
    edge = SequenceNumber.after(offered, receive.nxt()) ? offered : receive.nxt();
    limit = receive.nxt();
    // Nobody has told these.
    largest = largestOffer();
    segment = ANY_SEGMENT;
  }

  /** For another host. */
  TcpSnapshot.Receiving snapshot() {
    return receive.snapshot(scale, Math.max(0, edge - receive.told()));
  }

  boolean isScaled() {
    return scaled;
  }

  /** Shift of the window in segments to the guest. */
  int scale() {
    return scale;
  }

  /** The first number that the guest may not send. */
  int edge() {
    return edge;
  }

  /** Bytes the guest may still send. */
  int size() {
    return edge - receive.nxt();
  }

  /** What fits into the window field. */
  private int largestOffer() {
    return MAX_FIELD << scale;
  }

  /**
   * Whether a segment has anything of what is expected (RFC 9293 section 3.10.7.4, first check), at
   * its begin where the window is closed: then its acknowledgment counts, at least.
   *
   * <p>Without text it may lie at the window's right edge: a guest that has sent all it may, some
   * of which was lost, has no other number for what it acknowledges.
   *
   * @param length bytes of text, one more with a FIN
   */
  boolean accepts(int sequence, int length) {
    int ahead = sequence - receive.nxt();
    if (ahead <= 0) {
      return ahead == 0 || ahead + length > 0;
    }
    return length == 0 ? ahead <= size() : ahead < size();
  }

  /** Takes notice of a segment's text: the guest may send such segments again. */
  void take(int length) {
    segment = segment == ANY_SEGMENT ? length : Math.max(segment, length);
  }

  /** The longest segment that the guest has sent; the longest of all where nobody knows. */
  int longestSegment() {
    return segment;
  }

  /** Whether we want to be told when the socket has more room: the guest waits for an update. */
  boolean wantsRoom() {
    return wantsRoom;
  }

  void setWantsRoom(boolean wanted) {
    wantsRoom = wanted;
  }

  /**
   * The socket's send buffer was looked at: how far the guest may send, and whether we want to be
   * told when there is more room.
   *
   * <p>The kernel takes data as long as sk_wmem_queued is below sk_sndbuf, and counts its own
   * overhead into the former. A quarter of the free space is left for that. It reports EPOLLOUT
   * when a third of the buffer is free (sk_stream_is_writeable), so that is what we wait for below
   * it; asking then also sets SOCK_NOSPACE, without which TCP doesn't grow the buffer.
   *
   * @param held bytes that go to the socket before those yet to come
   * @param usual how long the guest's segments may be
   */
  void measured(int buffer, int queued, int held, int usual) {
    int free = Math.max(0, buffer - queued);
    wantsRoom = free < buffer / 3 || held > 0;
    int usable = Math.max(0, free - free / 4 - held);
    int least = leastOffer(usual);
    if (!wantsRoom) {
      // Nobody would tell of more room than this.
      usable = Math.max(usable, least);
    }
    room = Math.min(usable, largestOffer());
    int end = receive.nxt() + room;
    // Advance only by what is worth telling (RFC 9293 section 3.8.6.2.2). What was offered may be
    // more than there is room for, as each offer is rounded up; what there is has to be known all
    // the same, or each look would be followed by the next one.
    if (usable >= least && SequenceNumber.after(end, limit)) {
      limit = end;
    }
  }

  /** The smallest window, other than none, that the guest doesn't wait on. */
  private int leastOffer(int usual) {
    return Math.min(usual, largest / 2);
  }

  /**
   * Whether the guest has used so much of the window that it should be measured again: half of it,
   * or so much that it would wait on the rest.
   */
  boolean isWorn(int usual) {
    int left = limit - receive.nxt();
    return wantsRoom || left < room / 2 || left < leastOffer(usual);
  }

  /** Whether the guest waits on what it was offered, and may be offered more. */
  boolean isReopened(int usual) {
    return size() < leastOffer(usual) && hasGrown();
  }

  /** Whether the guest may be offered more than it was. */
  boolean hasGrown() {
    return SequenceNumber.after(limit, edge);
  }

  /**
   * The window field of the next segment to the guest, rounded up like the kernel's, so that the
   * right edge doesn't move back; records what is offered by it.
   */
  int offer() {
    if (hasGrown()) {
      edge = limit;
    }
    int window = Math.max(0, size());
    int unit = (1 << scale) - 1;
    int field = Math.min(MAX_FIELD, (window + unit) >>> scale);
    int end = receive.nxt() + (field << scale);
    if (SequenceNumber.after(end, edge)) {
      edge = end;
    }
    largest = Math.max(largest, size());
    return field;
  }

  /** The field of a SYN or SYN-ACK, which is never scaled (RFC 7323 section 2.2). */
  int offerUnscaled() {
    int field = Math.min(MAX_FIELD, Math.max(0, limit - receive.nxt()));
    edge = receive.nxt() + field;
    largest = field;
    return field;
  }
}
