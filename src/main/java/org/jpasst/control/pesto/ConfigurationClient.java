package org.jpasst.control.pesto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.Sockets;

/** One client, connected: sends the greeting and receives the request, as far as each goes. */
final class ConfigurationClient implements AutoCloseable {
  private static final int BUFFER_SIZE = 4096;

  /** What a refused client may still send, so that it sees an end and not a reset. */
  private static final int MAX_DRAINED = 1 << 16;

  private final Sockets sockets;
  private final int fd;
  private final RequestReader reader;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment greeting;
  private final MemorySegment buffer = arena.allocate(BUFFER_SIZE);
  private final ByteBuffer received = buffer.asByteBuffer();
  private long sent;
  private boolean refused;
  private int drained;

  /**
   * A client that hasn't been told anything yet.
   *
   * @param fd doesn't block; becomes this object's
   */
  ConfigurationClient(Sockets sockets, int fd, Greeting greeting, RequestReader reader) {
    this.sockets = sockets;
    this.fd = fd;
    this.reader = reader;
    this.greeting = arena.allocateFrom(JAVA_BYTE, greeting.bytes());
  }

  int fd() {
    return fd;
  }

  /** What the loop is to watch for. */
  int interest() {
    return sent < greeting.byteSize() ? EpollFlag.IN | EpollFlag.OUT : EpollFlag.IN;
  }

  /** Sends and takes what can be at once; reads no more than a buffer, so that others get on. */
  Progress advance() {
    int result = send();
    if (result < 0) {
      return new Progress.Gone("cannot be told the rules: " + Errno.name(result));
    }
    result = sockets.recv(fd, buffer, 0, BUFFER_SIZE, MessageFlag.DONTWAIT);
    if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
      return new Progress.Pending();
    }
    if (result <= 0) {
      boolean early = !refused && !reader.isUntouched();
      return new Progress.Gone(early ? "went away in the middle of its request" : "");
    }
    return refused ? drain(result) : read(received.clear().limit(result));
  }

  /** Sends of the greeting what the socket takes; 0 or the negated error number. */
  private int send() {
    if (sent == greeting.byteSize() || refused) {
      return 0;
    }
    int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
    int result = sockets.send(fd, greeting, sent, greeting.byteSize() - sent, flags);
    if (result > 0) {
      sent += result;
    }
    return result == -Errno.EAGAIN || result == -Errno.EINTR ? 0 : Math.min(result, 0);
  }

  private Progress read(ByteBuffer bytes) {
    try {
      Optional<List<ForwardRule>> rules = reader.read(bytes);
      return rules.<Progress>map(Progress.Asked::new).orElseGet(Progress.Pending::new);
    } catch (RefusedRequestException e) {
      refused = true;
      sent = greeting.byteSize();
      sockets.shutdown(fd, Shutdown.WR);
      return new Progress.Refused(e.getMessage());
    }
  }

  private Progress drain(int bytes) {
    drained += bytes;
    return drained > MAX_DRAINED ? new Progress.Gone("") : new Progress.Pending();
  }

  @Override
  public void close() {
    sockets.close(fd);
    arena.close();
  }
}
