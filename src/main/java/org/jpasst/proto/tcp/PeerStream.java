package org.jpasst.proto.tcp;

import org.jpasst.linux.EpollFlag;

/**
 * What is known of the peer's stream to the guest, which waits in the socket's receive queue.
 *
 * <p>Urgent bytes are in line (SO_OOBINLINE): a look at the queue ends in front of one, and the
 * next begins with it (tcp_recvmsg_locked, Linux 6.18).
 */
final class PeerStream {
  private boolean readable;
  private boolean closed;
  private boolean urgent;
  private boolean ended;
  private int peekOffset;

  void reset() {
    readable = closed = urgent = ended = false;
    peekOffset = 0;
  }

  /** Goes on with another host's socket. */
  void restore(boolean peerClosed, boolean finSent) {
    closed = peerClosed;
    ended = finSent;
  }

  /** Epoll has told of the socket. */
  void onReady(int events) {
    urgent |= (events & EpollFlag.PRI) != 0;
    closed |= (events & EpollFlag.RDHUP) != 0;
    readable |= (events & (EpollFlag.IN | EpollFlag.RDHUP)) != 0 && !ended;
  }

  /** Whether the socket may have bytes that were not sent yet. */
  boolean isReadable() {
    return readable;
  }

  void setReadable(boolean may) {
    readable = may;
  }

  /** Whether the kernel has the peer's FIN, maybe behind bytes not read yet. */
  boolean isClosed() {
    return closed || ended;
  }

  /** Whether it is known that there are no more bytes than those looked at. */
  boolean hasEnded() {
    return ended;
  }

  /** What was known before bytes were looked at again. */
  void setEnded(boolean known) {
    ended = known;
  }

  /**
   * A look showed all that has come so far; but behind the last bytes of a closed peer is its end,
   * and behind those in front of an urgent byte is the rest.
   */
  void onShortLook() {
    readable = closed || urgent;
  }

  /** There was nothing to look at; and nothing is to come where the socket was restored so. */
  void onNothing() {
    readable = false;
    ended |= closed;
  }

  /**
   * A look showed nothing beyond what was sent before: the end of the stream if the queue says so.
   *
   * @param sure it does; else a short queue looks the same, and so does one with an urgent byte
   */
  void onNothingNew(boolean sure) {
    readable = false;
    ended |= sure || (closed && !urgent);
  }

  /**
   * Bytes were taken off the queue.
   *
   * @param fromHead looks begin at the queue's head; and now perhaps with the urgent byte that the
   *     last one ended at
   */
  void onTaken(int bytes, boolean fromHead) {
    peekOffset = Math.max(0, peekOffset - bytes);
    readable |= urgent && fromHead;
  }

  /** So many bytes were looked at, and the socket's offset moved (SO_PEEK_OFF). */
  void onPeeked(int bytes) {
    peekOffset += bytes;
  }

  /** Whether the offset has to be set for a look that begins so far behind the queue's head. */
  boolean movePeekOffset(int offset) {
    boolean moved = peekOffset != offset;
    peekOffset = offset;
    return moved;
  }
}
