package org.jpasst.guest.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FrameDescriptionTest {
  private static final String MACS = "525400123456" + "9a559a559a55";
  private static final String IPV4 = "c000020f" + "c6336401"; // 192.0.2.15, 198.51.100.1
  private static final String IPV6 =
      "20010db8000000000000000000000001" + "20010db8000000000000000000000002";

  private static byte[] frame(String type, String hex) {
    return HexFormat.of().parseHex(MACS + type + hex);
  }

  private static byte[] ipv4(int total, int fragment, int protocol, String behind) {
    String header = "4500%04x0000%04x40%02x0000".formatted(total, fragment, protocol);
    return frame("0800", header + IPV4 + behind);
  }

  private static byte[] ipv6(int payload, int next, String behind) {
    return frame("86dd", "60000000%04x%02x40".formatted(payload, next) + IPV6 + behind);
  }

  private static String described(byte[] frame) {
    return FrameDescription.of(MemorySegment.ofArray(frame), 0, frame.length, frame.length);
  }

  @ParameterizedTest
  @CsvSource({"6, TCP", "17, UDP"})
  void tcpAndUdpAreToldWithTheirPorts(int protocol, String name) {
    assertThat(described(ipv4(28, 0, protocol, "9c4000500000ffff")))
        .isEqualTo(name + " 192.0.2.15:40000 > 198.51.100.1:80, 42 bytes");
    assertThat(described(ipv6(8, protocol, "9c4000500000ffff")))
        .isEqualTo(name + " [2001:db8::1]:40000 > [2001:db8::2]:80, 62 bytes");
  }

  @Test
  void icmpIsToldWithItsType() {
    assertThat(described(ipv4(28, 0, 1, "0800000000010001")))
        .isEqualTo("ICMP type 8 192.0.2.15 > 198.51.100.1, 42 bytes");
    assertThat(described(ipv6(8, 58, "8700000000010001")))
        .isEqualTo("ICMPv6 type 135 2001:db8::1 > 2001:db8::2, 62 bytes");
  }

  @Test
  void arpIsToldWithWhoAsksForWhom() {
    String request = "0001080006040001" + "9a559a559a55c000020f" + "000000000000" + "c6336401";
    assertThat(described(frame("0806", request)))
        .isEqualTo("ARP request 192.0.2.15 > 198.51.100.1, 42 bytes");
  }

  @Test
  void whatIsNotKnownIsToldByNumber() {
    assertThat(described(ipv4(28, 0, 47, "0000000000000000")))
        .isEqualTo("protocol 47 192.0.2.15 > 198.51.100.1, 42 bytes");
    assertThat(described(frame("88cc", "0000"))).isEqualTo("Ethernet type 0x88cc, 16 bytes");
  }

  @Test
  void aFragmentHasNoPorts() {
    assertThat(described(ipv4(28, 0x2000, 17, "9c4000500000ffff")))
        .isEqualTo("fragment of protocol 17 192.0.2.15 > 198.51.100.1, 42 bytes");
  }

  @Test
  void whatIsBehindTheHeadIsCountedAndNotLookedAt() {
    byte[] tcp = ipv4(1500, 0, 6, "9c4000500000ffff");
    MemorySegment s = MemorySegment.ofArray(tcp);
    assertThat(FrameDescription.of(s, 0, tcp.length, 1514))
        .isEqualTo("TCP 192.0.2.15:40000 > 198.51.100.1:80, 1514 bytes");
    assertThat(FrameDescription.of(s, 0, tcp.length - 6, 1514))
        .isEqualTo("protocol 6 192.0.2.15 > 198.51.100.1, 1514 bytes");
  }

  @Test
  void aFrameOfAnyContentAndLengthIsDescribedWithinItsBounds() {
    var random = new SplittableRandom(3);
    String[] types = {"0800", "0806", "86dd"};
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(80)];
      random.nextBytes(bytes);
      byte[] start = frame(types[i % types.length], i % 2 == 0 ? "45" : "60");
      System.arraycopy(start, 0, bytes, 0, Math.min(start.length, bytes.length));
      assertThat(described(Arrays.copyOf(bytes, bytes.length)))
          .endsWith(", " + bytes.length + " bytes");
    }
  }
}
