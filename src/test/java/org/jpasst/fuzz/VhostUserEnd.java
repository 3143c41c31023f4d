package org.jpasst.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.EventFd;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SharedMapping;
import org.jpasst.linux.SocketPair;

/**
 * A vhost-user front-end, its guest's memory and its guest's driver in one: rings, buffers, kicks,
 * and whatever else somebody writes there or says.
 */
final class VhostUserEnd implements GuestEnd, AutoCloseable {
  static final int RINGS = 6; // three queue pairs
  static final int MEMORY = 1 << 21;
  static final int RECEIVE = 0;
  static final int TRANSMIT = 1;

  /** A descriptor's flags. */
  static final int NEXT = 1;

  static final int WRITE = 2;
  static final int INDIRECT = 4;

  // The front-end's messages.
  static final int SET_FEATURES = 2;
  static final int SET_OWNER = 3;
  static final int SET_MEM_TABLE = 5;
  static final int SET_VRING_NUM = 8;
  static final int SET_VRING_ADDR = 9;
  static final int SET_VRING_BASE = 10;
  static final int GET_VRING_BASE = 11;
  static final int SET_VRING_KICK = 12;
  static final int SET_VRING_CALL = 13;
  static final int SET_PROTOCOL_FEATURES = 16;
  static final int SET_VRING_ENABLE = 18;
  static final int ADD_MEM_REG = 37;

  // Where things are in the guest's memory.
  static final int RING_SPACE = 1 << 15;
  private static final int AVAILABLE = 1 << 14; // behind the descriptors of 1,024
  private static final int USED = AVAILABLE + (1 << 12);
  static final int BUFFERS = RINGS * RING_SPACE;
  static final int SLOTS = 64; // chains under way in each direction
  static final int SLOT = 4096;

  /** Tables of indirect descriptors, one for each slot. */
  private static final int TABLES = BUFFERS + 2 * SLOTS * SLOT;

  /** Frames that don't fit into a slot have a place of their own. */
  static final int LARGE = TABLES + 2 * SLOTS * 256;

  private static final long USER = 0x7000_0000_0000L;
  private static final int VIRTIO_HEADER = 12;
  private static final int DESCRIPTORS_A_SLOT = 4;
  private static final int NEEDS_CHECKSUM = 1;
  private static final int CHECKSUM_IN_TCP = 16;
  private static final int TCP4 = 1;
  private static final int TCP6 = 4;

  private final FuzzedStack stack;
  private final int file;
  private final SharedMapping mapping;
  private final EventFd[] kicks = new EventFd[RINGS];
  private final EventFd[] calls = new EventFd[RINGS];
  private final MemorySegment scratch = Arena.global().allocate(4096, 8);
  private final Message message = new Message(1, ControlBuffer.capacityFor(4 * 8));
  private final MemorySegment whole = Arena.global().allocate(Packets.MOST + 64L, 8);
  private final int[] sizes = new int[RINGS];
  private final int[] available = new int[RINGS];
  private final int[] used = new int[RINGS];
  private int fd = -1;
  private long features;
  private int parts = 1;
  private boolean inTable;
  private int slot;
  private int sent;

  VhostUserEnd(FuzzedStack stack) throws IOException {
    this.stack = stack;
    Path path = Files.createTempFile("jpasst-fuzz", null);
    try (var made = new RandomAccessFile(path.toFile(), "rw")) {
      made.setLength(MEMORY);
    }
    file = FileDescriptors.open(path.toString(), FileFlag.O_RDWR, 0);
    Files.delete(path);
    mapping = SharedMapping.of(file, MEMORY);
    for (int ring = 0; ring < RINGS; ring++) {
      kicks[ring] = new EventFd();
      calls[ring] = new EventFd();
    }
  }

  MemorySegment memory() {
    return mapping.memory();
  }

  /** Connects, and says nothing yet. */
  void open() {
    SocketPair pair = SocketPair.create();
    int result = stack.link.attach(pair.ours());
    if (result < 0) {
      throw new AssertionError("a front-end can't be attached: " + result);
    }
    fd = pair.theirs();
    memory().asSlice(0, BUFFERS).fill((byte) 0);
    for (int ring = 0; ring < RINGS; ring++) {
      available[ring] = 0;
      used[ring] = 0;
      sizes[ring] = 0;
    }
    features = 0;
    sent = 0;
  }

  boolean isOpen() {
    return fd >= 0;
  }

  void hangUp() {
    if (fd >= 0) {
      stack.sockets.close(fd);
      fd = -1;
    }
  }

  /** Sends a message with descriptors; nothing is the matter if it isn't taken. */
  void send(int request, int flags, int[] passed, byte[] payload) {
    scratch.set(JAVA_INT_UNALIGNED, 0, request);
    scratch.set(JAVA_INT_UNALIGNED, 4, flags);
    scratch.set(JAVA_INT_UNALIGNED, 8, payload.length);
    MemorySegment.copy(payload, 0, scratch, JAVA_BYTE, 12, payload.length);
    message.control().clear();
    if (passed.length > 0) {
      message.control().appendDescriptors(passed, 0, passed.length);
    }
    message.vectors().set(0, scratch, 0, 12L + payload.length);
    message.prepareSendConnected(1);
    stack.sockets.sendmsg(fd, message, MessageFlag.NOSIGNAL | MessageFlag.DONTWAIT);
  }

  void send(int request, int[] passed, long... payload) {
    send(request, 1, passed, MemorySegment.ofArray(payload).toArray(JAVA_BYTE));
  }

  /** Takes the back-end's answers, which aren't looked at. */
  void takeAnswers() {
    if (fd >= 0) {
      int got = stack.sockets.recv(fd, scratch, 0, 4096, MessageFlag.DONTWAIT);
      while (got > 0) {
        got = stack.sockets.recv(fd, scratch, 0, 4096, MessageFlag.DONTWAIT);
      }
    }
  }

  int memoryFile() {
    return file;
  }

  int kick(int ring) {
    return kicks[ring].fd();
  }

  int call(int ring) {
    return calls[ring].fd();
  }

  /** Agrees upon features. */
  void agree(long agreed, long protocol) {
    features = agreed;
    send(SET_OWNER, new int[0]);
    send(SET_FEATURES, new int[0], agreed);
    send(SET_PROTOCOL_FEATURES, new int[0], protocol);
  }

  /** Shares the memory in so many regions, together or one after the other. */
  void share(int regions, boolean one) {
    int size = MEMORY / regions;
    long[] table = new long[1 + 4 * regions];
    int[] files = new int[regions];
    table[0] = regions;
    if (one) {
      send(SET_MEM_TABLE, new int[0], 0);
    }
    for (int i = 0; i < regions; i++) {
      long at = (long) i * size;
      files[i] = file;
      // Adjacent for the guest; for the front-end there are gaps.
      long[] region = {at, size, USER + 2 * at, at};
      System.arraycopy(region, 0, table, 1 + 4 * i, 4);
      if (one) {
        send(ADD_MEM_REG, new int[] {file}, 0, region[0], region[1], region[2], region[3]);
      }
    }
    if (!one) {
      send(SET_MEM_TABLE, files, table);
    }
    regionSize = size;
  }

  private int regionSize = MEMORY;

  /** The front-end's address of a place in the guest's memory. */
  private long user(long at) {
    return USER + 2 * (at / regionSize * regionSize) + at % regionSize;
  }

  private static long pair(int index, int value) {
    return (long) value << 32 | index;
  }

  /** Sets up one queue and starts it. */
  void start(int ring, int size) {
    sizes[ring] = size;
    long base = (long) ring * RING_SPACE;
    send(SET_VRING_NUM, new int[0], pair(ring, size));
    send(SET_VRING_BASE, new int[0], pair(ring, available[ring]));
    send(
        SET_VRING_ADDR,
        new int[0],
        ring,
        user(base),
        user(base + USED),
        user(base + AVAILABLE),
        base + USED);
    send(SET_VRING_CALL, new int[] {calls[ring].fd()}, ring);
    send(SET_VRING_KICK, new int[] {kicks[ring].fd()}, ring);
    send(SET_VRING_ENABLE, new int[0], pair(ring, 1));
  }

  void stop(int ring) {
    send(GET_VRING_BASE, new int[0], ring);
  }

  int size(int ring) {
    return sizes[ring];
  }

  /** Begins a queue's indexes anew, at the same place for both sides. */
  void beginAt(int ring, int index) {
    available[ring] = index & 0xffff;
    used[ring] = index & 0xffff;
    setAvailable(ring, index);
    memory().set(JAVA_SHORT_UNALIGNED, usedAt(ring) + 2, (short) index);
  }

  private static long availableAt(int ring) {
    return (long) ring * RING_SPACE + AVAILABLE;
  }

  private static long usedAt(int ring) {
    return (long) ring * RING_SPACE + USED;
  }

  void setAvailable(int ring, int index) {
    memory().set(JAVA_SHORT_UNALIGNED, availableAt(ring) + 2, (short) index);
  }

  int available(int ring) {
    return available[ring];
  }

  /** Writes a descriptor into a queue's table. */
  void descriptor(int ring, int index, long address, int length, int flags, int next) {
    entry((long) ring * RING_SPACE + 16L * index, address, length, flags, next);
  }

  private void entry(long at, long address, int length, int flags, int next) {
    memory().set(JAVA_LONG_UNALIGNED, at, address);
    memory().set(JAVA_INT_UNALIGNED, at + 8, length);
    memory().set(JAVA_SHORT_UNALIGNED, at + 12, (short) flags);
    memory().set(JAVA_SHORT_UNALIGNED, at + 14, (short) next);
  }

  /** Makes a chain available; the guest's driver, or who plays it, has written it. */
  void offer(int ring, int head) {
    int size = Math.max(1, sizes[ring]);
    memory()
        .set(
            JAVA_SHORT_UNALIGNED,
            availableAt(ring) + 4 + 2L * (available[ring] % size),
            (short) head);
    available[ring] = available[ring] + 1 & 0xffff;
    setAvailable(ring, available[ring]);
  }

  void signal(int ring) {
    kicks[ring].signal();
  }

  /** How the next buffers are cut into descriptors. */
  void cut(int into, boolean table) {
    parts = Math.clamp(into, 1, DESCRIPTORS_A_SLOT);
    inTable = table && (features & 1L << 28) != 0;
  }

  /** Offers a slot's buffer, cut as it is to be. */
  private void offer(int ring, int which, long at, int length) {
    int flags = ring % 2 == RECEIVE ? WRITE : 0;
    int head = which * DESCRIPTORS_A_SLOT;
    long table = TABLES + ((long) (ring % 2) * SLOTS + which) * 256;
    int done = 0;
    for (int i = 0; i < parts; i++) {
      int size = i == parts - 1 ? length - done : Math.min(length - done, length / parts + i);
      int next = i == parts - 1 ? 0 : NEXT;
      if (inTable) {
        entry(table + 16L * i, at + done, size, flags | next, i + 1);
      } else {
        descriptor(ring, head + i, at + done, size, flags | next, head + i + 1);
      }
      done += size;
    }
    if (inTable) {
      descriptor(ring, head, table, 16 * parts, INDIRECT, 0);
    }
    offer(ring, head);
  }

  /** How many slots a queue of this size has room for. */
  private int slots(int ring) {
    return Math.min(SLOTS, sizes[ring] / DESCRIPTORS_A_SLOT);
  }

  /** Gives the receive queue all its buffers. */
  void fill() {
    for (int i = 0; i < slots(RECEIVE); i++) {
      offer(RECEIVE, i, BUFFERS + (long) i * SLOT, SLOT);
    }
    signal(RECEIVE);
  }

  @Override
  public boolean offloads() {
    return (features & 1) != 0;
  }

  @Override
  public void send(MemorySegment s, long at, int length, boolean offload, int segmentSize) {
    int slots = slots(TRANSMIT);
    if (slots == 0 || fd < 0) {
      return;
    }
    if (sent == slots) {
      flush();
      stack.turn();
    }
    slot = (slot + 1) % slots;
    sent++;
    boolean large = VIRTIO_HEADER + length > SLOT;
    long to = large ? LARGE : BUFFERS + (SLOTS + slot) * (long) SLOT;
    MemorySegment m = memory();
    m.asSlice(to, VIRTIO_HEADER).fill((byte) 0);
    if (offload) {
      boolean ipv4 = s.get(JAVA_BYTE, at + 12) == 8;
      m.set(JAVA_BYTE, to, (byte) NEEDS_CHECKSUM);
      m.set(JAVA_BYTE, to + 1, (byte) (segmentSize == 0 ? 0 : ipv4 ? TCP4 : TCP6));
      m.set(JAVA_SHORT_UNALIGNED, to + 4, (short) segmentSize);
      m.set(JAVA_SHORT_UNALIGNED, to + 6, (short) Packets.transportAt(ipv4));
      m.set(JAVA_SHORT_UNALIGNED, to + 8, (short) CHECKSUM_IN_TCP);
    }
    MemorySegment.copy(s, at, m, to + VIRTIO_HEADER, length);
    offer(TRANSMIT, slot, to, VIRTIO_HEADER + length);
    if (large) {
      // There is only one place for those.
      flush();
      stack.turn();
    }
  }

  @Override
  public void flush() {
    if (sent > 0) {
      signal(TRANSMIT);
      sent = 0;
    }
  }

  /** Takes the frames that have come, each in as many chains as it says, and offers them again. */
  @Override
  public void receive(Listener listener) {
    takeAnswers();
    int slots = slots(RECEIVE);
    if (slots == 0) {
      return;
    }
    MemorySegment m = memory();
    int index = m.get(JAVA_SHORT_UNALIGNED, usedAt(RECEIVE) + 2) & 0xffff;
    int left = index - used[RECEIVE] & 0xffff;
    boolean some = left > 0;
    while (left > 0 && left <= sizes[RECEIVE]) {
      int taken = frame(m, slots, left, listener);
      left -= taken;
    }
    if (some) {
      signal(RECEIVE);
    }
  }

  private int frame(MemorySegment m, int slots, int left, Listener listener) {
    int chains = 1;
    int length = 0;
    for (int i = 0; i < Math.min(chains, left); i++) {
      long element = usedAt(RECEIVE) + 4 + 8L * (used[RECEIVE] % sizes[RECEIVE]);
      int which = m.get(JAVA_INT_UNALIGNED, element) / DESCRIPTORS_A_SLOT;
      int written = m.get(JAVA_INT_UNALIGNED, element + 4);
      used[RECEIVE] = used[RECEIVE] + 1 & 0xffff;
      if (which < 0 || which >= slots || written < 0 || written > SLOT) {
        return i + 1; // not one of the driver's
      }
      long from = BUFFERS + (long) which * SLOT;
      if (i == 0) {
        chains = Math.clamp(m.get(JAVA_SHORT_UNALIGNED, from + 10), 1, slots);
      }
      if (length + written <= whole.byteSize()) {
        MemorySegment.copy(m, from, whole, length, written);
        length += written;
      }
      offer(RECEIVE, which, from, SLOT);
    }
    if (length > VIRTIO_HEADER) {
      boolean partial = (whole.get(JAVA_BYTE, 0) & NEEDS_CHECKSUM) != 0;
      listener.onFrame(whole, VIRTIO_HEADER, length - VIRTIO_HEADER, partial);
    }
    return chains;
  }

  @Override
  public void close() {
    hangUp();
    mapping.close();
    FileDescriptors.close(file);
    for (int ring = 0; ring < RINGS; ring++) {
      kicks[ring].close();
      calls[ring].close();
    }
  }
}
