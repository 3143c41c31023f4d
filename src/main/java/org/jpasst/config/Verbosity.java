package org.jpasst.config;

/** How much is reported, from least to most. */
public enum Verbosity {
  /** Errors and warnings. */
  QUIET,
  /** Also what an operator wants to know. */
  NORMAL,
  /** Also what a developer wants to know; nothing goes to the system logger. */
  DEBUG,
  /** Also every packet and event. */
  TRACE;

  /** Whether messages of {@code level}, named by the verbosity that first shows them, appear. */
  public boolean shows(Verbosity level) {
    return compareTo(level) >= 0;
  }
}
