package org.jpasst.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jpasst.cli.CommandLineTable.Row;
import org.jpasst.config.RequestedConfiguration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every option of passt(1): its default, values that are taken and refused, conflicts. */
final class CommandLineTableTest {
  private static final String DIRECTORY = "/tmp/d";
  private static final String FD = "77";

  private static final RequestedConfiguration DEFAULTS = CliTest.run();

  /** Options that end the run, or do nothing: there is no value that could be the default. */
  private static final Set<PasstOption> WITHOUT_VALUE =
      EnumSet.of(
          PasstOption.HELP,
          PasstOption.VERSION,
          PasstOption.PRINT_CAPABILITIES,
          PasstOption.IPV4_ONLY,
          PasstOption.IPV6_ONLY);

  static Stream<Row> defaults() {
    return CommandLineTable.rows().stream().filter(Row::isDefault);
  }

  static Stream<Row> commandLines() {
    return CommandLineTable.rows().stream().filter(each -> !each.isDefault());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("defaults")
  void theDefaultIsAsTheTableSays(Row row) {
    Map<String, String> texts = FlatRequest.of(DEFAULTS);

    for (String each : effects(row)) {
      String name = each.substring(0, each.indexOf('='));
      assertThat(name + "=" + texts.get(name)).isEqualTo(each);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("commandLines")
  void theCommandLineDoesWhatTheTableSays(Row row) {
    CliResult result = Cli.parse(row.arguments(DIRECTORY, FD).toArray(String[]::new));

    switch (result) {
      case CliResult.Exit exit -> {
        assertThat(row.effect())
            .as(row + "\n" + exit.text())
            .isEqualTo(exit.status() == 0 ? "printed" : "refused");
        if (exit.status() != 0) {
          assertThat(exit.text()).matches("passt: .+\n");
        }
      }
      case CliResult.Run run -> {
        assertThat(row.isPrinted() || row.effect().equals("refused")).as("taken: " + row).isFalse();
        if (!row.isRefusedAtStart() && !row.effect().equals("*")) {
          assertThat(FlatRequest.difference(run.request(), DEFAULTS))
              .as(row.toString())
              .containsExactlyInAnyOrderElementsOf(effects(row));
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(PasstOption.class)
  void theTableShowsEveryOptionFromAllSides(PasstOption option) {
    List<Row> rows =
        CommandLineTable.rows().stream()
            .filter(each -> each.option().equals(option.synopsis().text()))
            .toList();

    assertThat(rows).as("command lines with repeated option").anyMatch(r -> isRepeated(option, r));
    if (option.isSupported() && !WITHOUT_VALUE.contains(option)) {
      assertThat(rows).as("default").anyMatch(Row::isDefault);
    }
    boolean taken = option.availability() != PasstOption.Availability.PASTA_ONLY;
    assertThat(rows).as("refused").anyMatch(Row::isRefused);
    assertThat(rows.stream().anyMatch(each -> !each.isRefused())).as("taken").isEqualTo(taken);
    for (String each : spellings(option)) {
      assertThat(rows).as(each).anyMatch(row -> row.text().contains(each));
    }
  }

  private static List<String> effects(Row row) {
    return row.effect().isEmpty()
        ? List.of()
        : Arrays.stream(row.effect().split("; "))
            .map(each -> each.replace("DIR", DIRECTORY))
            .toList();
  }

  private static boolean isRepeated(PasstOption option, Row row) {
    var options = new GetoptArguments(row.arguments(DIRECTORY, FD).toArray(String[]::new));
    var given = new ArrayList<PasstOption>();
    try {
      Optional<OptionArgument> next = options.next();
      while (next.isPresent()) {
        given.add(next.get().option());
        next = options.next();
      }
    } catch (RuntimeException e) {
      return false;
    }
    return given.stream().filter(each -> each == option).count() > 1;
  }

  private static List<String> spellings(PasstOption option) {
    return option.synopsis().names().stream()
        .map(name -> "--" + name)
        .sorted(Comparator.comparingInt(String::length))
        .limit(option.availability() == PasstOption.Availability.PASTA_ONLY ? 0 : 2)
        .toList();
  }
}
