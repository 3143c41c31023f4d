package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.Test;

/** A forwarded port of a guest that begins and ends to serve it, with {@code --forward-closed}. */
@LabTest
final class ClosedPortIT {
  private static final int PORT = 5001;
  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  void peersAreRefusedUntilTheGuestServesThePort() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd =
            BackEnd.start(lab, "--tcp-ports", "" + PORT, "--forward-closed", "refuse");
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic")) {
      try (SocketChannel first = TcpPair.connect(lab.remote(), Lab.HOST4, PORT)) {
        assertThatExceptionOfType(IOException.class)
            .isThrownBy(() -> first.read(ByteBuffer.allocate(1)))
            .withMessageContaining("reset");
      }
      Await.until("a refusal", SOON, () -> isRefused(lab, Lab.HOST4));
      Await.until("a refusal", SOON, () -> isRefused(lab, Lab.HOST6));
      try (ServerSocketChannel server = TcpPair.listen(guest.namespace(), "::", PORT)) {
        Await.until("the host listens", SOON, () -> connecting(lab, Lab.HOST4) == Answer.ACCEPTED);
        server.accept().close(); // that one
        for (String address : new String[] {Lab.HOST4, Lab.HOST6}) {
          try (TcpPair pair = TcpPair.connect(lab.remote(), address, PORT, server)) {
            pair.exchange((byte) 1);
          }
        }
      }
    }
  }

  private static boolean isRefused(Lab lab, String address) {
    return connecting(lab, address) == Answer.REFUSED;
  }

  /** What a peer sees that connects. */
  private static Answer connecting(Lab lab, String address) {
    try (SocketChannel client = TcpPair.connect(lab.remote(), address, PORT)) {
      return client.isConnected() ? Answer.ACCEPTED : Answer.REFUSED;
    } catch (ConnectException e) {
      return Answer.REFUSED;
    } catch (IOException e) {
      return Answer.RESET; // it was in the queue of a listening socket that closes just now
    }
  }

  private enum Answer {
    ACCEPTED,
    REFUSED,
    RESET
  }
}
