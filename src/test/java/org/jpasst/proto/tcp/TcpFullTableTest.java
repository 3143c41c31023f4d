package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.stats.Counter;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As many flows as there can be. */
@Timeout(60)
final class TcpFullTableTest {
  @Test
  void aConnectionIsRefusedUntilAnotherFlowHasEndedAndThoseThereGoOn() throws IOException {
    try (var guest = new ScriptedGuest(new LinuxSockets());
        Socket peer = guest.connected();
        var other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      int last = 0;
      for (int i = 1; i < FlowTable.LIMIT; i++) {
        last = guest.flows.allocate(FlowType.UDP, 0);
      }
      guest.flows.reclaim();
      int mine = guest.peerPort;
      int sequence = guest.sequence;
      int expected = guest.expected;
      guest.peerPort = other.getLocalPort();
      guest.sendSyn();
      assertThat(guest.expect().flags()).isEqualTo(TcpHeader.RST | TcpHeader.ACK);
      assertThat(guest.counters.value(Counter.DROP_TABLE_FULL)).isEqualTo(1);

      guest.flows.free(last);
      guest.flows.reclaim();
      guest.connect(other.getLocalPort());

      guest.peerPort = mine;
      guest.sequence = sequence;
      guest.expected = expected;
      guest.send(TcpHeader.ACK, "on");
      assertThat(peer.getInputStream().readNBytes(2)).asString().isEqualTo("on");
    }
  }
}
