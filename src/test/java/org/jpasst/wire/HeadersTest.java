package org.jpasst.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeadersTest {
  private final MemorySegment s = Arena.ofAuto().allocate(256);

  private String hex(long at, int length) {
    byte[] bytes = s.asSlice(at, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void ethernetHeaderIsWrittenAndRead() {
    EthernetHeader.write(s, 3, 0x525400123456L, 0x9a559a559a55L, EthernetHeader.TYPE_IPV6);
    assertThat(hex(3, 14)).isEqualTo("5254001234569a559a559a5586dd");
    assertThat(EthernetHeader.destination(s, 3)).isEqualTo(0x525400123456L);
    assertThat(EthernetHeader.source(s, 3)).isEqualTo(0x9a559a559a55L);
    assertThat(EthernetHeader.type(s, 3)).isEqualTo(0x86dd);
    assertThat(EthernetHeader.multicast6(0x1ff000001L)).isEqualTo(0x3333ff000001L);
  }

  @Test
  void ipv4HeaderIsWrittenAsPasstDoes() {
    Ipv4Header.write(s, 1, 328, IpProtocol.UDP, 0xc0000202, 0xc0000201);
    assertThat(hex(1, 20)).isEqualTo("4500014800004000ff11f6a0c0000202c0000201");
    assertThat(Ipv4Header.checksumVerifies(s, 1, 20)).isTrue();
    assertThat(Ipv4Header.isFragment(s, 1)).isFalse();
    Ipv4Header.ttl(s, 1, 7);
    assertThat(Ipv4Header.checksumVerifies(s, 1, 20)).isFalse();
    Ipv4Header.fillChecksum(s, 1);
    assertThat(Ipv4Header.checksumVerifies(s, 1, 20)).isTrue();
  }

  @Test
  void ipv4HeaderIsValidOnlyWhereItsLengthsNest() {
    Ipv4Header.write(s, 0, 40, IpProtocol.UDP, 1, 2);
    assertThat(Ipv4Header.valid(s, 0, 40)).isTrue();
    assertThat(Ipv4Header.valid(s, 0, 46)).as("padding").isTrue();
    assertThat(Ipv4Header.valid(s, 0, 39)).as("cut off").isFalse();
    assertThat(Ipv4Header.valid(s, 0, 19)).isFalse();
    Ipv4Header.totalLength(s, 0, 19);
    assertThat(Ipv4Header.valid(s, 0, 40)).as("total below header").isFalse();
    Ipv4Header.totalLength(s, 0, 40);
    NetworkOrder.put8(s, 0, 0x4b);
    assertThat(Ipv4Header.valid(s, 0, 40)).as("header beyond total").isFalse();
    NetworkOrder.put8(s, 0, 0x44);
    assertThat(Ipv4Header.valid(s, 0, 40)).as("header too short").isFalse();
    NetworkOrder.put8(s, 0, 0x65);
    assertThat(Ipv4Header.valid(s, 0, 40)).as("version").isFalse();
  }

  @Test
  void anyFragmentBitButDontFragmentMakesAFragment() {
    for (int bit = 0; bit < 16; bit++) {
      NetworkOrder.put16(s, 6, 1 << bit);
      assertThat(Ipv4Header.isFragment(s, 0)).isEqualTo(bit != 14);
    }
  }

  @Test
  void ipv6HeaderIsWrittenAndRead() {
    Ipv6Header.write(s, 2, 0x63412, 142, 17, 0xfe80L << 48, 2, 3, 4);
    assertThat(hex(2, 8)).isEqualTo("60063412008e11ff");
    assertThat(Ipv6Header.flowLabel(s, 2)).isEqualTo(0x63412);
    assertThat(Ipv6Header.trafficClass(s, 2)).isZero();
    assertThat(Ipv6Header.sourceHi(s, 2)).isEqualTo(0xfe80L << 48);
    assertThat(Ipv6Header.sourceLo(s, 2)).isEqualTo(2);
    assertThat(Ipv6Header.destinationHi(s, 2)).isEqualTo(3);
    assertThat(Ipv6Header.destinationLo(s, 2)).isEqualTo(4);
    assertThat(Ipv6Header.valid(s, 2, 182)).isTrue();
    assertThat(Ipv6Header.valid(s, 2, 181)).isFalse();
    assertThat(Ipv6Header.valid(s, 2, 39)).isFalse();
    NetworkOrder.put16(s, 2, 0x6ab0);
    assertThat(Ipv6Header.trafficClass(s, 2)).isEqualTo(0xab);
    NetworkOrder.put8(s, 2, 0x40);
    assertThat(Ipv6Header.valid(s, 2, 182)).isFalse();
  }

  @Test
  void upperLayerIsFoundBehindExtensionHeaders() {
    Ipv6Header.write(s, 0, 0, 100, 0, 0, 0, 0, 0);
    put40("3c00000000000000" + "3301000000000000" + "0000000000000000" + "1104" + "00".repeat(22));
    int upper = upperLayer(s);
    assertThat(Ipv6Extensions.protocol(upper)).isEqualTo(IpProtocol.UDP);
    assertThat(Ipv6Extensions.offset(upper)).isEqualTo(8 + 16 + 24);
  }

  @Test
  void packetWithoutExtensionHeadersHasItsUpperLayerAtOnce() {
    Ipv6Header.write(s, 0, 0, 0, 6, 0, 0, 0, 0);
    int upper = upperLayer(s);
    assertThat(Ipv6Extensions.protocol(upper)).isEqualTo(IpProtocol.TCP);
    assertThat(Ipv6Extensions.offset(upper)).isZero();
  }

  @Test
  void fragmentsOverrunsAndNothingAreTold() {
    Ipv6Header.write(s, 0, 0, 16, 44, 0, 0, 0, 0);
    put40("1100000100000000");
    assertThat(upperLayer(s)).as("more").isEqualTo(Ipv6FragmentHeader.NUMBER);
    put40("1100000800000000");
    assertThat(upperLayer(s)).as("offset").isEqualTo(Ipv6FragmentHeader.NUMBER);
    put40("1100000000000000");
    assertThat(upperLayer(s)).as("atomic").isEqualTo(Ipv6FragmentHeader.NUMBER);
    NetworkOrder.put8(s, 6, 60);
    put40("3b00000000000000");
    assertThat(upperLayer(s)).isEqualTo(Ipv6Extensions.NONE);
    put40("3c00000000000000" + "1101000000000000");
    assertThat(upperLayer(s)).isEqualTo(Ipv6Extensions.MALFORMED);
    put40("0000000000000000" + "1100000000000000");
    assertThat(upperLayer(s)).isEqualTo(Ipv6Extensions.MALFORMED);
    Ipv6Header.write(s, 0, 0, 16, 43, 0, 0, 0, 0);
    put40("1100000100000000");
    assertThat(upperLayer(s)).isEqualTo(Ipv6Extensions.MALFORMED);
    put40("1100000000000000");
    assertThat(Ipv6Extensions.protocol(upperLayer(s))).isEqualTo(17);
  }

  private static int upperLayer(MemorySegment packet) {
    return Ipv6Extensions.upperLayer(
        packet,
        Ipv6Header.LENGTH,
        Ipv6Header.nextHeader(packet, 0),
        Ipv6Header.payloadLength(packet, 0));
  }

  private void put40(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, s, 40, bytes.length);
  }

  @Test
  void extensionWalkNeverLeavesThePacket() {
    Random random = new Random(8200);
    int[] headers = {0, 43, 44, 51, 60, 135, 139, 140, 253, 254, 59, 17};
    for (int i = 0; i < 200_000; i++) {
      int payload = random.nextInt(120);
      MemorySegment packet = s.asSlice(0, 40 + payload);
      for (int j = 40; j < 40 + payload; j++) {
        int choice = random.nextInt(4);
        int value =
            choice == 0 ? headers[random.nextInt(headers.length)] : random.nextInt(choice + 1);
        NetworkOrder.put8(packet, j, value);
      }
      Ipv6Header.write(packet, 0, 0, payload, headers[random.nextInt(headers.length)], 0, 0, 0, 0);
      int upper = upperLayer(packet);
      if (upper >= 0) {
        assertThat(Ipv6Extensions.offset(upper)).isBetween(0, payload);
      } else {
        assertThat(upper).isBetween(-3, -2);
      }
    }
  }

  @Test
  void tcpHeaderIsWrittenAndRead() {
    TcpHeader.write(
        s, 1, 80, 40000, 0x01020304, 0x05060708, 28, TcpHeader.SYN | TcpHeader.ACK, 512);
    assertThat(hex(1, 20)).isEqualTo("00509c40010203040506070870120200" + "00000000");
    assertThat(TcpHeader.valid(s, 1, 28)).isTrue();
    assertThat(TcpHeader.valid(s, 1, 27)).isFalse();
    assertThat(TcpHeader.valid(s, 1, 19)).isFalse();
    assertThat(TcpHeader.headerLength(s, 1)).isEqualTo(28);
    NetworkOrder.put8(s, 13, 0x40);
    assertThat(TcpHeader.valid(s, 1, 28)).isFalse();
  }

  @Test
  void tcpOptionsAreReadInOnePass() {
    TcpHeader.write(s, 0, 1, 2, 3, 4, 40, TcpHeader.SYN, 5);
    put20("020405b4" + "0402" + "080a0000000100000000" + "01" + "030307");
    long options = TcpOptions.parse(s, 0);
    assertThat(TcpOptions.mss(options)).isEqualTo(1460);
    assertThat(TcpOptions.windowScale(options)).isEqualTo(7);
    assertThat(TcpOptions.sackPermitted(options)).isTrue();
  }

  @Test
  void missingAndMalformedTcpOptionsCountAsAbsent() {
    TcpHeader.write(s, 0, 1, 2, 3, 4, 20, TcpHeader.SYN, 5);
    assertThat(TcpOptions.mss(TcpOptions.parse(s, 0))).isZero();
    assertThat(TcpOptions.windowScale(TcpOptions.parse(s, 0))).isEqualTo(-1);
    TcpHeader.write(s, 0, 1, 2, 3, 4, 28, TcpHeader.SYN, 5);
    put20("0303ff" + "0200" + "020405");
    assertThat(TcpOptions.windowScale(TcpOptions.parse(s, 0))).isEqualTo(14);
    assertThat(TcpOptions.mss(TcpOptions.parse(s, 0))).isZero();
    put20("00" + "030307" + "020405b4");
    assertThat(TcpOptions.windowScale(TcpOptions.parse(s, 0))).isEqualTo(-1);
  }

  private void put20(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, s, 20, bytes.length);
  }

  @Test
  void writtenTcpOptionsAreReadBack() {
    TcpHeader.write(s, 0, 1, 2, 3, 4, 28, TcpHeader.SYN, 5);
    TcpOptions.writeMss(s, 20, 65460);
    TcpOptions.writeWindowScale(s, 24, 8);
    assertThat(hex(20, 8)).isEqualTo("0204ffb401030308");
    assertThat(TcpOptions.mss(TcpOptions.parse(s, 0))).isEqualTo(65460);
    assertThat(TcpOptions.windowScale(TcpOptions.parse(s, 0))).isEqualTo(8);
  }

  @Test
  void tcpOptionParserNeverLeavesTheHeader() {
    Random random = new Random(9293);
    for (int i = 0; i < 200_000; i++) {
      int length = 20 + 4 * random.nextInt(11);
      MemorySegment header = s.asSlice(0, length);
      TcpHeader.write(header, 0, 1, 2, 3, 4, length, 0, 0);
      for (int j = 20; j < length; j++) {
        NetworkOrder.put8(header, j, random.nextInt(random.nextBoolean() ? 6 : 256));
      }
      assertThat(TcpOptions.windowScale(TcpOptions.parse(header, 0))).isBetween(-1, 14);
    }
  }

  @Test
  void udpHeaderIsWrittenAndRead() {
    UdpHeader.write(s, 0, 68, 67, 20);
    assertThat(hex(0, 8)).isEqualTo("0044004300140000");
    assertThat(UdpHeader.length(s, 0)).isEqualTo(20);
  }

  @Test
  void icmpHeadersAreWrittenAndRead() {
    IcmpHeader.write(
        s, 0, IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.FRAGMENTATION_NEEDED, 1400);
    assertThat(hex(0, 8)).isEqualTo("0304000000000578");
    assertThat(IcmpHeader.mtu(s, 0)).isEqualTo(1400);
    IcmpHeader.write(s, 0, Icmpv6Header.ECHO_REPLY, 0, 0x12345678);
    assertThat(IcmpHeader.identifier(s, 0)).isEqualTo(0x1234);
    assertThat(IcmpHeader.sequence(s, 0)).isEqualTo(0x5678);
    assertThat(IcmpHeader.type(s, 0)).isEqualTo(129);
  }

  @Test
  void arpPacketIsWrittenAndRead() {
    ArpHeader.write(
        s, 0, ArpHeader.REPLY, 0x9a559a559a55L, 0xc0000202, 0x525400123456L, 0xc0000201);
    assertThat(hex(0, 28)).isEqualTo("00010800060400029a559a559a55c0000202525400123456c0000201");
    assertThat(ArpHeader.valid(s, 0, 28)).isTrue();
    assertThat(ArpHeader.valid(s, 0, 27)).isFalse();
    NetworkOrder.put8(s, 5, 16);
    assertThat(ArpHeader.valid(s, 0, 28)).isFalse();
  }
}
