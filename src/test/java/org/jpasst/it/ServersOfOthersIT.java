package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.net.IpAddress;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DHCP between the guest and others goes through; with us, it is answered here. */
@LabTest
final class ServersOfOthersIT {
  private static final byte[] REQUEST = dhcp("01");
  private static final byte[] REPLY = dhcp("02");
  private static final byte[] RELAYED6 = HexFormat.of().parseHex("0c00" + "00".repeat(32));
  private static final byte[] RELAYED_REPLY6 = HexFormat.of().parseHex("0d00" + "00".repeat(32));

  private static byte[] dhcp(String op) {
    String hex = op + "010600" + "00000777" + "00".repeat(228) + "63825363" + "350101ff";
    return HexFormat.of().parseHex(hex);
  }

  private interface Body {
    void run(Lab lab, FrameGuest guest) throws IOException;
  }

  private static void run(List<String> options, Body body) throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, options.toArray(String[]::new));
        FrameGuest guest = FrameGuest.connect(backEnd.socket())) {
      body.run(lab, guest);
    }
  }

  private static DatagramSocket at(Lab lab, String address, int port) throws IOException {
    DatagramSocket socket =
        lab.remote().call(() -> new DatagramSocket(new InetSocketAddress(address, port)));
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static byte[] receive(DatagramSocket socket) throws IOException {
    var packet = new DatagramPacket(new byte[1500], 1500);
    socket.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--no-dhcp --no-dhcpv6"})
  void aRelayInTheGuestReachesItsServers(String options) throws IOException {
    run(
        options(options),
        (lab, guest) -> {
          try (var four = at(lab, Lab.OFF_LINK4, 67);
              var six = at(lab, Lab.REMOTE6, 547)) {
            IpAddress server = IpAddress.parse(Lab.OFF_LINK4).orElseThrow();
            guest.datagram(FrameGuest.ADDRESS4, 67, server, 67, REQUEST);
            assertThat(receive(four)).isEqualTo(REQUEST);
            guest.datagram(FrameGuest.ADDRESS6, 547, FrameGuest.REMOTE6, 547, RELAYED6);
            assertThat(receive(six)).isEqualTo(RELAYED6);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--no-dhcp --no-dhcpv6"})
  void aServerInTheGuestAnswersRelays(String options) throws IOException {
    List<String> all = new ArrayList<>(List.of("-u", "67,547"));
    all.addAll(options(options));
    run(
        all,
        (lab, guest) -> {
          try (var four = at(lab, Lab.REMOTE4, 67);
              var six = at(lab, Lab.REMOTE6, 547)) {
            lab.host().awaitUdpPort(547, Duration.ofSeconds(20));
            four.send(packet(REQUEST, Lab.HOST4, 67));
            assertThat(guest.awaitDatagram(67).payload()).isEqualTo(REQUEST);
            guest.datagram(FrameGuest.ADDRESS4, 67, FrameGuest.REMOTE4, 67, REPLY);
            assertThat(receive(four)).isEqualTo(REPLY);
            six.send(packet(RELAYED6, Lab.HOST6, 547));
            assertThat(guest.awaitDatagram(547).payload()).isEqualTo(RELAYED6);
            guest.datagram(FrameGuest.ADDRESS6, 547, FrameGuest.REMOTE6, 547, RELAYED_REPLY6);
            assertThat(receive(six)).isEqualTo(RELAYED_REPLY6);
          }
        });
  }

  @Test
  void aRelayOnTheHostGetsTheAnswerOfAServerInTheGuest() throws IOException {
    run(
        List.of("-u", "67"),
        (lab, guest) -> {
          lab.host().awaitUdpPort(67, Duration.ofSeconds(20));
          try (DatagramSocket relay =
              lab.host().call(() -> new DatagramSocket(new InetSocketAddress("127.0.0.1", 0)))) {
            relay.setSoTimeout(10_000);
            relay.send(packet(REQUEST, "127.0.0.1", 67));
            Frame asked = guest.awaitDatagram(67);
            IpAddress router = IpAddress.parse(Lab.GATEWAY4).orElseThrow();
            guest.datagram(FrameGuest.ADDRESS4, 67, router, asked.sourcePort(), REPLY);
            assertThat(receive(relay)).isEqualTo(REPLY);
          }
        });
  }

  @Test
  void whatTheGuestAsksUsIsAnsweredHere() throws IOException {
    run(
        List.of(),
        (lab, guest) -> {
          guest.lease();
          IpAddress router = IpAddress.parse(Lab.GATEWAY4).orElseThrow();
          byte[] renewal = REQUEST.clone();
          renewal[242] = 3;
          System.arraycopy(HexFormat.of().parseHex("c0000201"), 0, renewal, 12, 4);
          guest.datagram(FrameGuest.ADDRESS4, 68, router, 67, renewal);
          Frame answer = guest.awaitDatagram(68);
          assertThat(answer.source().getHostAddress()).isEqualTo(Lab.GATEWAY4);
          assertThat(answer.payload()[0]).isEqualTo((byte) 2);
        });
  }

  private static DatagramPacket packet(byte[] bytes, String to, int port) throws IOException {
    return new DatagramPacket(bytes, bytes.length, InetAddress.getByName(to), port);
  }

  private static List<String> options(String words) {
    return words.isEmpty() ? List.of() : List.of(words.split(" "));
  }
}
