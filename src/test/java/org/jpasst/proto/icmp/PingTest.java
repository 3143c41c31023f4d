package org.jpasst.proto.icmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.proto.icmp.EchoGuest.request4;

import java.io.IOException;
import org.jpasst.linux.Errno;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What of ping needs no ping socket; the rest is in {@link PingIT}. */
class PingTest {
  private EchoGuest guest;

  @BeforeEach
  void start() throws IOException {
    guest = new EchoGuest();
  }

  @AfterEach
  void end() {
    guest.close();
  }

  @Test
  void onlyUndamagedEchoRequestsAreTaken() {
    Frame good = request4(1, 1);
    guest.send(good.with(34, (byte) 0).withTransportChecksum());
    guest.send(good.with(34, (byte) 13).withTransportChecksum());
    guest.send(good.with(35, (byte) 1).withTransportChecksum());
    assertThat(guest.host.counters.value(Counter.DROP_ICMP)).isEqualTo(3);
    guest.send(good.with(45, (byte) 0));
    assertThat(guest.host.counters.value(Counter.DROP_ICMP_CHECKSUM)).isOne();
    assertThat(guest.ping.flowCount()).isZero();
  }

  @Test
  void beingForbiddenToPingIsSaidOnceWithTheRemedy() throws IOException {
    guest.close();
    guest = new EchoGuest(FailingSockets.failing("socket", -Errno.EACCES));
    guest.send(request4(1, 1));
    guest.send(request4(1, 2));
    assertThat(guest.messages).hasSize(1);
    assertThat(guest.messages.getFirst()).contains("net.ipv4.ping_group_range");
    assertThat(guest.host.sink.frames()).isEmpty();
  }
}
