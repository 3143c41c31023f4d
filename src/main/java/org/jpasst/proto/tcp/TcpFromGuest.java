package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.Sockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.TcpHeader;

/**
 * Handles the guest's segments on an established connection: RFC 9293 section 3.10.7.4, in its
 * order, with the checks of RFC 5961 against blind resets and injections.
 *
 * <p>All segments of a connection in one batch are taken together: the payloads that are in order
 * go to the socket by one system call, straight from where the link put them.
 */
final class TcpFromGuest {
  private static final int MAX_VECTORS = 512;

  /** RFC 5681 section 3.2. */
  private static final int DUPLICATES_FOR_RETRANSMIT = 3;

  private final Sockets sockets;
  private final TcpOutput output;
  private final TcpToGuest toGuest;
  private final ReceiveWindow window;
  private final HeldBytesPool pool;
  private final Counters counters;
  private final Message message = new Message(MAX_VECTORS, 0);
  private final MemorySegment[] vectorMemory = new MemorySegment[MAX_VECTORS];
  private final long[] vectorAt = new long[MAX_VECTORS];

  /** In-order payloads gathered for the next system call. */
  private int vectors;

  private int gathered;

  TcpFromGuest(
      Sockets sockets,
      TcpOutput output,
      TcpToGuest toGuest,
      ReceiveWindow window,
      HeldBytesPool pool,
      Counters counters) {
    this.sockets = sockets;
    this.output = output;
    this.toGuest = toGuest;
    this.window = window;
    this.pool = pool;
    this.counters = counters;
  }

  /** What became of a connection by its segments. */
  enum Verdict {
    /** It goes on. */
    ALIVE,
    /** The guest has reset it. */
    RESET_BY_GUEST,
    /** Its socket is broken. */
    BROKEN
  }

  /**
   * Takes the connection's segments of the batch, beginning with one of them.
   *
   * @param first index into the batch, or {@link SegmentBatch#END}
   */
  Verdict take(TcpConnection c, SegmentBatch batch, int first) {
    vectors = 0;
    gathered = 0;
    int acknowledgedBefore = c.sndUna;
    boolean finAckedBefore = c.finAcked;
    for (int i = first; i != SegmentBatch.END; i = batch.next(i)) {
      Verdict verdict = segment(c, batch.memory(i), batch.at(i), batch.length(i));
      if (verdict != Verdict.ALIVE) {
        return verdict;
      }
    }
    if (!deliver(c)) {
      return Verdict.BROKEN;
    }
    int bytes = c.sndUna - acknowledgedBefore - (c.finAcked && !finAckedBefore ? 1 : 0);
    if (bytes > 0) {
      toGuest.acknowledged(c, bytes);
    }
    if (c.finReceived && !c.shutdownSent && c.held.isEmpty()) {
      shutdown(c);
    }
    return Verdict.ALIVE;
  }

  /** Closes the socket for sending: what is queued goes first, then a FIN. */
  void shutdown(TcpConnection c) {
    sockets.shutdown(c.fd, Shutdown.WR);
    c.shutdownSent = true;
  }

  /** The socket has room: sends what was held, and invites the guest to send more. */
  void onWritable(TcpConnection c) {
    if (!c.held.isEmpty()) {
      c.held = c.held.flush(pool, sockets, c.fd);
    }
    if (c.finReceived) {
      c.wantsWritable = !c.held.isEmpty();
      if (c.held.isEmpty() && !c.shutdownSent) {
        shutdown(c);
      }
      return;
    }
    int offered = c.rcvAdv;
    window.measure(c);
    if (SequenceNumber.after(c.rcvLimit, offered)) {
      c.ackDue = true;
    }
  }

  private Verdict segment(TcpConnection c, MemorySegment s, long at, int length) {
    int flags = TcpHeader.flags(s, at);
    int header = TcpHeader.headerLength(s, at);
    int sequence = TcpHeader.sequence(s, at);
    int payload = length - header;
    boolean fin = (flags & TcpHeader.FIN) != 0;
    if ((flags & TcpHeader.RST) != 0) {
      return reset(c, sequence);
    }
    if ((flags & TcpHeader.SYN) != 0) {
      // RFC 5961 section 4.2: a SYN on a synchronised connection gets a challenge.
      c.ackDue = true;
      return Verdict.ALIVE;
    }
    if ((flags & TcpHeader.ACK) == 0) {
      counters.increment(Counter.DROP_TCP_HEADER);
      return Verdict.ALIVE;
    }
    if (!acknowledgment(c, s, at, payload, fin)) {
      return Verdict.ALIVE;
    }
    if (payload == 0 && !fin) {
      if (sequence != c.rcvNxt) {
        // A keep-alive (RFC 9293 section 3.8.4), or an old or wild segment: tell where we are.
        c.ackDue = true;
      }
      return Verdict.ALIVE;
    }
    return text(c, s, at + header, sequence, payload, fin);
  }

  /** RFC 5961 section 3.2: only the exact sequence number resets. */
  private Verdict reset(TcpConnection c, int sequence) {
    if (sequence == c.rcvNxt) {
      return Verdict.RESET_BY_GUEST;
    }
    if (SequenceNumber.between(c.rcvNxt, sequence, c.rcvAdv)) {
      c.ackDue = true;
    } else {
      counters.increment(Counter.TCP_OUT_OF_WINDOW);
    }
    return Verdict.ALIVE;
  }

  /**
   * The acknowledgment and the window of a segment.
   *
   * @return whether the rest of the segment may be looked at
   */
  private boolean acknowledgment(
      TcpConnection c, MemorySegment s, long at, int payload, boolean fin) {
    int ack = TcpHeader.acknowledgment(s, at);
    int wnd = TcpHeader.window(s, at) << c.sndScale;
    if (SequenceNumber.after(ack, c.sndMax)) {
      // Acknowledges what was never sent (RFC 9293 section 3.10.7.4).
      c.ackDue = true;
      return false;
    }
    if (SequenceNumber.after(ack, c.sndUna)) {
      progress(c, ack);
    } else if (ack == c.sndUna
        && payload == 0
        && !fin
        && wnd == c.sndWnd
        && c.sndUna != c.sndMax
        && TcpHeader.sequence(s, at) == c.rcvNxt) {
      duplicate(c);
    }
    c.retries = 0;
    if (!SequenceNumber.before(ack, c.sndUna)) {
      takeWindow(c, TcpHeader.sequence(s, at), ack, wnd);
    }
    return true;
  }

  private void progress(TcpConnection c, int ack) {
    c.sndUna = ack;
    if (SequenceNumber.after(ack, c.sndNxt)) {
      c.sndNxt = ack;
    }
    if (c.finSent && ack == c.sndMax) {
      c.finAcked = true;
    }
    c.probing = false;
    c.backoff = 0;
    c.dupAcks = 0;
    c.idleEvents = 0;
    c.progressed = true;
    if (c.recovering) {
      if (SequenceNumber.before(ack, c.recover)) {
        c.repair = true;
      } else {
        c.recovering = false;
      }
    }
  }

  /** RFC 5681 section 3.2: the third duplicate means that a segment was lost. */
  private void duplicate(TcpConnection c) {
    if (++c.dupAcks == DUPLICATES_FOR_RETRANSMIT && !c.recovering) {
      c.recovering = true;
      c.recover = c.sndMax;
      c.repair = true;
    }
  }

  /** RFC 9293 section 3.10.7.4: only a segment that isn't older may change the window. */
  private static void takeWindow(TcpConnection c, int sequence, int ack, int wnd) {
    boolean newer =
        SequenceNumber.before(c.sndWl1, sequence)
            || (c.sndWl1 == sequence && !SequenceNumber.after(c.sndWl2, ack));
    if (!newer) {
      return;
    }
    if (wnd > c.sndWnd) {
      c.idleEvents = 0;
      if (c.probing) {
        // The probe's byte was beyond the window then: it goes again with the rest.
        c.probing = false;
        c.sndNxt = c.sndUna;
      }
    }
    c.sndWnd = wnd;
    c.sndWl1 = sequence;
    c.sndWl2 = ack;
  }

  /** The payload and FIN of a segment. */
  private Verdict text(
      TcpConnection c, MemorySegment s, long payloadAt, int sequence, int payload, boolean fin) {
    if (c.finReceived) {
      c.ackDue = true;
      return Verdict.ALIVE;
    }
    int old = c.rcvNxt - sequence;
    if (old < 0) {
      return outOfOrder(c, sequence);
    }
    c.ackDue = true;
    if (old > payload || (old == payload && !fin)) {
      counters.increment(Counter.TCP_DUPLICATE);
      return Verdict.ALIVE;
    }
    int length = Math.min(payload - old, Math.max(0, c.offeredWindow()));
    if (length < payload - old) {
      counters.increment(Counter.TCP_OUT_OF_WINDOW);
    }
    if (length > 0 && !gather(c, s, payloadAt + old, length)) {
      return Verdict.BROKEN;
    }
    if (fin && old + length == payload) {
      int before = c.rcvNxt;
      if (!deliver(c)) {
        return Verdict.BROKEN;
      }
      if (c.rcvNxt == before) {
        c.rcvNxt++;
        c.finReceived = true;
      }
    }
    return Verdict.ALIVE;
  }

  /** RFC 5681 section 4.2: a segment after a gap is answered at once, each one. */
  private Verdict outOfOrder(TcpConnection c, int sequence) {
    if (SequenceNumber.after(sequence, c.rcvAdv)) {
      counters.increment(Counter.TCP_OUT_OF_WINDOW);
    } else {
      counters.increment(Counter.TCP_OUT_OF_ORDER);
    }
    if (!deliver(c)) {
      return Verdict.BROKEN;
    }
    output.acknowledge(c);
    return Verdict.ALIVE;
  }

  private boolean gather(TcpConnection c, MemorySegment s, long at, int length) {
    if (vectors == MAX_VECTORS && !deliver(c)) {
      return false;
    }
    vectorMemory[vectors] = s;
    vectorAt[vectors] = at;
    message.vectors().set(vectors++, s, at, length);
    gathered += length;
    c.rcvNxt += length;
    return true;
  }

  /**
   * Gives what was gathered to the socket; what it doesn't take is held.
   *
   * @return false if the socket is broken
   */
  private boolean deliver(TcpConnection c) {
    if (vectors == 0) {
      return true;
    }
    int sent = 0;
    if (c.held.isEmpty()) {
      message.prepareSendConnected(vectors);
      sent = sockets.sendmsg(c.fd, message, MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL);
      if (sent == -Errno.EAGAIN) {
        sent = 0;
      }
      if (sent < 0) {
        return false;
      }
    }
    if (sent < gathered) {
      int kept = hold(c, sent);
      c.rcvNxt -= gathered - sent - kept;
      c.wantsWritable = true;
    }
    vectors = 0;
    gathered = 0;
    return true;
  }

  /** Holds what is left of the gathered bytes after {@code skip} of them; tells how many. */
  private int hold(TcpConnection c, int skip) {
    if (c.held.isEmpty()) {
      c.held = pool.take();
      if (c.held.isEmpty()) {
        return 0;
      }
    }
    int kept = 0;
    int left = skip;
    for (int i = 0; i < vectors; i++) {
      int length = (int) message.vectors().length(i);
      int from = Math.min(left, length);
      left -= from;
      int held = c.held.append(pool, vectorMemory[i], vectorAt[i] + from, length - from);
      kept += held;
      if (held < length - from) {
        break;
      }
    }
    counters.add(Counter.TCP_PARKED, kept);
    return kept;
  }
}
