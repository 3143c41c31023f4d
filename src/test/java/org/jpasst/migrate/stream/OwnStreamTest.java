package org.jpasst.migrate.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** States that an earlier version has written are understood for ever. */
final class OwnStreamTest {
  private static final Path DIRECTORY = Path.of("test-vectors", "migration", "ours");

  @ParameterizedTest
  @ValueSource(strings = {"all", "cached", "passt-format"})
  void aRecordedStateIsReadAndWrittenAgain(String name) throws Exception {
    byte[] bytes = Files.readAllBytes(DIRECTORY.resolve(name + ".bin"));
    try (Arena arena = Arena.ofConfined()) {
      StateStream stream = Streams.read(bytes, arena);
      assertThat(StreamReport.lines(stream))
          .isEqualTo(Files.readAllLines(DIRECTORY.resolve(name + ".txt")));
      assertThat(Streams.write(stream)).isEqualTo(bytes);
      assertThat(stream.sections()).hasSize(name.equals("all") ? 2 : name.equals("cached") ? 3 : 0);
    }
  }
}
