package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.MovingGuest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.Test;

/** UDP flows and pings of a QEMU guest that moves inside QEMU's migration. */
@LabTest
final class QemuDatagramMigrationIT {
  private static final int STREAMED = 7054;
  private static final int SOME = GuestDatagrams.SOME;
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void whatArrivesForTheGuestThatHasStoppedIsThereOnceOnTheOtherHost() throws Exception {
    try (MovingGuest moving = MovingGuest.boot(BackEndProgram.underTest(), "")) {
      QemuGuest guest = moving.guest();
      guest.run("ping -i 0.2 " + Lab.REMOTE4 + " >/tmp/ping &");
      List<GuestDatagrams> flows =
          List.of(
              GuestDatagrams.outbound(moving.remote(), moving.guest(), Lab.REMOTE4),
              GuestDatagrams.outbound(moving.remote(), moving.guest(), Lab.REMOTE6),
              GuestDatagrams.inbound(moving.remote(), moving.guest()));
      moving.move(BackEndProgram.underTest(), () -> flows.forEach(each -> each.send(1)));
      for (GuestDatagrams each : flows) {
        each.expect(moving.guest(), 1);
        each.send(1 + SOME);
        each.expect(moving.guest(), 1 + SOME);
        each.answer(moving.guest());
      }
      String sequence = "sed -n 's/.*seq=\\([0-9]*\\).*/\\1/p' /tmp/ping | tail -n 1";
      int before = Integer.parseInt(moving.guest().run(sequence));
      moving
          .guest()
          .run("until [ $(" + sequence + ") -gt " + (before + 5) + " ]; do sleep 1; done");
      assertThat(moving.guest().run("grep -c DUP /tmp/ping || true")).isEqualTo("0");
    }
  }

  @Test
  void framesInThePacketCacheMoveInsideTheMigration() throws Exception {
    try (MovingGuest moving =
        MovingGuest.boot(BackEndProgram.underTest(), "", "--packet-cache", "on")) {
      List<GuestDatagrams> flows =
          List.of(
              GuestDatagrams.outbound(moving.remote(), moving.guest(), Lab.REMOTE4),
              GuestDatagrams.outbound(moving.remote(), moving.guest(), Lab.REMOTE6),
              GuestDatagrams.inbound(moving.remote(), moving.guest()));
      moving.move(BackEndProgram.underTest(), () -> sendUntilSomeAreTaken(flows, moving.host()));
      String messages = moving.messages();
      assertThat(messages).contains("packet cache: up to 16777216 bytes of UDP, ICMP echo, other");
      int cached = number(messages, "(\\d+) cached frames wait for the guest");
      int stillInSockets = number(messages, "UDP flows go on here, with (\\d+) datagrams");
      assertThat(cached).as("frames that were in the cache").isPositive();
      assertThat(cached + stillInSockets).as("of the datagrams").isEqualTo(3 * SOME);
      for (GuestDatagrams each : flows) {
        each.expect(moving.guest(), 1);
        each.answer(moving.guest());
      }
    }
  }

  /** The kernel counts a datagram as received when the back-end reads it. */
  private static void sendUntilSomeAreTaken(List<GuestDatagrams> flows, NetworkNamespace host) {
    long before = host.counter("Udp", "InDatagrams");
    flows.forEach(each -> each.send(1));
    Await.until(
        "the back-end to take some", SOON, () -> host.counter("Udp", "InDatagrams") > before);
  }

  /** There are no sockets where they could wait, and no flows that move. */
  @Test
  void bridgedFramesMoveInsideTheMigration() throws Exception {
    try (MovingGuest moving = MovingGuest.bootBridged();
        ServerSocketChannel server = TcpPair.listen(moving.remote(), Lab.REMOTE4, STREAMED)) {
      moving.guest().run("nc " + Lab.REMOTE4 + " " + STREAMED + " >/tmp/stream &");
      SocketChannel stream = server.accept();
      List<GuestDatagrams> flows =
          List.of(
              GuestDatagrams.outbound(moving.remote(), moving.guest(), Lab.REMOTE4),
              GuestDatagrams.outbound(moving.remote(), moving.guest(), Lab.REMOTE6),
              GuestDatagrams.inbound(moving.remote(), moving.guest()));
      moving.move(
          BackEndProgram.underTest(),
          () -> {
            long before = moving.host().framesSent(Lab.UPLINK);
            flows.forEach(each -> each.send(1));
            write(stream, "in the pause\n");
            Await.until(
                "the back-end to take all",
                SOON,
                () -> moving.host().framesSent(Lab.UPLINK) > before + 3 * SOME);
          });
      String messages = moving.messages();
      assertThat(messages).contains("packet cache: up to 16777216 bytes of bridged frames");
      assertThat(number(messages, "(\\d+) cached frames wait for the guest"))
          .isGreaterThan(3 * SOME);
      for (GuestDatagrams each : flows) {
        each.expect(moving.guest(), 1);
        each.send(1 + SOME);
        each.expect(moving.guest(), 1 + SOME);
        each.answer(moving.guest());
      }
      write(stream, "behind it\n");
      stream.shutdownOutput();
      moving.guest().run("until grep -q behind /tmp/stream; do sleep 1; done");
      assertThat(moving.guest().run("cat /tmp/stream"))
          .isEqualToIgnoringNewLines("in the pausebehind it");
      stream.close();
    }
  }

  private static void write(SocketChannel stream, String text) {
    try {
      stream.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aGuestThatIsContinuedHereGetsThemHere() throws Exception {
    try (MovingGuest moving = MovingGuest.boot(BackEndProgram.underTest(), "")) {
      GuestDatagrams flow = GuestDatagrams.outbound(moving.remote(), moving.guest(), Lab.REMOTE4);
      moving.saveAndContinue(() -> flow.send(1));
      flow.expect(moving.guest(), 1);
      flow.answer(moving.guest());
    }
  }

  /** Which reads version 2, and doesn't mind what follows as long as a pipe holds it. */
  @Test
  void theRealPasstTakesAGuestWithFlowsThatItDoesNotKnow() throws Exception {
    try (MovingGuest moving =
        MovingGuest.boot(BackEndProgram.underTest(), MovingGuest.AS_WITH_PASST)) {
      GuestDatagrams flow = GuestDatagrams.outbound(moving.remote(), moving.guest(), Lab.REMOTE4);
      moving.move(BackEndProgram.real(), () -> flow.send(1));
      moving.guest().run("ping -c 1 -W 5 " + Lab.REMOTE4);
    }
  }

  private static int number(String messages, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(messages);
    assertThat(matcher.find()).as("%s in %s", pattern, messages).isTrue();
    return Integer.parseInt(matcher.group(1));
  }
}
