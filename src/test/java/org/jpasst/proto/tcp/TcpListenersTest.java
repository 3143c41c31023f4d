package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketFilter;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listening sockets that come and go while the process runs. */
final class TcpListenersTest {
  private static final ForwardRule RULE =
      new ForwardRule(
          Protocol.TCP,
          Optional.of(IpAddress.LOOPBACK4),
          Optional.empty(),
          5001,
          5001,
          5001,
          Optional.empty(),
          false);

  private final SocketFilter filter = new SocketFilter();
  private LoopbackHost host;
  private TcpListeners listeners;

  @BeforeEach
  void start() throws IOException {
    host = new LoopbackHost();
    var tcp = new Tcp(host.environment(host.sink, Log.none()), host.icmp);
    listeners = new TcpListeners(host.sockets, host.loop, host.sink, tcp, Log.none());
  }

  @AfterEach
  void end() {
    listeners.close();
    host.close();
    assertThat(host.counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  @Test
  void numbersAreUsedAgain() {
    int first = listeners.add(listening(), RULE, 5001);
    int second = listeners.add(listening(), RULE, 5001);
    listeners.remove(first);
    assertThat(listeners.add(listening(), RULE, 5001)).isEqualTo(first).isNotEqualTo(second);
    assertThat(listeners.add(listening(), RULE, 5001)).isEqualTo(2);
  }

  @Test
  void anEventForASocketThatIsClosedMeanwhileFindsNobody() {
    int number = listeners.add(listening(), RULE, 5001);
    listeners.remove(number);
    listeners.onReady(number, 0, EpollFlag.IN, 0);
    listeners.add(listening(), RULE, 5001);
    listeners.onReady(number, 0, EpollFlag.IN, 0);
    assertThat(host.table.size()).isZero();
  }

  @Test
  void whatCannotBeWatchedIsClosed() {
    int fd = listening();
    int number = listeners.add(fd, RULE, 5001);
    assertThat(number).isNotNegative();
    int again = listening();
    host.sockets.close(again);
    assertThat(listeners.add(again, RULE, 5001)).isEqualTo(-Errno.EBADF);
    assertThat(listeners.add(listening(), RULE, 5001)).isEqualTo(number + 1);
  }

  @Test
  void whatComesWhileAllAreFrozenIsFrozenToo() {
    int before = listening();
    listeners.add(before, RULE, 5001);
    int gone = listeners.add(listening(), RULE, 5001);
    listeners.remove(gone);
    listeners.freeze();
    int meanwhile = listening();
    listeners.add(meanwhile, RULE, 5001);
    assertThat(filter.detach(host.sockets, meanwhile)).isZero();
    assertThat(filter.attach(host.sockets, meanwhile)).isZero();

    listeners.thaw();
    assertThat(filter.detach(host.sockets, before)).isEqualTo(-Errno.ENOENT);
    assertThat(filter.detach(host.sockets, meanwhile)).isEqualTo(-Errno.ENOENT);
  }

  /** A socket at a port that the kernel chooses. */
  private int listening() {
    int type = SocketType.STREAM | SocketType.NONBLOCK | SocketType.CLOEXEC;
    int fd = host.sockets.socket(AddressFamily.INET, type, IpProtocol.TCP);
    var address = new SocketAddress();
    address.set(IpAddress.LOOPBACK4.hi(), IpAddress.LOOPBACK4.lo(), 0, 0);
    assertThat(host.sockets.bind(fd, address)).isZero();
    assertThat(host.sockets.listen(fd, 1)).isZero();
    return fd;
  }
}
