package org.jpasst.control.metrics;

import java.io.IOException;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.net.Endpoint;

/** Listens at a TCP port of one address. */
final class LoopbackPort {
  private static final int BACKLOG = 16;

  private LoopbackPort() {}

  /**
   * Listens.
   *
   * @return a descriptor that doesn't block, which is the caller's
   * @throws IOException with one line for the user if it can't
   */
  static int listen(Endpoint at, Sockets sockets) throws IOException {
    boolean ipv4 = at.address().isIpv4();
    String failure = "cannot serve metrics at " + at;
    int fd =
        ErrnoException.check(
            sockets.socket(
                ipv4 ? AddressFamily.INET : AddressFamily.INET6,
                SocketType.STREAM | SocketType.NONBLOCK | SocketType.CLOEXEC,
                IpProtocol.TCP),
            failure);
    // Connections of a former run may linger in TIME-WAIT.
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
    var address = new SocketAddress();
    address.set(at.address().hi(), at.address().lo(), at.port(), 0);
    int result = sockets.bind(fd, address);
    result = result < 0 ? result : sockets.listen(fd, BACKLOG);
    if (result < 0) {
      sockets.close(fd);
    }
    ErrnoException.check(result, failure);
    return fd;
  }
}
