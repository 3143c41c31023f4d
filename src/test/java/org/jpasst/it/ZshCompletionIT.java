package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What zsh(1) offers at the key TAB, with the functions that the build made. */
@LabTest
final class ZshCompletionIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** The shell that a person types into. What it offers is written to the file "offered". */
  private static final String INNER =
      """
      PROMPT=
      fpath=('%s' $fpath)
      autoload -Uz compinit
      compinit -u -D
      bindkey -e
      bindkey '^I' complete-word
      compadd() {
        local -a words=("${(@)argv[1,(i)(-|--)]}")
        if [[ -z ${(M)words:#-[AOD]} ]]; then
          local -a offers
          builtin compadd -A offers "$@"
          print -rl -- $offers >>offered
        fi
        builtin compadd "$@"
      }
      report() { print -n 'it has comple''ted' }
      comppostfuncs=(report)
      print 'it is rea''dy'
      """;

  private static final String OUTER =
      """
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'source ./inner'
      zpty -r shell said '*it is ready*'
      zpty -w -n shell "$1"$'\\t'
      zpty -r shell said '*it has completed*'
      zpty -d shell
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      value = {
        "'passt --sand' > --sandbox",
        "'passt --sandbox ' > off on",
        "'passt --quiet --pid ' > inner offered outer",
        "'passtctl ' > flows stats top forward pcap log quit migrate",
        "'passtctl --so' > --socket",
        "'passtctl forward ' > list add delete replace clear",
        "'passtctl -s a forward add ' > tcp udp",
        "'passtctl pcap start --f' > --format",
        "'passtctl pcap start --format ' > pcap pcapng",
        "'passtctl --json log level ' > error warning info debug trace",
        "'passtctl migrate cache ' > udp echo other bridged on off auto",
        "'passtctl migrate load o' > offered outer"
      })
  void zshCompletes(String line, String completions) throws IOException {
    Path functions = LabDirectory.checkout().resolve("target/jpasst/share/zsh/site-functions");
    Files.writeString(directory.resolve("inner"), INNER.formatted(functions));
    Files.writeString(directory.resolve("outer"), OUTER);
    Path offered = Files.writeString(directory.resolve("offered"), "");
    List<String> zsh =
        List.of("env", "-C", directory.toString(), "TERM=dumb", "zsh", "-f", "outer", line);

    try (LabProcess shell = LabProcess.start(zsh, Map.of())) {
      assertThat(shell.awaitExit(SOON)).as(shell.output()).isZero();
    }

    assertThat(Files.readAllLines(offered).stream().distinct())
        .containsExactlyInAnyOrder(completions.split(" "));
  }
}
