package org.jpasst.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTree;

/**
 * Where and with what was measured.
 *
 * @param facts names and values, in the order in which they are told
 */
record Environment(Map<String, String> facts) {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String SEPARATOR = " · ";
  private static final double KIBIBYTES_PER_GIBIBYTE = 1024.0 * 1024;

  Environment {
    facts = new LinkedHashMap<>(facts);
  }

  /**
   * Of this machine, now.
   *
   * @param settings what the run was asked for, to be told with the rest
   */
  static Environment current(Map<String, String> settings) {
    var facts = new LinkedHashMap<String, String>();
    facts.put("date", LocalDate.now().toString());
    facts.put("processor", processor());
    facts.put("memory", "%.0f GiB".formatted(memoryGibibytes()));
    facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("JDK", System.getProperty("java.vm.version"));
    facts.put("jpasst", firstLine(List.of("git", "describe", "--always", "--dirty")));
    facts.put("passt", firstLine(LabTree.testing().inside(List.of("passt", "--version"))));
    facts.put("iperf3", firstLine(LabTree.testing().inside(List.of("iperf3", "--version"))));
    facts.putAll(settings);
    return new Environment(facts);
  }

  /** The most important of it for a picture: a line about the machine, one about versions. */
  List<String> caption() {
    return List.of(
        Stream.of(fact("date"), fact("processor"), fact("kernel"))
            .collect(Collectors.joining(SEPARATOR)),
        Stream.of(
                "JDK " + fact("JDK"),
                "jpasst " + fact("jpasst"),
                fact("passt"),
                "rounds: " + fact("rounds"))
            .collect(Collectors.joining(SEPARATOR)));
  }

  private String fact(String name) {
    return facts.getOrDefault(name, "unknown");
  }

  private static String processor() {
    String model =
        lines("/proc/cpuinfo")
            .filter(each -> each.startsWith("model name"))
            .map(each -> each.substring(each.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(System.getProperty("os.arch"));
    boolean virtual =
        lines("/proc/cpuinfo").anyMatch(each -> each.matches("flags.*\\bhypervisor\\b.*"));
    return "%d × %s%s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            model,
            virtual ? ", a virtual machine" : "");
  }

  private static double memoryGibibytes() {
    return lines("/proc/meminfo")
            .filter(each -> each.startsWith("MemTotal:"))
            .mapToLong(each -> Long.parseLong(each.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElse(0)
        / KIBIBYTES_PER_GIBIBYTE;
  }

  private static Stream<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file)).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String firstLine(List<String> command) {
    try {
      return LabProcess.run(command, LIMIT).lines().findFirst().orElse("");
    } catch (AssertionError | UncheckedIOException e) {
      return "unknown";
    }
  }
}
