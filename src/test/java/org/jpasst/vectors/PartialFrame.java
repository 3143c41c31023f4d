package org.jpasst.vectors;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Knows whether bytes written to the guest's socket end in the middle of a frame. */
final class PartialFrame {
  private final ByteArrayOutputStream left = new ByteArrayOutputStream();

  void add(byte[] bytes) {
    left.writeBytes(bytes);
  }

  void clear() {
    left.reset();
  }

  boolean isOpen() {
    ByteBuffer bytes = ByteBuffer.wrap(left.toByteArray());
    while (bytes.remaining() >= 4) {
      int length = bytes.getInt();
      if (length < 0 || length > bytes.remaining()) {
        return true;
      }
      bytes.position(bytes.position() + length);
    }
    return bytes.hasRemaining();
  }
}
