package org.jpasst.qmp;

import java.nio.ByteBuffer;

/**
 * A frame of the transfer: its tag, the length of its content in 32 bits, and the content. All
 * integers are big-endian.
 *
 * @param content from its position to its limit
 */
record TransferFrame(TransferTag tag, ByteBuffer content) {
  /** The protocol's version. It changes when what there is means something else, not for more. */
  static final int VERSION = 1;

  /** Bytes of a content. */
  static final int MAX_LENGTH = 1 << 16;

  static final int HEADER = 2 * Integer.BYTES;

  static TransferFrame of(TransferTag tag) {
    return new TransferFrame(tag, ByteBuffer.allocate(0));
  }

  static TransferFrame of(TransferTag tag, int value) {
    return new TransferFrame(tag, ByteBuffer.allocate(Integer.BYTES).putInt(value).flip());
  }

  static TransferFrame of(TransferTag tag, long value) {
    return new TransferFrame(tag, ByteBuffer.allocate(Long.BYTES).putLong(value).flip());
  }

  /** The number that the content is, as an unsigned one of 32 or a signed one of 64 bits. */
  long number() {
    return content.remaining() == Integer.BYTES
        ? Integer.toUnsignedLong(content.getInt(content.position()))
        : content.getLong(content.position());
  }

  byte[] bytes() {
    ByteBuffer all = ByteBuffer.allocate(HEADER + content.remaining());
    return all.putInt(tag.code()).putInt(content.remaining()).put(content.duplicate()).array();
  }
}
