package org.jpasst.proto.tcp;

/** The receive sequence space (RFC 9293 section 3.3.1): what came from the guest in order. */
final class ReceiveSequence {
  private int irs;
  private int nxt;
  private int told;
  private boolean finReceived;
  private boolean ourFinFirst;
  private boolean shutdown;

  void reset() {
    irs = nxt = told = 0;
    finReceived = ourFinFirst = shutdown = false;
  }

  /** The guest's SYN has this number. */
  void begin(int initial) {
    irs = initial;
    nxt = initial + 1;
  }

  /** Goes on with what another host has received. */
  void restore(TcpSnapshot.Receiving from) {
    irs = from.initial();
    nxt = from.next();
    told = from.acknowledged();
    finReceived = from.finReceived();
    shutdown = from.shutdownSent();
  }

  /**
   * For another host.
   *
   * @param scale shift of the windows we offer
   * @param window see {@link TcpSnapshot.Receiving}
   */
  TcpSnapshot.Receiving snapshot(int scale, int window) {
    return new TcpSnapshot.Receiving(scale, irs, nxt, told, window, finReceived, shutdown);
  }

  /** The guest's initial sequence number. */
  int irs() {
    return irs;
  }

  /** The next number expected. */
  int nxt() {
    return nxt;
  }

  /** The number up to which the guest was told that all has come. */
  int told() {
    return told;
  }

  /** A segment acknowledges all that has come. */
  void tell() {
    told = nxt;
  }

  /** Bytes have come; or some go back, as if they hadn't. */
  void advance(int bytes) {
    nxt += bytes;
  }

  /**
   * The guest's FIN has come, and all before it.
   *
   * @param oursFirst ours was sent before
   */
  void takeFin(boolean oursFirst) {
    nxt++;
    finReceived = true;
    ourFinFirst = oursFirst;
  }

  boolean isFinReceived() {
    return finReceived;
  }

  /** Whether our FIN was sent first: then the end of the connection is to be remembered. */
  boolean isOurFinFirst() {
    return ourFinFirst;
  }

  /** Whether the socket's sending side was shut down, after all that came before the FIN. */
  boolean isShutdown() {
    return shutdown;
  }

  void setShutdown(boolean done) {
    shutdown = done;
  }
}
