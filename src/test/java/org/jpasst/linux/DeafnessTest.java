package org.jpasst.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jpasst.lab.Await;
import org.jpasst.linux.Deafness.Way;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a peer sees of a deaf socket, over the machine's own loopback. */
final class DeafnessTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int LENGTH = 1_000;

  private final LinuxSockets sockets = new LinuxSockets();
  private final MemorySegment bytes = Arena.ofAuto().allocate(LENGTH);
  private final TcpInfo info = new TcpInfo();
  private int listening = -1;
  private int peer = -1;
  private int deaf = -1;

  @AfterEach
  void close() {
    for (int fd : new int[] {listening, peer, deaf}) {
      if (fd >= 0) {
        sockets.close(fd);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FILTER, 127.0.0.1, false",
    "FILTER, ::1, true",
    "SIGNATURE, 127.0.0.1, false",
    "SIGNATURE, 127.0.0.1, true",
    "SIGNATURE, ::1, true",
    "HOP_LIMIT, 127.0.0.1, false",
    "HOP_LIMIT, 127.0.0.1, true",
    "HOP_LIMIT, ::1, true"
  })
  void whatIsSentToADeafSocketArrivesOnceItHears(Way way, String address, boolean ipv6Socket) {
    connect(IpAddress.parse(address).orElseThrow(), ipv6Socket);
    Deafness deafness = new Deafness(way);
    Way taken = deafness.begin(sockets, deaf);
    assumeTrue(way != Way.FILTER || taken == way, "SO_ATTACH_FILTER wants CAP_NET_ADMIN here");
    assertThat(taken).isEqualTo(way);
    assertThat(deafness.isFiltered(sockets, deaf)).isEqualTo(way == Way.FILTER);
    int segments = retransmits();
    assertThat(sockets.send(peer, bytes, 0, LENGTH, 0)).isEqualTo(LENGTH);
    Await.until("the bytes to be sent again", SOON, () -> retransmits() > segments);
    assertThat(sockets.ioctl(deaf, Ioctl.SIOCINQ)).isZero();
    assertThat(sockets.ioctl(peer, Ioctl.SIOCOUTQ)).isEqualTo(LENGTH);

    deafness.end(sockets, deaf);
    Await.until("the bytes", SOON, () -> sockets.ioctl(deaf, Ioctl.SIOCINQ) == LENGTH);
    assertThat(sockets.send(deaf, bytes, 0, LENGTH, 0)).isEqualTo(LENGTH);
    Await.until("the answer", SOON, () -> sockets.ioctl(peer, Ioctl.SIOCINQ) == LENGTH);
    assertThat(deafness.isFiltered(sockets, deaf)).isFalse();
  }

  private int retransmits() {
    assertThat(info.read(sockets, peer)).isZero();
    return info.totalRetransmits();
  }

  /** The socket that will be deaf is an accepted one. */
  private void connect(IpAddress address, boolean ipv6Socket) {
    listening = socket(ipv6Socket);
    sockets.setsockopt(listening, SocketLevel.IPV6, SocketOption.IPV6_V6ONLY, 0);
    var own = new SocketAddress();
    IpAddress bound = ipv6Socket ? IpAddress.ANY6 : address;
    own.set(bound.hi(), bound.lo(), 0, 0);
    assertThat(sockets.bind(listening, own)).isZero();
    assertThat(sockets.listen(listening, 1)).isZero();
    assertThat(sockets.getsockname(listening, own)).isZero();
    peer = socket(!address.isIpv4());
    own.set(address.hi(), address.lo(), own.port(), 0);
    assertThat(sockets.connect(peer, own)).isZero();
    deaf = sockets.accept(listening, own, SocketType.CLOEXEC);
    assertThat(deaf).isPositive();
  }

  private int socket(boolean ipv6) {
    int family = ipv6 ? AddressFamily.INET6 : AddressFamily.INET;
    int fd = sockets.socket(family, SocketType.STREAM | SocketType.CLOEXEC, 0);
    assertThat(fd).isPositive();
    return fd;
  }
}
