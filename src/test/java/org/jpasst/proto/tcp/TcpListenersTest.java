package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.jpasst.lab.Await;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.TcpInfo;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.NetStack;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listening sockets that come and go while the process runs. */
final class TcpListenersTest {
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
    int first = listeners.add(LoopbackPort.listen(host.sockets), LoopbackPort.RULE, 5001);
    int second = listeners.add(LoopbackPort.listen(host.sockets), LoopbackPort.RULE, 5001);
    listeners.remove(first);
    assertThat(listeners.add(LoopbackPort.listen(host.sockets), LoopbackPort.RULE, 5001))
        .isEqualTo(first)
        .isNotEqualTo(second);
    assertThat(listeners.add(LoopbackPort.listen(host.sockets), LoopbackPort.RULE, 5001))
        .isEqualTo(2);
  }

  @Test
  void anEventForASocketThatIsClosedMeanwhileFindsNobody() {
    int number = listeners.add(LoopbackPort.listen(host.sockets), LoopbackPort.RULE, 5001);
    listeners.remove(number);
    listeners.onReady(number, 0, EpollFlag.IN, 0);
    listeners.add(LoopbackPort.listen(host.sockets), LoopbackPort.RULE, 5001);
    listeners.onReady(number, 0, EpollFlag.IN, 0);
    assertThat(stack.flows().size()).isZero();
  }

  @Test
  void whatCannotBeWatchedIsClosed() {
    int fd = LoopbackPort.listen(host.sockets);
    int number = listeners.add(fd, LoopbackPort.RULE, 5001);
    assertThat(number).isNotNegative();
    int again = LoopbackPort.listen(host.sockets);
    host.sockets.close(again);
    assertThat(listeners.add(again, LoopbackPort.RULE, 5001)).isEqualTo(-Errno.EBADF);
    assertThat(listeners.add(LoopbackPort.listen(host.sockets), LoopbackPort.RULE, 5001))
        .isEqualTo(number + 1);
  }

  @Test
  void peersOfFrozenPortsGoOnTryingAndGetThroughAfterwards() throws Exception {
    int before = LoopbackPort.listen(host.sockets);
    listeners.add(before, LoopbackPort.RULE, 5001);
    int gone = listeners.add(LoopbackPort.listen(host.sockets), LoopbackPort.RULE, 5001);
    listeners.remove(gone);
    listeners.freeze();
    int meanwhile = LoopbackPort.listen(host.sockets);
    listeners.add(meanwhile, LoopbackPort.RULE, 5001);
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
}
