package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A {@code struct msghdr} (recvmsg(2)) with its address, vectors and control buffer, made once. Set
 * the vectors, call {@link #prepareReceive} or {@link #prepareSend}, then the system call.
 */
public final class Message {
  /** Size of {@code struct msghdr}. */
  static final long SIZE = 56;

  private static final long NAME_LENGTH_AT = 8;
  private static final long VECTORS_AT = 16;
  private static final long VECTOR_COUNT_AT = 24;
  private static final long CONTROL_AT = 32;
  static final long CONTROL_LENGTH_AT = 40;
  private static final long FLAGS_AT = 48;

  private final MemorySegment memory;
  private final long at;
  private final SocketAddress name;
  private final IoVectors vectors;
  private final ControlBuffer control;
  private final boolean hasControl;

  /**
   * A message in memory of its own, for the process's life.
   *
   * @param vectors how many {@link IoVectors} it has
   * @param controlCapacity bytes of its control buffer, see {@link ControlBuffer#capacityFor}
   */
  public Message(int vectors, int controlCapacity) {
    this(Arena.global().allocate(SIZE, 8), 0, vectors, controlCapacity);
  }

  Message(MemorySegment memory, long at, int vectorCount, int controlCapacity) {
    this.memory = memory;
    this.at = at;
    name = new SocketAddress();
    vectors = new IoVectors(vectorCount);
    hasControl = controlCapacity > 0;
    MemorySegment controlMemory = Arena.global().allocate(Math.max(8, controlCapacity), 8);
    control = new ControlBuffer(controlMemory, 0, controlCapacity, memory, at + CONTROL_LENGTH_AT);
    memory.set(JAVA_LONG, at + VECTORS_AT, vectors.address());
    memory.set(JAVA_LONG, at + CONTROL_AT, hasControl ? controlMemory.address() : 0);
  }

  /** The peer's address: filled by a receiving call, taken by a sending one. */
  public SocketAddress name() {
    return name;
  }

  /** Where the data is, or goes. */
  public IoVectors vectors() {
    return vectors;
  }

  /** The control messages. */
  public ControlBuffer control() {
    return control;
  }

  /** Makes ready to receive a datagram with address and control messages. */
  public void prepareReceive(int vectorCount) {
    prepare(name.address(), SocketAddress.CAPACITY, vectorCount);
    control.prepareReceive();
    memory.set(JAVA_INT, at + FLAGS_AT, 0);
  }

  /** Makes ready to receive from a connected socket: with control messages, without address. */
  public void prepareReceiveConnected(int vectorCount) {
    prepare(0, 0, vectorCount);
    control.prepareReceive();
    memory.set(JAVA_INT, at + FLAGS_AT, 0);
  }

  /** Makes ready to send to the address set, with the control messages appended. */
  public void prepareSend(int vectorCount) {
    prepare(name.address(), name.length(), vectorCount);
  }

  /** Makes ready to send on a connected socket, with the control messages appended. */
  public void prepareSendConnected(int vectorCount) {
    prepare(0, 0, vectorCount);
  }

  /** Flags the kernel set on receiving, of {@link MessageFlag}: TRUNC, CTRUNC, ERRQUEUE. */
  public int flags() {
    return memory.get(JAVA_INT, at + FLAGS_AT);
  }

  long address() {
    return memory.address() + at;
  }

  private void prepare(long nameAddress, int nameLength, int vectorCount) {
    if (vectorCount > vectors.capacity()) {
      throw new IndexOutOfBoundsException(vectorCount);
    }
    memory.set(JAVA_LONG, at, nameAddress);
    memory.set(JAVA_INT, at + NAME_LENGTH_AT, nameLength);
    memory.set(JAVA_LONG, at + VECTOR_COUNT_AT, vectorCount);
  }
}
