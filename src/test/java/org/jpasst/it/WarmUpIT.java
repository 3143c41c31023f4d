package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What a back-end does while its guest boots, in the sandbox. */
@LabTest
final class WarmUpIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String THREAD = "warm-up";

  /** Where /proc/PID/stat has the nice value, counted behind the name, proc_pid_stat(5). */
  private static final int NICE_AT = 19 - 3;

  private static final String NICE = "10";

  @AutoClose private final Lab lab = Lab.open();

  @Test
  void aBackEndRehearsesBesideOthersAndOffTheNetwork() throws IOException {
    try (BackEnd backEnd = BackEnd.start(lab, "--debug")) {
      long pid = backEnd.process().pid();
      Await.until(
          "a thread that gives way", SOON, () -> nice(pid).filter(NICE::equals).isPresent());
      backEnd.process().awaitLine("warmed up by [0-9]{2,} connections", SOON);
      Await.until("the thread's end", SOON, () -> !backEnd.process().hasThread(THREAD));
      String loopback =
          Files.readAllLines(Path.of("/proc/" + pid + "/net/dev")).stream()
              .filter(line -> line.strip().startsWith("lo:"))
              .findFirst()
              .orElseThrow();
      assertThat(loopback.replace("lo:", "").strip().split(" +")).containsOnly("0");
    }
  }

  @Test
  void whereItIsOffThereIsNoneOfIt() {
    var options = Stream.of(List.of("--debug", "--warm-up", "off"), BackEnd.controlOption(lab));
    try (BackEnd backEnd =
        BackEnd.start(lab, options.flatMap(List::stream).toArray(String[]::new))) {
      BackEnd.control(lab, "stats");
      assertThat(backEnd.process().hasThread(THREAD)).isFalse();
      assertThat(backEnd.process().output()).doesNotContain("warmed up");
    }
  }

  private static Optional<String> nice(long pid) {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : tasks.toList()) {
        String stat = Files.readString(task.resolve("stat"));
        if (stat.contains("(" + THREAD + ")")) {
          return Optional.of(stat.substring(stat.indexOf(") ") + 2).split(" ")[NICE_AT]);
        }
      }
    } catch (IOException e) {
      // A thread has ended meanwhile.
    }
    return Optional.empty();
  }
}
