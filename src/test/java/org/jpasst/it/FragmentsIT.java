package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.TapGuest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams that are longer than the guest's link takes, both ways, with a kernel as the guest. */
@LabTest
final class FragmentsIT {
  private static final int MTU = 1500;
  private static final int PORT = 7000;
  private static final Duration SOON = Duration.ofSeconds(20);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pingAndDatagramsOfAnyLengthGetThroughBothWays(boolean vhostUser) throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = vhostUser ? vhostUser(lab) : BackEnd.start(lab, "-m", "1500");
        TapGuest guest = connect(lab, backEnd, vhostUser).configure("cubic")) {
      for (String address : List.of(Lab.REMOTE4, Lab.REMOTE6, Lab.GATEWAY4)) {
        ping(guest, address);
      }
      exchange(lab, Lab.REMOTE4);
      exchange(lab, Lab.REMOTE6);
      assertThat(guest.namespace().counter("Ip", "ReasmOKs")).isPositive();
      assertThat(guest.namespace().counter("Ip", "ReasmFails")).isZero();
    }
  }

  private static BackEnd vhostUser(Lab lab) {
    return BackEnd.start(lab, "--vhost-user", "-m", "1500");
  }

  /** Over vhost-user the guest takes no frame in several buffers. */
  private static TapGuest connect(Lab lab, BackEnd backEnd, boolean vhostUser) {
    return vhostUser
        ? TapGuest.connectVhostUser(lab, backEnd.socket(), MTU, List.of("mrg_rxbuf=off"))
        : TapGuest.connect(lab, backEnd.socket(), MTU);
  }

  private static void ping(TapGuest guest, String address) {
    List<String> ping = List.of("busybox", "ping", "-c", "3", "-i", "0.2", "-s", "8000", address);
    try (LabProcess process = guest.namespace().start(LabTree.testing().inside(ping))) {
      int status = process.awaitExit(SOON);
      assertThat(status).as(process.output()).isZero();
      assertThat(process.output()).contains("3 packets received");
    }
  }

  private static void exchange(Lab lab, String address) throws Exception {
    var random = new Random(1);
    try (DatagramSocket server =
            lab.remote().call(() -> new DatagramSocket(PORT, InetAddress.getByName(address)));
        DatagramSocket client = lab.guest().call(() -> new DatagramSocket())) {
      server.setSoTimeout((int) SOON.toMillis());
      client.setSoTimeout((int) SOON.toMillis());
      client.connect(InetAddress.getByName(address), PORT);
      for (int length : List.of(1, 1472, 1473, 4000, 60_000)) {
        byte[] data = new byte[length];
        random.nextBytes(data);
        client.send(new DatagramPacket(data, length));
        DatagramPacket question = receive(server);
        assertThat(content(question)).isEqualTo(data);
        random.nextBytes(data);
        server.send(new DatagramPacket(data, length, question.getSocketAddress()));
        assertThat(content(receive(client))).isEqualTo(data);
      }
    }
  }

  private static DatagramPacket receive(DatagramSocket socket) throws Exception {
    var packet = new DatagramPacket(new byte[65_536], 65_536);
    socket.receive(packet);
    return packet;
  }

  private static byte[] content(DatagramPacket packet) {
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }
}
