package org.jpasst.qmp;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Puts the frames together that come in pieces. What it reads may be anything: a tag that isn't
 * known, or a length that its tag doesn't allow, is malformed, and so is all that follows.
 */
final class TransferReader {
  private final ByteBuffer bytes =
      ByteBuffer.allocate(2 * (TransferFrame.HEADER + TransferFrame.MAX_LENGTH));
  private boolean malformed;

  /** How many bytes may be added now; never 0 once there is no {@link #next}. */
  int room() {
    return bytes.remaining();
  }

  /** Takes all bytes of a buffer, for which there is room. */
  void add(ByteBuffer more) {
    bytes.put(more);
  }

  /** The next complete frame, which is a copy; it is taken out. */
  Optional<TransferFrame> next() {
    if (malformed || bytes.position() < TransferFrame.HEADER) {
      return Optional.empty();
    }
    int length = bytes.getInt(Integer.BYTES);
    Optional<TransferTag> tag = TransferTag.of(bytes.getInt(0)).filter(each -> each.allows(length));
    if (tag.isEmpty()) {
      malformed = true;
      return Optional.empty();
    }
    int end = TransferFrame.HEADER + length;
    if (bytes.position() < end) {
      return Optional.empty();
    }
    ByteBuffer content = ByteBuffer.allocate(length);
    content.put(0, bytes, TransferFrame.HEADER, length);
    bytes.flip().position(end);
    bytes.compact();
    return Optional.of(new TransferFrame(tag.get(), content));
  }

  /** Whether there was something that is no frame. */
  boolean isMalformed() {
    return malformed;
  }
}
