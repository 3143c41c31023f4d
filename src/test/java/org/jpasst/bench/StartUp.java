package org.jpasst.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.CProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;

/**
 * The time from exec to ready, as QEMU sees it: what it started has ended with status 0. In the
 * background, as everybody starts it.
 *
 * @param socket where the guest comes from
 */
record StartUp(GuestSocket socket) implements Cell {
  /** How the back-end is told of the guest's socket. */
  enum GuestSocket {
    /** A path to listen at. */
    SOCKET,
    /** A descriptor that is inherited. */
    FD;

    String option() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The first is not counted: it fills the page cache. */
  private static final int RUNS = 6;

  private static final double KIBIBYTES_PER_MEBIBYTE = 1024;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Pattern LINE = Pattern.compile("ready ([0-9.]+) ms resident (\\d+) KiB");

  @Override
  public String id() {
    return "start/" + socket.option();
  }

  @Override
  public String title() {
    return "by `--%s`".formatted(socket.option());
  }

  @Override
  public Group group() {
    return Group.START_UP;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(Metric.TIME_TO_READY, Metric.RESIDENT_WHEN_READY);
  }

  @Override
  public boolean appliesTo(Attachment attachment) {
    return attachment.program().isPresent();
  }

  @Override
  public Sample measure(Subject subject) {
    BackEndProgram program = subject.attachment().program().orElseThrow();
    try (Lab lab = Lab.open()) {
      var command =
          new ArrayList<>(
              List.of(
                  visibleEverywhere(lab).toString(),
                  socket.option(),
                  Integer.toString(RUNS),
                  lab.directory().toString(),
                  program.existing().toString()));
      command.addAll(subject.attachment().options());
      try (LabProcess process =
          lab.host().start(program.inside(command, lab.resolvConf()), BackEnd.environment())) {
        if (process.awaitExit(LIMIT) != 0) {
          throw process.failure("no start");
        }
        List<MatchResult> runs = LINE.matcher(process.output()).results().skip(1).toList();
        return new Sample(
            Map.of(
                Metric.TIME_TO_READY,
                median(runs, 1),
                Metric.RESIDENT_WHEN_READY,
                median(runs, 2) / KIBIBYTES_PER_MEBIBYTE));
      }
    }
  }

  /** A copy of the program in a directory that the lab's tree has too. */
  private static Path visibleEverywhere(Lab lab) {
    try {
      Path copy = lab.directory().resolve("start-up");
      Files.copy(CProgram.START_UP.binary(), copy);
      return Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double median(List<MatchResult> runs, int group) {
    return Statistics.of(runs.stream().map(each -> Double.valueOf(each.group(group))).toList())
        .median();
  }
}
