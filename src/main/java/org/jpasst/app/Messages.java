package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jpasst.cli.Version;
import org.jpasst.config.Notice;
import org.jpasst.config.ProcessSettings;
import org.jpasst.config.Verbosity;
import org.jpasst.linux.Terminal;
import org.jpasst.log.LineStart;
import org.jpasst.log.Log;
import org.jpasst.log.LogFile;
import org.jpasst.log.LogLevel;
import org.jpasst.log.LogSink;
import org.jpasst.log.StandardError;
import org.jpasst.unix.Syslog;

/** Sets up where this run's messages go (passt(1)): standard error, a file, the system's logger. */
final class Messages {
  private final Log log;
  private final LogSink standardError;
  private final Optional<LogFile> file;

  /** Connected early: its path may be out of reach later. */
  private final Optional<LogSink> logger;

  /**
   * Messages to standard error, and to the log file if there is one.
   *
   * @param processId this process's number, for the log file's first line
   * @throws LaunchException if the log file can't be written
   */
  Messages(ProcessSettings settings, long processId) throws LaunchException {
    boolean debugging = settings.verbosity().shows(Verbosity.DEBUG);
    log = new Log(level(settings.verbosity()), System::nanoTime);
    standardError = new StandardError(System.err, start(debugging));
    log.addSink(standardError);
    file = open(settings, processId);
    file.ifPresent(log::addSink);
    boolean toLogger = !settings.foreground() && !debugging && file.isEmpty();
    logger = toLogger ? Optional.of(new Syslog()) : Optional.empty();
  }

  /** People get the time of day; whoever else reads it has a clock of its own, or compares. */
  private static LineStart start(boolean debugging) {
    if (debugging) {
      return LineStart.SINCE_START;
    }
    boolean isTerminal = new Terminal(Terminal.STDERR).isTerminal();
    return isTerminal ? LineStart.TIME_OF_DAY : LineStart.NOTHING;
  }

  private static Optional<LogFile> open(ProcessSettings settings, long processId)
      throws LaunchException {
    if (settings.logFile().isEmpty()) {
      return Optional.empty();
    }
    Path path = settings.logFile().get();
    try {
      return Optional.of(new LogFile(path, settings.logSize(), title(processId)));
    } catch (IOException e) {
      throw new LaunchException("cannot open the log file " + path + ": " + IoReason.of(e));
    }
  }

  /**
   * Nothing can keep the run from serving any more: a former one's log is overwritten.
   *
   * @throws LaunchException if it can't be written
   */
  void begin() throws LaunchException {
    try {
      if (file.isPresent()) {
        file.get().begin();
      }
    } catch (IOException e) {
      throw new LaunchException("cannot write the log file: " + IoReason.of(e));
    }
  }

  private static String title(long processId) {
    Path executable = Path.of(System.getProperty("java.home"), "bin", "java");
    return "passt " + Version.name() + ": " + executable + " (" + processId + ")";
  }

  private static LogLevel level(Verbosity verbosity) {
    return switch (verbosity) {
      case QUIET -> LogLevel.WARNING;
      case NORMAL -> LogLevel.INFO;
      case DEBUG -> LogLevel.DEBUG;
      case TRACE -> LogLevel.TRACE;
    };
  }

  Log log() {
    return log;
  }

  /** Tells a notice at its level. */
  void tell(Notice notice) {
    switch (notice.level()) {
      case WARNING -> log.warn(notice.text());
      case INFO -> log.info(notice.text());
    }
  }

  /** Nobody reads standard error any more: the system's logger takes over, unless told not to. */
  void detach() {
    log.removeSink(standardError);
    logger.ifPresent(log::addSink);
  }
}
