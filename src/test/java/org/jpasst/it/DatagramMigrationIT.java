package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.DatagramFlow;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** UDP flows and running pings of a guest move, and lose nothing that had arrived. */
@LabTest
final class DatagramMigrationIT {
  private static final int FORWARDED4 = 5003;
  private static final int FORWARDED6 = 5004;
  private static final int OUTBOUND4 = 7003;
  private static final int OUTBOUND6 = 7004;
  private static final int MTU = 1500;
  private static final int SOME = 100;
  private static final Duration SOON = Duration.ofSeconds(20);

  private Lab lab;
  private Lab twin;
  private BackEnd source;
  private TapGuest guest;
  private Path state;

  @BeforeEach
  void start() {
    lab = Lab.open();
    twin = lab.twin();
    source = BackEnd.start(lab, options(lab));
    guest = TapGuest.connect(lab, source.socket(), MTU).configure("cubic");
    state = lab.directory().resolve("state");
  }

  @AfterEach
  void close() {
    guest.close();
    source.close();
    twin.close();
    lab.close();
  }

  private static String[] options(Lab lab, String... more) {
    List<String> options = new ArrayList<>(BackEnd.controlOption(lab));
    for (int port : List.of(FORWARDED4, FORWARDED6)) {
      options.addAll(List.of("--udp-ports", Integer.toString(port)));
    }
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  @Test
  void datagramsThatHadArrivedReachTheGuestOnTheOtherHost() throws Exception {
    List<DatagramFlow> flows = openFlows();
    pause();
    sendToGuest(flows, 1);
    BackEnd.control(lab, "migrate", "save", state.toString());
    try (BackEnd target = BackEnd.start(twin, options(twin, "--restore", state.toString()))) {
      twin.becomeReachable();
      guest = guest.moveTo(target.socket());
      expectAtGuest(flows, 1);
      converse(flows);
    }
    closeAll(flows);
  }

  @Test
  void datagramsThatHadArrivedReachTheGuestHereWhenASaveIsCancelled() throws Exception {
    List<DatagramFlow> flows = openFlows();
    pause();
    sendToGuest(flows, 1);
    BackEnd.control(lab, "migrate", "save", state.toString());
    sendToGuest(flows, 1 + SOME);
    BackEnd.control(lab, "migrate", "cancel");
    guest.goOn();
    expectAtGuest(flows, 1);
    expectAtGuest(flows, 1 + SOME);
    converse(flows);
    closeAll(flows);
  }

  @Test
  void datagramsOfPeersThatAreNewMoveToo() throws Exception {
    pause();
    NetworkNamespace inside = guest.namespace();
    try (var server = inside.call(java.nio.channels.DatagramChannel::open);
        var peer = lab.remote().call(java.nio.channels.DatagramChannel::open)) {
      server.bind(new java.net.InetSocketAddress(FORWARDED4));
      peer.connect(new java.net.InetSocketAddress(Lab.HOST4, FORWARDED4));
      peer.write(java.nio.ByteBuffer.wrap(new byte[] {7}));
      BackEnd.control(lab, "migrate", "save", state.toString());
      try (BackEnd target = BackEnd.start(twin, options(twin, "--restore", state.toString()))) {
        twin.becomeReachable();
        guest = guest.moveTo(target.socket());
        var got = java.nio.ByteBuffer.allocate(2);
        var from = server.receive(got);
        assertThat(got.flip().get()).isEqualTo((byte) 7);
        server.send(java.nio.ByteBuffer.wrap(new byte[] {8}), from);
        var answer = java.nio.ByteBuffer.allocate(2);
        assertThat(peer.read(answer)).isEqualTo(1);
      }
    }
  }

  @Test
  void aRunningPingGoesOn() {
    List<LabProcess> pings = new ArrayList<>();
    for (String address : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
      LabProcess ping =
          guest.namespace().start(List.of("ping", "-i", "0.1", "-c", "30", "-W", "10", address));
      ping.awaitLine("icmp_seq=5 .*", SOON);
      pings.add(ping);
    }
    pause();
    BackEnd.control(lab, "migrate", "save", state.toString());
    try (BackEnd target = BackEnd.start(twin, options(twin, "--restore", state.toString()))) {
      assertThat(target.process().output()).contains("2 echo flows go on here");
      twin.becomeReachable();
      guest = guest.moveTo(target.socket());
      for (LabProcess ping : pings) {
        assertThat(ping.awaitExit(SOON)).as(ping.output()).isZero();
        assertThat(ping.output()).contains("30 received").doesNotContain("DUP");
        ping.close();
      }
    }
  }

  private List<DatagramFlow> openFlows() throws IOException {
    NetworkNamespace inside = guest.namespace();
    NetworkNamespace remote = lab.remote();
    return List.of(
        DatagramFlow.open(inside, Lab.REMOTE4, OUTBOUND4, remote),
        DatagramFlow.open(inside, Lab.REMOTE6, OUTBOUND6, remote),
        DatagramFlow.open(remote, Lab.HOST4, FORWARDED4, inside),
        DatagramFlow.open(remote, Lab.HOST6, FORWARDED6, inside));
  }

  private void pause() {
    guest.stop();
    BackEnd.control(lab, "migrate", "pause");
  }

  /** Of outbound flows the server is outside, of others the client. */
  private static void sendToGuest(List<DatagramFlow> flows, int first) throws IOException {
    for (int i = 0; i < flows.size(); i++) {
      if (i < 2) {
        flows.get(i).reply(first, SOME);
      } else {
        flows.get(i).request(first, SOME);
      }
    }
  }

  private static void expectAtGuest(List<DatagramFlow> flows, int first) throws IOException {
    for (int i = 0; i < flows.size(); i++) {
      if (i < 2) {
        flows.get(i).expectAtClient(first, SOME);
      } else {
        flows.get(i).expectAtServer(first, SOME);
      }
    }
  }

  /** Both ways, from the same addresses and ports as before. */
  private static void converse(List<DatagramFlow> flows) throws IOException {
    int next = 10_000;
    for (DatagramFlow each : flows) {
      each.request(next, SOME);
      each.expectAtServer(next, SOME);
      each.reply(next, SOME);
      each.expectAtClient(next, SOME);
    }
  }

  private static void closeAll(List<DatagramFlow> flows) throws IOException {
    for (DatagramFlow each : flows) {
      each.close();
    }
  }
}
