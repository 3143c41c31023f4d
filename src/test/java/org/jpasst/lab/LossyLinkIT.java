package org.jpasst.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The link that loses, delays and reorders does so as much as it is told. */
@LabTest
final class LossyLinkIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String PORT = "5203";
  private static final int RATE = 20_000;
  private static final Pattern LEAST = Pattern.compile("rtt min/avg/max/mdev = ([0-9.]+)/");

  private record Arrived(double share, double behind) {}

  @Test
  void hostPathLosesAsMuchAsItIsTold() {
    Arrived arrived = datagrams(new Impairment(0.1, Duration.ZERO, 0));
    assertThat(arrived.share()).isCloseTo(0.9, within(0.015));
    assertThat(arrived.behind()).isZero();
  }

  @Test
  void hostPathReordersAsMuchAsItIsTold() {
    Arrived arrived = datagrams(new Impairment(0, Duration.ofMillis(3), 0.05));
    assertThat(arrived.share()).isEqualTo(1);
    assertThat(arrived.behind()).isCloseTo(0.05, within(0.01));
  }

  @Test
  void delayedFramesKeepTheirOrderAndAreAllThere() {
    Arrived arrived = datagrams(new Impairment(0, Duration.ofMillis(100), 0));
    assertThat(arrived.share()).isEqualTo(1);
    assertThat(arrived.behind()).isZero();
  }

  @Test
  void hostPathTakesItsTimeEachWay() {
    try (Lab lab = Lab.open(new Impairment(0, Duration.ofMillis(10), 0))) {
      assertThat(leastRoundTrip(lab.host(), Lab.REMOTE4)).isBetween(20.0, 21.5);
    }
  }

  @Test
  void guestsLinkTakesItsTimeEachWay() {
    Impairment link = new Impairment(0, Duration.ofMillis(5), 0);
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500, link)) {
      guest.configure("cubic");
      assertThat(leastRoundTrip(lab.guest(), Lab.REMOTE4)).isBetween(10.0, 12.5);
    }
  }

  @Test
  void streamsOfTheGuestSurviveLossAndReordering() throws Exception {
    Impairment link = new Impairment(0.01, Duration.ofMillis(1), 0.01);
    TrafficStream stream = new TrafficStream(1, 500_000);
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500, link)) {
      guest.configureForMeasurement("cubic");
      try (ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, 80);
          TcpPair pair = TcpPair.connect(lab.guest(), Lab.REMOTE4, 80, server)) {
        stream.carry(pair.client(), pair.server(), SOON.multipliedBy(4));
        stream.carry(pair.server(), pair.client(), SOON.multipliedBy(4));
      }
      assertThat(guest.retransmittedSegments()).isPositive();
    }
  }

  /** Datagrams from host to remote for a second: which share of them arrives, and how. */
  private static Arrived datagrams(Impairment path) {
    try (Lab lab = Lab.open(path);
        LabProcess sink = traffic(lab.remote(), "udp-sink", PORT)) {
      sink.awaitLine("ready", SOON);
      try (LabProcess sender =
          traffic(
              lab.host(),
              "udp-send",
              Lab.REMOTE4,
              PORT,
              "1400",
              Integer.toString(RATE),
              "1",
              "1",
              "1")) {
        double sent = Double.parseDouble(sender.awaitLine("sent (\\d+) seconds", SOON).group(1));
        Matcher seen = settled(sink);
        double received = Double.parseDouble(seen.group(1));
        return new Arrived(received / sent, Double.parseDouble(seen.group(2)) / received);
      }
    }
  }

  /** What the sink has counted when it counts no more. */
  private static Matcher settled(LabProcess sink) {
    Matcher[] last = new Matcher[1];
    Await.steady(
        "datagrams received",
        Duration.ofMillis(300),
        SOON,
        () -> {
          last[0] = ask(sink);
          return Long.parseLong(last[0].group(1));
        });
    return last[0];
  }

  private static Matcher ask(LabProcess sink) {
    int lines = sink.lineCount();
    try {
      sink.input().write('\n');
      sink.input().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sink.awaitLine(lines, "received (\\d+) behind (\\d+)", SOON);
  }

  private static LabProcess traffic(NetworkNamespace namespace, String... arguments) {
    var command = new ArrayList<>(List.of(CProgram.TRAFFIC.binary().toString()));
    command.addAll(List.of(arguments));
    return namespace.start(command);
  }

  /** In milliseconds. */
  private static double leastRoundTrip(NetworkNamespace from, String to) {
    List<String> command = List.of("ping", "-n", "-i", "0.01", "-c", "30", to);
    String output = LabProcess.run(from.inside(LabTree.testing().inside(command)), SOON);
    Matcher least = LEAST.matcher(output);
    assertThat(least.find()).as(output).isTrue();
    return Double.parseDouble(least.group(1));
  }
}
