package org.jpasst.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.jpasst.cli.Cli;
import org.jpasst.cli.CliResult;
import org.jpasst.cli.CommandLineTable;
import org.jpasst.cli.CommandLineTable.Row;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ConfigurationResolver;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.HostNetwork;
import org.jpasst.config.PortRange;
import org.jpasst.config.ResolvConf;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.sandbox.Sandbox;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The real passt and this program take and refuse the same command lines, save for those that
 * docs/compatibility.md names.
 *
 * <p>Ours are judged in this JVM, by the same steps as at a start, up to where files, sockets and
 * ports are opened; where that isn't enough, and for a sample, the program is started.
 */
@LabTest
final class CommandLinesIT {
  private static final long SEED = 20_261_002;
  private static final int COMBINATIONS = 200;
  private static final int SAMPLE = 12;

  private static Lab lab;
  private static CommandLineStarts starts;
  private static HostNetwork host;
  private static ResolvConf resolvConf;
  private static PortRange ephemeral;

  @BeforeAll
  static void open() throws Exception {
    lab = Lab.open();
    starts = new CommandLineStarts(lab);
    host = lab.host().call(CommandLinesIT::network);
    ephemeral = lab.host().call(HostState::ephemeralPorts);
    resolvConf = ResolvConf.parse(Files.readString(lab.resolvConf()));
  }

  @AfterAll
  static void close() {
    lab.close();
  }

  @Test
  void passtAndWeTakeTheSameCommandLinesButForTheDocumentedOnes() {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    Map<String, Integer> ours = new LinkedHashMap<>();
    for (Row row : CommandLineTable.rows()) {
      if (!row.isDefault() && row.isComparable()) {
        rows.put(row.text(), arguments(row));
        ours.put(row.text(), row.isRefused() ? 1 : 0);
      }
    }
    Map<String, Integer> passt = statuses(BackEndProgram.real(), rows);

    Map<String, Integer> expected = new LinkedHashMap<>(ours);
    for (CommandLineDifference each : CommandLineDifference.documented()) {
      assertThat(ours)
          .as("docs/compatibility.md: no difference, or no row of the table")
          .containsEntry(each.text(), 1 - each.status());
      expected.put(each.text(), each.status());
    }
    assertThat(differences(passt, expected)).as("passt's status, and what it should be").isEmpty();
  }

  @Test
  void theProgramEndsAsTheTableSays() {
    RandomGenerator random = random();
    Map<String, List<String>> rows = new LinkedHashMap<>();
    Map<String, Integer> expected = new LinkedHashMap<>();
    List<Row> all =
        CommandLineTable.rows().stream().filter(r -> !r.isDefault() && r.isComparable()).toList();
    for (Row row : all) {
      // Everything else is settled by CommandLineTableTest.
      boolean byHost = row.isRefusedAtStart() && status(arguments(row)) == 0;
      if (byHost || random.nextInt(all.size()) < SAMPLE) {
        rows.put(row.text(), arguments(row));
        expected.put(row.text(), row.isRefused() ? 1 : 0);
      }
    }

    assertThat(differences(statuses(BackEndProgram.underTest(), rows), expected))
        .as("our status, and what it should be")
        .isEmpty();
  }

  @Test
  void passtAndWeTakeTheSameCombinations() {
    Map<String, List<String>> combinations = combinations();
    Map<String, Integer> passt = statuses(BackEndProgram.real(), combinations);

    Map<String, Integer> ours = new LinkedHashMap<>();
    combinations.forEach((text, arguments) -> ours.put(text, status(arguments)));
    assertThat(passt.values()).contains(0, 1);
    assertThat(differences(passt, ours)).as("passt's status, and ours").isEmpty();
  }

  /** Rows of several options, one behind the other, but those that are known to differ. */
  private static Map<String, List<String>> combinations() {
    RandomGenerator random = random();
    List<CommandLineDifference> differences = CommandLineDifference.documented();
    List<Row> rows =
        CommandLineTable.rows().stream()
            .filter(r -> !r.isDefault() && r.isComparable() && !r.isPrinted())
            .filter(r -> !r.isRefusedAtStart() || status(arguments(r)) == 1)
            .toList();
    // Refusals are half of the table, and would be nearly all of the combinations.
    List<Row> taken = rows.stream().filter(r -> !r.isRefused()).toList();
    Map<String, List<String>> combinations = new LinkedHashMap<>();
    while (combinations.size() < COMBINATIONS) {
      int count = 2 + random.nextInt(4);
      List<Row> chosen = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        List<Row> from = random.nextInt(10) == 0 ? rows : taken;
        chosen.add(from.get(random.nextInt(from.size())));
      }
      List<String> arguments = chosen.stream().flatMap(r -> arguments(r).stream()).toList();
      if (!staysInForeground(arguments)
          && !hasMaskAndIpv6Prefix(arguments)
          && differences.stream().noneMatch(d -> isIn(d, arguments))) {
        combinations.put(
            chosen.stream().map(Row::text).collect(Collectors.joining(" ")), arguments);
      }
    }
    return combinations;
  }

  private static boolean isIn(CommandLineDifference difference, List<String> arguments) {
    return difference.isPartOf(arguments, lab.directory().toString(), CommandLineStarts.FD);
  }

  /**
   * Whether it would wait for a guest, instead of ending with the one that is gone already. passt
   * does wherever a path was named, even if a descriptor was behind it.
   */
  private static boolean staysInForeground(List<String> arguments) {
    return parse(arguments) instanceof CliResult.Run(var request, _)
        && request.process().foreground()
        && (request.link().socket() instanceof GuestSocket.Listen || has(arguments, "-s", "--so"));
  }

  /** A difference that is documented for one mask and one prefix of all there are. */
  private static boolean hasMaskAndIpv6Prefix(List<String> arguments) {
    return parse(arguments) instanceof CliResult.Run(var request, _)
        && request.ipv6().filter(each -> each.prefixLength().isPresent()).isPresent()
        && has(arguments, "-n", "--netm");
  }

  private static CliResult parse(List<String> arguments) {
    return Cli.parse(arguments.stream().map(a -> a.replace("FD", "77")).toArray(String[]::new));
  }

  private static boolean has(List<String> arguments, String letter, String name) {
    return arguments.stream().anyMatch(each -> each.startsWith(letter) || each.startsWith(name));
  }

  private static RandomGenerator random() {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
  }

  private static List<String> arguments(Row row) {
    return row.arguments(lab.directory().toString(), CommandLineStarts.FD);
  }

  /** Our status, as far as it can be told without opening anything. */
  private static HostNetwork network() throws IOException {
    try (var reader = new HostNetworkReader(new LinuxSockets())) {
      return reader.read();
    }
  }

  private static int status(List<String> arguments) {
    List<String> all = new ArrayList<>(CommandLineStarts.prefix());
    all.addAll(arguments);
    String[] given = all.stream().map(a -> a.replace("FD", "77")).toArray(String[]::new);
    return switch (Cli.parse(given)) {
      case CliResult.Exit exit -> exit.status();
      case CliResult.Run run -> {
        try {
          new ConfigurationResolver(run.request(), ephemeral).resolve(host, resolvConf);
          new Sandbox(run.request().process().sandbox(), false);
          yield 0;
        } catch (ConfigurationException e) {
          yield 1;
        }
      }
    };
  }

  private static Map<String, Integer> statuses(
      BackEndProgram program, Map<String, List<String>> commandLines) {
    List<CommandLineStarts.End> ends = starts.run(program, List.copyOf(commandLines.values()));
    Map<String, Integer> statuses = new LinkedHashMap<>();
    int next = 0;
    for (String text : commandLines.keySet()) {
      statuses.put(text, ends.get(next++).status());
    }
    return statuses;
  }

  private static Set<String> differences(Map<String, Integer> actual, Map<String, Integer> other) {
    return actual.entrySet().stream()
        .filter(each -> !each.getValue().equals(other.get(each.getKey())))
        .map(each -> each.getKey() + ": " + each.getValue() + ", " + other.get(each.getKey()))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
