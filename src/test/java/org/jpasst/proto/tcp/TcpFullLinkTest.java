package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link to the guest that has no room for what it has to be told. */
@Timeout(60)
final class TcpFullLinkTest {
  private ScriptedGuest guest;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
  }

  @Test
  void theLastSegmentIsAcknowledgedOnceThereIsRoom() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.shutdownOutput();
      Segment fin = guest.expect();
      assertThat(fin.has(TcpHeader.FIN)).isTrue();
      guest.expected = fin.sequence() + 1;
      guest.sink.setRoom(0);
      guest.sink.setReplyRoom(0);

      guest.send(TcpHeader.FIN | TcpHeader.ACK, "last");
      assertThat(peer.getInputStream().readAllBytes()).asString().isEqualTo("last");
      guest.settle();
      assertThat(guest.sink.frames()).isEmpty();

      guest.sink.setRoom(Integer.MAX_VALUE);
      guest.sink.setReplyRoom(Integer.MAX_VALUE);
      guest.tcp.onRoom(guest.now());
      Segment last = guest.expect();
      assertThat(last.flags()).isEqualTo(TcpHeader.ACK);
      assertThat(last.acknowledgment()).isEqualTo(guest.sequence);
      assertThat(guest.flows.size()).isZero();

      // Closed by its peer first: the guest's FIN may come again all the same.
      byte[] none = {};
      guest.segment(TcpHeader.FIN | TcpHeader.ACK, guest.sequence - 1, guest.expected, none, none);
      guest.flush();
      assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
    }
  }
}
