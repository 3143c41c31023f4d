package org.jpasst.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jpasst.config.ChangedConfiguration;
import org.jpasst.config.Configuration;
import org.jpasst.config.Services;
import org.jpasst.linux.Errno;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.GuestFrames;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.StackGuest;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.IpProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole frames of the guest's: which go where, and why the others are dropped. */
final class RouterTest {
  private static final Configuration USUAL = LoopbackHost.configuration();
  private static final IpAddress OTHER4 = ip("192.0.2.50");
  private static final IpAddress OTHER6 = ip("2001:db8::50");
  private static final String DISCOVER = "350101ff";
  private static final String REQUEST = "350103ff";
  private static final String INFORMATION_REQUEST = "00060002" + "0017";
  private static final int PORT = 40_000;
  private static final int UNUSED = 9;

  private StackGuest guest;

  @BeforeEach
  void start() throws IOException {
    guest = new StackGuest(new LinuxSockets(), USUAL);
  }

  @AfterEach
  void end() {
    guest.close();
  }

  /** The guest of another run. */
  private void restart(ChangedConfiguration configuration) throws IOException {
    guest.close();
    guest = new StackGuest(FailingSockets.failing("socket", -Errno.EACCES), configuration.get());
  }

  private static ChangedConfiguration changed() {
    return ChangedConfiguration.from(USUAL);
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static Frame datagram(IpAddress from, IpAddress to) {
    return LoopbackHost.datagram(from, PORT, to, UNUSED, new byte[] {1, 2, 3});
  }

  private static Frame datagram4() {
    return datagram(LoopbackHost.GUEST4, LoopbackHost.GATEWAY4);
  }

  private static Frame datagram6() {
    return datagram(LoopbackHost.GUEST6, LoopbackHost.GATEWAY6);
  }

  private static Frame packet4(int protocol, String payload) {
    return LoopbackHost.packet(
        LoopbackHost.GUEST4, LoopbackHost.GATEWAY4, protocol, 64, 0, hex(payload));
  }

  private static Frame packet6(int protocol, String payload) {
    return LoopbackHost.packet(
        LoopbackHost.GUEST6, LoopbackHost.GATEWAY6, protocol, 255, 0, hex(payload));
  }

  private static Frame syn(int port) {
    return packet4(
        IpProtocol.TCP, "9c40%04x".formatted(port) + "0000000000000000" + "5002ffff00000000");
  }

  private Map<Counter, Long> counted() {
    var counted = new TreeMap<Counter, Long>();
    Arrays.stream(Counter.values()).forEach(each -> counted.put(each, guest.count(each)));
    return counted;
  }

  /** A frame ends like this: it is counted once, and nothing else comes of it. */
  private void assertDropped(Counter reason, Frame frame) {
    Map<Counter, Long> expected = counted();
    expected.merge(Counter.FRAMES_FROM_GUEST, 1L, Long::sum);
    expected.merge(Counter.BYTES_FROM_GUEST, (long) frame.bytes().length, Long::sum);
    expected.merge(reason, 1L, Long::sum);
    guest.send(frame);
    assertThat(counted()).isEqualTo(expected);
    assertThat(guest.received()).isEmpty();
    assertThat(guest.host.sink.isLending()).isFalse();
    assertThat(guest.stack.flows().size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"8100", "88cc", "0040", "0000"})
  void whatIsNeitherIpNorArpIsDropped(String type) {
    assertDropped(Counter.DROP_ETHERTYPE, datagram4().with(12, hex(type)));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,192.0.2.2",
    "192.0.2.15,127.255.0.1",
    "224.0.0.1,192.0.2.2",
    "255.255.255.255,192.0.2.2",
    "::1,2001:db8::2",
    "2001:db8::15,::1",
    "ff02::1,2001:db8::2",
  })
  void noPacketHasAnAddressThatMustNotBeOnALink(String source, String destination) {
    assertDropped(Counter.DROP_MARTIAN, datagram(ip(source), ip(destination)));
  }

  @ParameterizedTest
  @ValueSource(ints = {22, 38})
  void mappedAddressesDoNotComeOverALink(int at) {
    byte[] mapped = hex("00000000000000000000ffffc0000202");
    assertDropped(Counter.DROP_MARTIAN, datagram6().with(at, mapped));
  }

  @Test
  void aFamilyThatIsSwitchedOffIsDropped() throws IOException {
    restart(changed().ipv4(Optional.empty()));
    assertDropped(Counter.DROP_FAMILY_DISABLED, datagram4());
    assertDropped(Counter.DROP_FAMILY_DISABLED, arp());
    restart(changed().ipv6(Optional.empty()));
    assertDropped(Counter.DROP_FAMILY_DISABLED, datagram6());
  }

  private static Frame arp() {
    return Frame.of(GuestFrames.arp(ArpHeader.REQUEST, "192.0.2.15", "192.0.2.2"));
  }

  @Test
  void aProtocolThatIsSwitchedOffIsDropped() throws IOException {
    restart(changed().services(new Services(false, false, false, true, true, true, true)));
    assertDropped(Counter.DROP_PROTOCOL, syn(UNUSED));
    assertDropped(Counter.DROP_PROTOCOL, packet6(IpProtocol.TCP, "00".repeat(20)));
    assertDropped(Counter.DROP_PROTOCOL, datagram4());
    assertDropped(Counter.DROP_PROTOCOL, datagram6());
    assertDropped(Counter.DROP_ICMP, packet4(IpProtocol.ICMP, "0800000012340001"));
    assertDropped(Counter.DROP_ICMP, packet6(IpProtocol.ICMPV6, "8000000012340001"));
    // With TCP there is nobody who would want to know that the guest can't be reached.
    assertDropped(Counter.DROP_ICMP, packet4(IpProtocol.ICMP, "0303000000000000"));
  }

  @Test
  void aServiceThatIsSwitchedOffIsDropped() throws IOException {
    restart(changed().services(new Services(true, true, true, false, false, false, false)));
    assertDropped(Counter.DROP_DHCP, Frame.of(GuestFrames.dhcp("0.0.0.0", DISCOVER)));
    assertDropped(Counter.DROP_DHCP6, Frame.of(GuestFrames.dhcpv6(11, INFORMATION_REQUEST)));
    assertDropped(
        Counter.DROP_NDP, Frame.of(GuestFrames.solicitation("2001:db8::15", "2001:db8::2")));
  }

  @Test
  void otherProtocolsAreDropped() {
    assertDropped(Counter.DROP_PROTOCOL, packet4(132, "1100eeff00000000"));
    assertDropped(Counter.DROP_PROTOCOL, packet6(132, "00".repeat(12)));
    assertDropped(Counter.DROP_PROTOCOL, packet6(59, ""));
  }

  @Test
  void malformedHeadersAreDropped() {
    assertDropped(Counter.DROP_IP_HEADER, datagram4().with(14, (byte) 0x44).withHeaderChecksum());
    assertDropped(Counter.DROP_IP_HEADER, datagram4().with(16, hex("0200")).withHeaderChecksum());
    assertDropped(Counter.DROP_IP_HEADER, Frame.of(datagram4().range(0, 33)));
    assertDropped(Counter.DROP_IP_HEADER, datagram6().with(14, (byte) 0x40));
    assertDropped(Counter.DROP_IP_HEADER, datagram6().with(18, hex("0200")));
    assertDropped(Counter.DROP_IP_HEADER, packet6(0, "3aff000000000000"));
    assertDropped(Counter.DROP_IP_CHECKSUM, datagram4().with(24, hex("0001")));
    assertDropped(Counter.DROP_UDP_HEADER, datagram4().with(38, hex("0007")));
    assertDropped(Counter.DROP_UDP_HEADER, datagram6().with(58, hex("0007")));
    assertDropped(Counter.DROP_TCP_HEADER, packet4(IpProtocol.TCP, "00".repeat(19)));
    assertDropped(Counter.DROP_ICMP, packet4(IpProtocol.ICMP, "08000000"));
    assertDropped(Counter.DROP_ICMP, packet6(IpProtocol.ICMPV6, "80000000"));
  }

  @Test
  void whatIsNoRequestOfIcmpIsDropped() {
    assertDropped(Counter.DROP_ICMP, packet4(IpProtocol.ICMP, "0000000012340001"));
    assertDropped(Counter.DROP_ICMP, packet6(IpProtocol.ICMPV6, "8100000012340001"));
    Frame unreachable = packet4(IpProtocol.ICMP, "0303000000000000");
    assertDropped(Counter.DROP_ICMP, unreachable.with(36, hex("1234")));
    Frame unreachable6 = packet6(IpProtocol.ICMPV6, "0104000000000000");
    assertDropped(Counter.DROP_ICMP, unreachable6.with(56, hex("1234")));
  }

  @Test
  void dhcpOfOurServerIsAnswered() {
    guest.send(Frame.of(GuestFrames.dhcp("0.0.0.0", DISCOVER)));
    assertThat(guest.received()).singleElement().matches(each -> each.sourcePort() == 67);
    guest.send(Frame.of(GuestFrames.dhcp("192.0.2.15", "192.0.2.2", REQUEST)));
    assertThat(guest.received()).singleElement().matches(each -> each.sourcePort() == 67);
    guest.send(Frame.of(GuestFrames.dhcpv6(11, INFORMATION_REQUEST)));
    assertThat(guest.received()).singleElement().matches(each -> each.sourcePort() == 547);
    assertThat(guest.stack.flows().size()).isZero();
  }

  @Test
  void dhcpOfAnotherServerGoesThere() throws IOException {
    restart(changed());
    guest.send(LoopbackHost.datagram(LoopbackHost.GUEST4, 68, OTHER4, 67, new byte[240]));
    guest.send(LoopbackHost.datagram(LoopbackHost.GUEST6, 546, OTHER6, 547, new byte[4]));
    assertThat(guest.count(Counter.DROP_UDP_UNREACHABLE)).isEqualTo(2);
    assertThat(guest.received()).noneMatch(Frame::isUdp);
  }

  @Test
  void dhcpWithAWrongChecksumIsDropped() {
    Frame four = Frame.of(GuestFrames.dhcp("0.0.0.0", DISCOVER)).with(40, hex("1234"));
    assertDropped(Counter.DROP_UDP_CHECKSUM, four);
    Frame six = Frame.of(GuestFrames.dhcpv6(11, INFORMATION_REQUEST)).with(60, hex("1234"));
    assertDropped(Counter.DROP_UDP_CHECKSUM, six);
  }

  @Test
  void aGuestThatConnectsIsAskedForItsAddresses() {
    guest.connect();
    assertThat(guest.received())
        .extracting(Frame::etherType)
        .containsExactly(Frame.ARP, Frame.IPV6);
  }

  @Test
  void framesAreEvidenceOfTheGuestsAddresses() {
    guest.send(datagram(OTHER4, LoopbackHost.GATEWAY4));
    guest.send(datagram(OTHER6, LoopbackHost.GATEWAY6));
    var seen = guest.stack.guest();
    assertThat(new IpAddress(0, seen.seen4Lo())).isEqualTo(OTHER4);
    assertThat(new IpAddress(seen.seen6Hi(), seen.seen6Lo())).isEqualTo(OTHER6);
    assertThat(seen.mac()).isEqualTo(LoopbackHost.GUEST_MAC);
  }

  @Test
  void droppedFramesAreNoEvidence() {
    Frame martian = datagram(OTHER4, ip("127.0.0.1"));
    assertDropped(Counter.DROP_MARTIAN, martian);
    assertDropped(
        Counter.DROP_IP_CHECKSUM, datagram(OTHER4, ip("192.0.2.2")).with(24, hex("0001")));
    assertThat(new IpAddress(0, guest.stack.guest().seen4Lo())).isEqualTo(LoopbackHost.GUEST4);
  }

  @Test
  void anotherEthernetAddressIsTold() {
    guest.send(datagram4());
    guest.send(datagram4());
    assertThat(guest.messages).containsExactly("new guest MAC address: 52:54:00:12:34:56");
    guest.host.advance(1, TimeUnit.HOURS);
    guest.send(datagram4().with(6, hex("525400abcdef")));
    assertThat(guest.messages).last().isEqualTo("new guest MAC address: 52:54:00:ab:cd:ef");
  }

  @Test
  void aBatchIsDoneAtItsEnd() throws IOException {
    try (var peer = DatagramChannel.open()) {
      peer.bind(new InetSocketAddress("127.0.0.1", 0));
      peer.configureBlocking(false);
      int port = peer.socket().getLocalPort();
      int flushes = guest.host.sink.flushes();
      guest.show(
          LoopbackHost.datagram(
              LoopbackHost.GUEST4, PORT, LoopbackHost.GATEWAY4, port, new byte[9]));
      guest.show(arp());
      assertThat(peer.receive(ByteBuffer.allocate(10))).isNull();
      assertThat(guest.host.sink.flushes()).isEqualTo(flushes);
      guest.endBatch();
      assertThat(peer.receive(ByteBuffer.allocate(10))).isNotNull();
      assertThat(guest.host.sink.flushes()).isEqualTo(flushes + 1);
    }
  }

  @Test
  void aSegmentOfNoConnectionIsRefused() {
    guest.send(packet4(IpProtocol.TCP, "9c400009" + "0000000100000001" + "5010ffff00000000"));
    assertThat(guest.count(Counter.TCP_NO_FLOW)).isEqualTo(1);
    assertThat(guest.received())
        .singleElement()
        .matches(each -> (each.flags() & Frame.RST) != 0, "a reset");
  }

  @ParameterizedTest
  @ValueSource(ints = {42, 60, 254})
  void piecesThatSomebodyLooksAtWholeAreMovedTogether(int head) {
    Frame discover = Frame.of(GuestFrames.dhcp("0.0.0.0", DISCOVER));
    guest.showInPieces(discover, head);
    guest.endBatch();
    assertThat(guest.received()).singleElement().matches(each -> each.sourcePort() == 67);
    guest.showInPieces(discover, head);
    guest.showInPieces(arp(), 41);
    guest.endBatch();
    assertThat(guest.received()).hasSize(2);
  }

  @Test
  void piecesArriveHoweverManyAndLongTheyAre() throws IOException {
    try (var peer = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
      peer.setSoTimeout(10_000);
      peer.setReceiveBufferSize(1 << 21);
      // Those under 4096 bytes are copied, more of them than there is room for at a time.
      int[] lengths =
          IntStream.concat(IntStream.generate(() -> 3500).limit(50), IntStream.of(20_000, 1))
              .toArray();
      for (int i = 0; i < lengths.length; i++) {
        guest.showInPieces(to(peer, payload(i, lengths[i])), 42);
      }
      guest.endBatch();
      for (int i = 0; i < lengths.length; i++) {
        var packet = new DatagramPacket(new byte[65536], 65536);
        peer.receive(packet);
        assertThat(Arrays.copyOf(packet.getData(), packet.getLength()))
            .isEqualTo(payload(i, lengths[i]));
      }
    }
  }

  private static byte[] payload(int number, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (number + i * 7);
    }
    return bytes;
  }

  private static Frame to(DatagramSocket peer, byte[] payload) {
    return LoopbackHost.datagram(
        LoopbackHost.GUEST4, PORT, LoopbackHost.GATEWAY4, peer.getLocalPort(), payload);
  }

  @Test
  void manyNewFlowsAreEnoughForATurn() {
    int flows = 0;
    while (!guest.stack.receiver().isSated() && flows < 10_000) {
      guest.send(
          LoopbackHost.datagram(
              LoopbackHost.GUEST4, 1024 + flows, LoopbackHost.GATEWAY4, UNUSED, new byte[1]));
      flows++;
    }
    assertThat(flows).isLessThan(10_000);
    guest.host.loop.turn(0);
    assertThat(guest.stack.receiver().isSated()).isFalse();
  }

  @Test
  void flowsOfAGuestThatFloodsTurnByTurnAreLeftOut() {
    int port = 1024;
    for (int turn = 0; turn < 20 && guest.count(Counter.DROP_ATTEMPT) == 0; turn++) {
      for (int i = 0; i < 300; i++) {
        guest.send(
            LoopbackHost.datagram(
                LoopbackHost.GUEST4, port++, LoopbackHost.GATEWAY4, UNUSED, new byte[1]));
      }
      guest.host.loop.turn(0);
    }
    assertThat(guest.count(Counter.DROP_ATTEMPT)).isPositive();
  }
}
