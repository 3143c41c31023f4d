package org.jpasst.log;

/** The time that stands before a message: seconds since start, four decimals. */
final class Timestamp {
  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long NANOS_PER_DIGIT = 100_000;

  private Timestamp() {}

  static String of(long sinceStartNanos) {
    long fraction = sinceStartNanos % NANOS_PER_SECOND / NANOS_PER_DIGIT;
    // Ten thousand more gives the leading zeros; not String.format, which costs 20 ms cold.
    String digits = Long.toString(fraction + 10_000).substring(1);
    return sinceStartNanos / NANOS_PER_SECOND + "." + digits + ": ";
  }
}
