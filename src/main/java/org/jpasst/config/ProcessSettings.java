package org.jpasst.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How the process runs and where it reports.
 *
 * @param foreground stay in the foreground instead of becoming a daemon
 * @param verbosity the least important messages that are written
 * @param logFile write messages there instead of to the system logger
 * @param logSize bytes that the log file may hold before its oldest part is cut
 * @param statistics seconds between two lines of statistics on standard error; 0: none
 * @param pidFile write our process id there
 * @param control listen there for the operator
 * @param configuration listen there for pesto(1)
 * @param metrics serve metrics there
 * @param warmUp whether it rehearses before the guest's first packet
 * @param sandbox what the process gives up
 */
public record ProcessSettings(
    boolean foreground,
    Verbosity verbosity,
    Optional<Path> logFile,
    long logSize,
    int statistics,
    Optional<Path> pidFile,
    Optional<Path> control,
    Optional<Path> configuration,
    Optional<MetricsPlace> metrics,
    boolean warmUp,
    SandboxSettings sandbox) {

  /** Bytes in the log file where nothing is said, 1 MiB (passt(1)). */
  public static final long DEFAULT_LOG_SIZE = 1 << 20;

  /** The least log file: five times the larger of a stdio buffer, 8192 bytes, and a page. */
  public static final long MIN_LOG_SIZE = 5 * 8192;

  /** Collects the parts by name; what nobody sets stays as it is where nothing is said. */
  public static final class Builder {
    public boolean foreground;
    public Verbosity verbosity = Verbosity.NORMAL;
    public Optional<Path> logFile = Optional.empty();
    public long logSize = DEFAULT_LOG_SIZE;
    public int statistics;
    public Optional<Path> pidFile = Optional.empty();
    public Optional<Path> control = Optional.empty();
    public Optional<Path> configuration = Optional.empty();
    public Optional<MetricsPlace> metrics = Optional.empty();
    public boolean warmUp = true;
    public final SandboxSettings.Builder sandbox = new SandboxSettings.Builder();

    /** All of them. */
    public ProcessSettings build() {
      return new ProcessSettings(
          foreground,
          verbosity,
          logFile,
          logSize,
          statistics,
          pidFile,
          control,
          configuration,
          metrics,
          warmUp,
          sandbox.build());
    }
  }
}
