package org.jpasst.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The build's training run: a back-end that records which classes it loads, what it makes of them
 * and how its methods run (JEP 515), while the demonstration's guest keeps it busy. The JVM writes
 * the cache (JEP 514) when the back-end ends, which it does when its guest goes.
 */
public final class TrainingRun {
  private TrainingRun() {}

  /**
   * Records the cache. A host that does not let the back-end run gets a distribution without a
   * cache, which starts slower, and a line that tells so: the build goes on.
   *
   * @param arguments the distribution's directory, the cache's file and a file for the back-end's
   *     output
   */
  public static void main(String[] arguments) throws InterruptedException {
    Path home = Path.of(arguments[0]).toAbsolutePath();
    Path cache = Path.of(arguments[1]).toAbsolutePath();
    Path log = Path.of(arguments[2]);
    try {
      Files.deleteIfExists(cache);
      Files.deleteIfExists(log);
      record(home, cache, log);
    } catch (IOException e) {
      System.err.println(
          "no AOT cache, starts will be slower: %s (see %s)".formatted(e.getMessage(), log));
    }
  }

  private static void record(Path home, Path cache, Path log)
      throws IOException, InterruptedException {
    var quiet = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    var report = new Report(quiet);
    Path directory = Files.createTempDirectory("jpasst-training-");
    Path control = directory.resolve("control");
    Path state = directory.resolve("state");
    try (var backEnd =
        BackEndProcess.start(
            home,
            environment(cache),
            Redirect.appendTo(log.toFile()),
            // The JVM writes files and starts a process at its end.
            List.of("--quiet", "--sandbox", "off", "--control", control.toString()))) {
      try (GuestPort port = backEnd.connect()) {
        play(new Guest(port), report, control, state);
        recordOperator(home, cache.resolveSibling("passtctl.aot"), control, log);
      }
      int status = backEnd.awaitEnd();
      if (status != 0 || !Files.exists(cache)) {
        throw new IOException("the training run ended with status " + status);
      }
    } finally {
      Files.deleteIfExists(state);
      Files.deleteIfExists(control);
      Files.delete(directory);
    }
  }

  /** What the host does not let the guest do is missing in the cache, and nothing else. */
  private static void play(Guest guest, Report report, Path control, Path state) {
    try {
      var play = new Play(guest, report);
      play.ipv4();
      play.ipv6();
      for (Play.Way way : play.ways()) {
        Exercise.take(guest, way);
        new Moves(guest, way, control).make(state);
      }
    } catch (IOException e) {
      System.err.println("the training run is not complete: " + e.getMessage());
    }
  }

  /** The cache of passtctl, which asks the back-end a little of everything. */
  private static void recordOperator(Path home, Path cache, Path control, Path log)
      throws IOException, InterruptedException {
    Files.deleteIfExists(cache);
    var builder =
        new ProcessBuilder(home.resolve("bin/passtctl").toString(), control.toString())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment(cache));
    int status = builder.start().waitFor();
    if (status != 0 || !Files.exists(cache)) {
      System.err.println("no AOT cache for passtctl: it ended with status " + status);
    }
  }

  private static Map<String, String> environment(Path cache) {
    return Map.of(
        "JPASST_JAVA_HOME",
        System.getProperty("java.home"),
        "JPASST_RECORD_CACHE",
        cache.toString());
  }
}
