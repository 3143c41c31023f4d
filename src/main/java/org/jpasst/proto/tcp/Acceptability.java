package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpOptions;

/**
 * Which segments of the guest count on a synchronised connection. Of those that don't nothing is
 * taken: no text, no acknowledgment, no window and no time.
 */
final class Acceptability {
  /** RFC 7323 section 5.5: how long a timestamp is good for, with a clock of a millisecond. */
  static final long TIMESTAMP_LIFE = TimeUnit.DAYS.toNanos(24);

  private Acceptability() {}

  /**
   * Whether a segment has anything of what is expected (RFC 9293 section 3.10.7.4, first check), at
   * its begin where the window is closed: then its acknowledgment counts, at least.
   *
   * <p>Without text it may lie at the window's right edge: a guest that has sent all it may, some
   * of which was lost, has no other number for what it acknowledges.
   *
   * @param length bytes of text, one more with a FIN
   */
  static boolean isInWindow(TcpConnection c, int sequence, int length) {
    int ahead = sequence - c.receive.nxt();
    if (ahead <= 0) {
      return ahead == 0 || ahead + length > 0;
    }
    int window = c.offeredWindow();
    return length == 0 ? ahead <= window : ahead < window;
  }

  /**
   * RFC 7323 section 5.3: whether a segment in the window is an old one, whose numbers have come
   * round again. Else its time is taken, as section 4.3 says.
   */
  static boolean isFromThePast(
      TcpConnection c, MemorySegment s, long at, int header, int sequence, long now) {
    long timestamps = TcpOptions.timestampsAt(s, at, header);
    if (timestamps == TcpOptions.ABSENT) {
      // Linux takes such a segment; and after a migration the sender may not know of timestamps.
      return false;
    }
    int value = NetworkOrder.get32(s, timestamps);
    if (SequenceNumber.before(value, c.tsRecent) && now - c.tsRecentAt < TIMESTAMP_LIFE) {
      return true;
    }
    if (!SequenceNumber.after(sequence, c.receive.told())) {
      c.tsRecent = value;
      c.tsRecentAt = now;
    }
    return false;
  }
}
