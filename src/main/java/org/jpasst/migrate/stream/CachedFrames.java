package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.jpasst.wire.NetworkOrder;

/**
 * The section of the packet cache: a time (32 bits, milliseconds of some clock), a count of frames
 * (32 bits), and the frames, oldest first: the time on that clock when it was cached (32 bits), its
 * length (16 bits), its bytes from the Ethernet header on, as they go over a wire.
 *
 * @param clock the time at which it was written
 * @param count how many frames there are
 * @param frames their memory: in one part if it was read, else in as many as it pleases; its owner
 *     is who made the record
 */
public record CachedFrames(int clock, int count, List<MemorySegment> frames) implements Section {
  /** Bytes in front of each frame. */
  public static final int FRAME_FIXED = 6;

  private static final int LENGTH_AT = 4;
  private static final int MIN_FRAME = 14; // an Ethernet header, IEEE 802.3

  /** Copies the list. */
  public CachedFrames {
    frames = List.copyOf(frames);
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
    MemorySegment frames = from.bytes(from.remaining());
    long at = 0;
    int seen = 0;
    while (at < frames.byteSize()) {
      long left = frames.byteSize() - at - FRAME_FIXED;
      from.require(left >= 0, "its end within a part");
      int length = NetworkOrder.get16(frames, at + LENGTH_AT);
      from.require(length >= MIN_FRAME, "a frame without an Ethernet header");
      from.require(length <= left, "its end within a frame");
      at += FRAME_FIXED + length;
      seen++;
    }
    from.require(seen == count, "another number of frames than announced");
    return new CachedFrames(clock, count, List.of(frames));
  }
}
