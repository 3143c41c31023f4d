package org.jpasst.guest.vhostuser;

import static org.jpasst.guest.vhostuser.LittleEndian.LE16;
import static org.jpasst.guest.vhostuser.LittleEndian.LE32;
import static org.jpasst.guest.vhostuser.LittleEndian.LE64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A split virtqueue, seen from the device (virtio 1.3 section 2.7). What the guest has written
 * there may be anything: each field is read once and checked before it is used.
 */
final class Virtqueue {
  /** Most descriptors: what QEMU gives at most. */
  static final int MAX_SIZE = 1024;

  /** Answer of {@link #pop}: the guest has made nothing available. */
  static final int EMPTY = -1;

  /**
   * Answer of {@link #pop}: the chain makes no sense, or is empty; {@link #badHead} tells which.
   */
  static final int BAD = -2;

  private static final int DESCRIPTOR_SIZE = 16;
  private static final int ADDRESS = 0;
  private static final int LENGTH = 8;
  private static final int FLAGS = 12;
  private static final int NEXT = 14;
  private static final int FLAG_NEXT = 1;
  private static final int FLAG_WRITE = 2;
  private static final int FLAG_INDIRECT = 4;

  // Of the available and of the used ring: flags, index, then the ring.
  private static final int INDEX = 2;
  private static final int RING = 4;
  private static final int AVAILABLE_ELEMENT = 2;
  private static final int USED_ELEMENT = 8;
  private static final int NO_INTERRUPT = 1;
  private static final int NO_NOTIFY = 1;

  /** Aligned, as it has to be for acquiring and releasing. */
  private static final VarHandle INDEX_16 =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

  private final GuestMemory guestMemory;
  private final DirtyLog dirtyLog;
  private int size;
  private MemorySegment descriptors = MemorySegment.NULL;
  private long descriptorsAt;
  private MemorySegment available = MemorySegment.NULL;
  private long availableAt;
  private MemorySegment used = MemorySegment.NULL;
  private long usedAt;
  private long usedLogAddress;
  private boolean logsUsed;
  private boolean mapped;
  private boolean broken;
  private boolean indirect;
  private boolean eventIndex;
  private int nextAvailable;
  private int nextUsed;
  private int publishedUsed;
  private boolean interruptForced;
  private boolean kicksDisabled; // the flag that we have written
  private int badHead;
  private long walked;

  Virtqueue(GuestMemory guestMemory, DirtyLog dirtyLog) {
    this.guestMemory = guestMemory;
    this.dirtyLog = dirtyLog;
  }

  /** Sets how many descriptors there are; false if there can't be so many. */
  boolean resize(int descriptorCount) {
    boolean possible =
        descriptorCount > 0
            && descriptorCount <= MAX_SIZE
            && Integer.bitCount(descriptorCount) == 1;
    if (possible) {
      size = descriptorCount;
      mapped = false;
    }
    return possible;
  }

  int size() {
    return size;
  }

  /**
   * Finds its three parts in memory, by the front-end's addresses.
   *
   * @return false if one of them isn't in one region, or isn't aligned (virtio 1.3 section 2.7)
   */
  boolean map(long descriptorAddress, long availableAddress, long usedAddress) {
    mapped = false;
    long availableLength = RING + (long) AVAILABLE_ELEMENT * size + Short.BYTES;
    long usedLength = RING + (long) USED_ELEMENT * size + Short.BYTES;
    MemoryRegion d = guestMemory.ofUser(descriptorAddress, (long) DESCRIPTOR_SIZE * size);
    MemoryRegion a = guestMemory.ofUser(availableAddress, availableLength);
    MemoryRegion u = guestMemory.ofUser(usedAddress, usedLength);
    boolean aligned =
        descriptorAddress % DESCRIPTOR_SIZE == 0
            && availableAddress % Short.BYTES == 0
            && usedAddress % Integer.BYTES == 0;
    if (size == 0 || d == null || a == null || u == null || !aligned) {
      return false;
    }
    descriptors = d.memory();
    descriptorsAt = descriptorAddress - d.userAddress();
    available = a.memory();
    availableAt = availableAddress - a.userAddress();
    used = u.memory();
    usedAt = usedAddress - u.userAddress();
    mapped = true;
    return true;
  }

  /** Forgets where its parts are: the memory goes away. */
  void unmap() {
    mapped = false;
    descriptors = MemorySegment.NULL;
    available = MemorySegment.NULL;
    used = MemorySegment.NULL;
  }

  /** Back to how it was before there was a front-end. */
  void reset() {
    unmap();
    size = 0;
    broken = false;
    base(0);
    features(0);
    logUsed(false, 0);
  }

  /** Sets whether writes to the used ring are logged, and as whose address of the guest. */
  void logUsed(boolean on, long guestAddress) {
    logsUsed = on;
    usedLogAddress = guestAddress;
  }

  /** Sets what has been agreed upon. */
  void features(long features) {
    kicksDisabled = false;
    indirect = Features.has(features, Features.INDIRECT_DESC);
    eventIndex = Features.has(features, Features.EVENT_IDX);
  }

  /** Sets where in the available ring it goes on. */
  void base(int index) {
    nextAvailable = index & 0xffff;
  }

  /** Where in the available ring it goes on. */
  int base() {
    return nextAvailable;
  }

  /** Begins anew, behind what was used before. */
  void start() {
    broken = false;
    nextUsed = mapped ? used.get(LE16, usedAt + INDEX) & 0xffff : 0;
    publishedUsed = nextUsed;
    interruptForced = true;
    kicksDisabled = false;
  }

  /** Whether its rings can be looked at. */
  boolean isUsable() {
    return mapped && !broken;
  }

  /** Whether the guest has broken it: it is looked at again only when it is started anew. */
  boolean isBroken() {
    return broken;
  }

  /** Whether the memory that it and its buffers are in is gone. */
  boolean isTorn() {
    return guestMemory.isTorn();
  }

  /** How many chains the guest has made available that weren't taken. */
  int available() {
    if (!isUsable()) {
      return 0;
    }
    int index = (short) INDEX_16.getAcquire(available, availableAt + INDEX) & 0xffff;
    int count = index - nextAvailable & 0xffff;
    if (count > size) {
      broken = true;
      return 0;
    }
    return count;
  }

  /**
   * Takes the next chain.
   *
   * @param buffers where its buffers are appended to
   * @param writable whether they are to be written, instead of read
   * @return the chain's head, {@link #EMPTY} or {@link #BAD}
   */
  int pop(ChainBuffers buffers, boolean writable) {
    if (available() == 0) {
      return EMPTY;
    }
    long slot = RING + (long) AVAILABLE_ELEMENT * (nextAvailable & size - 1);
    int head = available.get(LE16, availableAt + slot) & 0xffff;
    if (head >= size) {
      broken = true;
      return EMPTY;
    }
    nextAvailable = nextAvailable + 1 & 0xffff;
    int before = buffers.count();
    if (collect(head, buffers, writable) && buffers.count() > before) {
      return head;
    }
    buffers.truncate(before);
    badHead = head;
    return BAD;
  }

  /** The head of the chain that made no sense. */
  int badHead() {
    return badHead;
  }

  /** How many descriptors were looked at so far: what chains cost, more than their number. */
  long walked() {
    return walked;
  }

  /** Puts the chains taken last back. */
  void unpop(int chains) {
    nextAvailable = nextAvailable - chains & 0xffff;
  }

  private boolean collect(int head, ChainBuffers buffers, boolean writable) {
    MemorySegment table = descriptors;
    long tableAt = descriptorsAt;
    int tableSize = size;
    boolean inIndirect = false;
    int index = head;
    // A chain that is longer than its table runs in a circle.
    for (int steps = 0; steps < tableSize; steps++) {
      walked++;
      long at = tableAt + (long) DESCRIPTOR_SIZE * index;
      long address = table.get(LE64, at + ADDRESS);
      long length = table.get(LE32, at + LENGTH) & 0xffff_ffffL;
      int flags = table.get(LE16, at + FLAGS);
      int next = table.get(LE16, at + NEXT) & 0xffff;
      if ((flags & FLAG_INDIRECT) != 0) {
        MemoryRegion region = guestMemory.ofGuest(address);
        if (inIndirect || !isIndirectTable(region, address, length, flags)) {
          return false;
        }
        inIndirect = true;
        table = region.memory();
        tableAt = region.offsetOfGuest(address);
        tableSize = (int) (length / DESCRIPTOR_SIZE);
        index = 0;
        steps = -1;
        continue;
      }
      boolean toBeWritten = (flags & FLAG_WRITE) != 0;
      if (toBeWritten != writable || !guestMemory.resolve(address, length, buffers)) {
        return false;
      }
      if ((flags & FLAG_NEXT) == 0) {
        return true;
      }
      if (next >= tableSize) {
        return false;
      }
      index = next;
    }
    return false;
  }

  /** Virtio 1.3 section 2.7.5.3.1; a table has no more entries than the queue. */
  private boolean isIndirectTable(MemoryRegion region, long address, long length, int flags) {
    return indirect
        && (flags & FLAG_NEXT) == 0
        && length > 0
        && length % DESCRIPTOR_SIZE == 0
        && length / DESCRIPTOR_SIZE <= size
        && region != null
        && region.contains(region.offsetOfGuest(address), length);
  }

  /**
   * Gives a chain back; the guest sees it after {@link #publish}.
   *
   * @param written bytes written to its buffers
   */
  void addUsed(int head, int written) {
    long element = RING + (long) USED_ELEMENT * (nextUsed & size - 1);
    used.set(LE32, usedAt + element, head);
    used.set(LE32, usedAt + element + Integer.BYTES, written);
    nextUsed = nextUsed + 1 & 0xffff;
    markUsed(element, USED_ELEMENT);
  }

  /**
   * Shows the guest what was given back.
   *
   * @return whether the guest wants an interrupt for it
   */
  boolean publish() {
    if (nextUsed == publishedUsed || !isUsable()) {
      return false;
    }
    int before = publishedUsed;
    publishedUsed = nextUsed;
    INDEX_16.setRelease(used, usedAt + INDEX, (short) nextUsed);
    markUsed(0, RING);
    // Virtio 1.3 section 2.7.7.2: the index first, then a look at what the guest wants.
    VarHandle.fullFence();
    boolean forced = interruptForced;
    interruptForced = false;
    if (!eventIndex) {
      return (available.get(LE16, availableAt) & NO_INTERRUPT) == 0;
    }
    long eventAt = availableAt + RING + (long) AVAILABLE_ELEMENT * size;
    int event = available.get(LE16, eventAt) & 0xffff;
    return forced || (nextUsed - event - 1 & 0xffff) < (nextUsed - before & 0xffff);
  }

  /** Asks the guest to tell when it makes more available than there is now. */
  void enableKicks() {
    if (!isUsable()) {
      return;
    }
    if (eventIndex) {
      int index = available.get(LE16, availableAt + INDEX);
      long event = RING + (long) USED_ELEMENT * size;
      used.set(LE16, usedAt + event, (short) index);
      markUsed(event, Short.BYTES);
    } else {
      notifyFlag(0);
    }
    // The guest looks at this after it has moved its index: whoever comes second sees the other.
    VarHandle.fullFence();
  }

  /** Tells the guest that we look by ourselves. */
  void disableKicks() {
    if (!eventIndex && !kicksDisabled && isUsable()) {
      notifyFlag(NO_NOTIFY);
    }
  }

  private void notifyFlag(int flag) {
    used.set(LE16, usedAt, (short) flag);
    kicksDisabled = flag != 0;
    markUsed(0, Short.BYTES);
  }

  private void markUsed(long offset, int length) {
    if (logsUsed) {
      dirtyLog.mark(usedLogAddress + offset, length);
    }
  }
}
