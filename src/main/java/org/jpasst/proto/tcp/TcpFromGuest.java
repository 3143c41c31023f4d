package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SharedMapping;
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

  private final Sockets sockets;
  private final TcpOutput output;
  private final TcpToGuest toGuest;
  private final Acknowledgments acknowledgments;
  private final WindowUpdates windowUpdates;
  private final TcpLiveness liveness;
  private final BoundedPool<MemorySegment> pool;
  private final OutOfOrderPool outOfOrderPool;
  private final Counters counters;
  private final Message message = new Message(MAX_VECTORS, 0);
  private final MemorySegment[] vectorMemory = new MemorySegment[MAX_VECTORS];
  private final long[] vectorAt = new long[MAX_VECTORS];

  /** In-order payloads gathered for the next system call. */
  private int vectors;

  private int gathered;
  private long lostBefore;

  private int rest;

  TcpFromGuest(
      Sockets sockets,
      TcpOutput output,
      TcpToGuest toGuest,
      Acknowledgments acknowledgments,
      WindowUpdates windowUpdates,
      TcpLiveness liveness,
      BoundedPool<MemorySegment> pool,
      OutOfOrderPool outOfOrderPool,
      Counters counters) {
    this.sockets = sockets;
    this.output = output;
    this.toGuest = toGuest;
    this.acknowledgments = acknowledgments;
    this.windowUpdates = windowUpdates;
    this.liveness = liveness;
    this.pool = pool;
    this.outOfOrderPool = outOfOrderPool;
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
   * <p>Those behind what ends it aren't its own any more, see {@link #rest}.
   *
   * @param first index into the batch, or {@link SegmentBatch#END}
   * @param synDone if the first has a SYN, that and what belongs to it have been handled
   */
  Verdict take(TcpConnection c, SegmentBatch batch, int first, boolean synDone, long now) {
    vectors = 0;
    gathered = 0;
    lostBefore = SharedMapping.lost();
    int acknowledgedBefore = c.send.una();
    int receivedBefore = c.receive.nxt();
    boolean finReceivedBefore = c.receive.isFinReceived();
    boolean finAckedBefore = c.send.isFinAcked();
    rest = first;
    while (rest != SegmentBatch.END && (rest == first || !isOver(c))) {
      int segment = rest;
      rest = batch.next(segment);
      boolean opened = synDone && segment == first;
      Verdict verdict = segment(c, batch, segment, opened, now);
      if (verdict != Verdict.ALIVE) {
        return verdict;
      }
    }
    if (!deliver(c) || isTorn()) {
      return Verdict.BROKEN;
    }
    outOfOrderPool.trim(c);
    int received =
        c.receive.nxt()
            - receivedBefore
            - (c.receive.isFinReceived() && !finReceivedBefore ? 1 : 0);
    c.flow.addFromGuest(received);
    if (received > 0) {
      boolean alone = c.receive.told() == receivedBefore && received < c.send.mss();
      c.ackDue |= !c.conversation.ask(alone, now);
    }
    int bytes =
        c.send.una() - acknowledgedBefore - (c.send.isFinAcked() && !finAckedBefore ? 1 : 0);
    if (bytes > 0) {
      c.flow.addToGuest(bytes);
      toGuest.acknowledged(c, bytes);
    }
    if (c.receive.isFinReceived() && !c.receive.isShutdown() && c.held.isEmpty()) {
      shutdown(c);
    }
    return Verdict.ALIVE;
  }

  /** The first segment that {@link #take} has left, since the connection ended before it. */
  int rest() {
    return rest;
  }

  /** Whether both ends have closed, and know of each other that they have. */
  private static boolean isOver(TcpConnection c) {
    return c.receive.isFinReceived() && c.send.isFinAcked() && c.held.isEmpty();
  }

  /** Closes the socket for sending: what is queued goes first, then a FIN. */
  void shutdown(TcpConnection c) {
    sockets.shutdown(c.fd, Shutdown.WR);
    c.receive.setShutdown(true);
  }

  /** The socket has room: sends what was held, and invites the guest to send more. */
  void onWritable(TcpConnection c) {
    c.held.flush(pool, sockets, c.fd);
    if (c.receive.isFinReceived()) {
      c.window.setWantsRoom(!c.held.isEmpty());
      if (c.held.isEmpty() && !c.receive.isShutdown()) {
        shutdown(c);
      }
      return;
    }
    windowUpdates.measure(c);
    c.ackDue |= c.window.hasGrown();
  }

  private Verdict segment(
      TcpConnection c, SegmentBatch batch, int index, boolean opened, long now) {
    MemorySegment s = batch.memory(index);
    long at = batch.at(index);
    int flags = TcpHeader.flags(s, at);
    int header = TcpHeader.headerLength(s, at);
    int sequence = TcpHeader.sequence(s, at);
    int payload = batch.length(index) - header;
    boolean fin = (flags & TcpHeader.FIN) != 0;
    if ((flags & TcpHeader.RST) != 0) {
      return reset(c, s, at, now);
    }
    if ((flags & TcpHeader.SYN) != 0) {
      if (opened) {
        return text(c, batch, index, header, sequence + 1, payload, fin);
      }
      // RFC 5961 section 4.2: a SYN on a synchronised connection gets a challenge.
      c.ackDue |= c.challenges.admit(now);
      return Verdict.ALIVE;
    }
    if ((flags & TcpHeader.ACK) == 0) {
      counters.increment(Counter.DROP_TCP_HEADER, s, at);
      return Verdict.ALIVE;
    }
    if (!c.window.accepts(sequence, payload + (fin ? 1 : 0))) {
      outside(c, s, at, payload, fin, now);
      return Verdict.ALIVE;
    }
    if (c.timestamps.areUsed()
        && c.timestamps.areFromThePast(s, at, header, sequence, c.receive.told(), now)) {
      counters.increment(Counter.TCP_DUPLICATE, s, at);
      c.ackDue = true;
      return Verdict.ALIVE;
    }
    if (!acknowledgments.take(c, s, at, payload, fin, now)) {
      return Verdict.ALIVE;
    }
    if (payload == 0 && !fin) {
      return Verdict.ALIVE;
    }
    c.window.take(payload);
    return text(c, batch, index, header, sequence, payload, fin);
  }

  /**
   * RFC 9293 section 3.8.4: the last number that was acknowledged, with one byte of garbage or
   * none. With a closed window the same is a probe of it.
   */
  private static boolean isKeepAlive(TcpConnection c, int sequence, int payload, boolean fin) {
    return sequence == c.receive.nxt() - 1 && payload <= 1 && !fin && c.window.size() > 0;
  }

  /** A segment that isn't in the window: the guest is told where that is. */
  private void outside(
      TcpConnection c, MemorySegment s, long at, int payload, boolean fin, long now) {
    int sequence = TcpHeader.sequence(s, at);
    if (isKeepAlive(c, sequence, payload, fin)) {
      liveness.guestAsks(c, now);
    }
    int old = c.receive.nxt() - sequence;
    if (old < 0) {
      counters.increment(Counter.TCP_OUT_OF_WINDOW, s, at);
      c.ackDue |= c.challenges.admit(now);
    } else if (payload > 0 || fin) {
      counters.increment(Counter.TCP_DUPLICATE, s, at);
      c.sack.reportDuplicate(sequence, payload);
      c.ackDue = true;
    } else {
      // One number back it is a keep-alive (RFC 9293 section 3.8.4), further back a stray.
      c.ackDue |= old == 1 || c.challenges.admit(now);
    }
  }

  /** RFC 5961 section 3.2: only the exact sequence number resets. */
  private Verdict reset(TcpConnection c, MemorySegment s, long at, long now) {
    int sequence = TcpHeader.sequence(s, at);
    if (sequence == c.receive.nxt()) {
      if (c.receive.isFinReceived() && c.send.isFinAcked()) {
        // Nothing is left to be reset: what it has sent is acknowledged, and goes to the peer.
        return Verdict.ALIVE;
      }
      deliver(c); // what came before it
      return Verdict.RESET_BY_GUEST;
    }
    if (SequenceNumber.between(c.receive.nxt(), sequence, c.window.edge())) {
      c.ackDue |= c.challenges.admit(now);
    } else {
      counters.increment(Counter.TCP_OUT_OF_WINDOW, s, at);
    }
    return Verdict.ALIVE;
  }

  /** The payload and FIN of a segment; the payload begins behind {@code header} bytes. */
  private Verdict text(
      TcpConnection c,
      SegmentBatch batch,
      int index,
      int header,
      int sequence,
      int payload,
      boolean fin) {
    if (c.receive.isFinReceived()) {
      c.ackDue = true;
      return Verdict.ALIVE;
    }
    int old = c.receive.nxt() - sequence;
    if (old < 0) {
      return outOfOrder(c, batch, index, header, sequence, payload, fin);
    }
    int most = c.reassembly.beforeFin(c.receive.nxt(), Math.max(0, c.window.size()));
    int length = Math.min(payload - old, most);
    // Whether that of plain text may wait is decided when the batch's is together.
    c.ackDue |= length < payload || payload == 0 || fin || !c.reassembly.isEmpty();
    if (length < payload - old) {
      counters.increment(Counter.TCP_OUT_OF_WINDOW, batch.memory(index), batch.at(index));
    }
    if (length > 0 && !gather(c, batch, index, header + old, length)) {
      return Verdict.BROKEN;
    }
    if (fin && old + length == payload) {
      return fin(c) ? Verdict.ALIVE : Verdict.BROKEN;
    }
    return gatherKept(c) ? Verdict.ALIVE : Verdict.BROKEN;
  }

  /** A FIN right behind what was received so far. */
  private boolean fin(TcpConnection c) {
    int before = c.receive.nxt();
    if (!deliver(c)) {
      return false;
    }
    if (c.receive.nxt() == before) {
      c.receive.takeFin(c.send.isFinSent());
      c.reassembly.forgetFin();
    }
    return true;
  }

  /**
   * A segment after a gap. RFC 5681 section 4.2 wants each one answered at once. Where the answer
   * can say what was received, one for each batch and gap is enough: the guest doesn't count them.
   */
  private Verdict outOfOrder(
      TcpConnection c,
      SegmentBatch batch,
      int index,
      int header,
      int sequence,
      int payload,
      boolean fin) {
    if (!deliver(c)) {
      return Verdict.BROKEN;
    }
    SequenceRanges kept = c.reassembly.ranges();
    if (!kept.isEmpty() && SequenceNumber.before(kept.start(0), c.receive.nxt())) {
      // The batch closed a gap before: what came behind it is acknowledged, not out of order.
      outOfOrderPool.trim(c);
    }
    int gaps = c.reassembly.ranges().count();
    if (SequenceNumber.after(sequence + payload, c.window.edge())) {
      counters.increment(Counter.TCP_OUT_OF_WINDOW, batch.memory(index), batch.at(index));
    } else {
      counters.increment(Counter.TCP_OUT_OF_ORDER);
      int ahead = sequence - c.receive.nxt();
      int most = c.reassembly.beforeFin(c.receive.nxt(), Integer.MAX_VALUE) - ahead;
      int length = Math.min(payload, most);
      if (length > 0) {
        keep(c, batch, index, header, sequence, length);
      }
      if (fin && SequenceNumber.before(sequence + payload, c.window.edge())) {
        c.reassembly.keepFin(sequence + payload, payload == 0);
      }
    }
    if (c.sack.arePermitted() && c.reassembly.ranges().count() == gaps) {
      c.ackDue = true;
    } else {
      output.acknowledge(c);
    }
    return Verdict.ALIVE;
  }

  private void keep(
      TcpConnection c, SegmentBatch batch, int index, int header, int sequence, int payload) {
    if (c.reassembly.ranges().contains(sequence, sequence + payload)) {
      c.sack.reportDuplicate(sequence, payload);
      return;
    }
    c.reassembly.keptText();
    int skip = header;
    int done = 0;
    for (int part = 0; done < payload; part++) {
      int size = Math.min(payload - done, batch.partLength(index, part) - skip);
      long at = batch.partAt(index, part) + skip;
      outOfOrderPool.keep(c, batch.partMemory(index, part), at, sequence + done, size);
      done += size;
      skip = 0;
    }
  }

  /** The gap in front of what was kept is closed: that goes on to the socket as well. */
  private boolean gatherKept(TcpConnection c) {
    if (c.reassembly.isEmpty()) {
      return true;
    }
    OutOfOrderBytes kept = c.reassembly.bytes();
    for (int left = kept.available(c.receive.nxt()); left > 0; ) {
      int next = c.receive.nxt();
      int count = Math.min(left, kept.run(next));
      if (!gather(c, kept.memory(next), kept.offset(next), count)) {
        return false;
      }
      left -= count;
    }
    return !c.reassembly.endsAt(c.receive.nxt()) || fin(c);
  }

  /** Gathers bytes of a segment that begin so far behind its first one. */
  private boolean gather(TcpConnection c, SegmentBatch batch, int index, int from, int length) {
    int skip = from;
    int left = length;
    for (int part = 0; left > 0; part++) {
      int size = batch.partLength(index, part);
      if (skip < size) {
        int count = Math.min(left, size - skip);
        long at = batch.partAt(index, part) + skip;
        if (!gather(c, batch.partMemory(index, part), at, count)) {
          return false;
        }
        left -= count;
      }
      skip = Math.max(0, skip - size);
    }
    return true;
  }

  private boolean gather(TcpConnection c, MemorySegment s, long at, int length) {
    if (vectors == MAX_VECTORS && !deliver(c)) {
      return false;
    }
    vectorMemory[vectors] = s;
    vectorAt[vectors] = at;
    message.vectors().set(vectors++, s, at, length);
    gathered += length;
    c.receive.advance(length);
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
    if (isTorn()) {
      return false;
    }
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
      c.receive.advance(sent + kept - gathered);
      c.ackDue = true;
      c.window.setWantsRoom(true);
    }
    vectors = 0;
    gathered = 0;
    return true;
  }

  /** Whether what was copied since the connection's turn began may be zeros in place of data. */
  private boolean isTorn() {
    return SharedMapping.lost() != lostBefore;
  }

  /** Holds what is left of the gathered bytes after {@code skip} of them; answers how many. */
  private int hold(TcpConnection c, int skip) {
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
