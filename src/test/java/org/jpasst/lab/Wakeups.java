package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Counts how often a process comes out of waiting for events, by watching its system calls. */
public final class Wakeups {
  private static final Duration ATTACH = Duration.ofSeconds(20);

  private Wakeups() {}

  /** Watches a process for a while; returns how many epoll waits of all its threads ended. */
  public static long count(Lab lab, LabProcess process, Duration time) {
    Path trace = lab.directory().resolve("epoll-trace");
    List<String> command =
        List.of(
            "strace",
            "-f",
            "-e",
            "trace=epoll_wait,epoll_pwait,epoll_pwait2",
            "-e",
            "signal=none",
            "-o",
            trace.toString(),
            "-p",
            Long.toString(process.pid()));
    try (LabProcess strace = LabProcess.start(command, Map.of())) {
      strace.awaitLine("attached", ATTACH);
      TimeUnit.NANOSECONDS.sleep(time.toNanos()); // not for an event: the time is what is measured
      strace.signal("INT");
      strace.awaitExit(ATTACH);
      try (Stream<String> lines = Files.lines(trace)) {
        return lines.filter(each -> each.matches(".*(epoll_p?wait2?).*= -?[0-9].*")).count();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
