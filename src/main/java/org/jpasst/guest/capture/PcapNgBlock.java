package org.jpasst.guest.capture;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * The blocks that we write, as draft-ietf-opsawg-pcapng has them, in the machine's byte order. A
 * block is its type, its length, a body of whole words, and its length again (section 3.1).
 */
final class PcapNgBlock {
  /** Longest frame that is recorded whole; as in the classic format. */
  static final int SNAPLEN = 65_535;

  /** Section 4.3.1, bits 0 and 1: received by the interface. */
  static final int INBOUND = 1;

  /** Section 4.3.1, bits 0 and 1: sent by the interface. */
  static final int OUTBOUND = 2;

  /** In an enhanced packet block, where the frame begins. */
  static final int FRAME = 28;

  /** Most bytes of a file's first blocks. */
  static final int MAX_HEADER = 512;

  private static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int ENHANCED_PACKET = 6;
  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final short MAJOR = 1;
  private static final short MINOR = 0;
  private static final long UNKNOWN_LENGTH = -1;
  private static final short LINKTYPE_ETHERNET = 1;

  private static final int END_OF_OPTIONS = 0;
  private static final int COMMENT = 1;
  private static final int USER_APPLICATION = 4; // of a section
  private static final int NAME = 2; // of an interface
  private static final int DESCRIPTION = 3;
  private static final int TIMESTAMP_RESOLUTION = 9;
  private static final int FLAGS = 2; // of a packet
  private static final byte NANOSECONDS = 9; // a power of ten, section 4.2

  private static final int OPTION_HEADER = 4;
  private static final int LENGTH_AGAIN = 4;

  /** What is behind a frame: its flags, the end of the options, the length again. */
  private static final int TAIL = OPTION_HEADER + Integer.BYTES + OPTION_HEADER + LENGTH_AGAIN;

  private PcapNgBlock() {}

  /** Writes what each file begins with: the section, and its one interface; answers its length. */
  static int header(MemorySegment s) {
    int body = 8;
    s.set(JAVA_INT_UNALIGNED, body, BYTE_ORDER_MAGIC);
    s.set(JAVA_SHORT_UNALIGNED, body + 4, MAJOR);
    s.set(JAVA_SHORT_UNALIGNED, body + 6, MINOR);
    s.set(JAVA_LONG_UNALIGNED, body + 8, UNKNOWN_LENGTH);
    long at = option(s, body + 16, USER_APPLICATION, text("jpasst"));
    int section = end(s, 0, SECTION_HEADER, at);

    body = section + 8;
    s.set(JAVA_SHORT_UNALIGNED, body, LINKTYPE_ETHERNET);
    s.set(JAVA_SHORT_UNALIGNED, body + 2, (short) 0);
    s.set(JAVA_INT_UNALIGNED, body + 4, SNAPLEN);
    at = option(s, body + 8, NAME, text("guest"));
    at = option(s, at, DESCRIPTION, text("the back-end's end of the guest's link"));
    at = option(s, at, TIMESTAMP_RESOLUTION, new byte[] {NANOSECONDS});
    return section + end(s, section, INTERFACE_DESCRIPTION, at);
  }

  /** How long the block of a frame is, of which so many bytes are recorded. */
  static int packetLength(int captured) {
    return FRAME + padded(captured) + TAIL;
  }

  /**
   * Writes the block of a frame, but for the frame's bytes, which belong behind {@link #FRAME}.
   *
   * @param nanos since 1970
   * @param captured how many bytes of the frame are recorded
   * @param original how many it has
   * @param direction {@link #INBOUND} or {@link #OUTBOUND}
   */
  static void packet(
      MemorySegment s, long at, long nanos, int captured, int original, int direction) {
    s.set(JAVA_INT_UNALIGNED, at + 8, 0); // the interface
    s.set(JAVA_INT_UNALIGNED, at + 12, (int) (nanos >>> 32));
    s.set(JAVA_INT_UNALIGNED, at + 16, (int) nanos);
    s.set(JAVA_INT_UNALIGNED, at + 20, captured);
    s.set(JAVA_INT_UNALIGNED, at + 24, original);
    for (int i = captured; i < padded(captured); i++) {
      s.set(JAVA_BYTE, at + FRAME + i, (byte) 0);
    }
    long options = at + FRAME + padded(captured);
    s.set(JAVA_SHORT_UNALIGNED, options, (short) FLAGS);
    s.set(JAVA_SHORT_UNALIGNED, options + 2, (short) Integer.BYTES);
    s.set(JAVA_INT_UNALIGNED, options + OPTION_HEADER, direction);
    end(s, at, ENHANCED_PACKET, options + OPTION_HEADER + Integer.BYTES);
  }

  /** How long a block is. */
  static int length(MemorySegment s, long at) {
    return s.get(JAVA_INT_UNALIGNED, at + 4);
  }

  /** How many bytes a comment adds to a block. */
  static int commentLength(byte[] comment) {
    return OPTION_HEADER + padded(comment.length);
  }

  /** Copies a frame's block, and puts a comment behind its options. */
  static void copyWithComment(
      MemorySegment from, long fromAt, MemorySegment to, long toAt, byte[] comment) {
    int kept = length(from, fromAt) - OPTION_HEADER - LENGTH_AGAIN;
    MemorySegment.copy(from, fromAt, to, toAt, kept);
    end(to, toAt, ENHANCED_PACKET, option(to, toAt + kept, COMMENT, comment));
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Writes an option; answers where the next one goes. */
  private static long option(MemorySegment s, long at, int code, byte[] value) {
    s.set(JAVA_SHORT_UNALIGNED, at, (short) code);
    s.set(JAVA_SHORT_UNALIGNED, at + 2, (short) value.length);
    int length = padded(value.length);
    MemorySegment.copy(value, 0, s, JAVA_BYTE, at + OPTION_HEADER, value.length);
    s.asSlice(at + OPTION_HEADER + value.length, length - value.length).fill((byte) 0);
    return at + OPTION_HEADER + length;
  }

  /** Ends the options at a place, and with them the block; answers its length. */
  private static int end(MemorySegment s, long start, int type, long at) {
    s.set(JAVA_INT_UNALIGNED, at, END_OF_OPTIONS);
    int length = (int) (at + OPTION_HEADER + LENGTH_AGAIN - start);
    s.set(JAVA_INT_UNALIGNED, start, type);
    s.set(JAVA_INT_UNALIGNED, start + 4, length);
    s.set(JAVA_INT_UNALIGNED, at + OPTION_HEADER, length);
    return length;
  }

  private static int padded(int length) {
    return (length + 3) & ~3;
  }
}
