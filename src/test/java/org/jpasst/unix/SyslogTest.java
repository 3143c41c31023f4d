package org.jpasst.unix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.jpasst.log.LogLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
final class SyslogTest {
  @TempDir Path directory;

  private long time;

  @Test
  void messagesArriveWithFacilitySeverityAndName() throws IOException {
    try (UnixDatagramChannel logger = logger()) {
      Syslog syslog = syslog();
      syslog.write(LogLevel.ERROR, 0, "one");
      syslog.write(LogLevel.INFO, 0, "two");

      assertThat(receive(logger)).isEqualTo("<27>passt: one");
      assertThat(receive(logger)).isEqualTo("<30>passt: two");
    }
  }

  @Test
  void aLoggerThatIsStartedAnewOrLateIsFoundAgain() throws IOException {
    Syslog syslog = syslog();
    syslog.write(LogLevel.INFO, 0, "nobody hears this");
    time += TimeUnit.SECONDS.toNanos(1);
    try (UnixDatagramChannel logger = logger()) {
      syslog.write(LogLevel.INFO, 0, "late");
      assertThat(receive(logger)).isEqualTo("<30>passt: late");
    }
    Files.delete(directory.resolve("log"));
    syslog.write(LogLevel.INFO, 0, "nor this");
    time += TimeUnit.SECONDS.toNanos(1);
    try (UnixDatagramChannel logger = logger()) {
      syslog.write(LogLevel.INFO, 0, "anew");
      assertThat(receive(logger)).isEqualTo("<30>passt: anew");
    }
  }

  @Test
  void aLoggerThatDoesNotReadHoldsNobodyUp() throws IOException {
    try (UnixDatagramChannel logger = logger()) {
      Syslog syslog = syslog();
      for (int i = 0; i < 10_000; i++) {
        syslog.write(LogLevel.INFO, 0, "line " + i);
      }
      assertThat(receive(logger)).isEqualTo("<30>passt: line 0");
    }
  }

  @Test
  void withoutALoggerMessagesAreDropped() {
    Syslog syslog = syslog();
    for (int i = 0; i < 2000; i++) {
      syslog.write(LogLevel.WARNING, 0, "nobody hears this");
    }
  }

  private Syslog syslog() {
    return new Syslog(directory.resolve("log"), () -> time);
  }

  private UnixDatagramChannel logger() throws IOException {
    UnixDatagramChannel logger = UnixDatagramChannel.open();
    logger.bind(new UnixSocketAddress(directory.resolve("log").toString()));
    return logger;
  }

  private static String receive(UnixDatagramChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1000);
    channel.receive(buffer);
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
  }
}
