package org.jpasst.control;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;

/**
 * One operator, connected: gathers a line, has it answered, and sends the answer before it looks at
 * the next one.
 */
final class ControlConnection implements AutoCloseable {
  /** Bytes taken in one turn, one by one since a descriptor comes with a byte: half a ms. */
  private static final int MAX_AT_ONCE = 512;

  private static final byte[] NOTHING = {};

  private final Sockets sockets;
  private final Operator operator;
  private final int fd;
  private final DescriptorMessage message;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final PassedDescriptors passed = new PassedDescriptors();
  private byte[] answer = NOTHING;
  private int sent;
  private boolean last; // hang up behind the answer

  /**
   * A connection that doesn't block; becomes this one's.
   *
   * @param message to receive by; may be shared within a thread
   */
  ControlConnection(Sockets sockets, Operator operator, int fd, DescriptorMessage message) {
    this.sockets = sockets;
    this.operator = operator;
    this.fd = fd;
    this.message = message;
  }

  int fd() {
    return fd;
  }

  /** What the loop is to watch for. */
  int interest() {
    return isAnswering() ? EpollFlag.OUT : EpollFlag.IN;
  }

  private boolean isAnswering() {
    return sent < answer.length;
  }

  /** Whether the operator has begun what it is to finish: a request, or to read the answer. */
  boolean isBusy() {
    return isAnswering() || line.size() > 0 || !passed.isEmpty();
  }

  /**
   * Sends or takes what can be at once, and answers a request that is complete.
   *
   * @return false if the operator has hung up, or is to be hung up on
   */
  boolean advance() {
    return isAnswering() ? send() : receive();
  }

  private boolean receive() {
    for (int i = 0; i < MAX_AT_ONCE; i++) {
      int result = message.receive(sockets, fd);
      if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
        return true;
      }
      if (result <= 0) {
        return false;
      }
      passed.keep(message, sockets);
      if (message.value() == '\n') {
        return answer();
      }
      line.write(message.value());
      if (line.size() >= Request.MAX_LENGTH) {
        last = true;
        return send(tooLong());
      }
    }
    return true;
  }

  private static Message tooLong() {
    String text = "a request has at most " + Request.MAX_LENGTH + " bytes: ";
    return Message.error(text + Errno.name(Errno.EMSGSIZE), Errno.EMSGSIZE);
  }

  private boolean answer() {
    String request = line.toString(StandardCharsets.UTF_8);
    line.reset();
    return send(operator.answer(request, passed.moved()));
  }

  private boolean send(Message next) {
    answer = next.bytes();
    sent = 0;
    return send();
  }

  private boolean send() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(JAVA_BYTE, answer);
      int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
      int result = sockets.send(fd, memory, sent, answer.length - sent, flags);
      if (result < 0) {
        return result == -Errno.EAGAIN || result == -Errno.EINTR;
      }
      sent += result;
    }
    if (!isAnswering()) {
      answer = NOTHING;
      sent = 0;
      return !last;
    }
    return true;
  }

  @Override
  public void close() {
    sockets.close(fd);
    passed.close();
  }
}
