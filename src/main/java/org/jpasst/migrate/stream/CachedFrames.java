package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The section of the packet cache: a time (32 bits, milliseconds of some clock), a count of frames
 * (32 bits), and the frames, oldest first: the time on that clock when it was cached (32 bits), its
 * length (16 bits), its bytes from the Ethernet header on, as they go over a wire.
 *
 * @param clock the time at which it was written
 * @param count how many frames there are
 * @param frames their memory, in as many parts as it pleases; its owner is who made the record
 */
public record CachedFrames(int clock, int count, List<MemorySegment> frames) implements Section {
  /** Bytes in front of each frame. */
  public static final int FRAME_FIXED = 6;

  private static final int MIN_FRAME = 14; // an Ethernet header, IEEE 802.3

  /** Copies the list. */
  public CachedFrames {
    frames = List.copyOf(frames);
  }

  /** Is shown one frame after the other. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * A frame.
     *
     * @param age milliseconds from when it was cached to when the section was written
     * @param at its offset in memory
     */
    void frame(long age, MemorySegment memory, long at, int length);
  }

  /** Shows all frames, oldest first. */
  public void forEach(Visitor visitor) {
    for (MemorySegment part : frames) {
      ByteBuffer buffer = part.asByteBuffer();
      while (buffer.hasRemaining()) {
        long age = Integer.toUnsignedLong(clock - buffer.getInt());
        int length = buffer.getShort() & 0xffff;
        visitor.frame(age, part, buffer.position(), length);
        buffer.position(buffer.position() + length);
      }
    }
  }

  @Override
  public SectionTag tag() {
    return SectionTag.PACKET_CACHE;
  }

  @Override
  public boolean isEmpty() {
    return count == 0;
  }

  @Override
  public long size() {
    return 2 * Integer.BYTES + frames.stream().mapToLong(MemorySegment::byteSize).sum();
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    to.room(2 * Integer.BYTES).putInt(clock).putInt(count);
    for (MemorySegment part : frames) {
      to.bytes(part);
    }
  }

  static CachedFrames read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(2 * Integer.BYTES);
    int clock = fixed.getInt();
    int count = fixed.getInt();
    MemorySegment frames = from.rest();
    int seen = 0;
    while (from.hasMore()) {
      int length = from.part(FRAME_FIXED).getShort(from.position() - Short.BYTES) & 0xffff;
      from.require(length >= MIN_FRAME, "a frame without an Ethernet header");
      from.bytes(length);
      seen++;
    }
    from.require(seen == count, "another number of frames than announced");
    return new CachedFrames(clock, count, List.of(frames));
  }
}
