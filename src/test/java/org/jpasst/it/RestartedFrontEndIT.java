package org.jpasst.it;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.List;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.junit.jupiter.api.Test;

/** A vhost-user front-end that is started again and again, while its back-end lives on. */
@LabTest
final class RestartedFrontEndIT {
  private static final int TIMES = 20;

  /** Until all classes are loaded, and the flow's socket, which they share, is there. */
  private static final int FIRST = 2;

  private static final int PORT = 5001;
  private static final int GUEST_PORT = 40_000;
  private static final int RETRY_MILLIS = 1000;
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void eachTimeTheGuestReachesTheWorldAndNothingIsLeftOver() throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--vhost-user");
        DatagramChannel remote = bound(lab.remote(), PORT)) {
      Thread echo = Thread.ofPlatform().daemon().start(() -> echo(remote));
      for (int i = 0; i < FIRST; i++) {
        goOnline(lab, backEnd);
      }
      int used = backEnd.process().descriptors();
      for (int i = 0; i < TIMES; i++) {
        goOnline(lab, backEnd);
      }
      Await.atMost("descriptors", used, SOON, () -> backEnd.process().descriptors());
      echo.interrupt();
    }
  }

  private static void goOnline(Lab lab, BackEnd backEnd) throws IOException {
    try (TapGuest guest = TapGuest.connectVhostUser(lab, backEnd.socket(), 1500, List.of());
        DatagramChannel channel = bound(guest.configure("cubic").namespace(), GUEST_PORT)) {
      DatagramSocket socket = channel.socket();
      socket.setSoTimeout(RETRY_MILLIS);
      Await.until("an answer", SOON, () -> isAnswered(socket));
    }
  }

  private static boolean isAnswered(DatagramSocket socket) {
    var packet = new DatagramPacket(new byte[1], 1, new InetSocketAddress(Lab.REMOTE4, PORT));
    try {
      socket.send(packet);
      socket.receive(packet);
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static DatagramChannel bound(NetworkNamespace namespace, int port) throws IOException {
    DatagramChannel channel = namespace.call(DatagramChannel::open);
    return channel.bind(new InetSocketAddress("0.0.0.0", port));
  }

  private static void echo(DatagramChannel channel) {
    ByteBuffer buffer = ByteBuffer.allocate(1);
    try {
      while (true) {
        var from = channel.receive(buffer.clear());
        channel.send(buffer.flip(), from);
      }
    } catch (IOException e) {
      // The test is over.
    }
  }
}
