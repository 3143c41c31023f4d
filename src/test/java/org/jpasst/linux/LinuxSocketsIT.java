package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.Await;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@LabTest
final class LinuxSocketsIT {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final IpAddress LOCAL4 = IpAddress.LOOPBACK4;
  private static final IpAddress LOCAL6 = IpAddress.LOOPBACK6;

  private final LinuxSockets sockets = new LinuxSockets();
  private final MemorySegment buffer = Arena.global().allocate(1 << 16);
  private final List<Integer> open = new ArrayList<>();
  private NetworkNamespace namespace;

  @BeforeEach
  void setUp() {
    namespace = NetworkNamespace.create("sockets");
  }

  @AfterEach
  void tearDown() {
    open.forEach(sockets::close);
    namespace.close();
  }

  @Test
  void aTcpConnectionIsMadeUsedAndAskedAbout() {
    int listener = tcp(AddressFamily.INET6);
    SocketAddress address = address(LOCAL6, 5001);
    assertThat(sockets.bind(listener, address)).isZero();
    assertThat(sockets.listen(listener, 5)).isZero();
    int client = tcp(AddressFamily.INET6);
    assertThat(sockets.connect(client, address)).isIn(0, -Errno.EINPROGRESS);
    var peer = new SocketAddress();
    int server = await(() -> sockets.accept(listener, peer, SocketType.NONBLOCK));
    open.add(server);
    var own = new SocketAddress();
    assertThat(sockets.getsockname(client, own)).isZero();
    assertThat(peer.toString()).isEqualTo(own.toString()).startsWith("[::1]:");
    assertThat(sockets.getpeername(client, own)).isZero();
    assertThat(own.port()).isEqualTo(5001);

    assertThat(sockets.send(client, buffer, 100, 5000, MessageFlag.NOSIGNAL)).isEqualTo(5000);
    Await.until("data", SOON, () -> sockets.ioctl(server, Ioctl.SIOCINQ) == 5000);
    assertThat(sockets.recv(server, buffer, 0, 1000, MessageFlag.PEEK)).isEqualTo(1000);
    assertThat(sockets.discard(server, 3000)).isEqualTo(3000);
    assertThat(sockets.ioctl(server, Ioctl.SIOCINQ)).isEqualTo(2000);
    Await.until("acknowledged", SOON, () -> sockets.ioctl(client, Ioctl.SIOCOUTQ) == 0);

    var info = new TcpInfo();
    assertThat(info.read(sockets, client)).isZero();
    assertThat(info.state()).isEqualTo(TcpInfo.ESTABLISHED);
    assertThat(info.options() & TcpInfo.OPTION_WINDOW_SCALE).isNotZero();
    assertThat(info.rttMicros()).isPositive();
    var memory = new SocketMemory();
    assertThat(memory.read(sockets, server)).isZero();
    assertThat(memory.receiveAllocated()).isPositive();
    assertThat(memory.sendBuffer())
        .isEqualTo((int) sockets.getsockopt(server, SocketLevel.SOCKET, SocketOption.SO_SNDBUF));

    assertThat(sockets.shutdown(client, Shutdown.WR)).isZero();
    sockets.discard(server, 2000);
    assertThat(await(() -> sockets.recv(server, buffer, 0, 10, 0))).isZero();
    assertThat(info.read(sockets, -1)).isEqualTo(-Errno.EBADF);
    assertThat(info.state()).isZero();
  }

  @Test
  void aRefusedConnectionSaysSo() {
    int client = tcp(AddressFamily.INET);
    int result = sockets.connect(client, address(LOCAL4, 9));
    if (result == -Errno.EINPROGRESS) {
      Await.until(
          "refusal",
          SOON,
          () ->
              sockets.getsockopt(client, SocketLevel.SOCKET, SocketOption.SO_ERROR)
                  == Errno.ECONNREFUSED);
    } else {
      assertThat(result).isEqualTo(-Errno.ECONNREFUSED);
    }
  }

  @Test
  void datagramsGoAndComeInBatchesWithTheirAddresses() {
    int receiver = udp(AddressFamily.INET6);
    set(receiver, SocketLevel.IPV6, SocketOption.IPV6_V6ONLY, 0);
    set(receiver, SocketLevel.IPV6, SocketOption.IPV6_RECVPKTINFO, 1);
    set(receiver, SocketLevel.IPV6, SocketOption.IPV6_RECVHOPLIMIT, 1);
    assertThat(sockets.bind(receiver, inet6(IpAddress.ANY6, 5002))).isZero();
    int sender = udp(AddressFamily.INET6);
    set(sender, SocketLevel.IPV6, SocketOption.IPV6_V6ONLY, 0);
    var batch = new MessageBatch(4, 1, ControlBuffer.capacityFor(PacketInfo.LENGTH6, 4));
    for (int i = 0; i < 4; i++) {
      Message message = batch.message(i);
      IpAddress to = i % 2 == 0 ? LOCAL6 : LOCAL4;
      message.name().setInet6(to.hi(), to.lo(), 5002, 0);
      message.control().clear();
      message.vectors().set(0, buffer, 0, 10 + i);
      message.prepareSend(1);
    }
    assertThat(sockets.sendmmsg(sender, batch, 0, 4, 0)).isEqualTo(4);
    assertThat(batch.length(3)).isEqualTo(13);

    var received = new MessageBatch(8, 1, ControlBuffer.capacityFor(PacketInfo.LENGTH6, 4));
    for (int i = 0; i < 8; i++) {
      received.message(i).vectors().set(0, buffer, i * 100, 100);
      received.message(i).prepareReceive(1);
    }
    assertThat(await(() -> sockets.recvmmsg(receiver, received, 8, MessageFlag.DONTWAIT)))
        .isEqualTo(4);
    for (int i = 0; i < 4; i++) {
      Message message = received.message(i);
      IpAddress expected = i % 2 == 0 ? LOCAL6 : LOCAL4;
      assertThat(received.length(i)).isEqualTo(10 + i);
      assertThat(new IpAddress(message.name().hi(), message.name().lo())).isEqualTo(expected);
      ControlBuffer control = message.control();
      long at = PacketInfo.find6(control);
      assertThat(at).isNotEqualTo(ControlBuffer.NONE);
      MemorySegment s = control.memory();
      assertThat(new IpAddress(PacketInfo.destinationHi6(s, at), PacketInfo.destinationLo6(s, at)))
          .isEqualTo(expected);
      assertThat(PacketInfo.interface6(s, at)).isEqualTo(1);
      if (expected.equals(LOCAL6)) {
        assertThat(control.findInt(SocketLevel.IPV6, SocketOption.IPV6_HOPLIMIT, -1)).isEqualTo(64);
      }
    }
  }

  @Test
  void theSourceAddressOfADatagramCanBeChosen() {
    int receiver = udp(AddressFamily.INET);
    assertThat(sockets.bind(receiver, address(LOCAL4, 5003))).isZero();
    int sender = udp(AddressFamily.INET);
    var message = new Message(2, ControlBuffer.capacityFor(PacketInfo.LENGTH4));
    message.control().clear();
    int level = SocketLevel.IP;
    long at = message.control().append(level, SocketOption.IP_PKTINFO, PacketInfo.LENGTH4);
    MemorySegment info = message.control().memory().asSlice(at, PacketInfo.LENGTH4).fill((byte) 0);
    MemorySegment.copy(new byte[] {127, 0, 0, 9}, 0, info, JAVA_BYTE, 4, 4); // ipi_spec_dst
    message.name().set(LOCAL4.hi(), LOCAL4.lo(), 5003, 0);
    message.vectors().set(0, buffer, 0, 3);
    message.vectors().set(1, buffer, 50, 4);
    message.prepareSend(2);
    assertThat(sockets.sendmsg(sender, message, 0)).isEqualTo(7);

    var received = new Message(1, 0);
    received.vectors().set(0, buffer, 0, 5);
    received.prepareReceive(1);
    assertThat(await(() -> sockets.recvmsg(receiver, received, 0))).isEqualTo(5);
    assertThat(received.name().toString()).startsWith("127.0.0.9:");
    assertThat(received.flags() & MessageFlag.TRUNC).isNotZero();
  }

  @Test
  void theErrorQueueTellsWhoRefusedADatagram() {
    for (IpAddress to : List.of(LOCAL4, LOCAL6)) {
      int sender = udp(to.isIpv4() ? AddressFamily.INET : AddressFamily.INET6);
      if (to.isIpv4()) {
        set(sender, SocketLevel.IP, SocketOption.IP_RECVERR, 1);
      } else {
        set(sender, SocketLevel.IPV6, SocketOption.IPV6_RECVERR, 1);
      }
      assertThat(sockets.connect(sender, address(to, 9))).isZero();
      assertThat(sockets.send(sender, buffer, 0, 20, 0)).isEqualTo(20);

      var message = new Message(1, ControlBuffer.capacityFor(ExtendedError.LENGTH));
      message.vectors().set(0, buffer, 0, 100);
      message.prepareReceive(1);
      assertThat(await(() -> sockets.recvmsg(sender, message, MessageFlag.ERRQUEUE))).isEqualTo(20);
      assertThat(message.flags() & MessageFlag.ERRQUEUE).isNotZero();
      assertThat(message.name().port()).isEqualTo(9);
      MemorySegment s = message.control().memory();
      long at = ExtendedError.find(message.control());
      assertThat(ExtendedError.errno(s, at)).isEqualTo(Errno.ECONNREFUSED);
      assertThat(ExtendedError.hasOffender(s, at)).isTrue();
      assertThat(new IpAddress(ExtendedError.offenderHi(s, at), ExtendedError.offenderLo(s, at)))
          .isEqualTo(to);
      if (to.isIpv4()) {
        assertThat(ExtendedError.origin(s, at)).isEqualTo(ExtendedError.ORIGIN_ICMP);
        assertThat(ExtendedError.type(s, at)).isEqualTo(3);
        assertThat(ExtendedError.code(s, at)).isEqualTo(3);
      } else {
        assertThat(ExtendedError.origin(s, at)).isEqualTo(ExtendedError.ORIGIN_ICMP6);
        assertThat(ExtendedError.type(s, at)).isEqualTo(1);
        assertThat(ExtendedError.code(s, at)).isEqualTo(4);
      }
    }
  }

  private interface Call {
    int result();
  }

  private static int await(Call call) {
    int[] result = new int[1];
    Await.until(
        "a result other than EAGAIN",
        SOON,
        () -> {
          result[0] = call.result();
          return result[0] != -Errno.EAGAIN;
        });
    return result[0];
  }

  private int tcp(int family) {
    return socket(family, SocketType.STREAM);
  }

  private int udp(int family) {
    return socket(family, SocketType.DGRAM);
  }

  private int socket(int family, int type) {
    int fd = namespace.call(() -> new LinuxSockets().socket(family, type | SocketType.NONBLOCK, 0));
    assertThat(fd).isPositive();
    open.add(fd);
    return fd;
  }

  private void set(int fd, int level, int option, int value) {
    assertThat(sockets.setsockopt(fd, level, option, value)).isZero();
  }

  private static SocketAddress address(IpAddress address, int port) {
    var made = new SocketAddress();
    made.set(address.hi(), address.lo(), port, 0);
    return made;
  }

  private static SocketAddress inet6(IpAddress address, int port) {
    var made = new SocketAddress();
    made.setInet6(address.hi(), address.lo(), port, 0);
    return made;
  }
}
