package org.jpasst.proto.tcp;

/** Arithmetic of 32-bit sequence numbers, modulo 2^32 (RFC 9293 section 3.4). */
final class SequenceNumber {
  private SequenceNumber() {}

  /** Whether {@code a} comes before {@code b}. */
  static boolean before(int a, int b) {
    return a - b < 0;
  }

  /** Whether {@code a} comes after {@code b}. */
  static boolean after(int a, int b) {
    return a - b > 0;
  }

  /** Whether {@code low <= a <= high}. */
  static boolean between(int low, int a, int high) {
    return a - low >= 0 && high - a >= 0;
  }
}
