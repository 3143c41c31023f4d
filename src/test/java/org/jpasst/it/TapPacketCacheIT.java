package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.DatagramFlow;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.NumberedDatagrams;
import org.jpasst.lab.Operator;
import org.jpasst.lab.TapGuest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A TAP device has no state migration: what comes for a guest that stands still is cached. */
@LabTest
final class TapPacketCacheIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int MTU = 1500;
  private static final int FORWARDED = 5003;
  private static final int OUTBOUND = 7003;
  private static final String OFF =
      "{\"command\":\"migrate cache\",\"kind\":\"udp\",\"choice\":\"off\"}";

  private static final int SOME = 100;
  private static final int PER_SECOND = 100;
  private static final int TWO_SECONDS = 2 * PER_SECOND;

  private Lab lab;
  private LabProcess backEnd;
  private TapGuest guest;

  @BeforeEach
  void start() {
    assumeFalse(BackEnd.isReal(), "passt has no such link");
    lab = Lab.open();
    backEnd = launch(lab);
    guest = TapGuest.behind(lab, backEnd, MTU).configure("cubic");
  }

  @AfterEach
  void close() {
    if (lab != null) {
      guest.close();
      lab.close();
    }
  }

  private static LabProcess launch(Lab lab) {
    List<String> options = new ArrayList<>(List.of("--foreground", "--tap", TapGuest.DEVICE));
    options.addAll(BackEnd.controlOption(lab));
    options.addAll(List.of("--udp-ports", Integer.toString(FORWARDED)));
    LabProcess backEnd = BackEnd.launch(lab, options);
    backEnd.awaitLine("the guest is behind the TAP device.*", SOON);
    return backEnd;
  }

  @Test
  void aPauseOfTwoSecondsLosesNothing() throws Exception {
    List<String> ping = List.of("ping", "-n", "-i", "0.1", "-c", "40", "-W", "10", Lab.REMOTE4);
    try (Operator operator = Operator.connect(lab);
        LabProcess pinging = guest.namespace().start(LabTree.testing().inside(ping));
        DatagramChannel inside = guest.namespace().call(DatagramChannel::open);
        DatagramChannel outside = lab.remote().call(DatagramChannel::open)) {
      inside.bind(new InetSocketAddress(FORWARDED));
      outside.connect(new InetSocketAddress(Lab.HOST4, FORWARDED));
      NumberedDatagrams datagrams = NumberedDatagrams.start(outside, inside, PER_SECOND);
      datagrams.awaitProgress(SOME);
      pinging.awaitLine(".*icmp_seq=5 .*", SOON);
      assertThat(operator.ask("migrate pause")).contains("ok");
      datagrams.awaitSent(TWO_SECONDS);
      assertThat(operator.ask("migrate resume")).contains("ok");
      datagrams.awaitProgress(SOME);
      NumberedDatagrams.Arrived arrived = datagrams.stop();
      assertThat(arrived.lost()).isZero();
      assertThat(arrived.late()).isZero();
      assertThat(arrived.twice()).isZero();
      assertThat(pinging.awaitExit(SOON)).isZero();
      assertThat(pinging.output()).contains("40 received").doesNotContain("DUP");
    }
    assertThat(backEnd.output())
        .contains("packet cache: up to 16777216 bytes of UDP, ICMP echo, other");
  }

  /** What is cached for ten seconds is too old: nothing is started meanwhile. */
  @Test
  void anOperatorSeesWhatIsCachedAndSwitchesAKind() throws Exception {
    try (Operator operator = Operator.connect(lab);
        DatagramFlow flow =
            DatagramFlow.open(lab.remote(), Lab.HOST4, FORWARDED, guest.namespace())) {
      assertThat(operator.ask("migrate pause")).contains("ok");
      flow.request(1, SOME);
      Await.until(
          "all are cached", SOON, () -> cache(operator).contains("\"frames\":" + SOME + ",\"by"));
      assertThat(cache(operator))
          .contains("\"kind\":\"udp\",\"choice\":\"auto\",\"cached\":true")
          .containsPattern("\"UDP [0-9.:]+ > [0-9.]+:" + FORWARDED + "\",\"frames\":" + SOME);

      assertThat(operator.askAll(OFF))
          .contains("\"kind\":\"udp\",\"choice\":\"off\",\"cached\":false");
      flow.request(1 + SOME, SOME);
      assertThat(operator.ask("migrate resume")).contains("ok");

      // The second burst waited in the socket: nothing is lost, nothing comes twice, in this order.
      flow.expectAtServer(1, 2 * SOME);
      assertThat(BackEnd.control(lab, "migrate", "cache"))
          .containsPattern("udp +off +no")
          .contains("0 frames, 0 bytes");
    }
  }

  private static String cache(Operator operator) {
    try {
      return operator.ask("migrate cache");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatCameInThePauseMovesToTheOtherHost() throws Exception {
    NetworkNamespace inside = guest.namespace();
    Path state = lab.directory().resolve("state");
    try (Lab twin = lab.twin();
        DatagramFlow outbound = DatagramFlow.open(inside, Lab.REMOTE4, OUTBOUND, lab.remote());
        DatagramFlow inbound = DatagramFlow.open(lab.remote(), Lab.HOST6, FORWARDED, inside)) {
      BackEnd.control(lab, "migrate", "pause");
      outbound.reply(1, SOME);
      inbound.request(1, SOME);
      BackEnd.control(lab, "migrate", "save", state.toString());
      assertThat(BackEnd.control(lab, "migrate", "show", state.toString()))
          .contains("packet cache: " + 2 * SOME + " frames")
          .doesNotContain("UDP flows");
      twin.becomeReachable();
      LabProcess target = launch(twin);
      BackEnd.control(twin, "migrate", "pause");
      BackEnd.control(twin, "migrate", "load", state.toString());
      guest = guest.moveBehind(twin, target, MTU);
      BackEnd.control(twin, "migrate", "resume");
      outbound.expectAtClient(1, SOME);
      inbound.expectAtServer(1, SOME);
      // By new flows, from the same ports. The first datagram has the host resolve its neighbour:
      // of a burst the kernel would keep only the last ones meanwhile.
      outbound.request(1, 1);
      outbound.expectAtServer(1, 1);
      outbound.request(2, SOME);
      outbound.expectAtServer(2, SOME);
      inbound.reply(1, 1);
      inbound.expectAtClient(1, 1);
      inbound.reply(2, SOME);
      inbound.expectAtClient(2, SOME);
      guest.close();
    }
  }
}
