package org.jpasst.migrate.socket;

import java.lang.foreign.MemorySegment;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.migrate.stream.SocketFields;

/**
 * Puts bytes into the chosen queue of a socket in repair mode. A new socket's buffer is small;
 * where the bytes don't fit it is made larger, beyond the system's limit if we may (CAP_NET_ADMIN).
 */
final class QueueFiller {
  /** The buffer behind a queue. */
  enum Buffer {
    RECEIVE(SocketOption.SO_RCVBUFFORCE),
    SEND(SocketOption.SO_SNDBUFFORCE);

    /** The option that sets its size with CAP_NET_ADMIN. */
    private final int forced;

    Buffer(int forced) {
      this.forced = forced;
    }
  }

  private static final int LEAST_CHUNK = 1024;
  private static final int MARGIN = 1 << 18;

  private final Sockets sockets;

  QueueFiller(Sockets sockets) {
    this.sockets = sockets;
  }

  /**
   * Puts all of them in.
   *
   * @throws ErrnoException ENOBUFS if they don't fit
   */
  void fill(int fd, MemorySegment bytes, Buffer buffer) throws ErrnoException {
    long length = bytes.byteSize();
    long chunk = length;
    boolean enlarged = false;
    for (long at = 0; at < length; ) {
      int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
      int count = sockets.send(fd, bytes, at, Math.min(chunk, length - at), flags);
      if (count > 0) {
        at += count;
      } else if (!isShortOfMemory(count)) {
        throw new ErrnoException(count, "cannot fill a socket's queue");
      } else if (!enlarged) {
        enlarge(fd, buffer, (int) length);
        enlarged = true;
      } else if (chunk > LEAST_CHUNK) {
        chunk /= 2;
      } else {
        throw new ErrnoException(
            Errno.ENOBUFS, "a socket's queue has room for " + at + " of " + length + " bytes");
      }
    }
  }

  /** Makes room in a send queue for so many bytes in all, as far as we may. */
  void makeRoom(int fd, long length) {
    enlarge(fd, Buffer.SEND, (int) Math.min(length, SocketFields.MAX_QUEUE));
  }

  /** The kernel doubles the numbers, for its own overhead (sock_setsockopt). */
  private void enlarge(int fd, Buffer buffer, int length) {
    int size = length + MARGIN;
    if (set(fd, buffer.forced, size) >= 0) {
      // The kernel shall tune the size again, as before. Since Linux 5.16.
      set(fd, SocketOption.SO_BUF_LOCK, 0);
    } else if (buffer == Buffer.SEND) {
      set(fd, SocketOption.SO_SNDBUF, size);
      set(fd, SocketOption.SO_BUF_LOCK, 0);
    } else {
      // Up to what the kernel's own tuning may reach, net.ipv4.tcp_rmem (tcp_set_rcvlowat);
      // SO_RCVBUF would reach net.core.rmem_max only.
      set(fd, SocketOption.SO_RCVLOWAT, size);
      set(fd, SocketOption.SO_RCVLOWAT, 1);
    }
  }

  private int set(int fd, int option, int value) {
    return sockets.setsockopt(fd, SocketLevel.SOCKET, option, value);
  }

  private static boolean isShortOfMemory(int result) {
    return result == 0
        || result == -Errno.EAGAIN
        || result == -Errno.ENOBUFS
        || result == -Errno.ENOMEM;
  }
}
