package org.jpasst.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;

/** Runs the benchmark and writes its reports. */
final class Main {
  private Main() {}

  /**
   * @param arguments see {@link Options}
   */
  public static void main(String[] arguments) throws IOException {
    Options options = new Options();
    CommandLine line = new CommandLine(options).setCommandName("src/test/bench/run");
    try {
      line.parseArgs(arguments);
    } catch (CommandLine.ParameterException e) {
      System.err.println(e.getMessage());
      System.exit(CommandLine.ExitCode.USAGE);
    }
    List<Cell> cells = options.cells();
    if (options.help()) {
      line.usage(System.out);
    } else if (options.list()) {
      cells.forEach(each -> System.out.println(each.id()));
    } else {
      System.exit(run(options, cells, System.out) ? CommandLine.ExitCode.SOFTWARE : 0);
    }
  }

  /** Whether something is far behind. */
  private static boolean run(Options options, List<Cell> cells, PrintStream out)
      throws IOException {
    Results results;
    try (var _ = BusyProcesses.start(options.busy());
        Benchmark benchmark = new Benchmark(options.candidates(), options.guest(), out)) {
      results = benchmark.run(cells, options.rounds());
    }
    Environment environment = Environment.current(settings(options));
    MarkdownReport markdown =
        new MarkdownReport(
            results,
            Optional.of(options.reference()),
            options.candidates().stream()
                .map(Candidate::label)
                .filter(each -> !each.equals(options.reference()) && !each.equals("kernel"))
                .toList());
    Path directory = Files.createDirectories(options.output());
    Files.writeString(
        directory.resolve("results.json"), new JsonReport(results, environment).text());
    StringBuilder text = new StringBuilder("# Measured\n\n");
    environment.facts().forEach((name, value) -> text.append("- %s: %s%n".formatted(name, value)));
    text.append('\n');
    for (Group group : charted(results)) {
      String chart = "results-%s.svg".formatted(group.name().toLowerCase(Locale.ROOT));
      Files.writeString(
          directory.resolve(chart),
          new SvgChart(results, group, Metric.THROUGHPUT, environment.caption()).text());
      text.append("![%s](%s)%n%n".formatted(group.title(), chart));
    }
    text.append(markdown.text());
    Files.writeString(directory.resolve("results.md"), text);
    out.println();
    out.print(markdown.text());
    markdown.shortfalls().forEach(each -> out.println("▼ " + each));
    out.println("Written to " + directory);
    return markdown.isFarBehind();
  }

  /** Groups of which throughput is what matters most. */
  private static List<Group> charted(Results results) {
    return results.cells().stream()
        .filter(each -> each.metrics().getFirst() == Metric.THROUGHPUT)
        .map(Cell::group)
        .distinct()
        .toList();
  }

  private static Map<String, String> settings(Options options) {
    var settings = new LinkedHashMap<String, String>();
    settings.put("rounds", Integer.toString(options.rounds()));
    settings.put("seconds", Double.toString(options.length().toMillis() / 1e3));
    settings.put("IP version", options.guest().ipv6() ? "6" : "4");
    settings.put("busy processes beside it", Integer.toString(options.busy()));
    settings.put("guests attached by", options.attachment());
    settings.put(
        "seconds that guests boot", Double.toString(options.guest().boot().toMillis() / 1000.0));
    settings.put("congestion control in the guest", options.guest().congestionControl());
    return settings;
  }
}
