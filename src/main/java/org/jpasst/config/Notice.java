package org.jpasst.config;

/**
 * One line for the user.
 *
 * @param level how important
 * @param text the line, without the program's name
 */
public record Notice(Level level, String text) {
  /** How important a notice is. */
  public enum Level {
    /** Something won't work as it may be expected to. */
    WARNING,
    /** A fact. */
    INFO
  }

  /** A notice of this level. */
  public static Notice warning(String text) {
    return new Notice(Level.WARNING, text);
  }

  /** A notice of this level. */
  public static Notice info(String text) {
    return new Notice(Level.INFO, text);
  }
}
