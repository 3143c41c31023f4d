package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** A native array of {@code struct mmsghdr} (recvmmsg(2)) with all it points to, made once. */
public final class MessageBatch {
  /** Size of {@code struct mmsghdr}. */
  static final long SIZE = 64;

  private static final long LENGTH_AT = 56;

  private final MemorySegment memory;
  private final Message[] messages;

  /**
   * A batch in memory of its own, for the process's life.
   *
   * @param capacity how many messages
   * @param vectors how many {@link IoVectors} each has
   * @param controlCapacity bytes of each one's control buffer
   */
  public MessageBatch(int capacity, int vectors, int controlCapacity) {
    memory = Arena.global().allocate(SIZE * capacity, 8);
    messages = new Message[capacity];
    for (int i = 0; i < capacity; i++) {
      messages[i] = new Message(memory, SIZE * i, vectors, controlCapacity);
    }
  }

  /** One of the messages; prepare each before the call. */
  public Message message(int index) {
    return messages[index];
  }

  /** Bytes received or sent for one message in the last call. */
  public int length(int index) {
    return memory.get(JAVA_INT, SIZE * Objects.checkIndex(index, messages.length) + LENGTH_AT);
  }

  /** Address of the array from {@code first} on, which has at least {@code count} messages. */
  long address(int first, int count) {
    Objects.checkFromIndexSize(first, count, messages.length);
    return memory.address() + SIZE * first;
  }
}
