package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.Errno;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Datagrams each of which earns an ICMP error: RFC 1812 section 4.3.2.8, RFC 4443 2.4(f). */
final class UdpErrorFloodTest {
  private static final IpAddress NOWHERE4 = IpAddress.parse("198.51.100.7").orElseThrow();
  private static final IpAddress NOWHERE6 = IpAddress.parse("2001:db8:7::7").orElseThrow();
  private static final int A_SECOND = 1_000;

  @AutoClose private UdpGuest guest;

  @BeforeEach
  void unrouted() throws IOException {
    guest = new UdpGuest(new LoopbackHost(FailingSockets.failing("connect", -Errno.ENETUNREACH)));
  }

  /** Errors that so many datagrams of each IP version get. */
  private int errorsFor(int datagrams) {
    int errors = 0;
    for (int i = 0; i < datagrams; i++) {
      guest.send(datagram(LoopbackHost.GUEST4, NOWHERE4));
      guest.send(datagram(LoopbackHost.GUEST6, NOWHERE6));
      errors += guest.host.sink.frames().size();
      guest.host.sink.clear();
    }
    return errors;
  }

  private static org.jpasst.vectors.Frame datagram(IpAddress from, IpAddress to) {
    return LoopbackHost.datagram(from, 40_000, to, 4_000, UdpGuest.bytes("where"));
  }

  @Test
  void aFloodGetsASecondsWorthOfErrorsAndThenTheirRate() {
    assertThat(errorsFor(5 * A_SECOND)).isEqualTo(A_SECOND);
    guest.host.advance(100, TimeUnit.MILLISECONDS);
    guest.host.loop.turn(0);
    assertThat(errorsFor(5 * A_SECOND)).isEqualTo(A_SECOND / 10);
    assertThat(guest.host.counters.value(Counter.DROP_ERROR_LIMIT))
        .isEqualTo(20 * A_SECOND - A_SECOND - A_SECOND / 10);
  }

  @Test
  void whatTheGuestDoesAtAnOrdinaryRateIsAnsweredAlways() {
    for (int i = 0; i < 20; i++) {
      assertThat(errorsFor(A_SECOND / 20)).isEqualTo(A_SECOND / 10);
      guest.host.advance(100, TimeUnit.MILLISECONDS);
      guest.host.loop.turn(0);
    }
    assertThat(guest.host.counters.value(Counter.DROP_ERROR_LIMIT)).isZero();
  }
}
