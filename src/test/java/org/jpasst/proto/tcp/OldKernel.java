package org.jpasst.proto.tcp;

import java.lang.reflect.Proxy;
import org.jpasst.linux.Errno;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;

/** The real sockets, with what only newer kernels know left out. */
final class OldKernel {
  private OldKernel() {}

  /** As on a kernel that doesn't know SO_PEEK_OFF for TCP (before Linux 6.9). */
  static Sockets withoutPeekOffsets() {
    Sockets real = new LinuxSockets();
    return (Sockets)
        Proxy.newProxyInstance(
            Sockets.class.getClassLoader(),
            new Class<?>[] {Sockets.class},
            (proxy, method, arguments) -> {
              boolean peekOffset =
                  method.getName().equals("setsockopt")
                      && arguments[2].equals(SocketOption.SO_PEEK_OFF);
              return peekOffset ? -Errno.EOPNOTSUPP : method.invoke(real, arguments);
            });
  }
}
