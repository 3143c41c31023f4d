package org.jpasst.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jpasst.lab.Answer;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.SwitchedGuest;
import picocli.CommandLine;

/**
 * What a bridged guest's peers notice when it moves: a QEMU guest, without acceleration, between
 * two hosts on one switch, there and back, while a peer sends to it. Back-ends with the packet
 * cache, without it, and QEMU's own TAP device.
 *
 * <p>Run by src/test/bench/switchover; prints tables and writes them, and a chart, into
 * target/bench.
 */
final class SwitchoverLoss {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** After a move, for what was kept to be there and the flow to be as before. */
  private static final Duration SETTLE = Duration.ofMillis(1_200);

  private static final int FIRST_PORT = 5010;

  private final SwitchoverOptions options;
  private final SwitchoverReport report;

  private SwitchoverLoss(SwitchoverOptions options) {
    this.options = options;
    report = new SwitchoverReport(options.arms(), options.flows());
  }

  /** Measures and prints. */
  public static void main(String[] arguments) throws IOException {
    SwitchoverOptions options = new SwitchoverOptions();
    CommandLine commandLine = new CommandLine(options);
    commandLine.parseArgs(arguments);
    if (commandLine.isUsageHelpRequested()) {
      commandLine.usage(System.out);
      return;
    }
    new SwitchoverLoss(options).run();
  }

  private void run() throws IOException {
    String qemu =
        LabProcess.run(LabTree.testing().inside(List.of("qemu-system-x86_64", "--version")), LIMIT)
            .lines()
            .findFirst()
            .orElse("unknown")
            .replaceFirst(" *\\(.*", "");
    Environment environment =
        Environment.current(
            Map.of("QEMU", qemu, "moves", Integer.toString(options.moves()), "rounds", "1"));
    for (SwitchoverOptions.Arm arm : options.arms()) {
      try {
        measure(arm);
      } catch (AssertionError | RuntimeException e) {
        System.out.println(arm.label() + ": " + e);
        report.fail(arm, e);
      }
      // What is there is written at once: a run takes long.
      write(environment);
    }
    System.out.println(report.text(environment));
  }

  private void write(Environment environment) throws IOException {
    Path directory = Files.createDirectories(options.output());
    Files.writeString(directory.resolve("switchover.md"), report.text(environment));
    Files.writeString(directory.resolve("switchover.svg"), report.chart(environment));
  }

  private void measure(SwitchoverOptions.Arm arm) {
    try (SwitchedGuest moving = SwitchedGuest.boot(arm.attachment(), arm.options())) {
      // What the lab's kernel has by default isn't what most machines have.
      moving.setCongestionControl("cubic");
      if (!options.silent()) {
        moving.speak();
      }
      int port = FIRST_PORT;
      for (List<SwitchoverFlow> together : options.runs()) {
        measure(arm, moving, together, port);
        port += together.size();
      }
    }
  }

  /** One after the other where they would disturb each other, some together. */
  private void measure(
      SwitchoverOptions.Arm arm, SwitchedGuest moving, List<SwitchoverFlow> flows, int port) {
    List<Probe> probes = new ArrayList<>();
    try {
      for (SwitchoverFlow flow : flows) {
        probes.add(flow.start(moving, port + probes.size()));
      }
      // The first move of a flow begins as the others do.
      settle(probes);
      long start = System.nanoTime();
      List<Long> sentBefore = probes.stream().map(Probe::sent).toList();
      List<long[]> windows = new ArrayList<>();
      List<Long> downtimes = new ArrayList<>();
      for (int i = 0; i < options.moves(); i++) {
        long from = System.nanoTime();
        downtimes.add(moving.move());
        settle(probes);
        windows.add(new long[] {from, System.nanoTime()});
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      for (int i = 0; i < flows.size(); i++) {
        List<Answer> answers = probes.get(i).stop();
        // What ping has sent is known in the end only.
        double perSecond = (probes.get(i).sent() - sentBefore.get(i)) / seconds;
        List<SwitchoverMove> moves =
            windows.stream().map(each -> SwitchoverMove.of(answers, each[0], each[1])).toList();
        Answer last = answers.getLast();
        long lostBeside = last.missing() - moves.stream().mapToLong(SwitchoverMove::lost).sum();
        report.add(arm, flows.get(i), moves, downtimes, perSecond, lostBeside);
        System.out.println(report.line(arm, flows.get(i)));
      }
    } finally {
      probes.forEach(Probe::close);
      moving.guest().run("killall arrivals 2>/dev/null; true");
    }
  }

  private static void settle(List<Probe> probes) {
    probes.forEach(Probe::awaitArrival);
    LockSupport.parkNanos(SETTLE.toNanos());
  }
}
