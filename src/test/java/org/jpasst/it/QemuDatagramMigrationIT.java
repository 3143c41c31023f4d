package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
  private static final int OUTBOUND = 7053;
  private static final int STREAMED = 7054;
  private static final int SOME = 200;
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void whatArrivesForTheGuestThatHasStoppedIsThereOnceOnTheOtherHost() throws Exception {
    try (MovingGuest moving = MovingGuest.boot(BackEndProgram.underTest(), "")) {
      QemuGuest guest = moving.guest();
      guest.run("ping -i 0.2 " + Lab.REMOTE4 + " >/tmp/ping &");
      List<Flow> flows =
          List.of(
              Flow.outbound(moving, Lab.REMOTE4),
              Flow.outbound(moving, Lab.REMOTE6),
              Flow.inbound(moving));
      moving.move(BackEndProgram.underTest(), () -> flows.forEach(each -> each.send(1)));
      for (Flow each : flows) {
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
      List<Flow> flows =
          List.of(
              Flow.outbound(moving, Lab.REMOTE4),
              Flow.outbound(moving, Lab.REMOTE6),
              Flow.inbound(moving));
      moving.move(BackEndProgram.underTest(), () -> sendUntilSomeAreTaken(flows, moving.host()));
      String messages = moving.messages();
      assertThat(messages).contains("packet cache: up to 16777216 bytes of UDP, ICMP echo, other");
      int cached = number(messages, "(\\d+) cached frames wait for the guest");
      int stillInSockets = number(messages, "UDP flows go on here, with (\\d+) datagrams");
      assertThat(cached).as("frames that were in the cache").isPositive();
      assertThat(cached + stillInSockets).as("of the datagrams").isEqualTo(3 * SOME);
      for (Flow each : flows) {
        each.expect(moving.guest(), 1);
        each.answer(moving.guest());
      }
    }
  }

  /** The kernel counts a datagram as received when the back-end reads it. */
  private static void sendUntilSomeAreTaken(List<Flow> flows, NetworkNamespace host) {
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
      List<Flow> flows =
          List.of(
              Flow.outbound(moving, Lab.REMOTE4),
              Flow.outbound(moving, Lab.REMOTE6),
              Flow.inbound(moving));
      moving.move(
          BackEndProgram.underTest(),
          () -> {
            flows.forEach(each -> each.send(1));
            write(stream, "in the pause\n");
          });
      String messages = moving.messages();
      assertThat(messages).contains("packet cache: up to 16777216 bytes of bridged frames");
      assertThat(number(messages, "(\\d+) cached frames wait for the guest"))
          .isGreaterThan(3 * SOME);
      for (Flow each : flows) {
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
      Flow flow = Flow.outbound(moving, Lab.REMOTE4);
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
      Flow flow = Flow.outbound(moving, Lab.REMOTE4);
      moving.move(BackEndProgram.real(), () -> flow.send(1));
      moving.guest().run("ping -c 1 -W 5 " + Lab.REMOTE4);
    }
  }

  private static int number(String messages, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(messages);
    assertThat(matcher.find()).as("%s in %s", pattern, messages).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  /** One with a program in the guest that writes what it gets to a file. */
  private record Flow(DatagramChannel outside, SocketAddress guest, String files) {
    static Flow outbound(MovingGuest moving, String address) throws IOException {
      String files = "/tmp/udp" + (address.contains(":") ? "6" : "4");
      DatagramChannel server = moving.remote().call(DatagramChannel::open);
      server.bind(new InetSocketAddress(InetAddress.getByName(address), OUTBOUND));
      start(moving, files, "nc -u " + address + " " + OUTBOUND);
      moving.guest().run("echo hello >" + files + ".in");
      ByteBuffer hello = ByteBuffer.allocate(10);
      return new Flow(server, server.receive(hello), files);
    }

    static Flow inbound(MovingGuest moving) throws IOException {
      String files = "/tmp/udpin";
      NetworkNamespace remote = moving.remote();
      DatagramChannel client = remote.call(DatagramChannel::open);
      SocketAddress guest = new InetSocketAddress(Lab.HOST4, MovingGuest.FORWARDED);
      client.connect(guest);
      start(moving, files, "nc -u -l " + MovingGuest.FORWARDED);
      moving.guest().run("until grep -q ':1389 ' /proc/net/udp; do sleep 1; done");
      Flow flow = new Flow(client, guest, files);
      flow.send(0, 1);
      moving.guest().run("until [ -s " + files + ".out ]; do usleep 10000; done");
      moving.guest().run("echo hello >" + files + ".in && : >" + files + ".out");
      ByteBuffer hello = ByteBuffer.allocate(10);
      client.read(hello);
      return flow;
    }

    private static void start(MovingGuest moving, String files, String program) {
      moving.guest().run("mkfifo " + files + ".in && (sleep 1000 >" + files + ".in &)");
      moving.guest().run("(" + program + " <" + files + ".in >>" + files + ".out &)");
    }

    void send(int first) {
      send(first, SOME);
    }

    private void send(int first, int count) {
      try {
        for (int i = first; i < first + count; i++) {
          outside.send(ByteBuffer.wrap((i + "\n").getBytes(StandardCharsets.US_ASCII)), guest);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The guest has got just these since the last time, in order. */
    void expect(QemuGuest guest, int first) {
      String last = Integer.toString(first + SOME - 1);
      guest.run("until grep -qx %s %s.out; do usleep 10000; done".formatted(last, files));
      String numbers =
          IntStream.range(first, first + SOME)
              .mapToObj(Integer::toString)
              .collect(Collectors.joining("\n", "", "\n"));
      assertThat(
              guest.run("tail -n %d %s.out | md5sum; wc -l <%s.out".formatted(SOME, files, files)))
          .startsWith(md5(numbers))
          .endsWith("\n" + last);
    }

    private static String md5(String text) {
      try {
        byte[] digest =
            MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(digest);
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
    }

    /** What the guest sends comes from where it came from before. */
    void answer(QemuGuest inside) throws IOException {
      inside.run("echo again >" + files + ".in");
      ByteBuffer got = ByteBuffer.allocate(10);
      assertThat(outside.receive(got)).isEqualTo(guest);
      assertThat(StandardCharsets.US_ASCII.decode(got.flip()).toString()).isEqualTo("again\n");
    }
  }
}
