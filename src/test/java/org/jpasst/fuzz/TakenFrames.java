package org.jpasst.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.guest.Frame;
import org.jpasst.guest.Offload;
import org.jpasst.guest.VirtioNetHeader;
import org.jpasst.wire.NetworkOrder;

/**
 * The frames that one side of a bridge was given, each behind a virtio-net header, until they are
 * looked at. To note one allocates nothing: what the bridge allocates is measured meanwhile.
 */
final class TakenFrames {
  /** Of one frame of 64 KiB there may be 2,048 packets, whose headers add up. */
  private static final int ROOM = 1 << 24;

  private static final int MOST = 1 << 16;
  private static final int HEADER = VirtioNetHeader.MAX_LENGTH;
  private static final int HEADERS_AT = 2; // hdr_len, little-endian

  private final MemorySegment memory = Arena.global().allocate(ROOM);
  private final int[] lengths = new int[MOST];
  private int count;
  private int end;

  /** Notes one that lies behind its header, or has none. */
  void add(MemorySegment source, long at, int headerLength, int length) {
    reserve(length);
    if (headerLength == 0) {
      VirtioNetHeader.write(memory, end);
    } else {
      MemorySegment.copy(source, at - headerLength, memory, end, HEADER);
    }
    MemorySegment.copy(source, at, memory, end + HEADER, length);
    end += HEADER + length;
  }

  /** Notes one that is handed over from where it lies. */
  void add(Frame frame, int headers, Offload offload) {
    reserve(frame.length());
    VirtioNetHeader.write(memory, end, offload, headers);
    frame.copy(frame.at(), frame.length(), memory, end + HEADER);
    end += HEADER + frame.length();
  }

  private void reserve(int length) {
    if (count == MOST || end + HEADER + length > ROOM) {
      throw new AssertionError(
          "a few frames became %d with %d bytes together".formatted(count, end));
    }
    lengths[count++] = length;
  }

  /** Answers them, and begins anew. */
  List<TakenFrame> take() {
    var all = new ArrayList<TakenFrame>(count);
    int at = 0;
    for (int i = 0; i < count; i++) {
      byte[] bytes = memory.asSlice(at + HEADER, lengths[i]).toArray(JAVA_BYTE);
      all.add(new TakenFrame(bytes, offload(at), headers(at)));
      at += HEADER + lengths[i];
    }
    count = 0;
    end = 0;
    return all;
  }

  private FrameOffload offload(long at) {
    return new FrameOffload(
        VirtioNetHeader.needsChecksum(memory, at),
        VirtioNetHeader.segmentation(memory, at),
        VirtioNetHeader.segmentSize(memory, at),
        VirtioNetHeader.checksumStart(memory, at),
        VirtioNetHeader.checksumOffset(memory, at));
  }

  private int headers(long at) {
    int swapped = NetworkOrder.get16(memory, at + HEADERS_AT);
    return Short.reverseBytes((short) swapped) & 0xffff;
  }
}
