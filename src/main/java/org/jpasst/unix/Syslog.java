package org.jpasst.unix;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.jpasst.log.LogLevel;
import org.jpasst.log.LogSink;

/**
 * The system logger: datagrams {@code <priority>passt: message} (RFC 3164) to /dev/log, facility
 * daemon. A thread of its own sends them, started by the first message, so that neither loading JNR
 * nor a slow logger holds up anybody; when it can't keep up, messages are lost.
 */
public final class Syslog implements LogSink {
  private static final Path DEFAULT_PATH = Path.of("/dev/log");
  private static final int FACILITY_DAEMON = 3 << 3;
  private static final int QUEUE = 1000;

  private final Path path;
  private final BlockingQueue<String> queue = new ArrayBlockingQueue<>(QUEUE);
  private boolean started;

  /** Messages go to /dev/log, if there is one when the first comes. */
  public Syslog() {
    this(DEFAULT_PATH);
  }

  Syslog(Path path) {
    this.path = path;
  }

  @Override
  public void write(LogLevel level, long sinceStartNanos, String message) {
    if (!started) {
      started = true;
      if (Files.exists(path)) {
        Thread.ofPlatform().daemon().name("syslog").start(this::send);
      }
    }
    queue.offer("<" + (FACILITY_DAEMON | severity(level)) + ">passt: " + message);
  }

  private void send() {
    try (UnixDatagramChannel channel = UnixDatagramChannel.open()) {
      // Each datagram is addressed: this channel's connect() doesn't reach the kernel.
      var logger = new UnixSocketAddress(path.toString());
      while (true) {
        channel.send(ByteBuffer.wrap(queue.take().getBytes(StandardCharsets.UTF_8)), logger);
      }
    } catch (IOException e) {
      // The logger is gone: there is nobody to tell.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
