package org.jpasst.log;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

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

  /** The name for people and options: {@code warning}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The level of a name. */
  public static Optional<LogLevel> of(String id) {
    return Arrays.stream(values()).filter(each -> each.id().equals(id)).findFirst();
  }

  /** The nine columns that stand before the message in a log file. */
  String tag() {
    return tag;
  }
}
