package org.jpasst.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.Configuration;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.UdpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The whole packet path, link, router, protocol, real sockets and back, over the real loop: once it
 * is compiled it leaves nothing for the garbage collector.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@Tag("allocation")
final class PacketPathAllocationTest {
  private static final int PACKETS = 8;
  private static final int PAYLOAD = 1400;
  private static final int ROUNDS = 200;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int HEADERS = EthernetHeader.LENGTH + Ipv4Header.LENGTH;
  private static final int PORT = 40_000;
  private static final int DONTWAIT = MessageFlag.DONTWAIT;

  private final Sockets sockets = new LinuxSockets();
  private final MemorySegment frame = Arena.global().allocate(2048, 8);
  private final MemorySegment in = Arena.global().allocate(1 << 20, 8);
  private final MemorySegment echo = Arena.global().allocate(1 << 20, 8);
  private final SocketAddress address = new SocketAddress();
  private final SocketPair link = SocketPair.create();
  private Backend backend;
  private int peerPort;
  private int sequence = 1000;
  private int expected;
  private int received;
  private int left;

  @BeforeEach
  void start() throws IOException {
    backend =
        new Backend(
            LoopbackHost.configuration(),
            LinkKind.STREAM,
            Optional.empty(),
            new Counters(),
            Log.none());
    assertThat(backend.link().attach(link.ours())).isZero();
    backend.loop().turn(0);
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
    sockets.close(link.theirs());
  }

  @Test
  void tcpBothWaysAllocatesNothing() {
    int listener = listen(SocketType.STREAM);
    sockets.listen(listener, 1);
    sendTcp(TcpHeader.SYN, 0);
    sequence++;
    while (expected == 0) {
      backend.loop().turn(100);
      receiveTcp();
    }
    sendTcp(TcpHeader.ACK, 0);
    backend.loop().turn(100);
    int peer = sockets.accept(listener, address, SocketType.NONBLOCK);
    assertThat(peer).isNotNegative();

    assertThat(leastPerPacket(() -> tcpRound(peer))).isZero();
    sockets.close(peer);
    sockets.close(listener);
  }

  @Test
  void udpBothWaysAllocatesNothing() {
    int peer = listen(SocketType.DGRAM | SocketType.NONBLOCK);
    address.set(0, IpAddress.LOOPBACK4.lo(), PORT, 0);

    assertThat(leastPerPacket(() -> udpRound(peer))).isZero();
    sockets.close(peer);
  }

  /** Bytes allocated per packet in the best of many measurements; zero ends them early. */
  private static long leastPerPacket(Runnable round) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    long start = System.nanoTime();
    while (least > 0 && System.nanoTime() - start < PATIENCE_NANOS) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < ROUNDS; i++) {
        round.run();
      }
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      // Asking costs a few bytes itself; what each packet costs is what counts.
      least = Math.min(least, bytes / (ROUNDS * PACKETS * 2L));
    }
    return least;
  }

  private int listen(int type) {
    int fd = sockets.socket(AddressFamily.INET, type, 0);
    address.set(0, IpAddress.LOOPBACK4.lo(), 0, 0);
    assertThat(sockets.bind(fd, address)).isZero();
    sockets.getsockname(fd, address);
    peerPort = address.port();
    return fd;
  }

  private void tcpRound(int peer) {
    for (int i = 0; i < PACKETS; i++) {
      sendTcp(TcpHeader.ACK, PAYLOAD);
      sequence += PAYLOAD;
    }
    int echoed = 0;
    while (echoed < PACKETS * PAYLOAD) {
      backend.loop().turn(100);
      int count = sockets.recv(peer, echo, 0, echo.byteSize(), DONTWAIT);
      if (count > 0) {
        sockets.send(peer, echo, 0, count, DONTWAIT);
        echoed += count;
      }
    }
    received = 0;
    while (received < PACKETS * PAYLOAD) {
      backend.loop().turn(100);
      receiveTcp();
    }
    sendTcp(TcpHeader.ACK, 0);
    backend.loop().turn(100);
  }

  private void udpRound(int peer) {
    for (int i = 0; i < PACKETS; i++) {
      sendUdp();
    }
    int echoed = 0;
    while (echoed < PACKETS) {
      backend.loop().turn(100);
      while (sockets.recv(peer, echo, 0, PAYLOAD, DONTWAIT) > 0) {
        echoed++;
      }
    }
    received = 0;
    sockets.connect(peer, address);
    for (int i = 0; i < PACKETS; i++) {
      sockets.send(peer, echo, 0, PAYLOAD, DONTWAIT);
    }
    while (received < PACKETS) {
      backend.loop().turn(100);
      receiveFrames(IpProtocol.UDP);
    }
  }

  private void sendTcp(int flags, int payload) {
    long ip = 4 + EthernetHeader.LENGTH;
    long tcp = ip + Ipv4Header.LENGTH;
    int length = TcpHeader.LENGTH + payload;
    begin(IpProtocol.TCP, length);
    TcpHeader.write(frame, tcp, PORT, peerPort, sequence, expected, TcpHeader.LENGTH, flags, 65535);
    long pseudo = Ipv4Header.pseudoHeader(frame, ip, IpProtocol.TCP, length);
    TcpHeader.fillChecksum(frame, tcp, length, pseudo);
    send(length);
  }

  private void sendUdp() {
    long ip = 4 + EthernetHeader.LENGTH;
    int length = UdpHeader.LENGTH + PAYLOAD;
    begin(IpProtocol.UDP, length);
    UdpHeader.write(frame, ip + Ipv4Header.LENGTH, PORT, peerPort, length);
    send(length);
  }

  private void begin(int protocol, int length) {
    NetworkOrder.put32(frame, 0, HEADERS + length);
    EthernetHeader.write(
        frame, 4, Configuration.DEFAULT_MAC.bits(), 0x5254_0012_3456L, EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(
        frame,
        4 + EthernetHeader.LENGTH,
        Ipv4Header.LENGTH + length,
        protocol,
        LoopbackHost.GUEST4.ipv4(),
        LoopbackHost.GATEWAY4.ipv4());
  }

  private void send(int length) {
    int size = 4 + HEADERS + length;
    if (sockets.send(link.theirs(), frame, 0, size, 0) != size) {
      throw new AssertionError("the link didn't take a frame");
    }
  }

  private void receiveTcp() {
    receiveFrames(IpProtocol.TCP);
  }

  /** Takes what has come over the link, and keeps an incomplete frame for the next time. */
  private void receiveFrames(int protocol) {
    int count = sockets.recv(link.theirs(), in, left, in.byteSize() - left, DONTWAIT);
    int end = left + Math.max(0, count);
    int at = 0;
    while (end - at >= 4 && end - at - 4 >= NetworkOrder.get32(in, at)) {
      take(at + 4, protocol);
      at += 4 + NetworkOrder.get32(in, at);
    }
    left = end - at;
    MemorySegment.copy(in, at, in, 0, left);
  }

  private void take(long at, int protocol) {
    long ip = at + EthernetHeader.LENGTH;
    if (EthernetHeader.type(in, at) != EthernetHeader.TYPE_IPV4
        || Ipv4Header.protocol(in, ip) != protocol) {
      return;
    }
    if (protocol == IpProtocol.UDP) {
      received++;
      return;
    }
    long tcp = ip + Ipv4Header.LENGTH;
    int flags = TcpHeader.flags(in, tcp);
    int payload =
        Ipv4Header.totalLength(in, ip) - Ipv4Header.LENGTH - TcpHeader.headerLength(in, tcp);
    if ((flags & TcpHeader.RST) != 0) {
      throw new AssertionError("reset");
    }
    received += payload;
    boolean syn = (flags & TcpHeader.SYN) != 0;
    expected = TcpHeader.sequence(in, tcp) + payload + (syn ? 1 : 0);
  }
}
