package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TftpServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A guest's busybox fetches a file by TFTP, whose server answers from another port. */
@LabTest
final class UdpFilteringIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MTU = 1500;
  private static final byte[] FILE = new byte[20_000];

  static {
    new Random(1).nextBytes(FILE);
  }

  private static LabProcess fetch(Lab lab, NetworkNamespace guest, String server, Path into) {
    List<String> client =
        List.of("busybox", "tftp", "-g", "-r", "file", "-l", into.toString(), server);
    return guest.start(LabTree.testing().inside(client));
  }

  @ParameterizedTest
  @CsvSource({
    "address-dependent," + Lab.REMOTE4,
    "address-dependent," + Lab.REMOTE6,
    "endpoint-independent," + Lab.REMOTE4,
    "endpoint-independent," + Lab.REMOTE6
  })
  void aFileIsFetchedFromTheRemote(String filtering, String server) throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--udp-filtering", filtering);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        TftpServer _ = TftpServer.start(lab.remote(), server, FILE)) {
      assertFetched(lab, guest, server);
    }
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1," + Lab.GATEWAY4, "::1," + Lab.GATEWAY6})
  void aFileIsFetchedFromTheHost(String address, String server) throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--udp-filtering", "address-dependent");
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        TftpServer _ = TftpServer.start(lab.host(), address, FILE)) {
      assertFetched(lab, guest, server);
    }
  }

  private static void assertFetched(Lab lab, TapGuest guest, String server) throws IOException {
    Path into = lab.directory().resolve("fetched");
    try (LabProcess client = fetch(lab, guest.namespace(), server, into)) {
      int status = client.awaitExit(SOON);
      assertThat(status).as(client.output()).isZero();
    }
    assertThat(Files.readAllBytes(into)).isEqualTo(FILE);
  }

  @Test
  void withoutTheOptionNobodyElseIsHeard() throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        DatagramSocket server = at(lab, 69);
        DatagramSocket other = at(lab, 70);
        LabProcess _ =
            fetch(lab, guest.namespace(), Lab.REMOTE4, lab.directory().resolve("fetched"))) {
      var request = new DatagramPacket(new byte[512], 512);
      server.receive(request);
      byte[] unheard = {0, 3, 0, 1, 'x'};
      other.connect(request.getSocketAddress());
      other.send(new DatagramPacket(unheard, unheard.length));
      // The host refuses it, as if nobody were there.
      Await.until("a refusal", SOON, () -> isRefused(other));
    }
  }

  private static DatagramSocket at(Lab lab, int port) throws IOException {
    DatagramSocket socket =
        lab.remote().call(() -> new DatagramSocket(new InetSocketAddress(Lab.REMOTE4, port)));
    socket.setSoTimeout((int) SOON.toMillis());
    return socket;
  }

  private static boolean isRefused(DatagramSocket socket) {
    try {
      socket.receive(new DatagramPacket(new byte[10], 10));
      return false;
    } catch (IOException e) {
      return e instanceof PortUnreachableException;
    }
  }
}
