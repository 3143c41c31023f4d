package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.EventFd;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SharedMapping;

/**
 * A vhost-user front-end and its guest's driver in one: two regions of memory, adjacent for the
 * guest, and two queue pairs, of which the test plays the guest's side by hand.
 */
final class FrontEnd implements AutoCloseable {
  static final int QUEUE_SIZE = 64;
  static final int REGION = 1 << 20;
  static final int RECEIVE = 0;
  static final int TRANSMIT = 1;

  /** Of two queue pairs, of which the first is set up by {@link #setUp}. */
  static final int RINGS = 4;

  /** Where buffers may lie; rings are in front. */
  static final int BUFFERS = 1 << 16;

  /** Driver's flags of a descriptor. */
  static final int NEXT = 1;

  static final int WRITE = 2;
  static final int INDIRECT = 4;

  private static final long USER = 0x7000_0000_0000L;
  private static final long GAP = 1L << 32; // between the regions, for the front-end only
  private static final int LOG_SIZE = 4096;
  private static final int PAGE = 4096;

  /** A page for each part of a ring, so that any may be gone. */
  private static final int RING_SPACE = 4 * PAGE;

  private final LinuxSockets sockets = new LinuxSockets();
  private final int fd;
  private final Path[] files;
  private final int[] fileDescriptors = new int[2];
  private final SharedMapping[] mappings = new SharedMapping[2];
  private final EventFd[] kicks = new EventFd[RINGS];
  private final EventFd[] calls = new EventFd[RINGS];
  private final int[] available = new int[RINGS];
  private final int[] used = new int[RINGS];
  private final MemorySegment scratch = Arena.global().allocate(4096, 8);
  private Optional<SharedMapping> log = Optional.empty();
  private boolean eventIndex;

  /**
   * A front-end at one end of a socket pair.
   *
   * @param fd becomes this one's
   */
  FrontEnd(int fd, Path directory) throws IOException {
    this.fd = fd;
    files = new Path[] {directory.resolve("region0"), directory.resolve("region1")};
    for (int i = 0; i < 2; i++) {
      try (var file = new RandomAccessFile(files[i].toFile(), "rw")) {
        file.setLength(0);
        file.setLength(REGION);
      }
      fileDescriptors[i] = FileDescriptors.open(files[i].toString(), FileFlag.O_RDWR, 0);
      mappings[i] = SharedMapping.of(fileDescriptors[i], REGION);
    }
    for (int ring = 0; ring < RINGS; ring++) {
      kicks[ring] = new EventFd();
      calls[ring] = new EventFd();
    }
  }

  /** Makes a region's file shorter, behind the back-end's back. */
  void truncate(int region, int length) throws IOException {
    try (var file = new RandomAccessFile(files[region].toFile(), "rw")) {
      file.setLength(length);
    }
  }

  /** Sends a message of 64-bit numbers. */
  void send(int request, int flags, int[] passed, long... payload) {
    MemorySegment body = MemorySegment.ofArray(payload);
    send(request, flags, passed, body.toArray(JAVA_BYTE));
  }

  /** Sends a message. */
  void send(int request, int flags, int[] passed, byte[] payload) {
    scratch.set(JAVA_INT_UNALIGNED, 0, request);
    scratch.set(JAVA_INT_UNALIGNED, 4, flags);
    scratch.set(JAVA_INT_UNALIGNED, 8, payload.length);
    MemorySegment.copy(payload, 0, scratch, JAVA_BYTE, 12, payload.length);
    sendRaw(12 + payload.length, passed);
  }

  /** Sends what the scratch memory has. */
  void sendRaw(int length, int... passed) {
    var message =
        new Message(1, passed.length == 0 ? 0 : ControlBuffer.capacityFor(4 * passed.length));
    message.vectors().set(0, scratch, 0, length);
    if (passed.length > 0) {
      message.control().appendDescriptors(passed, 0, passed.length);
    }
    message.prepareSendConnected(1);
    if (sockets.sendmsg(fd, message, MessageFlag.NOSIGNAL) != length) {
      throw new AssertionError("the back-end doesn't take a message");
    }
  }

  MemorySegment scratch() {
    return scratch;
  }

  /** The number in the next answer, or nothing if there is none. */
  Optional<Long> answer() {
    int length = sockets.recv(fd, scratch, 0, 20, MessageFlag.DONTWAIT);
    return length == 20 ? Optional.of(scratch.get(JAVA_LONG_UNALIGNED, 12)) : Optional.empty();
  }

  /** Whether the back-end has closed the connection. */
  boolean isClosed() {
    int received = sockets.recv(fd, scratch, 0, 1, MessageFlag.DONTWAIT | MessageFlag.PEEK);
    return received == 0 || received == -104; // ECONNRESET
  }

  /** Agrees upon features anew. */
  void features(long features) {
    send(Request.SET_FEATURES, 1, new int[0], features);
  }

  /** All that a front-end says before its guest's network is up. */
  void setUp(long features) {
    eventIndex = Features.has(features, Features.EVENT_IDX);
    send(Request.SET_OWNER, 1, new int[0]);
    send(Request.SET_FEATURES, 1, new int[0], features);
    send(Request.SET_PROTOCOL_FEATURES, 1, new int[0], Features.PROTOCOL);
    shareMemory();
    for (int ring = 0; ring < 2; ring++) {
      startRing(ring);
    }
  }

  void shareMemory() {
    send(
        Request.SET_MEM_TABLE,
        1,
        fileDescriptors,
        2,
        0,
        REGION,
        USER,
        0,
        REGION,
        REGION,
        USER + GAP,
        0);
  }

  /** Has the back-end log what it writes. */
  void shareLog() throws IOException {
    Path path = files[0].resolveSibling("log");
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(LOG_SIZE);
    }
    int logFile = FileDescriptors.open(path.toString(), FileFlag.O_RDWR, 0);
    log = Optional.of(SharedMapping.of(logFile, LOG_SIZE));
    send(Request.SET_LOG_BASE, 1, new int[] {logFile}, LOG_SIZE, 0);
    FileDescriptors.close(logFile);
  }

  /** The pages that the back-end says it has written. */
  List<Integer> dirtyPages() {
    var pages = new ArrayList<Integer>();
    MemorySegment bits = log.orElseThrow().memory();
    for (int page = 0; page < 8 * LOG_SIZE; page++) {
      if ((bits.get(JAVA_BYTE, page / 8) & 1 << page % 8) != 0) {
        pages.add(page);
      }
    }
    return pages;
  }

  void startRing(int ring) {
    long rings = USER + (long) ring * RING_SPACE;
    send(Request.SET_VRING_NUM, 1, new int[0], pair(ring, QUEUE_SIZE));
    send(Request.SET_VRING_BASE, 1, new int[0], pair(ring, available[ring]));
    send(
        Request.SET_VRING_ADDR,
        1,
        new int[0],
        ring,
        rings,
        USER + usedAt(ring),
        USER + availableAt(ring),
        usedAt(ring));
    send(Request.SET_VRING_CALL, 1, new int[] {calls[ring].fd()}, ring);
    send(Request.SET_VRING_KICK, 1, new int[] {kicks[ring].fd()}, ring);
    send(Request.SET_VRING_ENABLE, 1, new int[0], pair(ring, 1));
  }

  /** Has a ring that was started begin anew, in other memory of the first region. */
  void moveRing(int ring, int size, long descriptors, long available, long used) {
    send(Request.GET_VRING_BASE, 1, new int[0], pair(ring, 0));
    send(Request.SET_VRING_NUM, 1, new int[0], pair(ring, size));
    send(Request.SET_VRING_BASE, 1, new int[0], pair(ring, 0));
    send(
        Request.SET_VRING_ADDR,
        1,
        new int[0],
        ring,
        USER + descriptors,
        USER + used,
        USER + available,
        0);
    send(Request.SET_VRING_CALL, 1, new int[] {calls[ring].fd()}, ring);
    send(Request.SET_VRING_KICK, 1, new int[] {kicks[ring].fd()}, ring);
    send(Request.SET_VRING_ENABLE, 1, new int[0], pair(ring, 1));
  }

  /** Has writes to a used ring logged as if they were at an address of the guest. */
  void logUsedRing(int ring, long guestAddress) {
    send(
        Request.SET_VRING_ADDR,
        1,
        new int[0],
        pair(ring, 1),
        USER + (long) ring * RING_SPACE,
        USER + usedAt(ring),
        USER + availableAt(ring),
        guestAddress);
  }

  static long pair(int index, int value) {
    return (long) value << 32 | index;
  }

  private static long descriptorAt(int ring, int index) {
    return (long) ring * RING_SPACE + 16L * index;
  }

  private static long availableAt(int ring) {
    return descriptorAt(ring, 0) + PAGE;
  }

  private static long usedAt(int ring) {
    return availableAt(ring) + PAGE;
  }

  private MemorySegment first() {
    return mappings[0].memory();
  }

  /** Writes bytes to the guest's memory. */
  void write(long guestAddress, byte... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      long at = guestAddress + i;
      mappings[(int) (at / REGION)].memory().set(JAVA_BYTE, at % REGION, bytes[i]);
    }
  }

  /** Reads bytes from the guest's memory. */
  byte[] read(long guestAddress, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      long at = guestAddress + i;
      bytes[i] = mappings[(int) (at / REGION)].memory().get(JAVA_BYTE, at % REGION);
    }
    return bytes;
  }

  /** Writes a descriptor to a queue's table. */
  void descriptor(int ring, int index, long address, int length, int flags, int next) {
    first().asSlice(descriptorAt(ring, index), 16).copyFrom(entry(address, length, flags, next));
  }

  /** A descriptor, as it is in a table. */
  static MemorySegment entry(long address, int length, int flags, int next) {
    MemorySegment entry = MemorySegment.ofArray(new byte[16]);
    entry.set(JAVA_LONG_UNALIGNED, 0, address);
    entry.set(JAVA_INT_UNALIGNED, 8, length);
    entry.set(JAVA_SHORT_UNALIGNED, 12, (short) flags);
    entry.set(JAVA_SHORT_UNALIGNED, 14, (short) next);
    return entry;
  }

  /** Makes a chain available, without a kick. */
  void offer(int ring, int head) {
    long slot = availableAt(ring) + 4 + 2L * (available[ring] % QUEUE_SIZE);
    first().set(JAVA_SHORT_UNALIGNED, slot, (short) head);
    available[ring] = available[ring] + 1 & 0xffff;
    setAvailableIndex(ring, available[ring]);
  }

  /** Writes the available ring's index, whatever it should be. */
  void setAvailableIndex(int ring, int index) {
    first().set(JAVA_SHORT_UNALIGNED, availableAt(ring) + 2, (short) index);
  }

  /** The index of what came back. */
  int usedIndex(int ring) {
    return first().get(JAVA_SHORT_UNALIGNED, usedAt(ring) + 2) & 0xffff;
  }

  /** Begins both rings' indexes somewhere else; before they are started. */
  void beginAt(int index) {
    for (int ring = 0; ring < RINGS; ring++) {
      available[ring] = index;
      used[ring] = index;
      setAvailableIndex(ring, index);
      first().set(JAVA_SHORT_UNALIGNED, usedAt(ring) + 2, (short) index);
    }
  }

  /** Where a slot of an available ring is in the first region. */
  long slotAt(int ring, int slot) {
    return availableAt(ring) + 4 + 2L * slot;
  }

  /** What the back-end is kicked by. */
  int kickDescriptor(int ring) {
    return kicks[ring].fd();
  }

  void kick(int ring) {
    kicks[ring].signal();
  }

  /** A chain that came back: its head, and how many bytes were written to it. */
  record Used(int head, int written) {}

  /** The chains that came back since this was asked last. */
  List<Used> used(int ring) {
    var back = new ArrayList<Used>();
    int index = first().get(JAVA_SHORT_UNALIGNED, usedAt(ring) + 2) & 0xffff;
    while (used[ring] != index) {
      long at = usedAt(ring) + 4 + 8L * (used[ring] % QUEUE_SIZE);
      back.add(
          new Used(first().get(JAVA_INT_UNALIGNED, at), first().get(JAVA_INT_UNALIGNED, at + 4)));
      used[ring] = used[ring] + 1 & 0xffff;
    }
    if (eventIndex) {
      first()
          .set(JAVA_SHORT_UNALIGNED, availableAt(ring) + 4 + 2L * QUEUE_SIZE, (short) used[ring]);
    }
    return back;
  }

  /** Whether the back-end wants to be told of more chains. */
  boolean wantsKick(int ring) {
    if (eventIndex) {
      int event = first().get(JAVA_SHORT_UNALIGNED, usedAt(ring) + 4 + 8L * QUEUE_SIZE) & 0xffff;
      return event == (available[ring] & 0xffff);
    }
    return (first().get(JAVA_SHORT_UNALIGNED, usedAt(ring)) & 1) == 0;
  }

  /** All of a region's memory, as the guest has it. */
  MemorySegment memory(int region) {
    return mappings[region].memory();
  }

  /** Takes an interrupt; whether there was one. */
  boolean interrupted(int ring) {
    return FileDescriptors.read(calls[ring].fd(), scratch, 0, 8) == 8;
  }

  @Override
  public void close() {
    for (int i = 0; i < 2; i++) {
      mappings[i].close();
      FileDescriptors.close(fileDescriptors[i]);
    }
    for (int ring = 0; ring < RINGS; ring++) {
      kicks[ring].close();
      calls[ring].close();
    }
    log.ifPresent(SharedMapping::close);
    sockets.close(fd);
  }
}
