package org.jpasst.guest;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
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
  private final ArrayDeque<Lent> lent = new ArrayDeque<>();
  private final List<byte[]> frames = new ArrayList<>();
  private long end;
  private int room = Integer.MAX_VALUE;
  private int replyRoom = Integer.MAX_VALUE;
  private boolean controlRoom = true;
  private int flushes;
  private boolean stalled;
  private boolean lossy;

  private record Lent(long at, int capacity) {}

  private final List<Integer> segmentSizes = new ArrayList<>();
  private LinkCapabilities capabilities = LinkCapabilities.NONE;
  private int longest = Integer.MAX_VALUE;
  private final FramePieces payload = new FramePieces(4096);
  private int firstPiece;

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

  /** How many frames are lent and not yet published or given back; zero at the end of a turn. */
  public int lent() {
    return lent.size();
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
  public FramePieces payload() {
    return payload;
  }

  @Override
  public int firstPiece() {
    return firstPiece;
  }

  @Override
  public long lend(int headers, int capacity) {
    if (lent.isEmpty()) {
      payload.truncate(0);
    }
    long at = lend(headers + capacity);
    if (at != NO_ROOM) {
      firstPiece = payload.count();
      // In two pieces, as a guest's buffers may be.
      int front = capacity / 3;
      payload.add(memory, at + headers, front);
      payload.add(memory, at + headers + front, capacity - front);
    }
    return at;
  }

  @Override
  public void publish(
      int length, int transportAt, int checksumAt, int segmentation, int segmentSize) {
    if (!capabilities.checksums()) {
      throw new AssertionError("left to a guest that does nothing itself");
    }
    Lent frame = lent.element();
    byte[] packet = memory.asSlice(frame.at, length).toArray(ValueLayout.JAVA_BYTE);
    MemorySegment s = MemorySegment.ofArray(packet);
    long sum = InternetChecksum.sum(s, transportAt, length - transportAt);
    NetworkOrder.put16(s, transportAt + checksumAt, InternetChecksum.complement(sum));
    segmentSizes.add(segmentation == Segmentation.NONE ? 0 : segmentSize);
    MemorySegment.copy(s, 0, memory, frame.at, length);
    publish(length);
  }

  @Override
  public MemorySegment memory() {
    return memory;
  }

  @Override
  public long lend(int capacity) {
    if (room == 0 || capacity > longest) {
      return NO_ROOM;
    }
    room--;
    return lendAny(capacity);
  }

  @Override
  public long lendReply(int capacity) {
    if (replyRoom == 0) {
      return NO_ROOM;
    }
    replyRoom--;
    return lendAny(capacity);
  }

  @Override
  public long lendControl(int capacity) {
    return controlRoom ? lendReply(capacity) : NO_ROOM;
  }

  private long lendAny(int capacity) {
    if (lent.isEmpty()) {
      end = 0;
    }
    if (capacity < 14 || capacity > 65535) {
      throw new AssertionError("a frame of " + capacity + " bytes");
    }
    int size = Math.max(capacity, MINIMUM_FRAME);
    if (end + size > CAPACITY) {
      return NO_ROOM;
    }
    long at = end;
    // What is lent is dirty: a field that isn't written shows.
    memory.asSlice(at, size).fill(DIRT);
    lent.add(new Lent(at, capacity));
    end += size;
    return at;
  }

  @Override
  public void publish(int length) {
    Lent frame = lent.poll();
    if (frame == null) {
      throw new AssertionError("nothing is lent");
    }
    if (length > frame.capacity) {
      throw new AssertionError(length + " bytes in a frame of " + frame.capacity);
    }
    if (length < frame.capacity) {
      lent.clear();
    }
    byte[] bytes = new byte[Math.max(length, MINIMUM_FRAME)];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, frame.at, bytes, 0, length);
    frames.add(bytes);
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
