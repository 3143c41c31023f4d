package org.jpasst.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import org.jpasst.migrate.stream.FlowEvent;
import org.jpasst.migrate.stream.FlowRecord;
import org.jpasst.migrate.stream.FlowSideRecord;
import org.jpasst.migrate.stream.GuestTcpRecord;
import org.jpasst.migrate.stream.TcpState;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.tcp.TcpSnapshot;
import org.junit.jupiter.api.Test;

/** What a stream's record of a connection means. */
final class TcpRecordsTest {
  private static final FlowSideRecord SIDE =
      new FlowSideRecord(new Endpoint(IpAddress.ANY6, 7), new Endpoint(IpAddress.ANY6, 8));

  /** So the real passt writes a connection that has been half-closed for more than a minute. */
  @Test
  void aFinThatTheGuestHasAcknowledgedWasSent() {
    int events =
        FlowEvent.ESTABLISHED.bit() | FlowEvent.SOCK_FIN_RCVD.bit() | FlowEvent.TAP_FIN_ACKED.bit();
    var tcp = new GuestTcpRecord(0, 7, 8, events, 1460, 340, 0, 0, 500, 256, 900, 900, 50, 50, 40);
    TcpSnapshot snapshot =
        TcpRecords.snapshot(new FlowRecord(true, SIDE, SIDE, tcp), TcpState.ESTABLISHED);
    assertThat(snapshot.sending().finSent()).isTrue();
    assertThat(snapshot.sending().finAcked()).isTrue();
    assertThat(snapshot.sending().peerClosed()).isTrue();
  }
}
