package org.jpasst.control.client;

import java.util.Locale;

/** Numbers for people, in few columns. */
final class Amounts {
  private static final String UNITS = "kMGTPE";
  private static final double STEP = 1000;
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private Amounts() {}

  /** Bytes, or bytes in a second: {@code 999}, {@code 1.23k}, {@code 45.6M}; powers of 1000. */
  static String bytes(double count) {
    double value = count;
    int unit = -1;
    while (value >= STEP && unit < UNITS.length() - 1) {
      value /= STEP;
      unit++;
    }
    if (unit < 0) {
      return Long.toString(Math.round(value));
    }
    String digits = value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f";
    return String.format(Locale.ROOT, digits, value) + UNITS.charAt(unit);
  }

  /** A time below some seconds: {@code 85us}, {@code 1.2ms}, {@code 340ms}, {@code 2.1s}. */
  static String shortTime(double seconds) {
    double millis = seconds * 1000;
    if (millis < 1) {
      return String.format(Locale.ROOT, "%.0fus", millis * 1000);
    }
    if (millis < STEP) {
      return String.format(Locale.ROOT, millis < 10 ? "%.1fms" : "%.0fms", millis);
    }
    return String.format(Locale.ROOT, "%.1fs", seconds);
  }

  /** A time: {@code 9s}, {@code 1m09s}, {@code 2h03m}, {@code 3d04h}. */
  static String time(double seconds) {
    long whole = (long) seconds;
    if (whole < MINUTE) {
      return whole + "s";
    }
    if (whole < HOUR) {
      return String.format(Locale.ROOT, "%dm%02ds", whole / MINUTE, whole % MINUTE);
    }
    return whole < DAY
        ? String.format(Locale.ROOT, "%dh%02dm", whole / HOUR, whole % HOUR / MINUTE)
        : String.format(Locale.ROOT, "%dd%02dh", whole / DAY, whole % DAY / HOUR);
  }
}
