package org.jpasst.fuzz;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** What the command line asks for. */
final class Options {
  @Option(
      names = "--seed",
      description = "where all that is random begins (default: another each time, printed)")
  private Optional<Long> seed = Optional.empty();

  @Option(names = "--time", description = "seconds that all targets have together (default: 60)")
  private int time = 60;

  @Option(
      names = "--inputs",
      description = "ends a target after so many inputs, whatever time that takes")
  private Optional<Long> inputs = Optional.empty();

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "TARGET",
      description = "targets, by their names; see --list")
  private List<String> only = new ArrayList<>();

  @Option(names = "--list", description = "lists the targets and ends")
  private boolean list;

  @Option(
      names = "--output",
      description = "directory for vectors of what didn't hold (default: target/fuzz)")
  private Path output = Path.of("target", "fuzz");

  @Option(
      names = "--replay",
      paramLabel = "FILE",
      description = "plays vectors again instead; fails if something doesn't hold")
  private List<Path> replay = new ArrayList<>();

  @Option(names = "--findings", description = "ends after so many findings (default: 1)")
  private int findings = 1;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "says this and ends")
  private boolean help;

  long seed() {
    return seed.orElseGet(System::nanoTime);
  }

  /** Seconds for each of so many targets. */
  double time(int targets) {
    return inputs.isPresent() ? Double.POSITIVE_INFINITY : (double) time / targets;
  }

  OptionalLong inputs() {
    return inputs.map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  /** The targets asked for; an unknown name is a {@link IllegalArgumentException}. */
  List<TargetKind> targets() {
    return only.isEmpty()
        ? List.of(TargetKind.values())
        : only.stream()
            .map(
                each ->
                    TargetKind.of(each)
                        .orElseThrow(
                            () -> new IllegalArgumentException("no target " + each + ": --list")))
            .toList();
  }

  boolean list() {
    return list;
  }

  boolean help() {
    return help;
  }

  Path output() {
    return output;
  }

  List<Path> replay() {
    return replay;
  }

  int findings() {
    return findings;
  }
}
