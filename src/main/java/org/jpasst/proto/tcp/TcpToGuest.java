package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.IoVectors;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.ZeroPages;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.TcpHeader;

/**
 * Carries a socket's bytes to the guest. They stay in the socket's receive queue, only looked at
 * (MSG_PEEK), until the guest has acknowledged them; so a retransmission needs no memory of ours,
 * and the peer's window follows the guest's pace.
 */
final class TcpToGuest {
  /** What {@link #transmit} has come to. */
  enum Outcome {
    /** Nothing more to send now, or the guest's window is full. */
    DONE,
    /** The guest's link has no room: go on when it has. */
    NO_ROOM,
    /** More could be sent, but others shall have their turn. */
    YIELD,
    /** The socket is broken; the connection must be reset. */
    FAILED
  }

  /** Most frames filled by one system call. */
  private static final int MAX_SEGMENTS = 256;

  /** Bytes of one connection per turn, so that others don't wait long. */
  private static final int BUDGET = 1 << 20;

  /** Bytes per vector that only skips what was sent before, where SO_PEEK_OFF isn't known. */
  private static final int SKIP_CHUNK = 64 * 1024;

  /** Vectors for skipping: windows are at most 16 MiB. */
  private static final int MAX_SKIPS = 256;

  /** The link had no room even for one segment. */
  private static final int NO_SLOTS = Integer.MIN_VALUE;

  private final Sockets sockets;
  private final FrameSink sink;
  private final TcpOutput output;
  private final Counters counters;

  /** Not the turn's time, which stands still. */
  private final LongSupplier clock = System::nanoTime;

  private final boolean peekOffsets;
  private final Message message = new Message(IoVectors.UIO_MAXIOV, 0);
  private final MemorySegment skipped = ZeroPages.map(SKIP_CHUNK);

  /** What was lent for the next look at a socket, and the vectors in use for it. */
  private final LentFrame[] lent = new LentFrame[MAX_SEGMENTS];

  private int vectors;

  TcpToGuest(Sockets sockets, FrameSink sink, TcpOutput output, Counters counters) {
    this.sockets = sockets;
    this.sink = sink;
    this.output = output;
    this.counters = counters;
    peekOffsets = probePeekOffsets(sockets);
  }

  /** Whether TCP sockets know SO_PEEK_OFF here: Linux 6.9 and later. */
  private static boolean probePeekOffsets(Sockets sockets) {
    int fd = sockets.socket(AddressFamily.INET, SocketType.STREAM, 0);
    if (fd < 0) {
      return false;
    }
    int set = sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_PEEK_OFF, 0);
    sockets.close(fd);
    return set == 0;
  }

  /** Prepares a new socket, before any of its bytes are looked at. */
  void begin(TcpConnection c) {
    if (peekOffsets) {
      sockets.setsockopt(c.fd, SocketLevel.SOCKET, SocketOption.SO_PEEK_OFF, 0);
    }
  }

  /** Sends what the socket has, the guest's window allows, and the link has room for. */
  Outcome transmit(TcpConnection c, long now) {
    if (c.recovery.isSelective()) {
      Outcome outcome = retransmitLost(c);
      if (outcome != Outcome.DONE) {
        return outcome;
      }
    }
    int sent = 0;
    c.sws.setHolding(false);
    while (c.stream.isReadable() && !endReached(c)) {
      int budget = worthwhile(c, Math.min(c.recovery.sendable(), c.pace.room(c.send.inFlight())));
      if (budget <= 0) {
        return Outcome.DONE;
      }
      if (!sink.hasRoom()) {
        sink.flush();
        if (!sink.hasRoom()) {
          return Outcome.NO_ROOM;
        }
      }
      if (sent >= BUDGET) {
        return Outcome.YIELD;
      }
      c.sws.sent();
      int highest = c.send.max();
      int count = sendSome(c, budget);
      if (count < 0) {
        return count == NO_SLOTS ? Outcome.NO_ROOM : Outcome.FAILED;
      }
      sent += count;
      if (SequenceNumber.after(c.send.max(), highest)) {
        c.roundTrip.sent(c.send.nxt(), now);
        c.conversation.answer(now);
      }
    }
    if (endReached(c)) {
      sendFin(c);
    }
    return Outcome.DONE;
  }

  /**
   * The sender's part against silly windows (RFC 9293 section 3.8.6.2.1): whole segments, or half
   * of the largest window that the guest ever had, or all that there is to send.
   *
   * @param room what the window, and the path, have room for
   * @return how much of it to use; none where bytes are held back
   */
  private int worthwhile(TcpConnection c, int room) {
    if (room >= c.send.mss()) {
      return room - room % c.send.mss();
    }
    if (room <= 0 || c.sws.isWorthwhile(room, c.send.largestWindow())) {
      return room;
    }
    c.sws.setHolding(sockets.ioctl(c.fd, Ioctl.SIOCINQ) - c.send.inFlight() > room);
    return c.sws.isHolding() ? 0 : room;
  }

  /** Sends again the first segment that isn't acknowledged, and nothing else. */
  void retransmitFirst(TcpConnection c) {
    int next = c.send.nxt();
    if (c.send.isOnlyFinInFlight()) {
      countRetransmit(c);
      c.send.goBack();
      sendFin(c);
      c.send.moveTo(next);
    } else {
      int from = c.send.una();
      int end = next - (c.send.isFinSent() ? 1 : 0);
      int gap = c.recovery.scoreboard().endOfGap(from, end) - from;
      sendAgain(c, from, Math.min(c.send.mss(), gap));
    }
  }

  /** Sends again what is lost, as far as the path has room for it (RFC 6675 section 5, step C). */
  private Outcome retransmitLost(TcpConnection c) {
    while (true) {
      int from = c.recovery.firstLost();
      int length = c.recovery.lostBytes(from);
      if (length <= 0) {
        return Outcome.DONE;
      }
      int sent = sendAgain(c, from, length);
      if (sent < 0) {
        return sent == NO_SLOTS ? Outcome.NO_ROOM : Outcome.FAILED;
      }
      if (sent == 0) {
        return Outcome.DONE;
      }
      c.recovery.sentAgain(from + sent);
    }
  }

  /** Sends bytes again that were sent before; answers as {@link #sendSome} does. */
  private int sendAgain(TcpConnection c, int from, int length) {
    countRetransmit(c);
    c.roundTrip.sentAgain(from);
    int next = c.send.nxt();
    boolean wasReadable = c.stream.isReadable();
    boolean hadEnded = c.stream.hasEnded();
    c.send.moveTo(from);
    int sent = sendSome(c, length);
    c.stream.setReadable(wasReadable);
    c.stream.setEnded(hadEnded);
    c.send.moveTo(next);
    return sent;
  }

  private void countRetransmit(TcpConnection c) {
    counters.increment(Counter.TCP_RETRANSMITS);
    c.retries.sendAgain();
  }

  /** Starts again from the oldest byte that isn't acknowledged. */
  void goBack(TcpConnection c) {
    countRetransmit(c);
    c.roundTrip.sentAgain(c.send.una());
    c.send.goBack();
    c.stream.setReadable(true);
  }

  /** Sends one byte, or the FIN, into a window of zero (RFC 9293 section 3.8.6.1). */
  void probe(TcpConnection c) {
    c.send.probe();
    if (c.send.isOnlyFinInFlight()) {
      sendFin(c);
    } else {
      sendSome(c, 1);
    }
    c.stream.setReadable(true);
  }

  /** Takes bytes off the socket's queue that the guest has acknowledged. */
  void acknowledged(TcpConnection c, int bytes) {
    int left = bytes;
    // By several calls where there are urgent bytes: each ends in front of one.
    while (left > 0) {
      int taken = sockets.discard(c.fd, left);
      if (taken <= 0) {
        break;
      }
      left -= taken;
    }
    c.stream.onTaken(bytes, !peekOffsets);
  }

  private boolean endReached(TcpConnection c) {
    return c.stream.hasEnded() && c.send.nxt() == c.send.finSequence();
  }

  /**
   * Reads up to {@code budget} bytes into frames of the link and publishes them.
   *
   * @return the bytes sent, {@link #NO_SLOTS}, or the negated error number
   */
  private int sendSome(TcpConnection c, int budget) {
    int skips = skip(c);
    int room = lend(c, budget, skips);
    if (room == 0) {
      sink.giveBack();
      return NO_SLOTS;
    }
    message.prepareReceiveConnected(vectors);
    long began = clock.getAsLong();
    int read = sockets.recvmsg(c.fd, message, MessageFlag.PEEK | MessageFlag.DONTWAIT);
    c.pace.looked(clock.getAsLong() - began, Math.max(0, read), c.send.inFlight());
    int bytes = read - (peekOffsets ? 0 : c.send.inFlight());
    if (read < 0 || bytes <= 0) {
      sink.giveBack();
      return nothingRead(c, read, bytes);
    }
    if (peekOffsets) {
      c.stream.onPeeked(bytes);
    }
    if (bytes < room) {
      c.stream.onShortLook();
    }
    publish(c, bytes);
    return bytes;
  }

  /**
   * Borrows frames for up to {@code budget} bytes and points the message's vectors at them, behind
   * those that skip.
   *
   * @return the bytes there is room for
   */
  private int lend(TcpConnection c, int budget, int skips) {
    int headers = TcpOutput.headersLength(c);
    int most = output.mostPayload(c);
    int bytes = 0;
    int frames = 0;
    vectors = skips;
    while (bytes < budget && frames < MAX_SEGMENTS) {
      int size = Math.min(most, budget - bytes);
      LentFrame frame = sink.lend(headers, size);
      if (frame.isNone() && size > c.send.mss()) {
        // A guest with few buffers left has room for a single segment at least.
        most = c.send.mss();
        continue;
      }
      if (frame.isNone() || !point(frame)) {
        break;
      }
      lent[frames++] = frame;
      bytes += size;
    }
    return bytes;
  }

  /** Points vectors at a frame's payload; false if there are too few. */
  private boolean point(LentFrame frame) {
    FramePieces pieces = frame.pieces();
    int before = vectors;
    int left = frame.payloadRoom();
    for (int i = frame.firstPiece(); left > 0; i++) {
      if (vectors == message.vectors().capacity()) {
        vectors = before;
        return false;
      }
      message.vectors().set(vectors++, pieces.memory(i), pieces.at(i), pieces.length(i));
      left -= pieces.length(i);
    }
    return true;
  }

  private int nothingRead(TcpConnection c, int read, int bytes) {
    if (read == -Errno.EAGAIN) {
      c.stream.onNothing();
      return 0;
    }
    if (read < 0) {
      return read;
    }
    // Without peek offsets only an empty queue is sure to be at its end.
    c.stream.onNothingNew(peekOffsets || read == 0);
    return 0;
  }

  private void publish(TcpConnection c, int bytes) {
    int left = bytes;
    for (int i = 0; left > 0; i++) {
      int size = Math.min(lent[i].payloadRoom(), left);
      left -= size;
      int flags = left == 0 ? TcpHeader.PSH : 0;
      output.data(c, lent[i], c.send.nxt(), flags, size);
      c.send.sent(size);
    }
    sink.giveBack();
  }

  /** Makes the next look start at what wasn't sent yet; answers how many vectors that took. */
  private int skip(TcpConnection c) {
    int offset = c.send.inFlight();
    if (peekOffsets) {
      if (c.stream.movePeekOffset(offset)) {
        sockets.setsockopt(c.fd, SocketLevel.SOCKET, SocketOption.SO_PEEK_OFF, offset);
      }
      return 0;
    }
    int vectors = 0;
    for (int left = offset; left > 0 && vectors < MAX_SKIPS; left -= SKIP_CHUNK) {
      message.vectors().set(vectors++, skipped, 0, Math.min(SKIP_CHUNK, left));
    }
    return vectors;
  }

  private void sendFin(TcpConnection c) {
    boolean room = c.send.window() > c.send.inFlight() || c.send.inFlight() == 0;
    if (!room || (c.send.isFinSent() && c.send.nxt() == c.send.max())) {
      return;
    }
    output.control(c, c.send.nxt(), TcpHeader.FIN);
    c.send.sentFin();
  }
}
