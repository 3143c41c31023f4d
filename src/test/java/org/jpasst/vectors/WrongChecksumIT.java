package org.jpasst.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.Test;

/**
 * What a guest sends with a wrong checksum of TCP or UDP isn't answered; a person is told of it
 * once, however much there is.
 */
@LabTest
final class WrongChecksumIT {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LATE = Duration.ofMillis(200);
  private static final List<String> UDP =
      List.of("dhcp-discover", "dhcpv6-solicit", "udp-echo4-remote", "udp-echo6-remote");
  private static final List<String> TCP = List.of("tcp-outbound4", "tcp-outbound6");

  @Test
  void isToldInOneLineForEachProtocol() {
    try (RecordedLab lab = RecordedLab.open(FrameVectors.recorded("startup").host());
        BackEnd backEnd = BackEnd.start(lab.lab());
        GuestSocket guest = GuestSocket.connect(backEnd.socket())) {
      LivenessProbe probe = LivenessProbe.forOptions(List.of());
      Frame[] wrong =
          Stream.concat(UDP.stream(), TCP.stream())
              .map(WrongChecksumIT::first)
              .toArray(Frame[]::new);
      for (int i = 0; i < 3; i++) {
        guest.send(wrong);
      }
      Frame question = probe.next();
      guest.send(question);
      for (Frame next = receive(guest); !probe.isAnswer(next); next = receive(guest)) {
        assertNoAnswer(next);
      }
      guest.receive(LATE).ifPresent(WrongChecksumIT::assertNoAnswer);

      assertThat(backEnd.process().output().lines())
          .filteredOn(each -> each.contains("wrong checksum"))
          .satisfiesExactlyInAnyOrder(
              each -> assertThat(each).contains("dropped a UDP datagram"),
              each -> assertThat(each).contains("dropped a TCP segment"));
    }
  }

  /** The first frame of a recording, with one bit of its checksum changed. */
  private static Frame first(String name) {
    Frame right =
        FrameVectors.load(name).steps().stream()
            .filter(Step.Send.class::isInstance)
            .map(each -> ((Step.Send) each).frame())
            .filter(each -> each.isTcp() || each.isUdp())
            .findFirst()
            .orElseThrow()
            .withTransportChecksum();
    int at = right.transportAt() + (right.isTcp() ? 16 : 6);
    return right.with(at, (byte) (right.u8(at) ^ 1));
  }

  /** Others come by themselves when a guest connects. */
  private static void assertNoAnswer(Frame frame) {
    assertThat(frame.isTcp() || frame.isUdp() || frame.protocol() == Frame.ICMP)
        .as("frame " + frame)
        .isFalse();
  }

  private static Frame receive(GuestSocket guest) {
    return guest.receive(ANSWER).orElseThrow();
  }
}
