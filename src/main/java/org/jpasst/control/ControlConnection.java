package org.jpasst.control;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jpasst.linux.DescriptorChannel;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;

/** One operator, connected: gathers lines, and sends the answers. */
final class ControlConnection implements AutoCloseable {
  /** How long the other end of a state's descriptor may let us wait. */
  private static final int PATIENCE_MILLIS = 30_000;

  private static final int NONE = -1;

  private final Sockets sockets;
  private final Operator operator;
  private final int fd;
  private final DescriptorMessage message = new DescriptorMessage();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int passed = NONE;

  /** A connection that doesn't block; becomes this one's. */
  ControlConnection(Sockets sockets, Operator operator, int fd) {
    this.sockets = sockets;
    this.operator = operator;
    this.fd = fd;
  }

  /**
   * Takes what has come, and does it.
   *
   * @return false if the operator has hung up, or is to be hung up on
   */
  boolean receive() {
    while (true) {
      int result = message.receive(sockets, fd); // a descriptor comes with a byte
      if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
        return true;
      }
      if (result <= 0 || line.size() == Message.MAX_LENGTH) {
        return false;
      }
      keepDescriptor();
      if (message.value() != '\n') {
        line.write(message.value());
      } else if (!answer()) {
        return false;
      }
    }
  }

  /** The first one counts. */
  private void keepDescriptor() {
    if (message.count() > 0 && passed == NONE) {
      passed = message.takeFirst();
    }
    message.closeAll(sockets);
  }

  private boolean answer() {
    String request = line.toString(StandardCharsets.UTF_8);
    line.reset();
    if (passed == NONE) {
      return send(operator.answer(request, Optional.empty()));
    }
    try (ByteChannel channel = new DescriptorChannel(passed, PATIENCE_MILLIS)) {
      passed = NONE;
      return send(operator.answer(request, Optional.of(channel)));
    } catch (IOException e) {
      return false;
    }
  }

  private boolean send(Message answer) {
    byte[] bytes = answer.bytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(JAVA_BYTE, bytes);
      int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
      return sockets.send(fd, memory, 0, bytes.length, flags) == bytes.length;
    }
  }

  @Override
  public void close() {
    sockets.close(fd);
    if (passed != NONE) {
      sockets.close(passed);
      passed = NONE;
    }
  }
}
