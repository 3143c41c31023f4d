package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * One byte with descriptors beside it, on a UNIX stream socket (SCM_RIGHTS, unix(7)). Made once.
 * Belongs to one thread.
 */
public final class DescriptorMessage {
  /** Most descriptors of one message: the kernel's SCM_MAX_FD. */
  public static final int MAX_DESCRIPTORS = 253;

  private final MemorySegment data = Arena.global().allocate(1);
  private final Message message =
      new Message(1, ControlBuffer.capacityFor(MAX_DESCRIPTORS * Integer.BYTES));
  private final int[] descriptors = new int[MAX_DESCRIPTORS];
  private int count;

  /** An empty message. */
  public DescriptorMessage() {
    message.vectors().set(0, data, 0, 1);
  }

  /**
   * Sends a byte and copies of some descriptors, which stay the caller's.
   *
   * @param from index of the first to be sent
   * @param number how many, 1 to {@link #MAX_DESCRIPTORS}
   * @return 1, or the negated error number
   */
  public int send(Sockets sockets, int fd, byte value, int[] sent, int from, int number) {
    Objects.checkFromIndexSize(from, number, sent.length);
    data.set(JAVA_BYTE, 0, value);
    ControlBuffer control = message.control();
    control.clear();
    control.appendDescriptors(sent, from, number);
    message.prepareSendConnected(1);
    return sockets.sendmsg(fd, message, MessageFlag.NOSIGNAL);
  }

  /**
   * Receives a byte and what descriptors came with it. They are the caller's to close, unless they
   * were more than fit: then they are closed here.
   *
   * @return 1, 0 at the end of the stream, or the negated error number; EMSGSIZE for too many
   */
  public int receive(Sockets sockets, int fd) {
    count = 0;
    message.prepareReceive(1);
    int result = sockets.recvmsg(fd, message, MessageFlag.CMSG_CLOEXEC);
    if (result <= 0) {
      return result;
    }
    ControlBuffer control = message.control();
    count = Math.min(MAX_DESCRIPTORS, control.descriptorCount());
    for (int i = 0; i < count; i++) {
      descriptors[i] = control.descriptor(i);
    }
    if ((message.flags() & MessageFlag.CTRUNC) != 0) {
      closeAll(sockets);
      return -Errno.EMSGSIZE;
    }
    return result;
  }

  /** The byte received last. */
  public byte value() {
    return data.get(JAVA_BYTE, 0);
  }

  /** How many descriptors came with it. */
  public int count() {
    return count;
  }

  /** One of them. */
  public int descriptor(int index) {
    return descriptors[Objects.checkIndex(index, count)];
  }

  /** Closes those received last. */
  public void closeAll(Sockets sockets) {
    for (int i = 0; i < count; i++) {
      sockets.close(descriptors[i]);
    }
    count = 0;
  }
}
