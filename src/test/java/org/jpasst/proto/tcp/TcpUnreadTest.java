package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.TcpInfo;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is taken from a peer whose bytes the guest doesn't read. */
@Timeout(60)
final class TcpUnreadTest {
  private static final int WINDOW = 65_535;

  /** As much as the kernel gives a socket that isn't read from: tcp_rmem's default, tcp(7). */
  private static final int RECEIVE_BUFFER = 131_072;

  private static final int SEND_BUFFER = 16_384;

  @Test
  void aPeerCanSendTheGuestsWindowAndABufferFullAndNoMoreUntilTheGuestReads() throws IOException {
    try (var guest = new ScriptedGuest(new LinuxSockets());
        var server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      guest.connect(((InetSocketAddress) server.getLocalAddress()).getPort());
      try (SocketChannel peer = server.accept()) {
        peer.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER);
        peer.configureBlocking(false);
        long sent = fill(guest, peer);
        // The guest's kernel takes what it has room for and says that this was all.
        guest.window = 0;
        guest.send(TcpHeader.ACK, "");
        while (unread(guest) < RECEIVE_BUFFER / 4) {
          sent += fill(guest, peer); // its kernel needs a moment to find out that there is room
        }
        for (int i = 0; i < 100; i++) {
          guest.advance(1_000_000_000L);
          sent += fill(guest, peer);
        }
        assertThat(unread(guest)).isLessThanOrEqualTo(RECEIVE_BUFFER);
        assertThat(sent).isBetween((long) WINDOW, (long) WINDOW + RECEIVE_BUFFER + 2 * SEND_BUFFER);

        guest.window = WINDOW;
        guest.send(TcpHeader.ACK, "");
        while (fill(guest, peer) == 0) {
          guest.send(TcpHeader.ACK, "");
        }
      }
    }
  }

  /** Has the peer send what it can; how much that is. */
  private static long fill(ScriptedGuest guest, SocketChannel peer) throws IOException {
    long sent = 0;
    for (int vain = 0; vain < 3; ) {
      int written = peer.write(ByteBuffer.allocate(SEND_BUFFER));
      sent += written;
      vain = written == 0 ? vain + 1 : 0;
      for (Segment each : guest.received()) {
        int behind = each.sequence() + each.payload().length;
        guest.expected = Math.max(guest.expected, behind);
      }
    }
    return sent;
  }

  /** Bytes in the socket that the peer sends to, those included that the guest has been sent. */
  private static long unread(ScriptedGuest guest) {
    return guest.tcp.details(index(guest), new TcpInfo()).host().receiveQueue();
  }

  private static int index(ScriptedGuest guest) {
    for (int i = 0; i < guest.flows.capacity(); i++) {
      if (guest.flows.flow(i).live()) {
        return i;
      }
    }
    throw new AssertionError("no flow");
  }
}
