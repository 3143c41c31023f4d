package org.jpasst.migrate.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.SplittableRandom;
import org.jpasst.lab.Await;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.TcpInfo;

/**
 * One end of a TCP connection, non-blocking. It writes a stream of bytes that is known beforehand,
 * and checks that what it reads is the other end's stream: each byte once, in order.
 */
final class StreamEnd implements AutoCloseable {
  /** How long anything may take: longer than the timer of a few lost segments. */
  static final Duration SOON = Duration.ofSeconds(20);

  /** What a stream repeats; prime, so that no shift by whole segments goes unnoticed. */
  private static final int BLOCK = 1_048_573;

  private final LinuxSockets sockets = new LinuxSockets();
  private final TcpInfo info = new TcpInfo();
  private final MemorySegment outgoing;
  private final MemorySegment incoming;
  private final MemorySegment buffer;
  private int fd;
  private long written;
  private long read;
  private boolean shutdown;
  private boolean endSeen;

  private StreamEnd(int fd, MemorySegment outgoing, MemorySegment incoming, MemorySegment buffer) {
    this.fd = fd;
    this.outgoing = outgoing;
    this.incoming = incoming;
    this.buffer = buffer;
  }

  /** Both ends, each of which may have a thread of its own; the descriptors become theirs. */
  static StreamEnd[] pair(int one, int other, Arena arena) {
    MemorySegment there = repeated(1, arena);
    MemorySegment back = repeated(2, arena);
    return new StreamEnd[] {
      new StreamEnd(one, there, back, arena.allocate(BLOCK)),
      new StreamEnd(other, back, there, arena.allocate(BLOCK))
    };
  }

  private static MemorySegment repeated(int seed, Arena arena) {
    byte[] block = new byte[BLOCK];
    new SplittableRandom(seed).nextBytes(block);
    MemorySegment memory = arena.allocate(2 * BLOCK);
    MemorySegment.copy(block, 0, memory, ValueLayout.JAVA_BYTE, 0, BLOCK);
    MemorySegment.copy(block, 0, memory, ValueLayout.JAVA_BYTE, BLOCK, BLOCK);
    return memory;
  }

  int fd() {
    return fd;
  }

  /** Goes on with another socket. */
  void become(int other) {
    fd = other;
  }

  long written() {
    return written;
  }

  long read() {
    return read;
  }

  /** Writes so many bytes, as soon as there is room. */
  void write(int count) {
    long end = written + count;
    Await.until(
        "room for " + count + " bytes",
        SOON,
        () -> {
          offer((int) (end - written));
          return written == end;
        });
  }

  /** Writes what fits of so many bytes, unless this end is shut down; returns how many did. */
  int offer(int count) {
    int taken = 0;
    if (shutdown) {
      return 0;
    }
    while (taken < count) {
      int length = Math.min(count - taken, BLOCK);
      int flags = MessageFlag.NOSIGNAL | MessageFlag.DONTWAIT;
      int result = sockets.send(fd, outgoing, written % BLOCK, length, flags);
      if (result == -Errno.EAGAIN) {
        return taken;
      }
      checked(result);
      taken += result;
      written += result;
    }
    return taken;
  }

  /** Writes the next byte of the stream as urgent. */
  void writeUrgent() {
    int flags = MessageFlag.NOSIGNAL | MessageFlag.OOB;
    checked(sockets.send(fd, outgoing, written % BLOCK, 1, flags));
    written++;
  }

  /** Urgent bytes are read as those that aren't, as our sockets do. */
  void keepUrgentInLine() {
    checked(sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_OOBINLINE, 1));
  }

  /** Reads what there is, and checks it. Returns false when there is nothing, or the end. */
  boolean readAvailable() {
    int result = sockets.recv(fd, buffer, 0, BLOCK, MessageFlag.DONTWAIT);
    if (result == -Errno.EAGAIN) {
      return false;
    }
    checked(result);
    long differs = buffer.asSlice(0, result).mismatch(incoming.asSlice(read % BLOCK, result));
    if (differs >= 0) {
      throw new AssertionError("a wrong byte at " + (read + differs));
    }
    read += result;
    return result > 0;
  }

  /** Reads until all that the other end has written is there. */
  void readAll(StreamEnd from) {
    Await.until(
        "all of " + from.written + " bytes",
        SOON,
        () -> {
          while (read < from.written && readAvailable()) {
            continue;
          }
          return read >= from.written;
        });
    if (read != from.written) {
      throw new AssertionError("read " + read + " of " + from.written + " bytes");
    }
  }

  /** Reads at both ends until both have all that the other has written. */
  void readBoth(StreamEnd other) {
    Await.until(
        "all of both streams",
        SOON,
        () -> {
          boolean any = read < other.written && readAvailable();
          any |= other.read < written && other.readAvailable();
          return !any && read >= other.written && other.read >= written;
        });
  }

  /** Waits for the end of the stream, and nothing before it. */
  void awaitEnd() {
    Await.until("the end of the stream", SOON, this::isAtEnd);
  }

  /** Whether the next that is read is the end. */
  boolean isAtEnd() {
    int result = sockets.recv(fd, buffer, 0, 1, MessageFlag.DONTWAIT);
    if (result > 0) {
      throw new AssertionError("a byte too many");
    }
    if (result != -Errno.EAGAIN) {
      checked(result);
    }
    return result == 0;
  }

  /** Whether the other end has reset the connection; that a path was cut is no error. */
  boolean isReset() {
    long error = sockets.getsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_ERROR);
    return error == Errno.ECONNRESET || error == Errno.EPIPE;
  }

  void shutdown() {
    checked(sockets.shutdown(fd, Shutdown.WR));
    shutdown = true;
  }

  boolean isShutdown() {
    return shutdown;
  }

  /** The end was seen before the migration, and isn't seen again. */
  void endSeen() {
    endSeen = true;
  }

  boolean hasSeenEnd() {
    return endSeen;
  }

  /** Waits for the peer to have acknowledged all, a FIN too. */
  void awaitAcknowledged() {
    Await.until("acknowledgement", SOON, () -> unacknowledged() == 0);
  }

  int unacknowledged() {
    return checked(sockets.ioctl(fd, Ioctl.SIOCOUTQ));
  }

  int unsent() {
    return checked(sockets.ioctl(fd, Ioctl.SIOCOUTQNSD));
  }

  int unread() {
    return checked(sockets.ioctl(fd, Ioctl.SIOCINQ));
  }

  TcpInfo info() {
    checked(info.read(sockets, fd));
    return info;
  }

  void awaitUnread(int count) {
    Await.until(count + " bytes to read", SOON, () -> unread() == count);
  }

  void awaitState(int state) {
    Await.until("TCP state " + state, SOON, () -> info().state() == state);
  }

  @Override
  public void close() {
    if (fd >= 0) {
      sockets.close(fd);
      fd = -1;
    }
  }

  private static int checked(int result) {
    if (result < 0) {
      throw new AssertionError(Errno.name(result));
    }
    return result;
  }
}
