package org.jpasst.control.pesto;

import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.proto.socket.BoundInterface;

/**
 * Whether the kernel lets this process tie a socket to an interface by its name; before Linux 5.7
 * it takes CAP_NET_RAW (socket(7), SO_BINDTODEVICE).
 */
final class BindToDeviceProbe {
  /** An interface that every network namespace has. */
  private static final String LOOPBACK = "lo";

  private BindToDeviceProbe() {}

  static boolean succeeds(Sockets sockets) {
    int fd = sockets.socket(AddressFamily.INET, SocketType.DGRAM | SocketType.CLOEXEC, 0);
    if (fd < 0) {
      return false;
    }
    int result = BoundInterface.bind(sockets, fd, LOOPBACK);
    sockets.close(fd);
    return result >= 0;
  }
}
