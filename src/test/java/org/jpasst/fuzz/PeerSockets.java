package org.jpasst.fuzz;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;

/** Sockets of the loopback interface that play the guest's peers. */
final class PeerSockets {
  private static final int BUFFER = 1 << 16;
  private static final int BACKLOG = 64;

  private final Sockets sockets;
  private final SocketAddress address = new SocketAddress();
  private final MemorySegment buffer = Arena.global().allocate(BUFFER, 8);
  private final MemorySegment linger = Arena.global().allocate(ValueLayout.JAVA_INT, 2);

  PeerSockets(Sockets sockets) {
    this.sockets = sockets;
    linger.setAtIndex(ValueLayout.JAVA_INT, 0, 1); // on, and for 0 s: close(2) resets
  }

  /** A socket of the loopback interface, with a port that the kernel chooses. */
  int bind(boolean ipv4, int type) {
    int family = ipv4 ? AddressFamily.INET : AddressFamily.INET6;
    int fd = sockets.socket(family, type | SocketType.NONBLOCK | SocketType.CLOEXEC, 0);
    IpAddress loopback = ipv4 ? IpAddress.LOOPBACK4 : IpAddress.parse("::1").orElseThrow();
    address.set(loopback.hi(), loopback.lo(), 0, 0);
    check(sockets.bind(fd, address), "bind");
    return fd;
  }

  int listen(boolean ipv4) {
    int fd = bind(ipv4, SocketType.STREAM);
    check(sockets.listen(fd, BACKLOG), "listen");
    return fd;
  }

  int port(int fd) {
    check(sockets.getsockname(fd, address), "getsockname");
    return address.port();
  }

  /** The next connection, or something negative. */
  int accept(int listener) {
    return sockets.accept(listener, address, SocketType.NONBLOCK | SocketType.CLOEXEC);
  }

  /** The port of who connected, after {@link #accept}. */
  int port() {
    return address.port();
  }

  private static void check(int result, String call) {
    if (result < 0) {
      throw new IllegalStateException(call + ": " + Errno.name(result));
    }
  }

  /** Sends bytes of the peer's stream, as many as the socket takes. */
  void send(GuestConnection c, int length) {
    int count = Math.min(length, BUFFER);
    StreamContent.fill(buffer, 0, c.peerKey(), c.peerSent, count);
    int sent = sockets.send(c.peer, buffer, 0, count, MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL);
    if (sent > 0) {
      c.peerSent += sent;
    } else if (sent < 0 && sent != -Errno.EAGAIN) {
      c.peerEnds(true);
    }
  }

  /** Reads up to so many bytes of the guest's stream. */
  void receive(GuestConnection c, int most) {
    int left = most;
    while (left > 0 && !c.peerSawEnd) {
      int got = sockets.recv(c.peer, buffer, 0, Math.min(left, BUFFER), MessageFlag.DONTWAIT);
      if (got == -Errno.EAGAIN) {
        return;
      }
      if (got <= 0) {
        c.peerEnds(got < 0);
        return;
      }
      c.peerReads(buffer, 0, got);
      left -= got;
    }
  }

  void shut(GuestConnection c) {
    if (!c.peerShut) {
      c.peerShut = true;
      c.mayEnd |= !c.ends.isEmpty();
      sockets.shutdown(c.peer, Shutdown.WR);
    }
  }

  /** Closes the peer's socket, which resets the connection. */
  void reset(GuestConnection c) {
    c.mayEnd = true;
    c.peerSawEnd = true;
    if (c.peer >= 0) {
      reset(c.peer);
      c.peer = GuestConnection.NONE;
    }
  }

  void reset(int fd) {
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_LINGER, linger, 0, 8);
    sockets.close(fd);
  }

  void close(int fd) {
    sockets.close(fd);
  }

  Sockets sockets() {
    return sockets;
  }
}
