package org.jpasst.migrate.stream;

import java.nio.ByteBuffer;

/**
 * passt's side of the TCP connection with the guest, 38 bytes of a {@link FlowRecord}. Sequence
 * numbers are 32 bits, compared modulo 2^32.
 *
 * @param retries timeouts so far, 0 to 7
 * @param wsFromTap window scale announced by the guest, 0 to 14
 * @param wsToTap window scale announced to the guest, 0 to 14
 * @param events bits of {@link FlowEvent}
 * @param tapMss maximum segment size announced by the guest, bytes, rounded down to a multiple of 4
 * @param sndbuf the socket's send buffer in units of 256 bytes, unsigned
 * @param flags bits of {@link FlowFlag}
 * @param seqDupAckApprox low 8 bits of the last duplicate acknowledgment sent to the guest
 * @param wndFromTap last window field from the guest, not scaled up
 * @param wndToTap last window field sent to the guest, not scaled up
 * @param seqToTap next sequence number towards the guest
 * @param seqAckFromTap last acknowledgment received from the guest
 * @param seqFromTap next sequence number expected from the guest
 * @param seqAckToTap last acknowledgment sent to the guest
 * @param seqInitFromTap the guest's initial sequence number
 */
public record GuestTcpRecord(
    int retries,
    int wsFromTap,
    int wsToTap,
    int events,
    int tapMss,
    int sndbuf,
    int flags,
    int seqDupAckApprox,
    int wndFromTap,
    int wndToTap,
    int seqToTap,
    int seqAckFromTap,
    int seqFromTap,
    int seqAckToTap,
    int seqInitFromTap) {
  /** Largest window scale, RFC 7323 section 2.3. */
  static final int MAX_WINDOW_SCALE = 14;

  /** How the stream counts a send buffer: {@link #sndbuf} is so many bytes. */
  public static final int SNDBUF_UNIT = 256;

  private static final int MAX_RETRIES = 7;
  private static final int MAX_MSS = 0xffff;

  /** The socket's send buffer, bytes. */
  public long sendBuffer() {
    return Integer.toUnsignedLong(sndbuf) * SNDBUF_UNIT;
  }

  /** Whether an event has happened. */
  public boolean has(FlowEvent event) {
    return (events & event.bit()) != 0;
  }

  /** What is wrong with it, or an empty text. */
  String problem() {
    if (retries > MAX_RETRIES) {
      return retries + " retries";
    }
    if (wsFromTap > MAX_WINDOW_SCALE || wsToTap > MAX_WINDOW_SCALE) {
      return "window scale " + Math.max(wsFromTap, wsToTap);
    }
    if (!has(FlowEvent.ESTABLISHED)) {
      return "not established";
    }
    if (tapMss < 0 || tapMss > MAX_MSS) {
      return "segment size " + Integer.toUnsignedString(tapMss);
    }
    return "";
  }

  static GuestTcpRecord read(ByteBuffer from) {
    return new GuestTcpRecord(
        from.get() & 0xff,
        from.get() & 0xff,
        from.get() & 0xff,
        from.get() & 0xff,
        from.getInt(),
        from.getInt(),
        from.get() & 0xff,
        from.get() & 0xff,
        from.getShort() & 0xffff,
        from.getShort() & 0xffff,
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt(),
        from.getInt());
  }

  void write(ByteBuffer to) {
    to.put((byte) retries).put((byte) wsFromTap).put((byte) wsToTap).put((byte) events);
    to.putInt(tapMss).putInt(sndbuf);
    to.put((byte) flags).put((byte) seqDupAckApprox);
    to.putShort((short) wndFromTap).putShort((short) wndToTap);
    to.putInt(seqToTap).putInt(seqAckFromTap).putInt(seqFromTap);
    to.putInt(seqAckToTap).putInt(seqInitFromTap);
  }
}
