package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.flow.FlowTable;
import org.jpasst.lab.Alone;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.vectors.FrameVectors;
import org.junit.jupiter.api.Test;

/**
 * As many open connections of one guest as there can be, and more: over real sockets, with as many
 * descriptors as this machine allows a process.
 */
@LabTest
@Alone
final class FlowLimitIT {
  /** More than passt's number of flows. */
  private static final int OPENINGS = 132_000;

  /** The host has 28,000 ports to connect from, for each of these to connect to. */
  private static final int PORTS = 8;

  private static final int PORT = 5001;

  /** With so many, the names of the connections are all different. */
  private static final int SOURCES = 7;

  private static final int RESERVED = 32;
  private static final Duration SOON = Duration.ofSeconds(60);

  private Lab lab;
  private LabProcess backEnd;
  private FloodingGuest guest;
  private int descriptors;

  /** What a process here may have, at most. */
  private static int hardLimit() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/limits")).stream()
            .filter(each -> each.startsWith("Max open files"))
            .findFirst()
            .orElseThrow();
    return Integer.parseInt(line.split("\\s{2,}")[2]);
  }

  @Test
  void whatIsBeyondTheLimitIsResetAndNothingElseSuffers() throws IOException {
    try (Lab opened = Lab.open()) {
      lab = opened;
      Path socket = lab.directory().resolve("passt.socket");
      List<String> command =
          new ArrayList<>(
              List.of(BackEnd.program(), "--foreground", "--socket", socket.toString()));
      command.addAll(BackEnd.controlSocketOption(lab));
      try (LabProcess started = lab.host().start(command, BackEnd.environment())) {
        backEnd = started;
        lab.host().awaitUnixListener(socket, SOON);
        try (FloodingGuest connected = FloodingGuest.connect(socket)) {
          guest = connected;
          backEnd.awaitLine("guest connected", SOON);
          descriptors = backEnd.descriptors();
          fillAndEmpty();
        }
      }
    }
  }

  private void fillAndEmpty() throws IOException {
    guest.confirm();
    List<ServerSocketChannel> servers = listen();
    int most = Math.min(hardLimit() - RESERVED, FlowTable.LIMIT);
    while (guest.resets() == 0 && guest.begun() < OPENINGS) {
      burst();
      Await.until("answers", SOON, () -> guest.synAcks() + guest.resets() == guest.begun());
    }
    assertThat(guest.synAcks()).isBetween(most - descriptors - RESERVED, most);
    long live = live();
    while (guest.begun() < OPENINGS) {
      burst();
      awaitServices();
    }
    assertThat(backEnd.alive()).isTrue();
    assertThat(live()).as("connections that there were before").isEqualTo(live);
    JsonObject stats = stats();
    assertThat(guest.synAcks() + guest.resets() + counter(stats, "drop.reset_limit"))
        .isEqualTo(guest.begun() - counter(stats, "drop.attempt"));
    assertThat(counter(stats, "drop.no_socket") + counter(stats, "drop.table_full"))
        .isGreaterThan(guest.begun() - most - counter(stats, "drop.attempt"));

    System.out.printf(
        "%d begun, %d open, %d reset, %d left out%n",
        guest.begun(), guest.synAcks(), guest.resets(), counter(stats, "drop.reset_limit"));
    // Those left out ask again, and slower than this did: each is told.
    Await.until("resets for all of a burst", SOON, this::isBurstReset);

    for (ServerSocketChannel each : servers) {
      each.close(); // and with it those that nobody has accepted
    }
    Await.until("no flow", SOON, () -> live() == 0);
    Await.atMost("descriptors", descriptors, SOON, backEnd::descriptors);
    servers = listen();
    int before = guest.synAcks();
    burst();
    Await.until("connections", SOON, () -> guest.synAcks() == before + FloodingGuest.BURST);
    for (ServerSocketChannel each : servers) {
      each.close();
    }
    assertThat(backEnd.output()).doesNotContain("internal error");
  }

  /** Who connects stays in their queues. */
  private List<ServerSocketChannel> listen() throws IOException {
    lab.remote().sysctl("net.core.somaxconn", "65535");
    lab.remote().sysctl("net.ipv4.tcp_max_syn_backlog", "65535");
    List<ServerSocketChannel> servers = new ArrayList<>();
    for (int i = 0; i < PORTS; i++) {
      ServerSocketChannel server = lab.remote().call(ServerSocketChannel::open);
      server.bind(new InetSocketAddress(Lab.REMOTE4, PORT + i), 65_535);
      servers.add(server);
    }
    return servers;
  }

  private void burst() throws IOException {
    int port = PORT + guest.begun() / FloodingGuest.BURST % PORTS;
    guest.burst(port, SOURCES, false);
  }

  private boolean isBurstReset() {
    try {
      int before = guest.resets();
      burst();
      awaitServices(); // these answers come behind the resets
      return guest.resets() == before + FloodingGuest.BURST;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** ARP and DHCP are answered whatever else there is. */
  private void awaitServices() throws IOException {
    int offers = guest.offers();
    guest.ask();
    guest.send(
        FrameVectors.recorded("dhcp-discover-plain").exchanges().getFirst().request().bytes());
    Await.until("an answer of ARP", SOON, () -> guest.answers() == guest.questions());
    Await.until("an offer of DHCP", SOON, () -> guest.offers() > offers);
  }

  private long live() {
    return stats().getAsJsonObject("flows").getAsJsonObject("tcp").get("live").getAsLong();
  }

  private JsonObject stats() {
    return JsonParser.parseString(BackEnd.control(lab, "--json", "stats")).getAsJsonObject();
  }

  private static long counter(JsonObject stats, String name) {
    var counters = stats.getAsJsonObject("counters");
    return counters.has(name) ? counters.get(name).getAsLong() : 0;
  }
}
