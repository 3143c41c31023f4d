package org.jpasst.fuzz;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/**
 * One TCP connection of the guest's to a peer, as an onlooker knows it: what both have sent, and so
 * what may come. Offsets count bytes of a stream from 0.
 */
final class GuestConnection {
  static final int NONE = -1;

  final boolean ipv4;
  final int port;
  final int peerPort;
  final int iss;

  /** The streams' contents: the guest's, and with another one added the peer's. */
  final int key;

  /** The peer's socket. */
  int peer = NONE;

  boolean established;
  int irs;

  /** The guest has acknowledged the peer's SYN, and nothing else before. */
  boolean handshaken;

  /** What the guest's SYN has offered. */
  boolean timestampsOffered;

  boolean sackOffered;
  int scaleOffered = NONE;

  boolean timestamps;
  boolean sack;
  int scale;
  int peerScale;

  /** What the guest has sent, and where it said that it ends. */
  final Ranges sent = new Ranges();

  final List<Integer> ends = new ArrayList<>();

  /** What was acknowledged of it, a FIN not counted, and how far it may send. */
  int acknowledged;

  boolean endAcknowledged;
  int mayUpTo;

  /** What the guest has received. */
  final Ranges received = new Ranges();

  int endAt = NONE;

  /**
   * How far it has acknowledged, and how much more it has ever allowed: an old segment's
   * acknowledgment counts, its window doesn't (RFC 9293 section 3.10.7.4).
   */
  private int highestAcknowledgment;

  long widestWindow;

  int echo;

  // Of the peer.
  int peerSent;
  int peerReceived;
  boolean peerShut;
  boolean peerSawEnd;

  /** Whether all that was sent went through, and nothing else: all is checked then. */
  private final BooleanSupplier trusting;

  /** Something was sent beyond an end, so that where it ends is open. */
  private int sentTo;

  /**
   * How far it has sent what may have been in the window. Who goes back behind that isn't heard any
   * more: windows are taken from new segments only (RFC 9293 section 3.10.7.4).
   */
  private int newest;

  /** Somebody gave a reason to end it. */
  boolean mayEnd;

  /** It has been reset. */
  boolean over;

  GuestConnection(
      boolean ipv4, int port, int peerPort, int iss, int key, BooleanSupplier trusting) {
    this.ipv4 = ipv4;
    this.port = port;
    this.peerPort = peerPort;
    this.iss = iss;
    this.key = key;
    this.trusting = trusting;
  }

  int peerKey() {
    return key + 1;
  }

  /** The sequence number of the guest's that a byte has. */
  int sequenceOf(int offset) {
    return iss + 1 + offset;
  }

  /** What the guest acknowledges when it acknowledges all. */
  int acknowledgment() {
    int all = received.contiguous();
    return irs + 1 + all + (endAt == all ? 1 : 0);
  }

  /** The guest sends a segment. */
  void sends(int flags, int offset, int length, int ackOffset, int window) {
    if ((flags & (TcpHeader.RST | TcpHeader.SYN)) != 0) {
      // Where both have ended it, a SYN begins another of the same name.
      over |= (flags & TcpHeader.SYN) != 0 && mayEnd;
      mayEnd = true;
    } else if ((flags & TcpHeader.ACK) != 0) {
      sent.add(offset, offset + length);
      sentTo = Math.max(sentTo, offset + length);
      if (offset <= mayUpTo) {
        newest = Math.max(newest, offset + length);
      }
      if ((flags & TcpHeader.FIN) != 0 && !ends.contains(offset + length)) {
        ends.add(offset + length);
        mayEnd |= peerShut || ends.size() > 1;
      }
      // What lies beyond an end is taken or not.
      mayEnd |= !ends.isEmpty() && sentTo > ends.getFirst();
      // RFC 9293 section 3.10.7.4: what acknowledges what wasn't sent ends a handshake.
      boolean acceptable = offset >= 0 && offset <= mayUpTo;
      handshaken |= established && acceptable && ackOffset == 0;
      mayEnd |= !handshaken;
      highestAcknowledgment = Math.max(highestAcknowledgment, ackOffset);
      widestWindow = Math.max(widestWindow, (long) window << scale);
    }
  }

  /**
   * How far it has sent what may have been taken: also what was beyond the window when it was sent,
   * and may not have been any more when it was looked at.
   */
  int furthest() {
    int furthest = Math.max(newest, sent.contiguous());
    for (var range : sent.behindGap().headMap(mayUpTo, true).entrySet()) {
      furthest = Math.max(furthest, range.getValue());
    }
    return furthest;
  }

  /** A segment has come for the guest. */
  void onSegment(MemorySegment s, long at, int length) {
    int flags = TcpHeader.flags(s, at);
    int header = TcpHeader.headerLength(s, at);
    if ((flags & TcpHeader.RST) != 0) {
      check(mayEnd || !established, "is reset without a reason");
      over = true;
      return;
    }
    int sequence = TcpHeader.sequence(s, at);
    boolean syn = (flags & TcpHeader.SYN) != 0;
    boolean ofOurs = TcpHeader.acknowledgment(s, at) == iss + 1;
    if (syn && ofOurs && !established) {
      establish(s, at, sequence);
    }
    if (syn && (!ofOurs || sequence != irs)) {
      check(mayEnd, "has another SYN");
      over = true; // and another has begun
    }
    if (over || !established || !trusting.getAsBoolean()) {
      return;
    }
    learn(s, at, header, syn);
    acknowledges(TcpHeader.acknowledgment(s, at) - iss - 1);
    int window = TcpHeader.window(s, at) << (syn ? 0 : peerScale);
    mayUpTo = Math.max(mayUpTo, TcpHeader.acknowledgment(s, at) - iss - 1 + window);
    if (!syn) {
      text(s, at + header, sequence - irs - 1, length - header, flags);
    }
  }

  private void establish(MemorySegment s, long at, int sequence) {
    established = true;
    irs = sequence;
    long options = TcpOptions.parse(s, at);
    int theirs = TcpOptions.windowScale(options);
    boolean both = scaleOffered != NONE && theirs >= 0;
    scale = both ? scaleOffered : 0;
    peerScale = both ? theirs : 0;
    sack = sackOffered && TcpOptions.sackPermitted(options);
    timestamps = TcpOptions.timestampsAt(s, at, TcpHeader.headerLength(s, at)) != TcpOptions.ABSENT;
    check(!timestamps || timestampsOffered, "has timestamps that weren't offered");
  }

  private void learn(MemorySegment s, long at, int header, boolean syn) {
    long option = TcpOptions.timestampsAt(s, at, header);
    check((option != TcpOptions.ABSENT) == timestamps, "sometimes has timestamps");
    if (timestamps) {
      echo = NetworkOrder.get32(s, option);
    }
    long blocks = syn ? TcpOptions.ABSENT : TcpOptions.sackAt(s, at, header);
    check(blocks == TcpOptions.ABSENT || sack, "has SACK blocks that weren't permitted");
  }

  private void acknowledges(int offset) {
    int all = sent.contiguous();
    boolean withEnd = offset > 0 && ends.contains(offset - 1) && offset - 1 <= all;
    check(offset >= 0 && offset <= all || withEnd, "acknowledges " + offset + " of " + all);
    endAcknowledged |= withEnd && offset > all;
    acknowledged = Math.max(acknowledged, Math.min(offset, all));
  }

  private void text(MemorySegment s, long at, int offset, int length, int flags) {
    boolean fin = (flags & TcpHeader.FIN) != 0;
    // One byte may be a probe of a closed window, or, in front of what is next, a keep-alive.
    int shut = length == 0 && peerShut ? 1 : 0;
    check(
        offset + length <= peerSent + shut,
        "sends what the peer hasn't: up to " + (offset + length));
    long allowed = highestAcknowledgment + widestWindow;
    check(
        length <= 1 || offset + length <= allowed,
        "sends up to " + (offset + length) + ", allowed were " + allowed);
    if (length > 0 && offset >= 0) {
      StreamContent.check("to the guest", s, at, peerKey(), offset, length);
      received.add(offset, offset + length);
    }
    if (fin) {
      check(peerShut && offset + length == peerSent, "ends at " + (offset + length));
      endAt = peerSent;
    }
  }

  /** The peer has read bytes. */
  void peerReads(MemorySegment s, long at, int length) {
    check(
        peerReceived + length <= sent.contiguous(),
        "gives the peer %d bytes of %d".formatted(peerReceived + length, sent.contiguous()));
    if (trusting.getAsBoolean()) {
      StreamContent.check("to the peer", s, at, key, peerReceived, length);
    }
    peerReceived += length;
  }

  /** The peer has read the end, or its connection broke. */
  void peerEnds(boolean broken) {
    check(
        mayEnd || !broken && ends.contains(peerReceived),
        (broken ? "breaks" : "ends") + " for the peer at " + peerReceived);
    peerSawEnd = true;
    over |= broken;
  }

  /** Fails, with what is known, if something doesn't hold. */
  void check(boolean holds, String otherwise) {
    if (!holds && trusting.getAsBoolean()) {
      throw new AssertionError("a connection " + otherwise + ": " + this);
    }
  }

  @Override
  public String toString() {
    return ("port %d, sent %d and behind a gap %s, acknowledged %d, ends %s, received %d;"
            + " peer sent %d, received %d%s%s%s")
        .formatted(
            port,
            sent.contiguous(),
            sent.behindGap(),
            acknowledged,
            ends,
            received.contiguous(),
            peerSent,
            peerReceived,
            peerShut ? ", shut" : "",
            peerSawEnd ? ", saw the end" : "",
            over ? ", over" : "");
  }
}
