package org.jpasst.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.ForwardRule;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.GuestFrames;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.IpProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several stations behind the guest's link, each with an Ethernet address and addresses of IP. */
final class StationsTest {
  private static final String GUEST = "525400123456";
  private static final String NESTED = "0242ac110002";
  private static final String OTHER = "0242ac110003";
  private static final String OURS = "9a559a559a55";
  private static final String ALL = "ffffffffffff";
  private static final String NESTED4 = "192.0.2.50";
  private static final String NESTED6 = "2001:db8::50";
  private static final int PORT = 4000;
  private static final int DHCP_OPTIONS = 282;
  private static final int DHCP_TYPE = 53;

  private StackGuest guest;
  private DatagramSocket peer;

  @BeforeEach
  void start() throws IOException {
    guest = new StackGuest(new LinuxSockets(), LoopbackHost.configuration());
    peer = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
    peer.setSoTimeout(5000);
    guest.connect();
    lease(GUEST);
    guest.received();
  }

  @AfterEach
  void end() {
    peer.close();
    guest.close();
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static Frame from(String station, Frame frame) {
    return frame.with(6, hex(station));
  }

  private static String to(Frame frame) {
    return HexFormat.of().formatHex(frame.range(0, 6));
  }

  private static IpAddress gateway(String address) {
    return ip(address).isIpv4() ? LoopbackHost.GATEWAY4 : LoopbackHost.GATEWAY6;
  }

  private static Frame datagram(String station, String address, int port, int to) {
    return from(
        station, LoopbackHost.datagram(ip(address), port, gateway(address), to, new byte[1]));
  }

  /** A datagram to the peer, which takes it: what it answers goes to that flow. */
  private DatagramPacket flow(String station, String address, int port) throws IOException {
    guest.send(datagram(station, address, port, peer.getLocalPort()));
    var packet = new DatagramPacket(new byte[1], 1);
    peer.receive(packet);
    return packet;
  }

  /** The Ethernet address and the address that the peer's answer goes to. */
  private String answered(DatagramPacket packet) throws IOException {
    peer.send(packet);
    Frame frame = guest.host.frame();
    return to(frame) + " " + frame.destination().getHostAddress() + " " + frame.destinationPort();
  }

  private static Frame arp(String station, int operation, String sender, String target) {
    return from(station, Frame.of(GuestFrames.arp(operation, sender, target)))
        .with(22, hex(station));
  }

  private static Frame dhcp(String station, String options) {
    return from(station, Frame.of(GuestFrames.dhcp("0.0.0.0", options)));
  }

  /** Discovers and asks; the types of the answers, such as 2 for an offer, 0 for none. */
  private List<Integer> lease(String station) {
    return List.of(asked(station, "350101ff"), asked(station, "350103ff"));
  }

  private int asked(String station, String options) {
    guest.stack.guest().onTick();
    guest.send(dhcp(station, options));
    guest.host.loop.turn(0);
    List<Frame> answers = guest.received().stream().filter(Frame::isUdp).toList();
    assertThat(answers).hasSizeLessThan(2);
    answers.forEach(each -> assertThat(to(each)).isEqualTo(station));
    return answers.isEmpty() ? 0 : type(answers.getFirst());
  }

  private static int type(Frame answer) {
    int at = DHCP_OPTIONS;
    while (answer.u8(at) != DHCP_TYPE) {
      at += 2 + answer.u8(at + 1);
    }
    return answer.u8(at + 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {NESTED4, NESTED6})
  void aConnectionIsAnsweredWhereItWasOpened(String address) throws IOException {
    try (var server = new ServerSocket(0, 5, InetAddress.getByName(loopback(address)))) {
      guest.send(syn(NESTED, address, server.getLocalPort()));
      guest.send(datagram(GUEST, guests(address), PORT, 9));
      Frame answer = guest.host.frame();
      while (!answer.isTcp()) {
        answer = guest.host.frame();
      }
      assertThat(answer.flags()).isEqualTo(Frame.SYN | Frame.ACK);
      assertThat(to(answer)).isEqualTo(NESTED);
      assertThat(answer.destination()).isEqualTo(InetAddress.getByName(address));
    }
  }

  private static String loopback(String address) {
    return ip(address).isIpv4() ? "127.0.0.1" : "::1";
  }

  private static String guests(String address) {
    return (ip(address).isIpv4() ? LoopbackHost.GUEST4 : LoopbackHost.GUEST6).toString();
  }

  private static Frame syn(String station, String address, int port) {
    return segment(station, address, port, Frame.SYN);
  }

  private static Frame segment(String station, String address, int port, int flags) {
    String text = "9c40%04x".formatted(port) + "0000000000000000" + "50%02xffff00000000";
    byte[] bytes = hex(text.formatted(flags));
    return from(
        station, LoopbackHost.packet(ip(address), gateway(address), IpProtocol.TCP, 64, 0, bytes));
  }

  @ParameterizedTest
  @ValueSource(strings = {NESTED4, NESTED6})
  void whatIsRefusedIsToldToTheOneThatAsked(String address) throws IOException {
    int closed = closedPort();
    guest.send(segment(NESTED, address, closed, Frame.ACK));
    Frame reset = guest.host.frame();
    assertThat(reset.flags() & Frame.RST).isNotZero();
    assertThat(to(reset)).isEqualTo(NESTED);
    guest.send(datagram(NESTED, address, PORT, closed));
    Frame unreachable = guest.host.frame();
    assertThat(unreachable.protocol()).isEqualTo(ip(address).isIpv4() ? Frame.ICMP : Frame.ICMPV6);
    assertThat(to(unreachable)).isEqualTo(NESTED);
    assertThat(unreachable.destination()).isEqualTo(InetAddress.getByName(address));
  }

  private static int closedPort() throws IOException {
    try (var socket = new DatagramSocket()) {
      return socket.getLocalPort();
    }
  }

  @Test
  void theSenderOfAPacketWithoutAHopIsToldOfIt() {
    Frame frame =
        LoopbackHost.datagram(ip(NESTED4), PORT, ip("198.51.100.7"), PORT, 1, 0, new byte[1]);
    guest.send(from(NESTED, frame));
    Frame error = guest.host.frame();
    assertThat(error.u8(error.transportAt())).isEqualTo(IcmpHeader.TIME_EXCEEDED);
    assertThat(to(error)).isEqualTo(NESTED);
  }

  /** They can't be told apart by what they call themselves, but by what they ask. */
  @Test
  void twoStationsOfOneAddressEachGetTheirOwnAnswers() throws IOException {
    DatagramPacket first = flow(NESTED, NESTED4, PORT);
    DatagramPacket second = flow(OTHER, NESTED4, PORT + 1);
    assertThat(answered(first)).isEqualTo(NESTED + " 192.0.2.50 4000");
    assertThat(answered(second)).isEqualTo(OTHER + " 192.0.2.50 4001");
  }

  @Test
  void whoInventsStationsTakesNobodysPlace() throws IOException {
    DatagramPacket before = flow(NESTED, NESTED4, PORT);
    for (int i = 0; i < 1 << 16; i++) {
      String made = "10.%d.%d.9".formatted(i >> 8, i & 0xff);
      guest.send(arp(OTHER, ArpHeader.REPLY, made, "192.0.2.2"));
    }
    assertThat(answered(before)).isEqualTo(NESTED + " 192.0.2.50 4000");
    assertThat(guest.stack.guest().mac()).isEqualTo(Long.parseLong(GUEST, 16));
  }

  @Test
  void aStationThatSpeaksFromAnotherEthernetAddressIsAnsweredThere() throws IOException {
    flow(NESTED, NESTED4, PORT);
    assertThat(answered(flow(OTHER, NESTED4, PORT))).isEqualTo(OTHER + " 192.0.2.50 4000");
  }

  /** What it does first may be something else. */
  @Test
  void whatIsQuietFollowsAStationThatIsHeardElsewhere() throws IOException {
    DatagramPacket packet = flow(NESTED, NESTED4, PORT);
    flow(OTHER, NESTED4, PORT + 1);
    assertThat(answered(packet)).isEqualTo(NESTED + " 192.0.2.50 4000");
    for (int i = 0; i < 3; i++) {
      guest.stack.guest().onTick();
    }
    flow(OTHER, NESTED4, PORT + 1);
    assertThat(answered(packet)).isEqualTo(OTHER + " 192.0.2.50 4000");
  }

  @Test
  void aStationThatSaysItHasMovedIsFoundThere() throws IOException {
    DatagramPacket packet = flow(NESTED, NESTED4, PORT);
    guest.send(arp(OTHER, ArpHeader.REQUEST, NESTED4, NESTED4));
    assertThat(answered(packet)).isEqualTo(OTHER + " 192.0.2.50 4000");
    guest.send(arp(NESTED, ArpHeader.REQUEST, NESTED4, NESTED4));
    assertThat(answered(packet)).isEqualTo(NESTED + " 192.0.2.50 4000");
  }

  /** A connection tracker may forward a reset of nobody's, with a source that isn't its own. */
  @Test
  void aResetMovesNoConnection() throws IOException {
    try (var server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
      guest.send(syn(NESTED, NESTED4, server.getLocalPort()));
      assertThat(guest.host.frame().flags()).isEqualTo(Frame.SYN | Frame.ACK);
      guest.send(segment(OTHER, NESTED4, server.getLocalPort(), Frame.RST | Frame.ACK));
      guest.host.advance(2, TimeUnit.SECONDS);
      Frame again = guest.host.frame();
      assertThat(again.flags() & Frame.ACK).isNotZero();
      assertThat(to(again)).isEqualTo(NESTED);
    }
  }

  @Test
  void anotherGuestsStationsAreForgotten() throws IOException {
    DatagramPacket packet = flow(NESTED, NESTED4, PORT);
    guest.stack.receiver().onConnected(guest.host.now());
    guest.received();
    guest.stack.guest().sawMac(Long.parseLong(OTHER, 16));
    assertThat(answered(packet)).isEqualTo(OTHER + " 192.0.2.50 4000");
    // Whether the station is there all the same is asked at once.
    Frame question = guest.host.frame();
    assertThat(to(question)).isEqualTo(ALL);
    assertThat(HexFormat.of().formatHex(question.range(38, 42))).isEqualTo("c0000232");
    guest.send(arp(NESTED, ArpHeader.REPLY, NESTED4, "192.0.2.2"));
    assertThat(answered(packet)).isEqualTo(NESTED + " 192.0.2.50 4000");
  }

  private void forward(int port, Optional<String> target) {
    var rule =
        new ForwardRule(
            ForwardRule.Protocol.UDP,
            Optional.of(ip("127.0.0.1")),
            Optional.empty(),
            port,
            port,
            PORT,
            target.map(StationsTest::ip),
            false);
    assertThat(guest.stack.forwards().replace(List.of(rule))).isEmpty();
  }

  private String forwarded(int port) throws IOException {
    try (var stranger = new DatagramSocket()) {
      InetAddress loopback = InetAddress.getByName("127.0.0.1");
      stranger.send(new DatagramPacket(new byte[1], 1, loopback, port));
      Frame frame = guest.host.frame();
      assertThat(frame.isUdp()).isTrue();
      return to(frame) + " " + frame.destination().getHostAddress();
    }
  }

  @Test
  void whatIsForwardedGoesToTheOneThatHasTheLease() throws IOException {
    int port = closedPort();
    forward(port, Optional.empty());
    flow(NESTED, NESTED4, PORT);
    guest.send(arp(NESTED, ArpHeader.REQUEST, NESTED4, "192.0.2.2"));
    guest.received();
    assertThat(forwarded(port)).isEqualTo(GUEST + " 192.0.2.15");
  }

  @Test
  void aRuleMayNameAnotherWhichIsAskedForFirst() throws IOException {
    int port = closedPort();
    forward(port, Optional.of(NESTED4));
    assertThat(forwarded(port)).isEqualTo(GUEST + " 192.0.2.50");
    Frame question = guest.host.frame();
    assertThat(question.etherType()).isEqualTo(Frame.ARP);
    assertThat(to(question)).isEqualTo(ALL);
    guest.send(arp(NESTED, ArpHeader.REPLY, NESTED4, "192.0.2.2"));
    assertThat(forwarded(port)).isEqualTo(NESTED + " 192.0.2.50");
  }

  /** It answers for itself: two answers would be one too many. */
  @Test
  void anotherStationsAddressIsNotAnsweredFor() {
    Frame question = arp(GUEST, ArpHeader.REQUEST, "192.0.2.15", NESTED4);
    guest.send(question);
    assertThat(guest.received()).hasSize(1);
    guest.send(arp(NESTED, ArpHeader.REQUEST, NESTED4, "192.0.2.2"));
    guest.received();
    guest.send(question);
    assertThat(guest.received()).isEmpty();
    for (int i = 0; i < 300; i++) {
      guest.stack.guest().onTick();
    }
    guest.send(question);
    assertThat(guest.received()).hasSize(1);
  }

  @Test
  void neitherIsAnAddressOfIpv6() {
    Frame question = Frame.of(GuestFrames.solicitation("2001:db8::15", NESTED6));
    guest.send(question);
    assertThat(guest.received()).hasSize(1);
    guest.send(from(NESTED, Frame.of(GuestFrames.solicitation(NESTED6, "2001:db8::2"))));
    guest.received();
    guest.send(question);
    assertThat(guest.received()).isEmpty();
  }

  @Test
  void theLeaseGoesToAnEthernetAddressThatTheGuestHasChangedTo() {
    assertThat(lease(OTHER)).containsExactly(2, 5);
    assertThat(guest.stack.guest().mac()).isEqualTo(Long.parseLong(OTHER, 16));
  }

  /** The guest answers when it is asked for its address, before the other station goes on. */
  @Test
  void aSecondStationGetsNoLeaseWhileTheFirstIsThere() {
    assertThat(asked(NESTED, "350101ff")).isEqualTo(2);
    guest.send(arp(GUEST, ArpHeader.REPLY, "192.0.2.15", "192.0.2.2"));
    assertThat(asked(NESTED, "350103ff")).isEqualTo(6);
    guest.send(arp(GUEST, ArpHeader.REPLY, "192.0.2.15", "192.0.2.2"));
    assertThat(asked(NESTED, "350101ff")).isZero();
    assertThat(guest.count(Counter.DROP_DHCP_HELD)).isEqualTo(1);
    assertThat(guest.stack.guest().mac()).isEqualTo(Long.parseLong(GUEST, 16));
    // The guest itself gets its own again at any time.
    assertThat(lease(GUEST)).containsExactly(2, 5);
  }

  @Test
  void itGetsTheLeaseOnceTheFirstIsGone() {
    asked(NESTED, "350101ff");
    guest.send(arp(GUEST, ArpHeader.REPLY, "192.0.2.15", "192.0.2.2"));
    assertThat(asked(NESTED, "350101ff")).isZero();
    assertThat(lease(NESTED)).containsExactly(2, 5);
  }

  /** Who remembers a lease asks for it without an offer: it is to begin anew. */
  @Test
  void whatWasNotOfferedIsNotTakenFromAnotherEither() {
    assertThat(asked(NESTED, "350103ff")).isEqualTo(6);
    assertThat(guest.stack.guest().mac()).isEqualTo(Long.parseLong(GUEST, 16));
    assertThat(lease(NESTED)).containsExactly(2, 5);
  }

  private static final String ASSOCIATION = "0003000c" + "11223344" + "0000000000000000";
  private static final String SERVER = "0002000e" + "0001000100000000" + OURS;
  private static final String ADDRESS = "00050018" + "20010db8000000000000000000000015";
  private static final String NONE_AVAILABLE = "000d0002" + "0002";

  private String askedByDhcpv6(String station, int type, String options) {
    guest.stack.guest().onTick();
    guest.send(from(station, Frame.of(GuestFrames.dhcpv6(type, options))));
    List<Frame> answers = guest.received();
    if (!station.equals(GUEST)) {
      Frame question = answers.getFirst();
      assertThat(to(question)).isEqualTo(GUEST);
      assertThat(question.u8(question.transportAt())).isEqualTo(135);
    }
    Frame answer = answers.getLast();
    assertThat(answer.isUdp()).isTrue();
    assertThat(to(answer)).isEqualTo(station);
    return HexFormat.of().formatHex(answer.bytes());
  }

  private void advertise() {
    String message = "8800000060000000" + "20010db8000000000000000000000015";
    guest.send(
        Frame.of(GuestFrames.icmpv6(LoopbackHost.GUEST6, LoopbackHost.LINK_LOCAL6, message)));
  }

  @Test
  void neitherDoesItByDhcpv6() {
    assertThat(askedByDhcpv6(GUEST, 3, SERVER + ASSOCIATION)).contains(ADDRESS);
    assertThat(askedByDhcpv6(NESTED, 1, ASSOCIATION)).contains(ADDRESS);
    advertise();
    assertThat(askedByDhcpv6(NESTED, 3, SERVER + ASSOCIATION))
        .contains(NONE_AVAILABLE)
        .doesNotContain(ADDRESS);
    advertise();
    assertThat(askedByDhcpv6(NESTED, 1, ASSOCIATION)).contains(NONE_AVAILABLE);
    assertThat(guest.count(Counter.DROP_DHCP_HELD)).isEqualTo(2);
    // Nobody has answered since.
    assertThat(askedByDhcpv6(NESTED, 1, ASSOCIATION)).contains(ADDRESS);
    assertThat(askedByDhcpv6(NESTED, 3, SERVER + ASSOCIATION)).contains(ADDRESS);
  }

  @Test
  void theHolderIsAskedAtItsOwnEthernetAddressBeforeAnythingIsOffered() {
    guest.send(dhcp(NESTED, "350101ff"));
    Frame question = guest.received().getFirst();
    assertThat(question.etherType()).isEqualTo(Frame.ARP);
    assertThat(to(question)).isEqualTo(GUEST);
    assertThat(HexFormat.of().formatHex(question.range(6, 12))).isEqualTo(OURS);
    assertThat(HexFormat.of().formatHex(question.range(38, 42))).isEqualTo("c000020f");
  }
}
