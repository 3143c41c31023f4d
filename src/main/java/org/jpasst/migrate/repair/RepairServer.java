package org.jpasst.migrate.repair;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketFilter;
import org.jpasst.linux.Sockets;

/**
 * The helper's end of the protocol: does what it is asked for until the other end hangs up. Beyond
 * what the original's helper does, sockets in repair mode have a filter that drops all that comes.
 */
final class RepairServer {
  private final Sockets sockets;
  private final int fd;
  private final DescriptorMessage request = new DescriptorMessage();
  private final SocketFilter filter = new SocketFilter();
  private final MemorySegment reply = Arena.global().allocate(1);

  /** Serves a connected stream socket that blocks; it stays the caller's. */
  RepairServer(Sockets sockets, int fd) {
    this.sockets = sockets;
    this.fd = fd;
  }

  /**
   * Serves until the other end hangs up.
   *
   * @throws ErrnoException when a request can't be fulfilled; there is no reply for that
   */
  void serve() throws ErrnoException {
    int received = receive();
    while (received > 0) {
      try {
        fulfil();
      } finally {
        request.closeAll(sockets);
      }
      reply.set(JAVA_BYTE, 0, request.value());
      ErrnoException.check(
          sockets.send(fd, reply, 0, 1, MessageFlag.NOSIGNAL), "cannot answer the back-end");
      received = receive();
    }
  }

  private int receive() throws ErrnoException {
    int received = request.receive(sockets, fd);
    while (received == -Errno.EINTR) {
      received = request.receive(sockets, fd);
    }
    // A back-end that dies may leave a reply unread: that is its hanging up, too.
    return received == -Errno.ECONNRESET
        ? 0
        : ErrnoException.check(received, "cannot hear the back-end");
  }

  private void fulfil() throws ErrnoException {
    Optional<RepairCommand> command = RepairCommand.of(request.value());
    if (command.isEmpty()) {
      throw new ErrnoException(Errno.EINVAL, "unknown command " + request.value());
    }
    if (request.count() == 0) {
      throw new ErrnoException(Errno.EINVAL, "a command without sockets");
    }
    for (int i = 0; i < request.count(); i++) {
      int socket = request.descriptor(i);
      switchFilter(socket, command.get());
      ErrnoException.check(
          DirectRepair.set(sockets, socket, command.get()),
          "cannot switch TCP_REPAIR to " + command.get().value());
    }
  }

  /**
   * A socket in repair mode is to hear nothing, and we may see to that where the back-end may not:
   * the original, too, then loses nothing of what comes while it saves its state. Where it fails
   * the socket is as it would be with the original's helper.
   */
  private void switchFilter(int socket, RepairCommand command) {
    if (command == RepairCommand.ON) {
      filter.attach(sockets, socket);
    } else {
      filter.detach(sockets, socket);
    }
  }
}
