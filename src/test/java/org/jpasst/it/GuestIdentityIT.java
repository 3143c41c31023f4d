package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Forwarded traffic finds the guest, whatever else comes from behind it. */
@LabTest
final class GuestIdentityIT {
  private static final int PORT = 6969;
  private static final byte[] NEIGHBOUR_MAC = HexFormat.of().parseHex("0242ac110009");
  private static final IpAddress CONTAINER = IpAddress.parse("172.17.0.2").orElseThrow();
  private static final IpAddress NEIGHBOUR = IpAddress.parse("192.0.2.77").orElseThrow();
  private static final IpAddress MDNS = IpAddress.parse("224.0.0.251").orElseThrow();
  private static final IpAddress OWN = IpAddress.parse("192.0.2.50").orElseThrow();

  private Lab lab;
  private BackEnd backEnd;
  private FrameGuest guest;
  private DatagramSocket stranger;

  @BeforeEach
  void start() {
    lab = Lab.open();
    backEnd = BackEnd.start(lab, "--udp-ports", Integer.toString(PORT));
    guest = FrameGuest.connect(backEnd.socket());
    stranger = lab.remote().call(DatagramSocket::new);
  }

  @AfterEach
  void stop() {
    stranger.close();
    guest.close();
    backEnd.close();
    lab.close();
  }

  /** Where a datagram of another peer arrives: the address and the Ethernet address. */
  private String destination() throws IOException {
    guest.settle();
    stranger.close();
    stranger = lab.remote().call(DatagramSocket::new);
    stranger.send(new DatagramPacket(new byte[] {1}, 1, InetAddress.getByName(Lab.HOST4), PORT));
    int from = stranger.getLocalPort();
    Frame frame = guest.await(f -> f.isUdp() && f.sourcePort() == from);
    return frame.destination().getHostAddress()
        + " at "
        + HexFormat.of().formatHex(frame.range(0, 6));
  }

  @Test
  void aLeaseHoldsAgainstWhatComesFromBehindTheGuest() throws IOException {
    guest.lease();
    String own = Lab.HOST4 + " at 525400123456";
    assertThat(destination()).isEqualTo(own);
    guest.send(reset(CONTAINER));
    assertThat(destination()).isEqualTo(own);
    guest.datagram(CONTAINER, 1000, FrameGuest.REMOTE4, 9, new byte[1]);
    assertThat(destination()).isEqualTo(own);
    guest.send(multicastOfNeighbour());
    assertThat(destination()).isEqualTo(own);
    guest.announce("192.0.2.77", NEIGHBOUR_MAC);
    assertThat(destination()).isEqualTo(own);
  }

  @Test
  void aGuestWithAnAddressOfItsOwnIsFoundByItsTraffic() throws IOException {
    guest.datagram(OWN, 1000, FrameGuest.REMOTE4, 9, new byte[1]);
    assertThat(destination()).isEqualTo("192.0.2.50 at 525400123456");
  }

  @Test
  void aGuestThatSaysItHasAnotherAddressIsFoundThere() throws IOException {
    guest.lease();
    guest.announce("192.0.2.50", FrameGuest.MAC);
    assertThat(destination()).isEqualTo("192.0.2.50 at 525400123456");
    guest.datagram(FrameGuest.ADDRESS4, 1000, FrameGuest.REMOTE4, 9, new byte[1]);
    assertThat(destination()).isEqualTo(Lab.HOST4 + " at 525400123456");
  }

  @Test
  void whoIsBehindTheGuestGetsItsAnswersAtItsOwnEthernetAddress() throws IOException {
    guest.lease();
    try (DatagramSocket server =
        lab.remote().call(() -> new DatagramSocket(new InetSocketAddress(Lab.REMOTE4, 4000)))) {
      server.setSoTimeout(10_000);
      Frame question =
          LoopbackHost.datagram(NEIGHBOUR, 1000, FrameGuest.REMOTE4, 4000, new byte[1]);
      guest.send(question.with(6, NEIGHBOUR_MAC));
      var packet = new DatagramPacket(new byte[1], 1);
      server.receive(packet);
      destination();
      server.send(packet);
      Frame answer = guest.awaitDatagram(1000);
      assertThat(answer.range(0, 6)).isEqualTo(NEIGHBOUR_MAC);
    }
  }

  private static Frame reset(IpAddress from) {
    byte[] segment = HexFormat.of().parseHex("15b301bb000000010000000050040000" + "00000000");
    return LoopbackHost.packet(from, FrameGuest.REMOTE4, 6, 64, 0, segment);
  }

  private static Frame multicastOfNeighbour() {
    Frame frame = LoopbackHost.datagram(NEIGHBOUR, 5353, MDNS, 5353, new byte[12]);
    return frame.with(0, HexFormat.of().parseHex("01005e0000fb")).with(6, NEIGHBOUR_MAC);
  }
}
