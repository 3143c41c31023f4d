package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.jpasst.lab.LabTest;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.proto.socket.RoutedNetwork;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.Test;

/** SYNs that look for the way, on a host behind which there is a router. */
@LabTest
final class TcpPathIT {
  @Test
  void aRouterOnTheWayShowsItselfAndRefusesNothing() {
    try (var network = new RoutedNetwork()) {
      network.inHost(
          () -> {
            try (var guest = new ScriptedGuest(new LinuxSockets())) {
              guest.destination = RoutedNetwork.TARGET4;
              guest.peerPort = 80;
              guest.ttl = 2; // of which the guest's router, which we are, takes one
              guest.sendSyn();
              guest.until(() -> !guest.sink.frames().isEmpty());
              Frame error = Frame.of(guest.sink.take());
              assertThat(error.source().getHostAddress())
                  .isEqualTo(RoutedNetwork.ROUTER4.toString());
              assertThat(error.u8(34)).isEqualTo(IcmpHeader.TIME_EXCEEDED);
              assertThat(error.u16(62)).isEqualTo(ScriptedGuest.PORT);
              guest.settle();
              assertThat(guest.sink.frames()).as("no RST").isEmpty();
              assertThat(guest.flows.size()).isZero();
              guest.ttl = 3;
              guest.sendSyn();
              Segment refused = guest.expect();
              assertThat(refused.has(TcpHeader.RST)).isTrue();
            }
            return true;
          });
    }
  }
}
