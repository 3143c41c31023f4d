package org.jpasst.proto.icmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Random;
import org.jpasst.flow.FlowSide;
import org.jpasst.proto.icmp.GuestError.Meaning;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.IpProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from the guest's ICMP errors. */
final class GuestErrorTest {
  private static final int PORT = 40_000;
  private static final int PEER_PORT = 53;

  /** A datagram to the guest. */
  private static Frame sent(boolean ipv4) {
    return ipv4
        ? LoopbackHost.datagram(
            LoopbackHost.GATEWAY4, PEER_PORT, LoopbackHost.GUEST4, PORT, new byte[1000])
        : LoopbackHost.datagram(
            LoopbackHost.GATEWAY6, PEER_PORT, LoopbackHost.GUEST6, PORT, new byte[1400]);
  }

  @ParameterizedTest
  @CsvSource({
    "true, 3, 0, SOFT",
    "true, 3, 1, HOST_UNREACHABLE",
    "true, 3, 2, REFUSED",
    "true, 3, 3, REFUSED",
    "true, 3, 4, TOO_BIG",
    "true, 3, 5, SOFT",
    "true, 3, 13, REFUSED",
    "true, 11, 1, SOFT",
    "true, 12, 0, SOFT",
    "false, 1, 0, SOFT",
    "false, 1, 1, REFUSED",
    "false, 1, 3, HOST_UNREACHABLE",
    "false, 1, 4, REFUSED",
    "false, 2, 0, TOO_BIG",
    "false, 3, 0, SOFT",
    "false, 4, 1, REFUSED",
  })
  void bothIpVersionsSayTheSame(boolean ipv4, int type, int code, Meaning meaning) {
    assertThat(GuestError.isError(type, ipv4)).isTrue();
    GuestError error = ErrorFrames.error(ErrorFrames.about(sent(ipv4), type, code, 0));
    assertThat(error.meaning()).isEqualTo(meaning);
    assertThat(error.protocol()).isEqualTo(IpProtocol.UDP);
    FlowSide side = error.side();
    assertThat(side.endpointPort()).isEqualTo(PORT);
    assertThat(side.ourPort()).isEqualTo(PEER_PORT);
    assertThat(side.endpointLo())
        .isEqualTo((ipv4 ? LoopbackHost.GUEST4 : LoopbackHost.GUEST6).lo());
    assertThat(side.ourLo()).isEqualTo((ipv4 ? LoopbackHost.GATEWAY4 : LoopbackHost.GATEWAY6).lo());
  }

  @ParameterizedTest
  @CsvSource({
    "true, 1400, 1500, 1400",
    "true, 1500, 1400, 1400",
    "true, 68, 1500, 68",
    "true, 1, 1500, 68",
    "true, 0, 1500, 1006", // the quoted datagram had 1028 bytes
    "true, 0, 1000, 508",
    "true, 0, 68, 68",
    "false, 1280, 1500, 1280",
    "false, 1279, 1500, 1500",
    "false, 0, 1500, 1500",
    "false, -1, 1500, 1500",
  })
  void noPathIsNarrowerThanEachLinkIs(boolean ipv4, int told, int sent, int mtu) {
    GuestError error = ErrorFrames.error(ErrorFrames.tooBig(sent(ipv4), told));
    assertThat(error.mtu(sent)).isEqualTo(mtu);
  }

  @Test
  void aFirstFragmentIsOfItsDatagramAndALaterOneOfNobodys() {
    var error = new GuestError();
    Frame four = sent(true).with(20, HexFormat.of().parseHex("2000")).withHeaderChecksum();
    assertThat(error.read(ErrorFrames.packet(ErrorFrames.portUnreachable(four)))).isTrue();
    four = four.with(20, HexFormat.of().parseHex("0010")).withHeaderChecksum();
    assertThat(error.read(ErrorFrames.packet(ErrorFrames.portUnreachable(four)))).isFalse();
  }

  @Test
  void nothingThatAGuestWritesIsReadBeyondItsEnd() {
    var random = new Random(1);
    var error = new GuestError();
    for (int i = 0; i < 100_000; i++) {
      boolean ipv4 = random.nextBoolean();
      byte[] message = new byte[8 + random.nextInt(70)];
      random.nextBytes(message);
      if (message.length > 8 && random.nextInt(4) > 0) {
        message[8] = (byte) (ipv4 ? 0x40 | random.nextInt(16) : 0x60);
      }
      if (message.length > 14 && random.nextInt(3) == 0) {
        message[14] = 44; // IPv6's fragment header
      }
      Frame frame =
          LoopbackHost.packet(
              ipv4 ? LoopbackHost.GUEST4 : LoopbackHost.GUEST6,
              ipv4 ? LoopbackHost.GATEWAY4 : LoopbackHost.GATEWAY6,
              ipv4 ? IpProtocol.ICMP : IpProtocol.ICMPV6,
              64,
              0,
              message);
      if (error.read(ErrorFrames.packet(frame))) {
        assertThat(error.mtu(1500)).isBetween(68, 1500);
      }
    }
  }
}
