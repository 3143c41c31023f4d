package org.jpasst.demo;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A back-end of this distribution, run in the foreground for one guest, on a socket of its own. */
final class BackEndProcess implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(20);
  private static final Duration END = Duration.ofSeconds(60);
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
   * @param home the distribution's directory
   * @param environment additions to this process's
   * @param output where its standard output and error go
   */
  static BackEndProcess start(
      Path home, Map<String, String> environment, Redirect output, List<String> options)
      throws IOException {
    Path directory = Files.createTempDirectory("jpasst-demo-");
    var command = new ArrayList<>(List.of(home.resolve("bin/passt").toString()));
    command.addAll(List.of("--foreground", "--one-off", "--socket", socket(directory).toString()));
    command.addAll(List.of("--pid", pidFile(directory).toString()));
    // A host without an IPv6 router has no address by default that means the host itself.
    command.addAll(List.of("--map-host-loopback", Play.HOST6.toString()));
    command.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectOutput(output).redirectError(output);
    builder.environment().putAll(environment);
    return new BackEndProcess(directory, builder.start());
  }

  /** The path of its socket. */
  Path socket() {
    return socket(directory);
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
    Files.deleteIfExists(socket());
    Files.deleteIfExists(pidFile(directory));
    Files.delete(directory);
  }

  private static Path socket(Path directory) {
    return directory.resolve("socket");
  }

  private static Path pidFile(Path directory) {
    return directory.resolve("pid");
  }
}
