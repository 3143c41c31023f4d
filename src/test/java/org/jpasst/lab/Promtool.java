package org.jpasst.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Prometheus' own tool, which reads metrics as Prometheus does; fetched once and kept. */
public final class Promtool {
  private static final Duration FETCHING = Duration.ofMinutes(5);
  private static final Duration CHECKING = Duration.ofSeconds(60);

  private final Path program;

  private Promtool(Path program) {
    this.program = program;
  }

  /** Fetches it, if it isn't there yet. */
  public static Promtool fetch() {
    Path directory = LabDirectory.path().resolve("promtool");
    LabProcess.run(
        List.of(LabDirectory.script("make-promtool").toString(), directory.toString()), FETCHING);
    return new Promtool(directory.resolve("promtool"));
  }

  /**
   * Has it check a text of the older format: that it is one, and what Prometheus recommends for
   * names, units and help.
   *
   * @param work a directory to write to
   */
  public void check(String text, Path work) throws IOException {
    Path file = Files.writeString(work.resolve("metrics.txt"), text);
    LabProcess.run(
        List.of(
            "sh", "-c", "exec \"$0\" check metrics <\"$1\"", program.toString(), file.toString()),
        CHECKING);
  }

  /**
   * Has it read a text of OpenMetrics, which it does to fill a database; so each sample gets a
   * time.
   *
   * @param work a directory to write to
   */
  public void read(String text, Path work) throws IOException {
    String timed =
        text.lines()
            .map(line -> line.startsWith("#") ? line : line + " 1700000000")
            .collect(Collectors.joining("\n", "", "\n"));
    Path file = Files.writeString(work.resolve("openmetrics.txt"), timed);
    LabProcess.run(
        List.of(
            program.toString(),
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            file.toString(),
            work.resolve("blocks").toString()),
        CHECKING);
  }
}
