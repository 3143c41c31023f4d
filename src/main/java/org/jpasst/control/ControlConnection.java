package org.jpasst.control;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.Connection;
import org.jpasst.loop.Outgoing;

/**
 * One operator, connected: gathers a line, has it answered, and sends the answer before it looks at
 * the next one.
 */
final class ControlConnection implements Connection {
  /** Bytes taken in one turn, one by one since a descriptor comes with a byte: half a ms. */
  private static final int MAX_AT_ONCE = 512;

  private final Sockets sockets;
  private final Operator operator;
  private final int fd;
  private final DescriptorMessage message;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final PassedDescriptors passed = new PassedDescriptors();
  private final Outgoing answer;
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
    answer = new Outgoing(sockets, fd);
  }

  @Override
  public int interest() {
    return answer.isPending() ? EpollFlag.OUT : EpollFlag.IN;
  }

  /** Whether the operator has begun what it is to finish: a request, or to read the answer. */
  boolean isBusy() {
    return answer.isPending() || line.size() > 0 || !passed.isEmpty();
  }

  /** Answers a request once it is complete. */
  @Override
  public boolean advance() {
    return answer.isPending() ? hangUpBehind(answer.goOn()) : receive();
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
    return hangUpBehind(answer.send(next.bytes()));
  }

  private boolean hangUpBehind(boolean isUp) {
    return isUp && (answer.isPending() || !last);
  }

  @Override
  public void close() {
    sockets.close(fd);
    passed.close();
  }
}
