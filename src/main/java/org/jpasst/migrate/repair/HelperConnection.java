package org.jpasst.migrate.repair;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Poll;
import org.jpasst.linux.Sockets;

/**
 * Our end of a connected helper. Requests wait for their replies; a helper that fails, ends,
 * answers with another byte or not in time is hung up on, and every later request fails. Belongs to
 * one thread.
 */
final class HelperConnection implements RepairMode, AutoCloseable {
  /** A helper needs microseconds; one that is stopped must not hold up the guest for ever. */
  private static final int REPLY_MILLIS = 2_000;

  private final Sockets sockets;
  private final Poll poll = new Poll();
  private final DescriptorMessage request = new DescriptorMessage();
  private final MemorySegment reply = Arena.global().allocate(1);
  private int fd;

  /**
   * Most descriptors that the next request may have: as many as the one before. Debian's
   * passt-repair of 2026 keeps {@code msg_controllen} as recvmsg(2) left it; of a longer request it
   * gets the first descriptors only, and says that all is done.
   */
  private int most = DescriptorMessage.MAX_DESCRIPTORS;

  /** Takes over a connected stream socket that blocks. */
  HelperConnection(Sockets sockets, int fd) {
    this.sockets = sockets;
    this.fd = fd;
  }

  boolean isOpen() {
    return fd >= 0;
  }

  @Override
  public void set(int[] fds, RepairCommand command) throws ErrnoException {
    int requests = Math.ceilDiv(fds.length, most);
    for (int from = 0; from < fds.length; requests--) {
      int count = Math.ceilDiv(fds.length - from, requests);
      try {
        exchange(fds, from, count, command.value());
      } catch (ErrnoException e) {
        close();
        throw e;
      }
      most = count;
      from += count;
    }
  }

  /** Hangs up: the helper ends by that. */
  @Override
  public void close() {
    if (isOpen()) {
      sockets.close(fd);
      fd = -1;
    }
  }

  /** Whether the helper has hung up, or sent something that nobody asked for. */
  boolean isGone() {
    return poll.await(fd, Poll.IN, 0) != 0;
  }

  private void exchange(int[] fds, int from, int count, byte value) throws ErrnoException {
    if (!isOpen()) {
      throw new ErrnoException(Errno.EAGAIN, "no repair helper is connected");
    }
    ErrnoException.check(
        request.send(sockets, fd, value, fds, from, count), "cannot reach the repair helper");
    int ready = poll.await(fd, Poll.IN, REPLY_MILLIS);
    while (ready == -Errno.EINTR) {
      ready = poll.await(fd, Poll.IN, REPLY_MILLIS);
    }
    if (ready == 0) {
      throw new ErrnoException(Errno.ETIMEDOUT, "the repair helper doesn't answer");
    }
    int received = sockets.recv(fd, reply, 0, 1, MessageFlag.DONTWAIT);
    ErrnoException.check(received, "cannot hear the repair helper");
    if (received == 0) {
      throw new ErrnoException(Errno.ECONNRESET, "the repair helper failed and hung up");
    }
    if (reply.get(JAVA_BYTE, 0) != value) {
      throw new ErrnoException(Errno.EPROTO, "the repair helper gave a wrong answer");
    }
  }
}
