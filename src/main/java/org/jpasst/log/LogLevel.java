package org.jpasst.log;

/** How grave a message is, gravest first. */
public enum LogLevel {
  /** Something asked for can't be done. */
  ERROR("ERROR:   "),
  /** Something is other than the operator will expect. */
  WARNING("WARNING: "),
  /** What happened, in normal operation. */
  INFO("info:    "),
  /** How it happened; with {@code --debug}. */
  DEBUG("         "),
  /** Each packet and event; with {@code --trace}. */
  TRACE("         ");

  private final String tag;

  LogLevel(String tag) {
    this.tag = tag;
  }

  /** The nine columns that stand before the message in a log file. */
  String tag() {
    return tag;
  }
}
