package org.jpasst.proto.tcp;

/**
 * The send sequence space towards the guest (RFC 9293 section 3.3.1): what was sent, what of it the
 * guest has acknowledged, and the window that it offers. SND.MAX is the highest number that was
 * ever sent, plus one; SND.NXT goes back for what is sent again.
 */
final class SendSequence {
  private int iss;
  private int una;
  private int nxt;
  private int max;
  private int window;
  private int largestWindow;
  private int wl1;
  private int wl2;
  private int scale;
  private int mss;
  private boolean finSent;
  private boolean finAcked;
  private boolean probing;

  void reset() {
    iss = una = nxt = max = 0;
    window = largestWindow = wl1 = wl2 = scale = mss = 0;
    finSent = finAcked = probing = false;
  }

  /** A SYN is sent, or will be, with this number. */
  void begin(int initial) {
    iss = initial;
    una = initial;
    nxt = initial + 1;
    max = nxt;
  }

  /** Goes on with what another host has sent; whatever the guest sends next tells its window. */
  void restore(TcpSnapshot.Sending from, int segment, int acknowledged) {
    mss = segment;
    scale = from.scale();
    iss = from.una();
    una = from.una();
    nxt = from.max();
    max = from.max();
    window = from.window();
    largestWindow = from.window();
    wl1 = acknowledged - 1;
    wl2 = una;
    finSent = from.finSent();
    finAcked = from.finAcked();
  }

  /**
   * For another host.
   *
   * @param options bytes of the options that each segment has
   * @param peerClosed see {@link TcpSnapshot.Sending}
   */
  TcpSnapshot.Sending snapshot(int options, boolean peerClosed) {
    return new TcpSnapshot.Sending(
        mss + options, scale, una, max, window, peerClosed, finSent, finAcked);
  }

  /**
   * What the guest's SYN tells.
   *
   * @param shift of the windows in its other segments
   * @param field its window, which is never scaled (RFC 7323 section 2.2)
   */
  void takeSyn(int sequence, int segment, int shift, int field) {
    mss = segment;
    scale = shift;
    window = field;
    largestWindow = field;
    wl1 = sequence;
    wl2 = iss;
  }

  /** Whether a number was sent and isn't acknowledged yet. */
  boolean isInFlight(int sequence) {
    return SequenceNumber.between(una, sequence, max) && sequence != max;
  }

  /** Segments carry no more than this. */
  void limitSegments(int segment) {
    mss = segment;
  }

  /** Our SYN is acknowledged. */
  void establish() {
    una = nxt;
    wl2 = una;
  }

  /** The initial sequence number. */
  int iss() {
    return iss;
  }

  /** The oldest number that isn't acknowledged. */
  int una() {
    return una;
  }

  /** The number of the next segment. */
  int nxt() {
    return nxt;
  }

  /** The next number that was never sent. */
  int max() {
    return max;
  }

  /** The guest's window in bytes. */
  int window() {
    return window;
  }

  /** The largest that it was (RFC 9293 section 3.8.6.2.1, Max(SND.WND)). */
  int largestWindow() {
    return largestWindow;
  }

  /** Largest payload of a segment. */
  int mss() {
    return mss;
  }

  /** Bytes, and a FIN, that the guest hasn't acknowledged. */
  int inFlight() {
    return nxt - una;
  }

  /** Bytes the guest's window has room for. */
  int usableWindow() {
    return window - inFlight();
  }

  boolean isAllAcknowledged() {
    return una == max;
  }

  boolean isFinSent() {
    return finSent;
  }

  boolean isFinAcked() {
    return finAcked;
  }

  /** The FIN's number, which is known once the end of the peer's stream has been seen. */
  int finSequence() {
    return finSent ? max - 1 : max;
  }

  /** Whether all that is yet to be sent is the FIN alone. */
  boolean isOnlyFinInFlight() {
    return finSent && max - una == 1;
  }

  /** Bytes were sent. */
  void sent(int bytes) {
    nxt += bytes;
    if (SequenceNumber.after(nxt, max)) {
      max = nxt;
    }
  }

  /** The FIN was sent. */
  void sentFin() {
    sent(1);
    finSent = true;
  }

  /** The next segment has this number. */
  void moveTo(int sequence) {
    nxt = sequence;
  }

  /** The next segment is the oldest that isn't acknowledged. */
  void goBack() {
    nxt = una;
  }

  /** The next segment is a probe of a closed window, to learn whether it has opened. */
  void probe() {
    nxt = una;
    probing = true;
  }

  boolean isProbing() {
    return probing;
  }

  /**
   * Whether an acknowledgment is of what was sent, and not from long ago (RFC 5961 section 5.2):
   * who doesn't see our segments would have to guess it.
   */
  boolean hasSent(int acknowledgment) {
    return SequenceNumber.between(una - largestWindow, acknowledgment, max);
  }

  /** The guest has got all before a number; answers how many numbers are news. */
  int acknowledge(int acknowledgment) {
    int news = acknowledgment - una;
    una = acknowledgment;
    probing = false;
    if (SequenceNumber.after(acknowledgment, nxt)) {
      nxt = acknowledgment;
    }
    finAcked |= finSent && acknowledgment == max;
    return news;
  }

  /** The window that a segment's field means. */
  int scaled(int field) {
    return field << scale;
  }

  /**
   * Takes the window of a segment, unless that is an older one (RFC 9293 section 3.10.7.4).
   *
   * @return whether it is larger than it was
   */
  boolean updateWindow(int sequence, int acknowledgment, int bytes) {
    boolean newer =
        SequenceNumber.before(wl1, sequence)
            || (wl1 == sequence && !SequenceNumber.after(wl2, acknowledgment));
    if (!newer) {
      return false;
    }
    boolean larger = bytes > window;
    if (larger && probing) {
      // The probe's byte was beyond the window then: it goes again with the rest.
      probing = false;
      nxt = una;
    }
    window = bytes;
    largestWindow = Math.max(largestWindow, bytes);
    wl1 = sequence;
    wl2 = acknowledgment;
    return larger;
  }
}
