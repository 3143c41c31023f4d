package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;

/** A port of the loopback interface, to be forwarded to a guest. */
public final class LoopbackPort {
  /** The rule that it is forwarded by. */
  public static final ForwardRule RULE =
      new ForwardRule(
          Protocol.TCP,
          Optional.of(IpAddress.LOOPBACK4),
          Optional.empty(),
          5001,
          5001,
          5001,
          Optional.empty(),
          false);

  private static final int BACKLOG = 8;

  private LoopbackPort() {}

  /** A listening socket, the caller's, at a port that the kernel chooses. */
  public static int listen(Sockets sockets) {
    int type = SocketType.STREAM | SocketType.NONBLOCK | SocketType.CLOEXEC;
    int fd = sockets.socket(AddressFamily.INET, type, IpProtocol.TCP);
    var address = new SocketAddress();
    address.set(IpAddress.LOOPBACK4.hi(), IpAddress.LOOPBACK4.lo(), 0, 0);
    assertThat(sockets.bind(fd, address)).isZero();
    assertThat(sockets.listen(fd, BACKLOG)).isZero();
    return fd;
  }
}
