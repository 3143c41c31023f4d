package org.jpasst.migrate.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StreamReportTest {
  @Test
  void aStreamIsToldInLines() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      List<String> lines = StreamReport.lines(Streams.read(Streams.bytes("both-queues"), arena));
      assertThat(lines).hasSize(9);
      assertThat(lines.get(0)).isEqualTo("state stream, version 2, compatible with 2");
      assertThat(lines.get(1))
          .isEqualTo(
              "guest: MAC 52:54:00:12:34:56, IPv4 192.0.2.1, IPv6 2001:db8::1, link-local not"
                  + " seen");
      assertThat(lines.get(2)).isEqualTo("TCP connections: 1");
      assertThat(lines.get(3))
          .matches(
              "0: outbound, guest 192.0.2.1:40000 -> 192.0.2.3:7000,"
                  + " host 192.0.2.1:\\d+ -> 192.0.2.3:7000");
      assertThat(lines.get(4)).startsWith("   guest: ESTABLISHED; ");
      assertThat(lines.get(7))
          .matches(
              "   send queue: 500 bytes from \\d+, 0 not sent;"
                  + " receive queue: 450 bytes from \\d+");
    }
  }
}
