package org.jpasst.qmp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Puts the lines together that come in pieces, each of bounded length. */
final class LineBuffer {
  /** Bytes of a line; QEMU's answers to what we ask and its events have some hundreds. */
  static final int MAX_LENGTH = 1 << 16;

  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
  private final Deque<String> lines = new ArrayDeque<>();
  private boolean tooLong;

  /** Takes the first bytes of a buffer. */
  void add(MemorySegment bytes, int length) {
    for (int i = 0; i < length; i++) {
      byte each = bytes.get(JAVA_BYTE, i);
      if (each == '\n') {
        lines.add(begun.toString(StandardCharsets.UTF_8));
        begun.reset();
      } else if (begun.size() < MAX_LENGTH) {
        begun.write(each);
      } else {
        tooLong = true;
      }
    }
  }

  /** The next complete line, without its end; it is taken out. */
  Optional<String> next() {
    return Optional.ofNullable(lines.poll());
  }

  /** Whether there was a line of more than {@link #MAX_LENGTH} bytes, which was cut. */
  boolean isTooLong() {
    return tooLong;
  }
}
