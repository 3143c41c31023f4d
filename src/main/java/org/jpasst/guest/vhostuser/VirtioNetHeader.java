package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.jpasst.guest.vhostuser.LittleEndian.LE16;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Offload;
import org.jpasst.guest.Segmentation;

/** {@code struct virtio_net_hdr}, in front of each frame (virtio 1.3 section 5.1.6). Stateless. */
final class VirtioNetHeader {
  /** Bytes it takes at most. */
  static final int MAX_LENGTH = 12;

  private static final int LEGACY_LENGTH = 10;

  private static final int NEEDS_CSUM = 1;
  private static final int ECN = 0x80;
  private static final int GSO_TYPE = 1;
  private static final int HEADER_LENGTH = 2;
  private static final int GSO_SIZE = 4;
  private static final int CSUM_START = 6;
  private static final int CSUM_OFFSET = 8;
  private static final int NUM_BUFFERS = 10;

  private VirtioNetHeader() {}

  /**
   * Bytes it takes: a legacy driver knows the number of buffers only if it merges them (virtio 1.3
   * section 5.1.6.1).
   */
  static int length(long features) {
    boolean counts = (features & (Features.VERSION_1 | Features.MRG_RXBUF)) != 0;
    return counts ? MAX_LENGTH : LEGACY_LENGTH;
  }

  /** Whether the transport checksum is only begun. */
  static boolean needsChecksum(MemorySegment s, long at) {
    return (s.get(JAVA_BYTE, at) & NEEDS_CSUM) != 0;
  }

  /** One of {@link Segmentation}, or something else; congestion's mark isn't told. */
  static int segmentation(MemorySegment s, long at) {
    return s.get(JAVA_BYTE, at + GSO_TYPE) & 0xff & ~ECN;
  }

  static int segmentSize(MemorySegment s, long at) {
    return s.get(LE16, at + GSO_SIZE) & 0xffff;
  }

  /** Where the checksum that is only begun starts to sum, from the frame's first byte. */
  static int checksumStart(MemorySegment s, long at) {
    return s.get(LE16, at + CSUM_START) & 0xffff;
  }

  /** Where that checksum is, from where it starts to sum. */
  static int checksumOffset(MemorySegment s, long at) {
    return s.get(LE16, at + CSUM_OFFSET) & 0xffff;
  }

  /** Writes that of a frame that is one packet with all its checksums. */
  static void write(MemorySegment s, long at) {
    for (int i = 0; i < MAX_LENGTH; i++) {
      s.set(JAVA_BYTE, at + i, (byte) 0);
    }
  }

  /**
   * Writes that of a frame that the guest is to finish.
   *
   * @param headers bytes from the frame's begin to its payload
   */
  static void write(MemorySegment s, long at, Offload offload, int headers) {
    boolean several = offload.isSeveral();
    s.set(JAVA_BYTE, at, (byte) NEEDS_CSUM);
    s.set(JAVA_BYTE, at + GSO_TYPE, (byte) offload.segmentation());
    s.set(LE16, at + HEADER_LENGTH, (short) (several ? headers : 0));
    s.set(LE16, at + GSO_SIZE, (short) (several ? offload.segmentSize() : 0));
    s.set(LE16, at + CSUM_START, (short) offload.transportAt());
    s.set(LE16, at + CSUM_OFFSET, (short) offload.checksumAt());
  }

  /** Sets how many buffers the frame takes, where the header has that. */
  static void numBuffers(MemorySegment s, long at, int count) {
    s.set(LE16, at + NUM_BUFFERS, (short) count);
  }
}
