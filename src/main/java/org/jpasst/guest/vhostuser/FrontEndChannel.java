package org.jpasst.guest.vhostuser;

import static org.jpasst.guest.vhostuser.LittleEndian.LE32;
import static org.jpasst.guest.vhostuser.LittleEndian.LE64;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;

/**
 * The front-end's messages, one at a time: a header of request, flags and size, the payload, and
 * descriptors, which belong to this until they are taken ("Message Specification").
 */
final class FrontEndChannel {
  /** What {@link #receive} has come to. */
  enum Outcome {
    /** A whole message is there. */
    MESSAGE,
    /** The rest is yet to come. */
    INCOMPLETE,
    /** The front-end has closed the connection, or it broke. */
    ENDED
  }

  private static final int HEADER = 12;

  /** More than any message that we know has: SET_MEM_TABLE with all its regions. */
  private static final int MAX_PAYLOAD = 2048;

  /** More than any message that we know comes with. */
  private static final int MAX_DESCRIPTORS = 32;

  private static final int VERSION_MASK = 3;
  private static final int VERSION = 1;
  private static final int REPLY = 4;
  private static final int NEED_REPLY = 8;
  private static final int NONE = -1;

  private final Sockets sockets;
  private final Message message =
      new Message(1, ControlBuffer.capacityFor(MAX_DESCRIPTORS * Integer.BYTES));
  private final MemorySegment buffer = Arena.global().allocate(HEADER + MAX_PAYLOAD, 8);
  private final MemorySegment answer = Arena.global().allocate(HEADER + 2L * Long.BYTES, 8);
  private final int[] descriptors = new int[MAX_DESCRIPTORS];
  private int descriptorCount;
  private int filled;

  FrontEndChannel(Sockets sockets) {
    this.sockets = sockets;
  }

  /**
   * Reads on, without waiting.
   *
   * @throws BadMessageException if what comes is no message
   */
  Outcome receive(int fd) throws BadMessageException {
    int wanted = filled < HEADER ? HEADER : HEADER + size();
    while (filled < wanted) {
      message.vectors().set(0, buffer, filled, wanted - filled);
      message.prepareReceive(1);
      int received = sockets.recvmsg(fd, message, MessageFlag.DONTWAIT | MessageFlag.CMSG_CLOEXEC);
      if (received == -Errno.EAGAIN || received == -Errno.EINTR) {
        return Outcome.INCOMPLETE;
      }
      if (received <= 0 && filled > 0) {
        throw new BadMessageException("only a part of a message");
      }
      if (received <= 0) {
        return Outcome.ENDED;
      }
      takeDescriptors();
      filled += received;
      if (filled == HEADER) {
        checkHeader();
        wanted = HEADER + size();
      }
    }
    return Outcome.MESSAGE;
  }

  private void checkHeader() throws BadMessageException {
    if ((flags() & VERSION_MASK) != VERSION) {
      throw new BadMessageException("a message of protocol version " + (flags() & VERSION_MASK));
    }
    if (size() < 0 || size() > MAX_PAYLOAD) {
      throw new BadMessageException(
          "message " + request() + " of " + Integer.toUnsignedString(size()) + " bytes");
    }
  }

  private void takeDescriptors() throws BadMessageException {
    ControlBuffer control = message.control();
    int count = control.descriptorCount();
    for (int i = 0; i < count; i++) {
      int fd = control.descriptor(i);
      if (descriptorCount == MAX_DESCRIPTORS) {
        sockets.close(fd);
      } else {
        descriptors[descriptorCount++] = fd;
      }
    }
    if ((message.flags() & MessageFlag.CTRUNC) != 0) {
      throw new BadMessageException("a message with more descriptors than can be taken");
    }
  }

  int request() {
    return buffer.get(LE32, 0);
  }

  private int flags() {
    return buffer.get(LE32, Integer.BYTES);
  }

  /** Bytes of the payload. */
  int size() {
    return buffer.get(LE32, 2L * Integer.BYTES);
  }

  boolean needsReply() {
    return (flags() & NEED_REPLY) != 0;
  }

  /** 32 bits of the payload. */
  int int32(int at) throws BadMessageException {
    require(at + Integer.BYTES);
    return buffer.get(LE32, HEADER + (long) at);
  }

  /** 64 bits of the payload. */
  long int64(int at) throws BadMessageException {
    require(at + Long.BYTES);
    return buffer.get(LE64, HEADER + (long) at);
  }

  private void require(int bytes) throws BadMessageException {
    if (bytes > size()) {
      throw new BadMessageException("message " + request() + " of only " + size() + " bytes");
    }
  }

  /** How many descriptors came with the message. */
  int descriptorCount() {
    return descriptorCount;
  }

  /** One of the message's descriptors, which stays this one's. */
  int descriptor(int index) throws BadMessageException {
    if (index >= descriptorCount || descriptors[index] == NONE) {
      throw new BadMessageException("message " + request() + " without its descriptor");
    }
    return descriptors[index];
  }

  /** Takes over the message's first descriptor, which the caller closes from now on. */
  int takeDescriptor() throws BadMessageException {
    int fd = descriptor(0);
    descriptors[0] = NONE;
    return fd;
  }

  /** Forgets the message and closes the descriptors that nobody took. */
  void done() {
    for (int i = 0; i < descriptorCount; i++) {
      if (descriptors[i] != NONE) {
        sockets.close(descriptors[i]);
      }
    }
    descriptorCount = 0;
    filled = 0;
  }

  /** Answers the message with a number; false if it can't be sent. */
  boolean reply(int fd, long value) {
    answer.set(LE64, HEADER, value);
    return send(fd, Long.BYTES);
  }

  /** Answers the message with a queue's index and a number; false if it can't be sent. */
  boolean reply(int fd, int index, int value) {
    answer.set(LE32, HEADER, index);
    answer.set(LE32, HEADER + (long) Integer.BYTES, value);
    return send(fd, Long.BYTES);
  }

  private boolean send(int fd, int length) {
    answer.set(LE32, 0, request());
    answer.set(LE32, Integer.BYTES, VERSION | REPLY);
    answer.set(LE32, 2L * Integer.BYTES, length);
    int sent =
        sockets.send(fd, answer, 0, HEADER + length, MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL);
    return sent == HEADER + length;
  }
}
