package org.jpasst.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FramePieces;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.NetworkOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which frames are evidence, and of what. */
final class GuestEvidenceTest {
  private static final IpAddress OTHER4 = ip("192.0.2.50");
  private static final IpAddress OTHER6 = ip("2001:db8::50");
  private static final IpAddress PEER4 = ip("198.51.100.7");
  private static final IpAddress PEER6 = ip("2001:db8:1::7");
  private static final long MAC = LoopbackHost.GUEST_MAC;

  private final GuestAddresses guest = new GuestAddresses(LoopbackHost.configuration());
  private final GuestEvidence evidence = new GuestEvidence(guest);

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private IpAddress seen4() {
    return new IpAddress(0, guest.seen4Lo());
  }

  private IpAddress seen6() {
    return new IpAddress(guest.seen6Hi(), guest.seen6Lo());
  }

  private void show(Frame frame) {
    var shown = new org.jpasst.guest.Frame(new FramePieces(1));
    shown.set(MemorySegment.ofArray(frame.bytes()), 0, frame.length());
    var packet = new Packet();
    boolean ipv4 = frame.etherType() == Frame.IPV4;
    assertThat(ipv4 ? packet.readIpv4(shown) : packet.readIpv6(shown)).isTrue();
    evidence.onPacket(packet);
  }

  private static Frame packet(IpAddress from, IpAddress to, int protocol, String hex) {
    int ttl = protocol == IpProtocol.ICMPV6 ? 255 : 64;
    return LoopbackHost.packet(from, to, protocol, ttl, 0, HexFormat.of().parseHex(hex));
  }

  private static String tcp(int flags) {
    return "1000" + "0016" + "00000001" + "00000000" + "50%02x".formatted(flags) + "ffff00000000";
  }

  @ParameterizedTest
  @CsvSource({"2,true", "16,true", "24,true", "4,false", "20,false", "17,false"})
  void resetsAndFinsTellNothingOtherSegmentsDo(int flags, boolean tells) {
    show(packet(OTHER4, PEER4, IpProtocol.TCP, tcp(flags)));
    show(packet(OTHER6, PEER6, IpProtocol.TCP, tcp(flags)));
    assertThat(seen4().equals(OTHER4)).isEqualTo(tells);
    assertThat(seen6().equals(OTHER6)).isEqualTo(tells);
  }

  @Test
  void datagramsTell() {
    show(LoopbackHost.datagram(OTHER4, 1, PEER4, 9, new byte[0]));
    show(LoopbackHost.datagram(OTHER6, 1, PEER6, 9, new byte[0]));
    assertThat(seen4()).isEqualTo(OTHER4);
    assertThat(seen6()).isEqualTo(OTHER6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"224.0.0.251", "255.255.255.255", "192.0.2.255"})
  void whatIsForManyTellsNothing(String group) {
    show(LoopbackHost.datagram(OTHER4, 5353, ip(group), 5353, new byte[12]));
    show(LoopbackHost.datagram(OTHER6, 5353, ip("ff02::fb"), 5353, new byte[12]));
    assertThat(seen4()).isEqualTo(LoopbackHost.GUEST4);
    assertThat(seen6()).isEqualTo(LoopbackHost.GUEST6);
  }

  @ParameterizedTest
  @CsvSource({"0800,8000,true", "0303,0103,false", "0000,8100,false"})
  void ofIcmpOnlyRequestsTell(String icmp4, String icmp6, boolean tells) {
    show(packet(OTHER4, PEER4, IpProtocol.ICMP, icmp4 + "000000000000"));
    show(packet(OTHER6, PEER6, IpProtocol.ICMPV6, icmp6 + "000000000000"));
    assertThat(seen4().equals(OTHER4)).isEqualTo(tells);
    assertThat(seen6().equals(OTHER6)).isEqualTo(tells);
  }

  @Test
  void otherProtocolsTellNothing() {
    show(packet(OTHER4, PEER4, 2, "2200fa0100000001"));
    show(packet(OTHER4, PEER4, IpProtocol.TCP, tcp(2)).with(17, (byte) 24));
    assertThat(seen4()).isEqualTo(LoopbackHost.GUEST4);
  }

  @ParameterizedTest
  @CsvSource({"1,192.0.2.2", "1,192.0.2.50", "2,192.0.2.2", "2,192.0.2.50"})
  void whatArpSaysOfItsSenderCounts(int operation, String target) {
    guest.leasedIpv4(MAC);
    arp(operation, MAC, OTHER4, ip(target));
    assertThat(seen4()).isEqualTo(OTHER4);
  }

  @Test
  void arpOfAnotherEthernetAddressThanItsFramesTellsNothing() {
    arp(1, MAC + 1, OTHER4, ip("192.0.2.2"));
    arp(1, MAC, IpAddress.ANY4, OTHER4);
    assertThat(seen4()).isEqualTo(LoopbackHost.GUEST4);
  }

  private void arp(int operation, long sender, IpAddress from, IpAddress target) {
    MemorySegment s = MemorySegment.ofArray(new byte[60]);
    EthernetHeader.write(s, 0, EthernetHeader.BROADCAST, MAC, EthernetHeader.TYPE_ARP);
    ArpHeader.write(s, 14, operation, sender, from.ipv4(), 0, target.ipv4());
    evidence.onArp(s, 0, 60);
  }

  @Test
  void aSolicitationTellsItsSendersAddress() {
    guest.leasedIpv6(MAC);
    show(neighbour(135, OTHER6, LoopbackHost.GATEWAY6, 0, "01", MAC));
    assertThat(seen6()).isEqualTo(OTHER6);
  }

  @Test
  void anAdvertisementThatOverridesTellsItsTarget() {
    guest.leasedIpv6(MAC);
    show(neighbour(136, ip("fe80::9"), OTHER6, 0x2000_0000, "02", MAC));
    assertThat(seen6()).isEqualTo(OTHER6);
    assertThat(guest.linkLocalLo()).isEqualTo(9);
  }

  @Test
  void neighbourMessagesThatTheRfcForbidsTellNothing() {
    Frame good = neighbour(135, OTHER6, LoopbackHost.GATEWAY6, 0, "01", MAC);
    show(good.with(21, (byte) 64));
    show(good.with(56, (byte) 1));
    show(good.with(79, (byte) 0).withTransportChecksum());
    show(neighbour(135, OTHER6, LoopbackHost.GATEWAY6, 0, "01", MAC + 1));
    show(neighbour(135, IpAddress.ANY6, OTHER6, 0, "0e", MAC));
    show(neighbour(136, ip("fe80::9"), OTHER6, 0, "02", MAC));
    show(neighbour(137, OTHER6, OTHER6, 0, "02", MAC));
    assertThat(seen6()).isEqualTo(LoopbackHost.GUEST6);
  }

  private static Frame neighbour(
      int type, IpAddress from, IpAddress target, int flags, String option, long mac) {
    MemorySegment s = MemorySegment.ofArray(new byte[32]);
    NetworkOrder.put8(s, 0, type);
    NetworkOrder.put32(s, 4, flags);
    NetworkOrder.put64(s, 8, target.hi());
    NetworkOrder.put64(s, 16, target.lo());
    NetworkOrder.put8(s, 24, Integer.parseInt(option, 16));
    NetworkOrder.put8(s, 25, 1);
    NetworkOrder.put48(s, 26, mac);
    byte[] bytes = s.toArray(ValueLayout.JAVA_BYTE);
    return LoopbackHost.packet(from, ip("ff02::1"), IpProtocol.ICMPV6, 255, 0, bytes);
  }
}
