package org.jpasst.config;

/**
 * A setting that can't be met. The message is for the user: one line, with what failed, on what,
 * and what to do; without the program's name.
 */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong. */
  public ConfigurationException(String message) {
    super(message, null, false, false);
  }
}
