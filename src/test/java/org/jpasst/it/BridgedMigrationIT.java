package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.DatagramFlow;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Operator;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A harness moves a bridged guest that is attached by a stream socket, with passtctl. */
@LabTest
final class BridgedMigrationIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Pattern TAKEN = Pattern.compile("cache.taken\\D+(\\d+)");
  private static final String OK = "\"ok\":true";
  private static final int MTU = 1500;
  private static final int OUTBOUND = 7003;
  private static final int INBOUND = 5003;
  private static final int STREAMED = 7004;
  private static final int SOME = 100;

  private Lab lab;
  private Lab twin;
  private BackEnd source;
  private TapGuest guest;
  private Path state;

  @BeforeEach
  void start() {
    assumeFalse(BackEnd.isReal(), "passt translates");
    lab = Lab.open();
    twin = lab.twin();
    lab.bridge(MTU);
    twin.bridge(MTU);
    lab.becomeReachable();
    source = start(lab);
    guest = TapGuest.connect(lab, source.socket(), MTU).configure("cubic");
    state = lab.directory().resolve("state");
  }

  @AfterEach
  void close() {
    if (lab != null) {
      guest.close();
      source.close();
      twin.close();
      lab.close();
    }
  }

  private static BackEnd start(Lab lab, String... more) {
    List<String> options = new ArrayList<>(BackEnd.controlOption(lab));
    options.addAll(List.of("--uplink", "tap:" + Lab.UPLINK));
    options.addAll(List.of(more));
    return BackEnd.start(lab, options.toArray(String[]::new));
  }

  /** Both hosts are ready before it stops: what is cached for ten seconds is too old. */
  @Test
  void whatCameInThePauseComesOnceAndFirstOnTheOtherHost() throws Exception {
    try (BackEnd target = start(twin);
        Operator here = Operator.connect(lab);
        Operator there = Operator.connect(twin);
        DatagramFlow outbound =
            DatagramFlow.open(guest.namespace(), Lab.REMOTE4, OUTBOUND, lab.remote());
        DatagramFlow inbound =
            DatagramFlow.open(lab.remote(), Lab.HOST6, INBOUND, guest.namespace());
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, STREAMED);
        TcpPair stream = TcpPair.connect(guest.namespace(), Lab.REMOTE4, STREAMED, server)) {
      stream.exchange((byte) 1);
      assertThat(there.ask("migrate pause")).contains(OK);
      assertThat(here.ask("migrate pause")).contains(OK);
      outbound.reply(1, SOME);
      inbound.request(1, SOME);
      stream.server().write(ByteBuffer.wrap(new byte[] {2}));
      awaitCached(here, 2 * SOME + 1);
      assertThat(here.ask("migrate save", state)).contains(OK);
      twin.becomeReachable();
      assertThat(there.ask("migrate load", state)).contains(OK);
      guest = guest.moveTo(target.socket());
      inbound.request(1 + SOME, SOME); // newer ones, which wait here
      assertThat(there.ask("migrate resume")).contains(OK);
      outbound.expectAtClient(1, SOME);
      inbound.expectAtServer(1, 2 * SOME);
      var received = ByteBuffer.allocate(1);
      assertThat(stream.client().read(received)).isEqualTo(1);
      assertThat(received.get(0)).isEqualTo((byte) 2);
      stream.exchange((byte) 3);
      outbound.request(1, SOME);
      outbound.expectAtServer(1, SOME);
      assertThat(BackEnd.control(twin, "migrate", "show", state.toString()))
          .containsPattern("packet cache: 2\\d\\d frames")
          .doesNotContain("UDP flows");
      guest.close();
    }
  }

  @Test
  void aGuestThatGoesOnHereGetsThemHere() throws Exception {
    try (Operator operator = Operator.connect(lab);
        DatagramFlow inbound =
            DatagramFlow.open(lab.remote(), Lab.HOST4, INBOUND, guest.namespace())) {
      assertThat(operator.ask("migrate pause")).contains(OK);
      inbound.request(1, SOME);
      awaitCached(operator, SOME);
      assertThat(operator.ask("migrate save", state)).contains(OK);
      inbound.request(1 + SOME, SOME);
      assertThat(operator.ask("migrate cancel")).contains(OK);
      inbound.expectAtServer(1, 2 * SOME);
      inbound.reply(1, SOME);
      inbound.expectAtClient(1, SOME);
    }
  }

  /** Forwarding is the other kind of run's; what there is to see is there all the same. */
  @Test
  void anOperatorSeesNoFlowsAndForwardsNothing() throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, STREAMED);
        TcpPair stream = TcpPair.connect(guest.namespace(), Lab.REMOTE4, STREAMED, server)) {
      stream.exchange((byte) 1);
      assertThat(BackEnd.control(lab, "flows")).doesNotContain(Lab.REMOTE4);
      assertThat(BackEnd.control(lab, "stats")).contains("frames.to_uplink");
      assertThat(BackEnd.control(lab, "forward", "list")).doesNotContain("tcp");
      assertThat(BackEnd.failingControl(lab, "forward", "add", "tcp", "2222:22"))
          .contains("the guest is bridged (--uplink): nothing is forwarded");
    }
  }

  private static void awaitCached(Operator operator, int frames) {
    Await.until(frames + " cached frames", SOON, () -> cached(operator) >= frames);
  }

  private static int cached(Operator operator) {
    try {
      Matcher taken = TAKEN.matcher(operator.ask("stats"));
      return taken.find() ? Integer.parseInt(taken.group(1)) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
