package org.jpasst.guest;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.NetworkOrder;

/**
 * A guest's link for tests: keeps the frames published to it, holds its users to the contract of
 * {@link FrameSink}, and has room or not as the test says.
 */
public final class RecordingSink implements FrameSink {
  private static final int CAPACITY = 1 << 20;
  private static final int MINIMUM_FRAME = 60;
  private static final byte DIRT = (byte) 0xa5;

  private final MemorySegment memory = Arena.global().allocate(CAPACITY, 8);
  private final LentFrames lent = new LentFrames(4096, 2 * 4096);
  private final List<byte[]> frames = new ArrayList<>();
  private long end;
  private int room = Integer.MAX_VALUE;
  private int replyRoom = Integer.MAX_VALUE;
  private boolean controlRoom = true;
  private int flushes;
  private boolean stalled;
  private boolean lossy;

  private final List<Integer> segmentSizes = new ArrayList<>();
  private LinkCapabilities capabilities = LinkCapabilities.NONE;
  private int longest = Integer.MAX_VALUE;

  /** From now on there is room for so many frames of data; 0: as with no guest connected. */
  public void setRoom(int frames) {
    room = frames;
  }

  /** From now on the guest doesn't take what was published, though there is room for more. */
  public void setStalled(boolean stands) {
    stalled = stands;
  }

  /** Sets whether frames may be lost on their way. */
  public void setLossy(boolean may) {
    lossy = may;
  }

  /** From now on there is room for so many replies. */
  public void setReplyRoom(int frames) {
    replyRoom = frames;
  }

  /** Whether those replies may be what belongs to a flow. */
  public void setControlRoom(boolean is) {
    controlRoom = is;
  }

  /** Sets what the guest does itself: completes checksums, takes frames that it cuts up. */
  public void setCapabilities(LinkCapabilities guests) {
    capabilities = guests;
  }

  /** From now on there is no room for longer frames of data. */
  public void setLongest(int length) {
    longest = length;
  }

  /** For each frame that was left to the guest to finish: its segment size, or 0. */
  public List<Integer> segmentSizes() {
    return List.copyOf(segmentSizes);
  }

  /** The frames published so far that haven't been taken, padded as on the wire, oldest first. */
  public List<byte[]> frames() {
    return List.copyOf(frames);
  }

  /** Takes the oldest frame; fails if there is none. */
  public byte[] take() {
    if (frames.isEmpty()) {
      throw new AssertionError("no frame for the guest");
    }
    return frames.removeFirst();
  }

  /** Forgets all frames. */
  public void clear() {
    frames.clear();
  }

  /** Whether frames are lent and not yet published or given back; not at the end of a turn. */
  public boolean isLending() {
    return !lent.isEmpty();
  }

  /** How often {@link #flush} was called. */
  public int flushes() {
    return flushes;
  }

  @Override
  public boolean hasRoom() {
    return room > 0;
  }

  @Override
  public boolean isStalled() {
    return stalled || !hasRoom();
  }

  @Override
  public boolean isLossy() {
    return lossy;
  }

  @Override
  public LinkCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public LentFrame lend(int headers, int capacity) {
    if (room == 0 || headers + capacity > longest) {
      return LentFrame.NONE;
    }
    room--;
    return lendAny(headers, capacity);
  }

  @Override
  public LentFrame lendReply(int capacity) {
    if (replyRoom == 0) {
      return LentFrame.NONE;
    }
    replyRoom--;
    return lendAny(capacity, 0);
  }

  @Override
  public LentFrame lendControl(int capacity) {
    return controlRoom ? lendReply(capacity) : LentFrame.NONE;
  }

  private LentFrame lendAny(int headers, int capacity) {
    if (lent.isEmpty()) {
      end = 0;
    }
    int length = headers + capacity;
    if (length < 14 || length > 65535) {
      throw new AssertionError("a frame of " + length + " bytes");
    }
    int size = Math.max(length, MINIMUM_FRAME);
    if (end + size > CAPACITY || lent.isFull()) {
      return LentFrame.NONE;
    }
    // What is lent is dirty: a field that isn't written shows.
    memory.asSlice(end, size).fill(DIRT);
    LentFrame frame = lent.lend(memory, end, headers, capacity);
    // In two pieces, as a guest's buffers may be.
    int front = capacity / 3;
    lent.pieces().add(memory, end + headers, front);
    lent.pieces().add(memory, end + headers + front, capacity - front);
    end += size;
    return frame;
  }

  @Override
  public void publish(LentFrame frame, int length, Offload offload) {
    lent.publish(frame, length);
    byte[] bytes = new byte[Math.max(length, MINIMUM_FRAME)];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, frame.at(), bytes, 0, length);
    if (!offload.isNone()) {
      finish(MemorySegment.ofArray(bytes), length, offload);
    }
    frames.add(bytes);
  }

  /** Does what is left to the guest, but that it doesn't cut the frame up. */
  private void finish(MemorySegment s, int length, Offload offload) {
    if (!capabilities.checksums()) {
      throw new AssertionError("left to a guest that does nothing itself");
    }
    int at = offload.transportAt();
    long sum = InternetChecksum.sum(s, at, length - at);
    NetworkOrder.put16(s, at + offload.checksumAt(), InternetChecksum.complement(sum));
    segmentSizes.add(offload.isSeveral() ? offload.segmentSize() : 0);
  }

  @Override
  public void giveBack() {
    lent.clear();
  }

  @Override
  public void flush() {
    flushes++;
  }
}
