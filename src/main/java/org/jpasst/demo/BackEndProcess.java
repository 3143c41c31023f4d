package org.jpasst.demo;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A back-end of this distribution, run in the foreground for one guest, on a socket of its own. */
final class BackEndProcess implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration END = Duration.ofSeconds(60);
  private static final int LONGEST_SOCKET = 107;
  private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

  private final Path directory;
  private final Process process;
  private final long started = System.nanoTime();

  private BackEndProcess(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @param before what starts its command, if the shell does not
   * @param home the distribution's directory
   * @param environment additions to this process's
   * @param output where its standard output and error go
   */
  static BackEndProcess start(
      List<String> before,
      Path home,
      Map<String, String> environment,
      Redirect output,
      List<String> options)
      throws IOException {
    Path directory = temporaryDirectory();
    var command = new ArrayList<>(before);
    command.add(home.resolve("bin/passt").toString());
    command.addAll(List.of("--foreground", "--one-off", "--socket", socket(directory).toString()));
    command.addAll(List.of("--pid", pidFile(directory).toString()));
    command.addAll(List.of("--control", control(directory).toString()));
    command.addAll(options);
    // Where somebody ends this process, which then does not close this.
    for (Path each :
        List.of(directory, socket(directory), control(directory), pidFile(directory))) {
      each.toFile().deleteOnExit();
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectOutput(output).redirectError(output);
    builder.environment().putAll(environment);
    return new BackEndProcess(directory, builder.start());
  }

  /** The path of its socket. */
  Path socket() {
    return socket(directory);
  }

  /** The path of its control socket. */
  Path control() {
    return control(directory);
  }

  long pid() {
    return process.pid();
  }

  /** Time since the start. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - started);
  }

  /**
   * Connects the guest, as soon as the back-end listens.
   *
   * @throws IOException if it ends or does not listen in time
   */
  GuestPort connect() throws IOException, InterruptedException {
    while (true) {
      try {
        return GuestPort.connect(socket());
      } catch (IOException e) {
        if (age().compareTo(START) > 0) {
          throw new IOException("the back-end does not listen: " + e.getMessage(), e);
        }
      }
      if (process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("the back-end ended with status " + process.exitValue());
      }
    }
  }

  /** Waits until it listens; who only looks is no guest. */
  void awaitListening() throws IOException, InterruptedException {
    connect().close();
  }

  /** Ends it. */
  void end() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  /** Waits until it has ended by itself, and returns its status. */
  int awaitEnd() throws IOException, InterruptedException {
    if (!process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IOException("the back-end does not end though its guest is gone");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      process.waitFor(END.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // One that became nobody could not remove them.
    for (Path each : List.of(socket(), control(), pidFile(directory))) {
      Files.deleteIfExists(each);
    }
    Files.delete(directory);
  }

  /** Under TMPDIR, unless that is too long for a socket's address (unix(7)). */
  private static Path temporaryDirectory() throws IOException {
    Path directory = Files.createTempDirectory("jpasst-demo-");
    if (control(directory).toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST_SOCKET) {
      return directory;
    }
    Files.delete(directory);
    return Files.createTempDirectory(Path.of("/tmp"), "jpasst-demo-");
  }

  private static Path control(Path directory) {
    return directory.resolve("control");
  }

  private static Path socket(Path directory) {
    return directory.resolve("socket");
  }

  private static Path pidFile(Path directory) {
    return directory.resolve("pid");
  }
}
