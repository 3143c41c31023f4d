package org.jpasst.control.metrics;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.Connection;
import org.jpasst.loop.Outgoing;

/**
 * A client of the metrics' socket: takes one request, sends one answer, and waits then until the
 * client has hung up, since a connection with unread bytes in it is reset when it is closed, which
 * would cost the client the answer (RFC 9112 section 9.6).
 */
final class MetricsConnection implements Connection {
  /** Longest request, without a body. Prometheus' have some 300 bytes. */
  static final int MAX_HEAD = 8192;

  /** Most that is read and thrown away behind it. */
  private static final int MAX_REST = 65_536;

  private enum Phase {
    RECEIVING,
    SENDING,
    DRAINING
  }

  private final Sockets sockets;
  private final int fd;
  private final MemorySegment buffer;
  private final Function<HttpRequest, byte[]> server;
  private final StringBuilder head = new StringBuilder();
  private final Outgoing answer;
  private Phase phase = Phase.RECEIVING;
  private int rest;

  /**
   * A connection that doesn't block; becomes this one's.
   *
   * @param buffer to receive by; may be shared within a thread
   * @param server answers a request
   */
  MetricsConnection(
      Sockets sockets, int fd, MemorySegment buffer, Function<HttpRequest, byte[]> server) {
    this.sockets = sockets;
    this.fd = fd;
    this.buffer = buffer;
    this.server = server;
    answer = new Outgoing(sockets, fd);
  }

  @Override
  public int interest() {
    return phase == Phase.SENDING ? EpollFlag.OUT : EpollFlag.IN;
  }

  @Override
  public boolean advance() {
    if (phase == Phase.SENDING) {
      return drainBehind(answer.goOn());
    }
    int result = sockets.recv(fd, buffer, 0, buffer.byteSize(), MessageFlag.DONTWAIT);
    if (result <= 0) {
      return result == -Errno.EAGAIN || result == -Errno.EINTR;
    }
    if (phase == Phase.DRAINING) {
      rest += result;
      return rest < MAX_REST;
    }
    return take(result);
  }

  private boolean take(int length) {
    for (int i = 0; i < length; i++) {
      byte each = buffer.get(JAVA_BYTE, i);
      if (each != '\r') { // RFC 9112 section 2.2: a line may end without one
        head.append((char) (each & 0x7f));
      }
      if (each == '\n' && isComplete()) {
        return answer(HttpRequest.read(head.toString().strip()));
      }
      if (head.length() >= MAX_HEAD) {
        return answer(HttpRequest.refused(HttpRequest.HEAD_TOO_LARGE));
      }
    }
    return true;
  }

  private boolean isComplete() {
    return head.length() >= 2 && head.charAt(head.length() - 2) == '\n';
  }

  private boolean answer(HttpRequest request) {
    phase = Phase.SENDING;
    return drainBehind(answer.send(server.apply(request)));
  }

  private boolean drainBehind(boolean isUp) {
    if (isUp && !answer.isPending()) {
      phase = Phase.DRAINING;
      sockets.shutdown(fd, Shutdown.WR);
    }
    return isUp;
  }

  @Override
  public void close() {
    sockets.close(fd);
  }
}
