package org.jpasst.migrate.stream;

import java.nio.ByteBuffer;

/**
 * The numbers of a socket's record, 52 bytes of the stream. Sequence numbers are 32 bits, modulo
 * 2^32; windows are bytes, scaled, and unsigned.
 *
 * @param seqSnd sequence number of the first byte of the send queue
 * @param seqRcv sequence number of the first byte of the receive queue; after a FIN was received,
 *     one more, so that this and {@code rcvq} end behind the FIN
 * @param sndq bytes in the send queue: sent and unacknowledged, plus not sent
 * @param notsent how many of these, at its end, were never sent
 * @param rcvq bytes in the receive queue
 * @param mss TCP_MAXSEG, bytes
 * @param timestamp TCP_TIMESTAMP, 0 without timestamps
 * @param sndWl1 TCP_REPAIR_WINDOW: sequence number of the segment that last updated the window
 * @param sndWnd TCP_REPAIR_WINDOW: the peer's window
 * @param maxWindow TCP_REPAIR_WINDOW: the largest it has been
 * @param rcvWnd TCP_REPAIR_WINDOW: our window
 * @param rcvWup TCP_REPAIR_WINDOW: sequence number acknowledged when it was announced
 * @param sndWs scale of the peer's window, 0 to 14
 * @param rcvWs scale of our window, 0 to 14
 * @param state Linux's number of the state; 0: this flow is skipped
 * @param options bits of TCP_INFO: 1 timestamps, 2 SACK, 4 window scale; others mean nothing here
 */
public record SocketFields(
    int seqSnd,
    int seqRcv,
    int sndq,
    int notsent,
    int rcvq,
    int mss,
    int timestamp,
    int sndWl1,
    int sndWnd,
    int maxWindow,
    int rcvWnd,
    int rcvWup,
    int sndWs,
    int rcvWs,
    int state,
    int options) {
  /** Bytes of a record without the queues. */
  public static final int SIZE = 52;

  /** Most bytes of a queue that a stream may carry. */
  public static final int MAX_QUEUE = 64 << 20;

  private static final int MAX_MSS = 0xffff;

  /** What is wrong with it, or an empty text; for a skipped flow nothing can be. */
  String problem() {
    if (state == 0) {
      return "";
    }
    if (TcpState.of(state).isEmpty()) {
      return "TCP state " + state;
    }
    if (tooLong(sndq) || tooLong(rcvq)) {
      int queue = tooLong(sndq) ? sndq : rcvq;
      return "a queue of " + Integer.toUnsignedString(queue) + " bytes";
    }
    if (Integer.compareUnsigned(notsent, sndq) > 0) {
      return Integer.toUnsignedString(notsent) + " of " + sndq + " bytes not sent";
    }
    if (sndWs > GuestTcpRecord.MAX_WINDOW_SCALE || rcvWs > GuestTcpRecord.MAX_WINDOW_SCALE) {
      return "window scale " + Math.max(sndWs, rcvWs);
    }
    return mss < 0 || mss > MAX_MSS ? "segment size " + Integer.toUnsignedString(mss) : "";
  }

  static SocketFields read(ByteBuffer from) {
    return new SocketFields(
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.get() & 0xff,
        from.get() & 0xff,
        from.get() & 0xff,
        from.get() & 0xff);
  }

  void write(ByteBuffer to) {
    to.putInt(seqSnd).putInt(seqRcv).putInt(sndq).putInt(notsent).putInt(rcvq);
    to.putInt(mss).putInt(timestamp);
    to.putInt(sndWl1).putInt(sndWnd).putInt(maxWindow).putInt(rcvWnd).putInt(rcvWup);
    to.put((byte) sndWs).put((byte) rcvWs).put((byte) state).put((byte) options);
  }

  private static boolean tooLong(int queue) {
    return queue < 0 || queue > MAX_QUEUE;
  }
}
