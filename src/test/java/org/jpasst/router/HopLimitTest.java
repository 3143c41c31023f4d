package org.jpasst.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.StackGuest;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets of the guest's that would be used up on their way here. */
final class HopLimitTest {
  private static final int TCP = IpProtocol.TCP;
  private static final int UDP = IpProtocol.UDP;
  private static final int ICMP = IpProtocol.ICMP;
  private static final int ICMPV6 = IpProtocol.ICMPV6;
  private static final String FAR4 = "198.51.100.7";
  private static final String FAR6 = "2001:db8:1::7";

  private StackGuest guest;

  @BeforeEach
  void start() throws IOException {
    guest = new StackGuest(new LinuxSockets(), LoopbackHost.configuration());
  }

  @AfterEach
  void end() {
    guest.close();
  }

  /** A datagram, a SYN, or an echo request: the first eight bytes differ, and what follows. */
  private static Frame packet(int protocol, String destination, int ttl) {
    IpAddress to = IpAddress.parse(destination).orElseThrow();
    IpAddress from = to.isIpv4() ? LoopbackHost.GUEST4 : LoopbackHost.GUEST6;
    byte[] transport = new byte[28];
    transport[0] = (byte) (protocol == ICMP ? 8 : protocol == ICMPV6 ? 128 : 0x9c);
    transport[3] = 9;
    switch (protocol) {
      case UDP -> transport[5] = (byte) transport.length;
      case TCP -> {
        transport[12] = 0x50;
        transport[13] = 2;
      }
      default -> transport[3] = 0;
    }
    return LoopbackHost.packet(from, to, protocol, ttl, 0, transport);
  }

  @ParameterizedTest
  @CsvSource({
    UDP + "," + FAR4 + ",1",
    UDP + "," + FAR4 + ",0",
    TCP + "," + FAR4 + ",1",
    ICMP + "," + FAR4 + ",1",
    UDP + "," + FAR6 + ",1",
    TCP + "," + FAR6 + ",1",
    ICMPV6 + "," + FAR6 + ",1"
  })
  void whatWouldBeForwardedShowsTheHostAsTheFirstHop(int protocol, String far, int ttl) {
    Frame probe = packet(protocol, far, ttl);
    boolean ipv4 = probe.etherType() == Frame.IPV4;
    guest.send(probe);
    List<Frame> told = guest.received();
    assertThat(told).hasSize(1);
    Frame error = told.getFirst();
    assertThat(error.checksumsHold()).isTrue();
    int icmp = error.transportAt();
    int type = ipv4 ? IcmpHeader.TIME_EXCEEDED : Icmpv6Header.TIME_EXCEEDED;
    assertThat(error.u16(icmp)).isEqualTo(type << 8);
    if (ipv4) {
      assertThat(error.source().getHostAddress()).isEqualTo(LoopbackHost.GATEWAY4.toString());
    } else {
      assertThat(error.source().isLinkLocalAddress()).isTrue();
    }
    int end = ipv4 ? 14 + 20 + 16 : probe.length();
    assertThat(error.range(icmp + 8, icmp + 8 + end - 14)).isEqualTo(probe.range(14, end));
    assertThat(guest.count(Counter.DROP_EXPIRED)).isOne();
    assertThat(guest.stack.flows().size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"192.0.2.2", "192.0.2.50", "2001:db8::2", "2001:db8::50", "239.255.255.250"})
  void whatIsForANeighbourTheHostOrManyIsNot(String near) {
    guest.send(packet(UDP, near, 1));
    assertThat(guest.count(Counter.DROP_EXPIRED)).isZero();
  }

  @ParameterizedTest
  @CsvSource({UDP + "," + FAR4, TCP + "," + FAR4, ICMP + "," + FAR4, UDP + "," + FAR6})
  void nothingIsToldAboutWhatIsDamaged(int protocol, String far) {
    Frame probe = packet(protocol, far, 1);
    guest.send(probe.with(probe.length() - 1, (byte) 1));
    assertThat(guest.received()).isEmpty();
    assertThat(guest.count(Counter.DROP_EXPIRED)).isZero();
  }

  @Test
  void noErrorIsSentAboutAnError() {
    byte[] unreachable = new byte[8 + 28];
    unreachable[0] = IcmpHeader.DESTINATION_UNREACHABLE;
    IpAddress far = IpAddress.parse(FAR4).orElseThrow();
    guest.send(LoopbackHost.packet(LoopbackHost.GUEST4, far, ICMP, 1, 0, unreachable));
    assertThat(guest.received()).isEmpty();
  }
}
