package org.jpasst.cli;

import java.util.List;
import org.jpasst.config.Notice;
import org.jpasst.config.RequestedConfiguration;

/** What a command line asks the process to do. */
public sealed interface CliResult {
  /**
   * Run.
   *
   * @param request with these wishes
   * @param notices and tell the user this first
   */
  record Run(RequestedConfiguration request, List<Notice> notices) implements CliResult {
    /** Copies the list. */
    public Run {
      notices = List.copyOf(notices);
    }
  }

  /**
   * Print and end.
   *
   * @param status the exit status, 0 or 1
   * @param text whole lines
   * @param stream where to
   */
  record Exit(int status, String text, Stream stream) implements CliResult {}

  /** The process's two outputs. */
  enum Stream {
    /** For what was asked for. */
    STDOUT,
    /** For what went wrong. */
    STDERR
  }
}
