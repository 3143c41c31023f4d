package org.jpasst.migrate.stream;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes a section apart that has arrived as a whole. Nothing is allocated for what isn't there: a
 * count is checked against the bytes that are left.
 *
 * <p>All methods throw a {@link MalformedSectionException} for what can't be.
 */
final class SectionReader {
  /** As many as there can be flows, and more datagrams than are ever kept. */
  private static final int MAX_ITEMS = 1 << 19;

  private final MemorySegment section;
  private final ByteBuffer buffer;
  private int items;

  SectionReader(MemorySegment section) {
    this.section = section;
    buffer = section.asByteBuffer();
  }

  /** Reads one item of a list. */
  @FunctionalInterface
  interface Item<T> {
    /** Reads it. */
    T read(SectionReader from) throws MalformedSectionException;
  }

  /** Reads a section of which nothing may be left over. */
  static <T> T whole(MemorySegment section, Item<T> item) throws MalformedSectionException {
    SectionReader reader = new SectionReader(section);
    T read = item.read(reader);
    reader.require(!reader.hasMore(), "bytes behind its end");
    return read;
  }

  /**
   * Reads a count of 32 bits and as many items.
   *
   * @param size the least bytes that each has
   */
  <T> List<T> list(int size, Item<T> item) throws MalformedSectionException {
    int count = part(Integer.BYTES).getInt();
    require(count >= 0 && count <= buffer.remaining() / size, "a count that is too large");
    items += count;
    require(items <= MAX_ITEMS, "too many of its kind");
    List<T> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(item.read(this));
    }
    return list;
  }

  /** The next bytes, at the position of a buffer that is as long as the section. */
  ByteBuffer part(int length) throws MalformedSectionException {
    require(length <= buffer.remaining(), "its end within a part");
    ByteBuffer part = buffer.duplicate();
    buffer.position(buffer.position() + length);
    return part;
  }

  /** The next bytes as memory. */
  MemorySegment bytes(int length) throws MalformedSectionException {
    require(length <= buffer.remaining(), "its end within a part");
    MemorySegment bytes = section.asSlice(buffer.position(), length);
    buffer.position(buffer.position() + length);
    return bytes;
  }

  /** How many bytes aren't read yet. */
  int remaining() {
    return buffer.remaining();
  }

  /** Whether there are more bytes. */
  boolean hasMore() {
    return buffer.hasRemaining();
  }

  /** Refuses the section if something doesn't hold. */
  void require(boolean holds, String otherwise) throws MalformedSectionException {
    if (!holds) {
      throw new MalformedSectionException("byte " + buffer.position() + ": " + otherwise);
    }
  }
}
