package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.lab.Await;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.TcpInfo;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.NetStack;
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

  private static final Duration SOON = Duration.ofSeconds(20);

  private final TcpInfo info = new TcpInfo();
  private LoopbackHost host;
  private NetStack stack;
  private TcpListeners listeners;

  @BeforeEach
  void start() throws IOException {
    host = new LoopbackHost();
    stack = host.stack();
    listeners = stack.tcpListeners();
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
    assertThat(stack.flows().size()).isZero();
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
  void peersOfFrozenPortsGoOnTryingAndGetThroughAfterwards() throws Exception {
    int before = listening();
    listeners.add(before, RULE, 5001);
    int gone = listeners.add(listening(), RULE, 5001);
    listeners.remove(gone);
    listeners.freeze();
    int meanwhile = listening();
    listeners.add(meanwhile, RULE, 5001);
    int[] clients = {connecting(before), connecting(meanwhile)};
    for (int each : clients) {
      Await.until("a SYN that is repeated", SOON, () -> info(each).totalRetransmits() > 0);
      assertThat(info(each).state()).isEqualTo(TcpInfo.SYN_SENT);
    }

    listeners.thaw();
    for (int each : clients) {
      Await.until("the connection", SOON, () -> info(each).state() == TcpInfo.ESTABLISHED);
      host.sockets.close(each);
    }
  }

  /** A client's socket on its way to a listening one. */
  private int connecting(int listening) {
    int type = SocketType.STREAM | SocketType.NONBLOCK | SocketType.CLOEXEC;
    int fd = host.sockets.socket(AddressFamily.INET, type, IpProtocol.TCP);
    var address = new SocketAddress();
    assertThat(host.sockets.getsockname(listening, address)).isZero();
    assertThat(host.sockets.connect(fd, address)).isEqualTo(-Errno.EINPROGRESS);
    return fd;
  }

  private TcpInfo info(int fd) {
    assertThat(info.read(host.sockets, fd)).isZero();
    return info;
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
