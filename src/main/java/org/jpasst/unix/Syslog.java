package org.jpasst.unix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jpasst.linux.Errno;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.UnixConnector;
import org.jpasst.log.LogLevel;
import org.jpasst.log.LogSink;

/**
 * The system logger: datagrams {@code <priority>passt: message} (RFC 3164) to /dev/log, facility
 * daemon.
 *
 * <p>The socket is connected when this is made, since the path may be out of reach later. It never
 * blocks: a message that the logger has no room for is lost. When the logger is gone, or has never
 * been there, each second one message at most tries to connect again, and the others are lost.
 */
public final class Syslog implements LogSink {
  private static final Path DEFAULT_PATH = Path.of("/dev/log");
  private static final int FACILITY_DAEMON = 3 << 3;

  /** What RFC 5424 section 6.1 has every logger accept at least. */
  private static final int MAX_BYTES = 2048;

  private static final long RETRY = TimeUnit.SECONDS.toNanos(1);
  private static final int NOT_CONNECTED = -1;

  private final Path path;
  private final LongSupplier clock;
  private final LinuxSockets sockets = new LinuxSockets();
  private final UnixConnector connector = new UnixConnector();
  private final MemorySegment buffer = Arena.global().allocate(MAX_BYTES);
  private int fd = NOT_CONNECTED;
  private long nextTry;

  /** Messages go to /dev/log. */
  public Syslog() {
    this(DEFAULT_PATH, System::nanoTime);
  }

  Syslog(Path path, LongSupplier clock) {
    this.path = path;
    this.clock = clock;
    nextTry = clock.getAsLong();
    connect();
  }

  @Override
  public void write(LogLevel level, long sinceStartNanos, String message) {
    byte[] bytes =
        ("<" + (FACILITY_DAEMON | severity(level)) + ">passt: " + message)
            .getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, MAX_BYTES);
    MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, 0, length);
    if (fd == NOT_CONNECTED) {
      connect();
    }
    if (fd != NOT_CONNECTED && isGone(send(length))) {
      // A logger that was started anew has a new socket at the same path.
      disconnect();
      connect();
      if (fd != NOT_CONNECTED && isGone(send(length))) {
        disconnect();
      }
    }
  }

  private int send(int length) {
    return sockets.send(fd, buffer, 0, length, MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL);
  }

  private static boolean isGone(int result) {
    return result < 0 && result != -Errno.EAGAIN && result != -Errno.ENOBUFS;
  }

  private void connect() {
    if (clock.getAsLong() - nextTry >= 0) {
      nextTry = clock.getAsLong() + RETRY;
      int result = connector.connect(path.toString(), SocketType.DGRAM);
      fd = result < 0 ? NOT_CONNECTED : result;
    }
  }

  private void disconnect() {
    sockets.close(fd);
    fd = NOT_CONNECTED;
  }

  private static int severity(LogLevel level) {
    return switch (level) {
      case ERROR -> 3;
      case WARNING -> 4;
      case INFO -> 6;
      case DEBUG, TRACE -> 7;
    };
  }
}
