package org.jpasst.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What QEMU's monitor sends, and what may come in its place. */
final class MonitorMessageTest {
  private static final long SEED = 20261130;
  private static final int INPUTS = 20_000;

  /** As QEMU 11.1 sent them. */
  private static final List<String> RECORDED =
      List.of(
          "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 1, \"major\": 11},"
              + " \"package\": \"Debian 1:11.1.2+ds-3\"}, \"capabilities\": [\"oob\"]}}\r",
          "{\"return\": {}}\r",
          "{\"return\": {\"status\": \"inmigrate\", \"running\": false}}\r",
          "{\"timestamp\": {\"seconds\": 1796008161, \"microseconds\": 7}, \"event\": \"STOP\"}\r",
          "{\"timestamp\": {\"seconds\": 1796008161, \"microseconds\": 7}, \"event\":"
              + " \"RESUME\"}\r",
          "{\"timestamp\": {\"seconds\": 1796008161, \"microseconds\": 7}, \"event\":"
              + " \"MIGRATION\", \"data\": {\"status\": \"pre-switchover\"}}\r",
          "{\"timestamp\": {\"seconds\": 1796008161, \"microseconds\": 7}, \"event\":"
              + " \"MIGRATION_PASS\", \"data\": {\"pass\": 2}}\r",
          "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\r");

  @Test
  void whatQemuTellsIsUnderstood() {
    assertThat(RECORDED.stream().map(each -> MonitorMessage.parse(each).orElseThrow()))
        .containsExactly(
            new MonitorMessage.Greeting(),
            new MonitorMessage.Answer(""),
            new MonitorMessage.Answer("inmigrate"),
            new MonitorMessage.Stopped(),
            new MonitorMessage.Resumed(),
            new MonitorMessage.Migrating(MigrationStatus.PRE_SWITCHOVER),
            new MonitorMessage.Other(),
            new MonitorMessage.Refusal("no"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "7",
        "{} {}",
        "{'event':'STOP'}",
        "{\"event\": STOP}",
        "{\"event\": \"STOP\"",
        "{\"event\": \"STOP\"}x"
      })
  void whatIsNoJsonObjectIsNoMessage(String line) {
    assertThat(MonitorMessage.parse(line)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"event\": 7}",
        "{\"event\": null}",
        "{\"event\": {\"STOP\": 1}}",
        "{\"event\": \"SHUTDOWN\"}"
      })
  void anotherObjectDoesNotMatter(String line) {
    assertThat(MonitorMessage.parse(line)).contains(new MonitorMessage.Other());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "[1]", "7", "null", "{\"status\": 7}", "{\"status\": null}"})
  void aMigrationOfNoStatusIsOfNone(String data) {
    assertThat(MonitorMessage.parse("{\"event\": \"MIGRATION\", \"data\": " + data + "}"))
        .contains(new MonitorMessage.Migrating(MigrationStatus.NONE));
  }

  @Test
  void aStatusThatIsNotKnownChangesNothing() {
    MigrationStatus other = MigrationStatus.of("wait-unplug");
    assertThat(other).isEqualTo(MigrationStatus.OTHER);
    assertThat(other.isBeginning() || other.isSwitchover()).isFalse();
    assertThat(other.isOver() || other.isGivenUp()).isFalse();
    assertThat(MigrationStatus.of("other")).isEqualTo(MigrationStatus.OTHER);
  }

  /** Whatever it is, it is a message or none. */
  @Test
  void mutationsOfWhatQemuSendsDoNoHarm() {
    Random random = new Random(SEED);
    int understood = 0;
    for (int i = 0; i < INPUTS; i++) {
      byte[] line = RECORDED.get(random.nextInt(RECORDED.size())).getBytes(StandardCharsets.UTF_8);
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        line[random.nextInt(line.length)] = (byte) random.nextInt(256);
      }
      String text = new String(line, 0, line.length, StandardCharsets.UTF_8);
      understood += MonitorMessage.parse(text).isPresent() ? 1 : 0;
    }
    assertThat(understood).isBetween(1, INPUTS - 1);
  }

  @Test
  void nestingWithoutEndIsNoMessage() {
    String nested = "{\"data\":".repeat(LineBuffer.MAX_LENGTH / 8);
    assertThat(MonitorMessage.parse(nested)).isEmpty();
  }

  @Test
  void linesComeInAnyPieces() {
    String all = String.join("\n", RECORDED) + "\n";
    Random random = new Random(SEED);
    LineBuffer lines = new LineBuffer();
    byte[] bytes = all.getBytes(StandardCharsets.UTF_8);
    List<String> got = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(1 + random.nextInt(9), bytes.length - at);
      lines.add(MemorySegment.ofArray(bytes).asSlice(at, length), length);
      at += length;
      for (Optional<String> each = lines.next(); each.isPresent(); each = lines.next()) {
        got.add(each.get());
      }
    }
    assertThat(got).isEqualTo(RECORDED);
    assertThat(lines.isTooLong()).isFalse();
  }

  @Test
  void aLineHasBounds() {
    LineBuffer lines = new LineBuffer();
    byte[] bytes = "x".repeat(LineBuffer.MAX_LENGTH).getBytes(StandardCharsets.UTF_8);
    lines.add(MemorySegment.ofArray(bytes), bytes.length);
    assertThat(lines.isTooLong()).isFalse();
    lines.add(MemorySegment.ofArray(bytes), 1);
    assertThat(lines.isTooLong()).isTrue();
    assertThat(lines.next()).isEmpty();
  }
}
