package org.jpasst.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A process started by a test: collects its output (standard output and error together), waits with
 * deadlines, and is ended with the test. Safe for use by several threads.
 */
public final class LabProcess implements AutoCloseable {
  private static final Duration TERMINATION = Duration.ofSeconds(3);

  private final String name;
  private final Process process;
  private final Thread reader;
  private final List<String> lines = new ArrayList<>();
  private boolean ended;

  private LabProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    // Not a virtual thread: those that wait for a pipe occupy the carriers, of which there are as
    // many as processors and not always another in time.
    this.reader = Thread.ofPlatform().daemon().name("output of " + name).start(this::collect);
  }

  /** Starts a command with this process's environment and the given additions to it. */
  public static LabProcess start(List<String> command, Map<String, String> environment) {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      return new LabProcess(String.join(" ", command), builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + command, e);
    }
  }

  /**
   * Runs a command to its end and returns its output.
   *
   * @throws AssertionError when it fails or lasts longer than the limit
   */
  public static String run(List<String> command, Duration limit) {
    try (var process = start(command, Map.of())) {
      int status = process.awaitExit(limit);
      if (status != 0) {
        throw process.failure("exit status " + status);
      }
      return process.output();
    }
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it has a thread of that name now; false if it has ended. */
  public boolean hasThread(String name) {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid() + "/task"))) {
      return tasks.anyMatch(task -> isCalled(task, name));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** A thread that ends meanwhile isn't. */
  private static boolean isCalled(Path task, String name) {
    try {
      return Files.readString(task.resolve("comm")).strip().equals(name);
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether it is still running. */
  public boolean alive() {
    return process.isAlive();
  }

  /** Its standard input. */
  public OutputStream input() {
    return process.getOutputStream();
  }

  /** Everything it has printed up to now. */
  public String output() {
    synchronized (lines) {
      return String.join("\n", lines);
    }
  }

  /** Number of lines that it has printed up to now. */
  public int lineCount() {
    synchronized (lines) {
      return lines.size();
    }
  }

  /** Number of open descriptors. */
  public int descriptors() {
    try (Stream<Path> each = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
      return (int) each.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For how many descriptors the kernel has room in the process's table (proc_pid_status(5)). */
  public int descriptorTable() {
    return status("FDSize");
  }

  /** How many KiB of it are in memory. */
  public int residentKibibytes() {
    return status("VmRSS");
  }

  private int status(String name) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid() + "/status"))) {
      String line = lines.filter(each -> each.startsWith(name + ":")).findFirst().orElseThrow();
      return Integer.parseInt(line.split("\\s+")[1]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits for a line in which the pattern is found, among those printed before too.
   *
   * @return the match in the first such line
   * @throws AssertionError when the time is over, or the process ends without it
   */
  public Matcher awaitLine(String pattern, Duration limit) {
    return awaitLine(0, pattern, limit);
  }

  /**
   * The same, passing over lines printed earlier.
   *
   * @param from the number of lines passed over
   */
  public Matcher awaitLine(int from, String pattern, Duration limit) {
    Pattern compiled = Pattern.compile(pattern);
    long deadline = System.nanoTime() + limit.toNanos();
    synchronized (lines) {
      for (int next = from; ; ) {
        for (; next < lines.size(); next++) {
          Matcher matcher = compiled.matcher(lines.get(next));
          if (matcher.find()) {
            return matcher;
          }
        }
        long left = deadline - System.nanoTime();
        if (ended || left <= 0) {
          throw failure((ended ? "ended" : "not in time") + " without a line with " + pattern);
        }
        awaitMore(left);
      }
    }
  }

  /**
   * Waits for the end of the process and of its output, and returns the exit status (128 + N if a
   * signal N ended it).
   *
   * @throws AssertionError when it does not end in time
   */
  public int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        throw failure("still running after " + limit.toMillis() + " ms");
      }
      reader.join(TERMINATION);
      return process.exitValue();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Sends it a signal, given by name without SIG, such as {@code TERM} or {@code STOP}. */
  public void signal(String signal) {
    run(List.of("kill", "-s", signal, Long.toString(pid())), TERMINATION);
  }

  /** Asks it to end, then makes it end. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(TERMINATION.toNanos(), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly().waitFor();
      }
      reader.join(TERMINATION);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** An error that tells the command and the end of its output. */
  public AssertionError failure(String what) {
    String output = output();
    String tail = output.substring(Math.max(0, output.length() - 4000));
    return new AssertionError(what + ": " + name + "\n" + tail);
  }

  private void collect() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
      }
    } catch (IOException e) {
      // The stream was closed together with the process: what came before is what there is.
    }
    synchronized (lines) {
      ended = true;
      lines.notifyAll();
    }
  }

  private void awaitMore(long nanos) {
    try {
      lines.wait(Math.max(1, nanos / 1_000_000));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static AssertionError interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new AssertionError("interrupted", e);
  }
}
