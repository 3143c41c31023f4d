package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * The control messages ({@code struct cmsghdr}, cmsg(3)) of one {@link Message}: those received are
 * looked up, those to be sent are appended. What they contain is read with {@link PacketInfo} and
 * {@link ExtendedError}.
 */
public final class ControlBuffer {
  /** Answer of {@link #find}: no such message. */
  public static final long NONE = -1;

  private static final int SCM_RIGHTS = 1; // linux/socket.h

  private static final long LEVEL_AT = 8;
  private static final long TYPE_AT = 12;
  private static final long HEADER = 16;
  private static final long ALIGNMENT = 8;

  private final MemorySegment memory;
  private final long at;
  private final long capacity;
  private final MemorySegment header;
  private final long lengthAt;

  /**
   * A view of a part of {@code memory}.
   *
   * @param header holds the message's {@code msg_controllen}
   * @param lengthAt where
   */
  ControlBuffer(MemorySegment memory, long at, long capacity, MemorySegment header, long lengthAt) {
    this.memory = memory;
    this.at = at;
    this.capacity = capacity;
    this.header = header;
    this.lengthAt = lengthAt;
  }

  /** Bytes for control messages whose contents have these lengths. */
  public static int capacityFor(int... lengths) {
    long sum = 0;
    for (int length : lengths) {
      sum += HEADER + align(length);
    }
    return (int) sum;
  }

  /** The memory that offsets given by this class refer to. */
  public MemorySegment memory() {
    return memory;
  }

  /**
   * Looks up a received control message.
   *
   * @param level one of {@link SocketLevel}
   * @param minimum least length of its content in bytes; a shorter one isn't found
   * @return offset of its content in {@link #memory()}, or {@link #NONE}
   */
  public long find(int level, int type, int minimum) {
    long end = at + Math.min(header.get(JAVA_LONG, lengthAt), capacity);
    long message = at;
    while (end - message >= HEADER) {
      long length = memory.get(JAVA_LONG, message);
      if (length < HEADER || length > end - message) {
        return NONE;
      }
      if (memory.get(JAVA_INT, message + LEVEL_AT) == level
          && memory.get(JAVA_INT, message + TYPE_AT) == type
          && length - HEADER >= minimum) {
        return message + HEADER;
      }
      message += align(length);
    }
    return NONE;
  }

  /** How many descriptors have been received (SCM_RIGHTS, unix(7)); they are the caller's. */
  public int descriptorCount() {
    long content = find(SocketLevel.SOCKET, SCM_RIGHTS, Integer.BYTES);
    return content == NONE
        ? 0
        : (int) (memory.get(JAVA_LONG, content - HEADER) - HEADER) / Integer.BYTES;
  }

  /** One of the descriptors received. */
  public int descriptor(int index) {
    long content = find(SocketLevel.SOCKET, SCM_RIGHTS, (index + 1) * Integer.BYTES);
    return memory.get(JAVA_INT, content + (long) index * Integer.BYTES);
  }

  /** Appends descriptors to be sent: copies of some of an array, which stay the caller's. */
  public void appendDescriptors(int[] descriptors, int from, int count) {
    long content = append(SocketLevel.SOCKET, SCM_RIGHTS, count * Integer.BYTES);
    MemorySegment.copy(descriptors, from, memory, JAVA_INT, content, count);
  }

  /** The integer of a received control message (a TTL, a TOS in four bytes), or a default. */
  public int findInt(int level, int type, int otherwise) {
    long content = find(level, type, Integer.BYTES);
    return content == NONE ? otherwise : memory.get(JAVA_INT, content);
  }

  /** The byte of a received control message (a TOS over IPv4), or a default. */
  public int findByte(int level, int type, int otherwise) {
    long content = find(level, type, Byte.BYTES);
    return content == NONE ? otherwise : memory.get(JAVA_BYTE, content) & 0xff;
  }

  /** Removes what was appended or received; nothing is sent. */
  public void clear() {
    header.set(JAVA_LONG, lengthAt, 0);
  }

  /** Makes the whole buffer available to the next receiving call. */
  void prepareReceive() {
    header.set(JAVA_LONG, lengthAt, capacity);
  }

  /**
   * Appends a control message to be sent, with zeros as content.
   *
   * @return offset of its content in {@link #memory()}
   * @throws IndexOutOfBoundsException if the buffer was made too small
   */
  public long append(int level, int type, int length) {
    long used = header.get(JAVA_LONG, lengthAt);
    long message = at + used;
    long size = HEADER + align(length);
    if (used + size > capacity) {
      throw new IndexOutOfBoundsException("control buffer of " + capacity + " bytes is full");
    }
    for (long i = message; i < message + size; i += Long.BYTES) {
      memory.set(JAVA_LONG, i, 0);
    }
    memory.set(JAVA_LONG, message, HEADER + length);
    memory.set(JAVA_INT, message + LEVEL_AT, level);
    memory.set(JAVA_INT, message + TYPE_AT, type);
    header.set(JAVA_LONG, lengthAt, used + size);
    return message + HEADER;
  }

  private static long align(long length) {
    return (length + ALIGNMENT - 1) & -ALIGNMENT;
  }
}
