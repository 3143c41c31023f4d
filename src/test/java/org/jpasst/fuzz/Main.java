package org.jpasst.fuzz;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;

/** Runs the campaign: attacks the targets in turn and writes what it has found. */
final class Main {
  /** A session takes tenths of a second; a minimiser plays those of many. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Options options;
  private final PrintStream out;
  private final long seed;
  private int findings;

  private Main(Options options, PrintStream out) {
    this.options = options;
    this.out = out;
    seed = options.seed();
  }

  /**
   * @param arguments see {@link Options}
   */
  public static void main(String[] arguments) throws Exception {
    Options options = new Options();
    CommandLine line = new CommandLine(options).setCommandName("src/test/fuzz/run");
    try {
      line.parseArgs(arguments);
      options.targets();
    } catch (CommandLine.ParameterException | IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(CommandLine.ExitCode.USAGE);
    }
    if (options.help()) {
      line.usage(System.out);
      return;
    }
    if (options.list()) {
      options.targets().forEach(each -> System.out.println(each.id()));
      return;
    }
    boolean held = Confinement.call(() -> new Main(options, System.out).run());
    System.exit(held ? 0 : 1);
  }

  private boolean run() throws Exception {
    if (!options.replay().isEmpty()) {
      return replay();
    }
    out.println("seed " + seed);
    List<TargetKind> targets = options.targets();
    for (TargetKind kind : targets) {
      attack(kind, options.time(targets.size()));
    }
    return findings == 0;
  }

  private boolean replay() throws Exception {
    for (Path file : options.replay()) {
      Optional<Throwable> failure = Vector.read(file).failure();
      out.println(file + ": " + failure.map(Object::toString).orElse("holds"));
      failure.ifPresent(
          each -> {
            each.printStackTrace(out);
            findings++;
          });
    }
    return findings == 0;
  }

  private void attack(TargetKind kind, double seconds) throws Exception {
    Campaign campaign = new Campaign(kind, seed);
    long start = System.nanoTime();
    long before = ProcessorTime.ofThread().orElse(0L);
    long end = start + (long) Math.min(seconds * 1e9, Long.MAX_VALUE / 4.0);
    var watchdog = new Watchdog(PATIENCE, campaign::sessions, out);
    search(kind, campaign, end);
    watchdog.stop();
    double taken = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
    // Others may run on the machine as well.
    double processor =
        (ProcessorTime.ofThread().orElse(0L) - before) / (double) TimeUnit.SECONDS.toNanos(1);
    out.printf(
        "%-12s %,14d inputs in %,10d sessions, %.0f s, %,.0f a second of processor time%n",
        kind.id(),
        campaign.inputs(),
        campaign.sessions(),
        taken,
        campaign.inputs() / Math.max(processor, 0.001));
    if (campaign.slowOnce() > 0) {
      out.printf("%-12s slow once, and not again: %d answers%n", "", campaign.slowOnce());
    }
  }

  private void search(TargetKind kind, Campaign campaign, long end) throws Exception {
    Optional<Campaign.Finding> finding;
    do {
      finding =
          campaign.run(
              () ->
                  System.nanoTime() - end < 0
                      && campaign.inputs() < options.inputs().orElse(Long.MAX_VALUE));
      if (finding.isPresent()) {
        report(kind, finding.get());
      }
    } while (finding.isPresent() && findings < options.findings());
    campaign.close();
  }

  private void report(TargetKind kind, Campaign.Finding finding) throws Exception {
    findings++;
    Throwable failure = finding.failure();
    String place = Minimiser.placeOf(failure);
    out.println(kind.id() + ", session " + finding.session() + ": " + failure);
    failure.printStackTrace(out);
    Optional<Vector> smaller = new Minimiser(finding.vector(), place).run();
    List<String> about = new ArrayList<>();
    about.add("found with --only %s --seed %d".formatted(kind.id(), seed));
    about.add("in session %d".formatted(finding.session()));
    about.add(
        smaller.isPresent() ? "made as short as it gets" : "doesn't fail if it is played alone");
    failure.toString().lines().forEach(about::add);
    Path file =
        options.output().resolve("%s-%x-%d.fuzz".formatted(kind.id(), seed, finding.session()));
    smaller.orElse(finding.vector()).write(file, about);
    out.printf(
        "written to %s: %d inputs%s%n",
        file,
        smaller.orElse(finding.vector()).size(),
        smaller.isPresent() ? "" : ", which alone don't fail");
  }
}
