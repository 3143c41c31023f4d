package org.jpasst.control.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  private String told() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String complaint() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void withoutAWordTheUsageIsTold() {
    assertThat(run()).isEqualTo(1);
    assertThat(complaint()).startsWith("Usage: passtctl");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "migrate | say what: one of prepare, pause, save, load, cache, resume, cancel, show"
            + " (see passtctl migrate --help)",
        "-s /x migrate fly | no such command: 'fly' (see passtctl migrate --help)",
        "-s /x migrate save | missing required parameter: 'FILE' (see passtctl migrate save"
            + " --help)",
        "-s /x | say what: one of flows, stats, top, forward, pcap, log, quit, migrate"
            + " (see passtctl --help)",
        "-s /x migrate pause now | migrate pause doesn't take 'now' (see passtctl migrate pause"
            + " --help)",
        "-s /x --json top | top has no --json (see passtctl top --help)",
        "-s /x forward list tcp | forward list doesn't take 'tcp' (see passtctl forward list"
            + " --help)",
        "-s /x flows --jsn | no such option: '--jsn': did you mean --json? (see passtctl flows"
            + " --help)",
        "flwos | no such command: 'flwos': did you mean flows? (see passtctl --help)",
        "stat | no such command: 'stat': did you mean stats? (see passtctl --help)",
        "forward ad | no such command: 'ad': did you mean add? (see passtctl forward --help)",
        "-s | missing required parameter for option '--socket' (PATH) (see passtctl --help)",
        "-s flows | expected parameter for option '--socket' but found 'flows' (see passtctl"
            + " --help)",
      })
  void whatMakesNoSenseIsRefusedInOneLine(String words, String line) {
    assertThat(run(words.split(" "))).isEqualTo(1);
    assertThat(complaint()).isEqualTo("passtctl: " + line + "\n");
    assertThat(out.size()).isZero();
  }

  @Test
  void aSpecHasToFollowItsProtocol() {
    assertThat(run("-s", "/x", "forward", "add", "tcp")).isEqualTo(1);
    assertThat(complaint()).contains("SPEC").hasLineCount(1);
  }

  @Test
  void eachVerbExplainsItself() {
    for (Verb verb : Verb.all()) {
      out.reset();
      List<String> words = new ArrayList<>(List.of(verb.words().split(" ")));
      words.add("--help");
      assertThat(run(words.toArray(String[]::new))).as(verb.words()).isZero();
      assertThat(told())
          .startsWith("Usage: passtctl " + verb.words())
          .contains(verb.argument().words().split("[ |.\\[\\]]")[0]);
      assertThat(told().lines()).allMatch(line -> line.length() <= 80);
    }
    assertThat(err.size()).isZero();
  }

  @Test
  void theVersionIsTold() {
    assertThat(run("--version")).isZero();
    assertThat(told()).startsWith("passtctl ").hasLineCount(1);
  }

  @Test
  void bashCanCompleteVerbsAndOptions() throws Exception {
    Process bash =
        new ProcessBuilder(
                "bash",
                "-c",
                "compopt() { :; }\n"
                    + Completion.script()
                    + "\n"
                    + "COMP_WORDS=(passtctl forward '') COMP_CWORD=2 COMP_LINE='passtctl forward '"
                    + " COMP_POINT=17; _complete_passtctl; echo \"${COMPREPLY[@]}\"")
            .redirectErrorStream(true)
            .start();
    String told = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as(told).isZero();
    assertThat(told.strip().split(" ")).contains("list", "add", "delete", "replace", "clear");
  }
}
