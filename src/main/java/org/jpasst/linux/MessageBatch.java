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

  /** How many, from the first on, aren't ready to receive, and how the others are. */
  private int unprepared;

  private boolean named;

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
    unprepared = capacity;
    for (int i = 0; i < capacity; i++) {
      messages[i] = new Message(memory, SIZE * i, vectors, controlCapacity);
    }
  }

  /** One of the messages; to be sent, prepare each before the call. */
  public Message message(int index) {
    return messages[index];
  }

  /**
   * Makes all of them ready to receive a datagram each, into their first vectors and control
   * buffers. Those that the last call left untouched are ready still.
   *
   * @param withNames whether to receive addresses, too; else the socket has to be connected
   */
  public void prepareReceive(boolean withNames) {
    int count = named == withNames ? unprepared : messages.length;
    for (int i = 0; i < count; i++) {
      if (withNames) {
        messages[i].prepareReceive(1);
      } else {
        messages[i].prepareReceiveConnected(1);
      }
    }
    named = withNames;
    unprepared = 0;
  }

  /** So many, from the first on, were received into. */
  public void received(int count) {
    unprepared = count;
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
