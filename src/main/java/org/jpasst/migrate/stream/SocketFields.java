package org.jpasst.migrate.stream;

import java.nio.ByteBuffer;

/**
 * The numbers of a socket's record, 52 bytes of the stream. Sequence numbers are 32 bits, modulo
 * 2^32; windows are bytes, scaled, and unsigned.
 *
 * @param seqSnd sequence number of the first byte of the send queue, or of our FIN where that is
 *     empty; see {@link #firstToSend}
 * @param seqRcv sequence number of the first byte of the receive queue; after a FIN was received,
 *     one more, so that this and {@code rcvq} end behind the FIN
 * @param sndq bytes in the send queue: sent and unacknowledged, plus not sent
 * @param notsent how many of these, at its end, were never sent
 * @param rcvq bytes in the receive queue
 * @param mss TCP_MAXSEG, bytes
 * @param timestamp TCP_TIMESTAMP, 0 without timestamps
 * @param window TCP_REPAIR_WINDOW
 * @param sndWs scale of the peer's window, 0 to 14
 * @param rcvWs scale of our window, 0 to 14
 * @param state Linux's number of the state; 0: this flow is skipped
 * @param options bits of TCP_INFO: 1 timestamps, 2 SACK, 4 window scale; and {@link
 *     #EXACT_SEQ_SND}; others mean nothing here
 */
public record SocketFields(
    int seqSnd,
    int seqRcv,
    int sndq,
    int notsent,
    int rcvq,
    int mss,
    int timestamp,
    RepairWindow window,
    int sndWs,
    int rcvWs,
    int state,
    int options) {
  /** Bytes of a record without the queues. */
  public static final int SIZE = 52;

  /** Most bytes of a queue that a stream may carry. */
  public static final int MAX_QUEUE = 64 << 20;

  /**
   * Bit of {@link #options} that we set and passt doesn't look at. The kernel's meaning, the child
   * of a fast open listener, is nothing that a back-end's socket can be.
   */
  public static final int EXACT_SEQ_SND = 0x80;

  private static final int MAX_MSS = 0xffff;

  /** The same with so many more bytes at the end of the send queue, which were never sent. */
  public SocketFields followedBy(int unsent) {
    return new SocketFields(
        seqSnd,
        seqRcv,
        sndq + unsent,
        notsent + unsent,
        rcvq,
        mss,
        timestamp,
        window,
        sndWs,
        rcvWs,
        state,
        options);
  }

  /**
   * The sequence number with which sending begins again. Where a FIN of ours has been sent, passt
   * writes one too much, though as a target it takes the number as it is; hence the bit in ours.
   */
  public int firstToSend() {
    boolean finSent = TcpState.of(state).filter(TcpState::finSent).isPresent();
    return finSent && (options & EXACT_SEQ_SND) == 0 ? seqSnd - 1 : seqSnd;
  }

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
    int seqSnd = from.getInt();
    int seqRcv = from.getInt();
    return new SocketFields(
        seqSnd,
        seqRcv,
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        RepairWindow.read(from),
        from.get() & 0xff,
        from.get() & 0xff,
        from.get() & 0xff,
        from.get() & 0xff);
  }

  void write(ByteBuffer to) {
    to.putInt(seqSnd).putInt(seqRcv).putInt(sndq).putInt(notsent).putInt(rcvq);
    to.putInt(mss).putInt(timestamp);
    window.write(to);
    to.put((byte) sndWs).put((byte) rcvWs).put((byte) state).put((byte) options);
  }

  private static boolean tooLong(int queue) {
    return queue < 0 || queue > MAX_QUEUE;
  }
}
