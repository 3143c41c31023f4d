package org.jpasst.unix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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

  @Test
  void messagesArriveWithFacilitySeverityAndName() throws IOException {
    Path path = directory.resolve("log");
    try (UnixDatagramChannel logger = UnixDatagramChannel.open()) {
      logger.bind(new UnixSocketAddress(path.toString()));
      var syslog = new Syslog(path);
      syslog.write(LogLevel.ERROR, 0, "one");
      syslog.write(LogLevel.INFO, 0, "two");

      assertThat(receive(logger)).isEqualTo("<27>passt: one");
      assertThat(receive(logger)).isEqualTo("<30>passt: two");
    }
  }

  @Test
  void withoutALoggerMessagesAreDropped() {
    var syslog = new Syslog(directory.resolve("missing"));
    for (int i = 0; i < 2000; i++) {
      syslog.write(LogLevel.WARNING, 0, "nobody hears this");
    }
  }

  private static String receive(UnixDatagramChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1000);
    channel.receive(buffer);
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
  }
}
