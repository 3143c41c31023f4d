package org.jpasst.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jpasst.lab.BackEndProgram;
import picocli.CommandLine.Option;

/** What the command line asks for. */
final class Options {
  private static final Duration QUICK = Duration.ofSeconds(1);

  @Option(names = "--rounds", description = "how often each cell is measured (default: 3)")
  private int rounds = 3;

  @Option(names = "--seconds", description = "length of one measurement of TCP (default: 2)")
  private double seconds = 2;

  @Option(names = "--quick", description = "one round of 1 s each: for a look, not for a table")
  private boolean quick;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "CELLS",
      description = "cells by the start of their names, '*' for anything; see --list")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--soak",
      paramLabel = "MINUTES",
      description = "instead of all cells: full load both ways for so long")
  private int soak;

  @Option(
      names = "--list",
      description =
          "lists the cells and ends; cold, growth and loss are measured only if asked for")
  private boolean list;

  @Option(
      names = "--jpasst",
      paramLabel = "[LABEL=]PATH",
      description = "a launcher to measure, any number of times (default: that of this checkout)")
  private List<String> launchers = new ArrayList<>();

  @Option(
      names = "--without",
      split = ",",
      paramLabel = "LABELS",
      description = "leaves out passt or kernel")
  private List<String> without = new ArrayList<>();

  @Option(
      names = "--against",
      paramLabel = "LABEL",
      description = "compares with this one (default: passt, else the first)")
  private Optional<String> against = Optional.empty();

  @Option(
      names = "--vhost-user",
      description = "attaches guests by vhost-user; the kernel alone is left out")
  private boolean vhostUser;

  @Option(
      names = "--device",
      split = ",",
      paramLabel = "PROPERTY=VALUE",
      description = "of a vhost-user guest's interface, as in QEMU: host_tso4=off, queue_size=1024")
  private List<String> device = new ArrayList<>();

  @Option(
      names = "--busy",
      paramLabel = "N",
      description = "processes that want a processor all the time (default: 0)")
  private int busy;

  @Option(
      names = "--congestion-control",
      description = "of TCP in the guest: cubic (default), bbr or reno")
  private String congestionControl = "cubic";

  @Option(names = "--ipv6", description = "traffic is of IPv6; the kernel alone is left out")
  private boolean ipv6;

  @Option(
      names = "--boot",
      paramLabel = "SECONDS",
      description = "that guests are silent for at first, as one that boots (default: 0)")
  private double boot;

  @Option(
      names = "--output",
      paramLabel = "DIRECTORY",
      description = "where the reports go (default: target/bench)")
  private Path output = Path.of("target", "bench");

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "tells the options")
  private boolean help;

  boolean help() {
    return help;
  }

  boolean list() {
    return list;
  }

  int rounds() {
    return quick || soak > 0 ? 1 : rounds;
  }

  Duration length() {
    return quick ? QUICK : Duration.ofMillis(Math.round(seconds * 1000));
  }

  /** How many processes compete with what is measured. */
  int busy() {
    return busy;
  }

  Path output() {
    return output;
  }

  GuestSettings guest() {
    return new GuestSettings(congestionControl, ipv6, Duration.ofMillis(Math.round(boot * 1000)));
  }

  /** How guests are attached to back-ends. */
  String attachment() {
    return vhostUser ? String.join(" ", "vhost-user", String.join(" ", device)).strip() : "stream";
  }

  /** The programs to measure, then the real passt and the kernel alone. */
  List<Candidate> candidates() {
    var candidates = new ArrayList<>(jpassts());
    candidates.add(candidate("passt", BackEndProgram.real()));
    if (!vhostUser && !ipv6) {
      candidates.add(new Candidate("kernel", new Routed()));
    }
    candidates.removeIf(each -> without.contains(each.label()));
    return candidates;
  }

  /** The programs to measure. */
  List<Candidate> jpassts() {
    if (launchers.isEmpty()) {
      return List.of(candidate("jpasst", BackEndProgram.underTest()));
    }
    return launchers.stream().map(this::labelled).toList();
  }

  /** The label of the candidate that others are compared with. */
  String reference() {
    List<String> labels = candidates().stream().map(Candidate::label).toList();
    return against.orElse(labels.contains("passt") ? "passt" : labels.getFirst());
  }

  /** The cells that are asked for. */
  List<Cell> cells() {
    if (soak > 0) {
      return List.of(new Soak(soak));
    }
    var cells = new ArrayList<>(Catalogue.standard(length()));
    if (only.isEmpty() && !list) {
      return cells;
    }
    cells.addAll(Catalogue.special(length()));
    cells.addAll(Catalogue.lossy());
    return only.isEmpty()
        ? cells
        : cells.stream()
            .filter(cell -> only.stream().anyMatch(each -> matches(each, cell)))
            .toList();
  }

  private static boolean matches(String wanted, Cell cell) {
    String pattern =
        Arrays.stream(wanted.split("\\*", -1))
            .map(java.util.regex.Pattern::quote)
            .reduce((left, right) -> left + ".*" + right)
            .orElse("");
    return cell.id().matches(pattern + "(/.*)?");
  }

  private Candidate labelled(String text) {
    int equals = text.indexOf('=');
    String label = equals < 0 ? "jpasst" : text.substring(0, equals);
    Path path = Path.of(text.substring(equals + 1)).toAbsolutePath();
    return candidate(label, new BackEndProgram(path, false));
  }

  private Candidate candidate(String label, BackEndProgram program) {
    return new Candidate(
        label, vhostUser ? new VhostUser(program, device) : new StreamSocket(program));
  }
}
