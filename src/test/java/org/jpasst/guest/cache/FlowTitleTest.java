package org.jpasst.guest.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Frames are named as people know their flows, and whatever their bytes are. */
final class FlowTitleTest {
  private static final String ADDRESSES = "52540012345602000000000a";
  private static final String IPV4 = "4500001c00000000401100000a000001c0a80002";
  private static final String IPV6 =
      "600000000008%s4020010db800000000000000000000000120010db8000000000000000000000002";

  @ParameterizedTest
  @CsvSource({
    "0800, 4500001c00000000401100000a000001c0a80002 1388 0035, UDP 10.0.0.1:5000 > 192.168.0.2:53",
    "0800, 4500001c00000000400600000a000001c0a80002 0050 0035, TCP 10.0.0.1:80 > 192.168.0.2:53",
    "0800, 4500001c00000000400100000a000001c0a80002 0000, ICMP 10.0.0.1 > 192.168.0.2",
    "0800, 4500001c00000000401100000a000001c0a80002 1388, UDP 10.0.0.1 > 192.168.0.2",
    "0800, 4500001c00000000403200000a000001c0a80002, IP protocol 50 10.0.0.1 > 192.168.0.2",
    "0800, 4500, EtherType 0x0800",
    "0806, 0001, ARP",
    "88cc, 00, EtherType 0x88cc"
  })
  void aFlowHasItsProtocolAndEnds(String type, String packet, String title) {
    assertThat(title(ADDRESSES + type + packet.replace(" ", ""))).isEqualTo(title);
  }

  @Test
  void endsOfIpv6AreInBrackets() {
    assertThat(title(ADDRESSES + "86dd" + IPV6.formatted("11") + "13880035"))
        .isEqualTo("UDP [2001:db8::1]:5000 > [2001:db8::2]:53");
    assertThat(title(ADDRESSES + "86dd" + IPV6.formatted("3a") + "8000"))
        .isEqualTo("ICMPv6 2001:db8::1 > 2001:db8::2");
  }

  @Test
  void aFrameOfAnyBytesAndLengthHasATitle() {
    var random = new SplittableRandom(20);
    byte[] known = HexFormat.of().parseHex(ADDRESSES + "0800" + IPV4 + "13880035");
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = known.clone();
      for (int j = random.nextInt(5); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      int length = random.nextInt(bytes.length + 1);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment frame = arena.allocate(length);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, frame, 0, length);
        assertThat(FlowTitle.of(frame, 0, length)).isNotEmpty();
      }
    }
  }

  private static String title(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(bytes.length);
      frame.copyFrom(MemorySegment.ofArray(bytes));
      return FlowTitle.of(frame, 0, bytes.length);
    }
  }
}
