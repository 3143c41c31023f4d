package org.jpasst.proto.icmp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.ExtendedError;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.proto.socket.DatagramFlow;
import org.jpasst.proto.socket.ReceivedFields;

/**
 * Reads the error queues of datagram sockets (IP_RECVERR in ip(7)), one entry at a time. What an
 * entry said holds until the next is read.
 */
public final class ErrorQueue {
  /** Entries taken from one socket before others have their turn. */
  private static final int MAX_AT_ONCE = 32;

  /** More of a failed datagram than is ever quoted. */
  private static final int QUOTE_CAPACITY = 2048;

  private final Sockets sockets;
  private final MemorySegment quote = Arena.global().allocate(QUOTE_CAPACITY, 8);

  /** What a socket tells of what it receives, it tells of errors as well. */
  private final Message message =
      new Message(1, ControlBuffer.capacityFor(ExtendedError.LENGTH) + ReceivedFields.CAPACITY);

  private long entry;
  private int quoteLength;

  /** For any number of sockets, one after the other. */
  public ErrorQueue(Sockets sockets) {
    this.sockets = sockets;
    message.vectors().set(0, quote, 0, QUOTE_CAPACITY);
  }

  /** Who tells the guest of a flow's errors. */
  public interface Reporter<F> {
    /**
     * The queue's present entry is of this flow, and says what happened.
     *
     * @param local whether to pass on the host's own errors as well
     */
    void report(F flow, boolean local);
  }

  /**
   * Empties the queue of a flow's socket, and clears its pending error.
   *
   * @param local whether the host's own errors are reported as well
   * @return how many errors there were
   */
  public <F extends DatagramFlow> int drain(F flow, boolean local, Reporter<F> reporter) {
    int fd = flow.socket().fd();
    int found = 0;
    while (found < MAX_AT_ONCE && next(fd)) {
      found++;
      if (isExplained()) {
        reporter.report(flow, local);
      }
    }
    if (sockets.getsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_ERROR) > 0) {
      found++;
    }
    return found;
  }

  /** Takes the next entry out of a socket's queue; false where there is none. */
  public boolean next(int fd) {
    message.prepareReceive(1);
    int result = sockets.recvmsg(fd, message, MessageFlag.ERRQUEUE | MessageFlag.DONTWAIT);
    if (result < 0) {
      return false;
    }
    quoteLength = Math.min(result, QUOTE_CAPACITY);
    entry = ExtendedError.find(message.control());
    return true;
  }

  /** Whether the entry says what happened; if not, nothing below may be asked. */
  public boolean isExplained() {
    return entry != ControlBuffer.NONE;
  }

  /** Whether this host itself made the error; then there are an error number and no message. */
  public boolean isLocal() {
    return ExtendedError.origin(memory(), entry) == ExtendedError.ORIGIN_LOCAL;
  }

  /** Whether it is an ICMP or ICMPv6 message, and its sender is known. */
  public boolean isFromNetwork() {
    int origin = ExtendedError.origin(memory(), entry);
    return (origin == ExtendedError.ORIGIN_ICMP || origin == ExtendedError.ORIGIN_ICMP6)
        && ExtendedError.hasOffender(memory(), entry);
  }

  /** Whether the message is ICMP, not ICMPv6. */
  public boolean isIcmp4() {
    return ExtendedError.origin(memory(), entry) == ExtendedError.ORIGIN_ICMP;
  }

  /** The error number, positive. */
  public int errno() {
    return ExtendedError.errno(memory(), entry);
  }

  /** The message's type. */
  public int type() {
    return ExtendedError.type(memory(), entry);
  }

  /** The message's code. */
  public int code() {
    return ExtendedError.code(memory(), entry);
  }

  /** The MTU of messages that have one. */
  public int info() {
    return ExtendedError.info(memory(), entry);
  }

  /** First half of the address of the message's sender. */
  public long offenderHi() {
    return ExtendedError.offenderHi(memory(), entry);
  }

  /** Second half. */
  public long offenderLo() {
    return ExtendedError.offenderLo(memory(), entry);
  }

  /**
   * What was quoted of the failed datagram, from offset 0 on: UDP's payload, or the echo message.
   */
  public MemorySegment quote() {
    return quote;
  }

  /** Bytes in {@link #quote}; may be none. */
  public int quoteLength() {
    return quoteLength;
  }

  private MemorySegment memory() {
    return message.control().memory();
  }
}
