package org.jpasst.log;

import java.time.LocalTime;

/** What stands before a message where people read it at once. */
public enum LineStart {
  /** Nothing: somebody else puts the time there, or doesn't want it. */
  NOTHING,
  /** The seconds since the start, as passt has it with {@code -d}. */
  SINCE_START,
  /** Hours, minutes and seconds of the day. */
  TIME_OF_DAY;

  private static final int TWO_DIGITS = 100; // with a leading zero, behind the first digit

  String text(long sinceStartNanos) {
    return switch (this) {
      case NOTHING -> "";
      case SINCE_START -> Timestamp.of(sinceStartNanos);
      case TIME_OF_DAY -> text(LocalTime.now());
    };
  }

  /** By hand: a formatter costs a start more than all its lines. */
  static String text(LocalTime time) {
    return digits(time.getHour())
        + ":"
        + digits(time.getMinute())
        + ":"
        + digits(time.getSecond())
        + " ";
  }

  private static String digits(int number) {
    return Integer.toString(number + TWO_DIGITS).substring(1);
  }
}
