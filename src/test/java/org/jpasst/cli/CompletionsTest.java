package org.jpasst.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What bash(1) completes with the script that we write; and what zsh is told. */
final class CompletionsTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      value = {
        "--sand > --sandbox",
        "--migrate-fo > --migrate-format",
        "--sandbox '' > off on",
        "--packet-cache a > auto",
        "--pid fi > file",
        "-P fi > file",
        "--quiet --pid fi > file",
        "--mtu '' > ''"
      })
  void bashCompletes(String line, String completions) throws Exception {
    assertThat(bash(line)).containsExactlyInAnyOrder(words(completions));
  }

  @Test
  void bashKnowsEveryOption() throws Exception {
    assertThat(bash("-")).containsAll(spellings());
  }

  @Test
  void zshIsToldEveryOption() {
    List<String> told =
        Completions.zsh()
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("'*-"))
            .map(line -> line.replaceFirst("^'\\*", "").replaceFirst("[+=]?\\[.*", ""))
            .toList();

    assertThat(told).containsExactlyInAnyOrderElementsOf(spellings());
    assertThat(Completions.zsh())
        .contains("'*--sandbox=[Give up what", ":on|off:(on off)'", ":PATH:_files'");
  }

  private static TreeSet<String> spellings() {
    TreeSet<String> all = new TreeSet<>();
    for (PasstOption each : PasstOption.values()) {
      if (each.isSupported()) {
        each.synopsis().letter().ifPresent(letter -> all.add("-" + letter));
        each.synopsis().names().forEach(name -> all.add("--" + name));
      }
    }
    return all;
  }

  private static String[] words(String text) {
    return text.isEmpty() ? new String[0] : text.split(" ");
  }

  /** What bash offers behind a line, of which the last word is being completed. */
  private List<String> bash(String line) throws IOException, InterruptedException {
    Files.writeString(directory.resolve("passt"), Completions.bash());
    Files.writeString(directory.resolve("file"), "");
    String script =
        """
        . ./passt
        COMP_WORDS=(passt %s) COMP_LINE="passt %s"
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_POINT=${#COMP_LINE}
        function=$(complete -p passt)
        function=${function##*-F } function=${function%% *}
        compopt() { :; }
        $function passt "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%%s\\n' "${COMPREPLY[@]}"
        """
            .formatted(line, line.replace("''", ""));
    Process bash =
        new ProcessBuilder("bash", "--norc", "-c", script)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(bash.getInputStream().readAllBytes());
    assertThat(bash.waitFor()).isZero();
    return Arrays.stream(output.split("\n"))
        .map(String::strip)
        .filter(each -> !each.isEmpty())
        .collect(Collectors.toList());
  }
}
