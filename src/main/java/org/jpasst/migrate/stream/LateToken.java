package org.jpasst.migrate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The section of late frames: what the target is to know them by, 128 bits that nobody guesses.
 *
 * @param hi the first 64 bits
 * @param lo the others
 */
public record LateToken(long hi, long lo) implements Section {
  private static final int SIZE = 2 * Long.BYTES;

  @Override
  public SectionTag tag() {
    return SectionTag.LATE_FRAMES;
  }

  @Override
  public boolean isEmpty() {
    return false;
  }

  @Override
  public long size() {
    return SIZE;
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    to.room(SIZE).putLong(hi).putLong(lo);
  }

  static LateToken read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(SIZE);
    return new LateToken(fixed.getLong(), fixed.getLong());
  }
}
