package org.jpasst.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/** What streams carry: each byte follows from its offset and the stream's key. Stateless. */
final class StreamContent {
  private static final int SPREAD = 0x9e37_79b1; // 2^32 / golden ratio: neighbours differ

  private StreamContent() {}

  static byte at(int key, int offset) {
    return (byte) ((offset + key) * SPREAD >>> 24);
  }

  static void fill(MemorySegment s, long at, int key, int offset, int length) {
    for (int i = 0; i < length; i++) {
      s.set(JAVA_BYTE, at + i, at(key, offset + i));
    }
  }

  /** Fails where bytes aren't those of an offset. */
  static void check(String what, MemorySegment s, long at, int key, int offset, int length) {
    for (int i = 0; i < length; i++) {
      if (s.get(JAVA_BYTE, at + i) != at(key, offset + i)) {
        throw new AssertionError(
            "%s: byte %d of the stream is wrong, %d behind offset %d"
                .formatted(what, offset + i, i, offset));
      }
    }
  }
}
