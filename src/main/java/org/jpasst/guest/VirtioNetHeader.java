package org.jpasst.guest;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** {@code struct virtio_net_hdr}, in front of each frame (virtio 1.3 section 5.1.6). Stateless. */
public final class VirtioNetHeader {
  /** Bytes it takes at most. */
  public static final int MAX_LENGTH = 12;

  /** Bytes it takes where a legacy driver doesn't merge buffers. */
  public static final int LEGACY_LENGTH = 10;

  private static final int NEEDS_CSUM = 1;
  private static final int ECN = 0x80;
  private static final int GSO_TYPE = 1;
  private static final int HEADER_LENGTH = 2;
  private static final int GSO_SIZE = 4;
  private static final int CSUM_START = 6;
  private static final int CSUM_OFFSET = 8;
  private static final int NUM_BUFFERS = 10;

  private static final ValueLayout.OfShort LE16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private VirtioNetHeader() {}

  /** Whether the transport checksum is only begun. */
  public static boolean needsChecksum(MemorySegment s, long at) {
    return (s.get(JAVA_BYTE, at) & NEEDS_CSUM) != 0;
  }

  /** One of {@link Segmentation}, or something else; congestion's mark isn't told. */
  public static int segmentation(MemorySegment s, long at) {
    return s.get(JAVA_BYTE, at + GSO_TYPE) & 0xff & ~ECN;
  }

  /** Bytes of payload of each packet but the last, where there are several. */
  public static int segmentSize(MemorySegment s, long at) {
    return s.get(LE16, at + GSO_SIZE) & 0xffff;
  }

  /** Where the checksum that is only begun starts to sum, from the frame's first byte. */
  public static int checksumStart(MemorySegment s, long at) {
    return s.get(LE16, at + CSUM_START) & 0xffff;
  }

  /** Where that checksum is, from where it starts to sum. */
  public static int checksumOffset(MemorySegment s, long at) {
    return s.get(LE16, at + CSUM_OFFSET) & 0xffff;
  }

  /** Writes that of a frame that is one packet with all its checksums. */
  public static void write(MemorySegment s, long at) {
    for (int i = 0; i < MAX_LENGTH; i++) {
      s.set(JAVA_BYTE, at + i, (byte) 0);
    }
  }

  /**
   * Writes that of a frame whose other side is to finish it, or of one that is finished.
   *
   * @param headers bytes from the frame's begin to its payload
   */
  public static void write(MemorySegment s, long at, Offload offload, int headers) {
    if (offload.isNone()) {
      write(s, at);
      return;
    }
    boolean several = offload.isSeveral();
    s.set(JAVA_BYTE, at, (byte) NEEDS_CSUM);
    s.set(JAVA_BYTE, at + GSO_TYPE, (byte) offload.segmentation());
    s.set(LE16, at + HEADER_LENGTH, (short) (several ? headers : 0));
    s.set(LE16, at + GSO_SIZE, (short) (several ? offload.segmentSize() : 0));
    s.set(LE16, at + CSUM_START, (short) offload.transportAt());
    s.set(LE16, at + CSUM_OFFSET, (short) offload.checksumAt());
  }

  /** Sets how many buffers the frame takes, where the header has that. */
  public static void numBuffers(MemorySegment s, long at, int count) {
    s.set(LE16, at + NUM_BUFFERS, (short) count);
  }
}
