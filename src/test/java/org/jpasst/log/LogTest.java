package org.jpasst.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogTest {
  private final List<String> seen = new ArrayList<>();
  private long time;

  @TempDir Path directory;

  @Test
  void eachLevelShowsItselfAndWhatIsGraver() {
    Log log = log(LogLevel.INFO);

    log.error("e");
    log.warn("w");
    log.info("i");
    log.debug("d");
    log.trace("t");

    assertThat(seen).containsExactly("e", "w", "i");
    assertThat(log.isDebug()).isFalse();
    log.setLevel(LogLevel.TRACE);
    assertThat(log.isTrace()).isTrue();
  }

  @Test
  void whatRepeatsIsWrittenOnceInTenSecondsWithTheCountOfTheRest() {
    Log log = log(LogLevel.INFO);

    for (int i = 0; i < 100; i++) {
      log.limited(LogLevel.WARNING, "fragments", "fragments dropped");
    }
    log.limited(LogLevel.WARNING, "other", "another cause");
    time += TimeUnit.SECONDS.toNanos(10);
    log.limited(LogLevel.WARNING, "fragments", "fragments dropped");

    assertThat(seen)
        .containsExactly(
            "fragments dropped",
            "another cause",
            "fragments dropped (and 99 times more since the last message)");
  }

  @Test
  void whatIsOfInterestAFewTimesIsWrittenSoOften() {
    Log log = log(LogLevel.INFO);

    for (int i = 1; i <= 5; i++) {
      log.limited(LogLevel.INFO, "guest", 3, "guest " + i);
    }
    time += TimeUnit.SECONDS.toNanos(10);
    log.tellLeftOut(false);
    log.limited(LogLevel.INFO, "guest", 3, "guest 6");

    assertThat(seen)
        .containsExactly(
            "guest 1",
            "guest 2",
            "guest 3",
            "guest 5: 2 times more since the last message",
            "guest 6");
  }

  @Test
  void aHundredThousandOfTheSameAreAFewLinesAndTheLastOneTellsHowMany() {
    Log log = log(LogLevel.INFO);

    for (int i = 0; i < 100_000; i++) {
      log.limited(LogLevel.WARNING, "drop", "dropped");
    }
    log.tellLeftOut(false);
    assertThat(seen).containsExactly("dropped");
    time += TimeUnit.SECONDS.toNanos(10);
    log.tellLeftOut(false);
    log.tellLeftOut(false);

    assertThat(seen).containsExactly("dropped", "dropped: 99999 times more since the last message");
    log.limited(LogLevel.WARNING, "drop", "dropped");
    log.tellLeftOut(true);
    assertThat(seen).last().asString().isEqualTo("dropped: 1 times more since the last message");
  }

  @Test
  void oneEventIsOneLine() {
    Log log = log(LogLevel.INFO);

    log.info("a name: x\nerror: forged\u001b[31m");

    assertThat(seen).containsExactly("a name: x?error: forged?[31m");
  }

  @Test
  void whatIsNotAllowedCountsAsLeftOut() {
    Log log = log(LogLevel.INFO);

    for (int i = 0; i < 3; i++) {
      if (log.allows(LogLevel.WARNING, "cause")) {
        log.limited(LogLevel.WARNING, "cause", "text");
      }
    }
    time += TimeUnit.SECONDS.toNanos(10);
    log.limited(LogLevel.WARNING, "cause", "text");

    assertThat(seen).containsExactly("text", "text (and 2 times more since the last message)");
    assertThat(log.allows(LogLevel.DEBUG, "unknown")).isFalse();
  }

  @Test
  void debugLinesBeginWithTheSecondsSinceStart() {
    var bytes = new ByteArrayOutputStream();
    Log log = new Log(LogLevel.DEBUG, () -> time);
    log.addSink(
        new StandardError(
            new PrintStream(bytes, true, StandardCharsets.UTF_8), LineStart.SINCE_START));
    time += 12_034_567_890L;

    log.debug("hello");

    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("12.0345: hello\n");
  }

  @Test
  void linesForPeopleBeginWithTheTimeOfDay() {
    assertThat(LineStart.text(LocalTime.of(9, 5, 0))).isEqualTo("09:05:00 ");
    var bytes = new ByteArrayOutputStream();
    Log log = new Log(LogLevel.INFO, () -> time);
    var stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    log.addSink(new StandardError(stream, LineStart.TIME_OF_DAY));

    log.info("hello");

    assertThat(bytes.toString(StandardCharsets.UTF_8)).matches("\\d\\d:\\d\\d:\\d\\d hello\n");
  }

  @Test
  void aLogFileHasTitleAndTags() throws IOException {
    Path path = directory.resolve("log");
    Log log = new Log(LogLevel.DEBUG, () -> time);
    try (var file = new LogFile(path, LogFile.DEFAULT_LIMIT, "passt 0.1: /bin/passt (42)")) {
      log.addSink(file);
      log.error("one");
      log.warn("two");
      log.info("three");
      log.debug("four");
    }

    assertThat(path)
        .hasContent(
            """
            passt 0.1: /bin/passt (42)
            0.0000: ERROR:   one
            0.0000: WARNING: two
            0.0000: info:    three
            0.0000:          four
            """);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
  }

  @Test
  void aFormerLogStaysUntilTheFileBeginsWithAllMessages() throws IOException {
    Path path = Files.writeString(directory.resolve("log"), "of yesterday\n".repeat(100));
    try (var file = new LogFile(path, LogFile.MIN_LIMIT, "title")) {
      file.write(LogLevel.INFO, 0, "one");
      assertThat(path).hasContent("of yesterday\n".repeat(100));
    }
    assertThat(path).as("after a failure").hasContent("of yesterday\n".repeat(100));
    try (var file = new LogFile(path, LogFile.MIN_LIMIT, "title")) {
      file.write(LogLevel.INFO, 0, "one");
      file.begin();
      file.write(LogLevel.INFO, 0, "two");
    }
    assertThat(path).hasContent("title\n0.0000: info:    one\n0.0000: info:    two\n");
  }

  @Test
  void aNewLogFileHasMessagesAtOnce() throws IOException {
    Path path = directory.resolve("log");
    try (var file = new LogFile(path, LogFile.MIN_LIMIT, "title")) {
      file.write(LogLevel.INFO, 0, "one");
    }
    assertThat(path).hasContent("title\n0.0000: info:    one\n");
  }

  @Test
  void aLogFileKeepsItsLimitItsTitleAndItsLatestLinesWhole() throws IOException {
    Path path = directory.resolve("log");
    try (var file = new LogFile(path, LogFile.MIN_LIMIT, "title")) {
      for (int i = 0; i < 10_000; i++) {
        file.write(LogLevel.INFO, 0, "line " + i);
        if (i % 100 == 0) {
          assertThat(Files.size(path)).isLessThanOrEqualTo(LogFile.MIN_LIMIT);
        }
      }
    }

    List<String> lines = Files.readAllLines(path);
    assertThat(lines.getFirst()).startsWith("title - log truncated at ");
    assertThat(lines.getLast()).isEqualTo("0.0000: info:    line 9999");
    assertThat(lines.subList(1, lines.size()))
        .allMatch(l -> l.matches("0.0000: info:    line \\d+"));
    assertThat(Files.size(path)).isGreaterThan(LogFile.MIN_LIMIT / 2);
  }

  @Test
  void aLogFileThatSomebodyEmptiedGoesOn() throws IOException {
    Path path = directory.resolve("log");
    try (var file = new LogFile(path, LogFile.MIN_LIMIT, "title")) {
      for (int i = 0; i < 10_000; i++) {
        if (i == 500) {
          Files.writeString(path, "");
        }
        file.write(LogLevel.INFO, 0, "line " + i);
      }
    }

    assertThat(Files.size(path)).isLessThanOrEqualTo(LogFile.MIN_LIMIT);
    assertThat(Files.readAllLines(path)).last().isEqualTo("0.0000: info:    line 9999");
  }

  private Log log(LogLevel level) {
    var log = new Log(level, () -> time);
    log.addSink((l, at, message) -> seen.add(message));
    return log;
  }
}
