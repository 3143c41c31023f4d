package org.jpasst.proto.tcp;

import org.jpasst.flow.SideTuple;

/**
 * An established connection at a moment, as another host can go on with it; the queues of its
 * socket come beside it. Numbers are RFC 9293's (section 3.3.1), seen from us: we send towards the
 * guest and receive from it. Sequence numbers are 32 bits, modulo 2^32.
 *
 * @param fromGuest whether the guest opened it
 * @param guest the side on the guest's link: the guest, and whom it talks to as {@code own}
 * @param host the side of the socket: the real peer, and what the socket is bound to
 * @param sending towards the guest
 * @param receiving from the guest
 */
public record TcpSnapshot(
    boolean fromGuest, SideTuple guest, SideTuple host, Sending sending, Receiving receiving) {

  /** Largest window scale, RFC 7323 section 2.3. */
  private static final int MAX_SCALE = 14;

  /** Largest difference of sequence numbers that a window allows (RFC 7323 section 2.3). */
  private static final int MAX_WINDOW = 1 << 30;

  /**
   * What we send.
   *
   * @param mss the guest's maximum segment size, options not counted (RFC 6691)
   * @param scale shift of the guest's windows
   * @param una oldest number that isn't acknowledged
   * @param max next number that was never sent; a FIN counts one
   * @param window the guest's, bytes
   * @param peerClosed the real peer sends no more than is in the socket's queue
   * @param finSent a FIN was sent, with the number before {@code max}
   * @param finAcked and it was acknowledged
   */
  public record Sending(
      int mss,
      int scale,
      int una,
      int max,
      int window,
      boolean peerClosed,
      boolean finSent,
      boolean finAcked) {}

  /**
   * What we receive.
   *
   * @param scale shift of the windows we offer
   * @param initial the guest's initial sequence number
   * @param next number expected next
   * @param acknowledged what of it was told to the guest
   * @param window offered last, bytes from {@code acknowledged} on
   * @param finReceived the guest sends no more
   * @param shutdownSent and the socket was told so
   */
  public record Receiving(
      int scale,
      int initial,
      int next,
      int acknowledged,
      int window,
      boolean finReceived,
      boolean shutdownSent) {}

  /** Whether its numbers can be those of a connection. */
  boolean isPossible() {
    return isWithin(sending.max - sending.una, MAX_WINDOW)
        && isWithin(receiving.next - receiving.acknowledged, MAX_WINDOW)
        && isWithin(sending.window, MAX_WINDOW)
        && isWithin(receiving.window, MAX_WINDOW)
        && isWithin(sending.scale, MAX_SCALE)
        && isWithin(receiving.scale, MAX_SCALE)
        && (sending.finSent || !sending.finAcked)
        && (receiving.finReceived || !receiving.shutdownSent);
  }

  private static boolean isWithin(int number, int most) {
    return number >= 0 && number <= most;
  }
}
