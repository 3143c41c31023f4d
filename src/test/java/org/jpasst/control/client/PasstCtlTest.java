package org.jpasst.control.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PasstCtlTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return PasstCtl.run(
        List.of(arguments),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @Test
  void aStateIsShown() {
    assertThat(run("migrate", "show", "test-vectors/migration/established4.bin")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("state stream, version 2")
        .contains("TCP connections: 1");
    assertThat(err.size()).isZero();
  }

  @Test
  void whatIsNoStateIsRefusedInOneLine(@TempDir Path directory) throws Exception {
    Path file = Files.write(directory.resolve("state"), new byte[100]);
    assertThat(run("migrate", "show", file.toString())).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("passtctl: not a state stream: wrong magic number: EINVAL: invalid argument\n");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThat(run("migrate", "show", "/nowhere")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("passtctl: /nowhere: no such file\n");
  }

  @Test
  void whereNobodyListensIsSaid() {
    assertThat(run("-s", "/nowhere", "migrate", "pause")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("passtctl: cannot connect to /nowhere: ENOENT");
  }

  @Test
  void theUsageNamesEveryVerb() {
    assertThat(run("--help")).isZero();
    String usage = out.toString(StandardCharsets.UTF_8);
    assertThat(usage.lines()).allMatch(each -> each.length() <= 80);
    for (Verb verb : Verb.all()) {
      assertThat(usage).contains("\n  " + verb.words() + " ");
    }
  }

  @Test
  void aSpecWithoutAProtocolIsAskedFor() {
    assertThat(run("-s", "/nowhere", "forward", "add", "22", "tcp")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("passtctl: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "migrate",
        "migrate pause",
        "-s /x migrate fly",
        "-s /x migrate save",
        "-s /x",
        "-s /x migrate pause now",
        "-s /x --json top",
        "-s /x forward add tcp",
        "-s /x forward list tcp",
        "-s /x --fast flows",
        "flows --json",
        "-s"
      })
  void theUsageIsToldWhereTheWordsMakeNoSense(String words) {
    assertThat(run(words.isEmpty() ? new String[0] : words.split(" "))).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("Usage: passtctl");
  }
}
