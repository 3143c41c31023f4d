package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.Alone;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.DatagramFlow;
import org.jpasst.lab.Impairment;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** UDP flows and running pings of a guest move, and lose nothing that had arrived. */
@LabTest
@Alone
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
    try (var server = inside.call(DatagramChannel::open);
        var peer = lab.remote().call(DatagramChannel::open)) {
      server.bind(new InetSocketAddress(FORWARDED4));
      peer.connect(new InetSocketAddress(Lab.HOST4, FORWARDED4));
      peer.write(ByteBuffer.wrap(new byte[] {7}));
      BackEnd.control(lab, "migrate", "save", state.toString());
      try (BackEnd target = BackEnd.start(twin, options(twin, "--restore", state.toString()))) {
        twin.becomeReachable();
        guest = guest.moveTo(target.socket());
        var got = ByteBuffer.allocate(2);
        var from = server.receive(got);
        assertThat(got.flip().get()).isEqualTo((byte) 7);
        server.send(ByteBuffer.wrap(new byte[] {8}), from);
        var answer = ByteBuffer.allocate(2);
        assertThat(peer.read(answer)).isEqualTo(1);
      }
    }
  }

  /** Requests that the kernel behind the TAP device sends while that is closed don't leave it. */
  @Test
  void aRunningPingGoesOn() {
    List<LabProcess> pings = new ArrayList<>();
    for (String address : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
      pings.add(ping("-i", "0.2", "-c", "60", address));
    }
    for (LabProcess ping : pings) {
      ping.awaitLine(".*icmp_seq=5 .*", SOON);
    }
    pause();
    BackEnd.control(lab, "migrate", "save", state.toString());
    try (BackEnd target = BackEnd.start(twin, options(twin, "--restore", state.toString()))) {
      target.process().awaitLine(".*2 echo flows go on here.*", SOON);
      twin.becomeReachable();
      guest = guest.moveTo(target.socket());
      for (LabProcess ping : pings) {
        ping.awaitLine(".*icmp_seq=60 .*", SOON);
        assertThat(ping.output()).doesNotContain("DUP");
        ping.close();
      }
    }
  }

  @Test
  void aReplyThatHadArrivedReachesTheGuestOnTheOtherHost() {
    close();
    lab = Lab.open(new Impairment(0, Duration.ofSeconds(1), 0));
    twin = lab.twin();
    source = BackEnd.start(lab, options(lab));
    guest = TapGuest.connect(lab, source.socket(), MTU).configure("cubic");
    state = lab.directory().resolve("state");
    try (LabProcess ping = ping("-c", "1", Lab.REMOTE4)) {
      Await.until("a request", SOON, () -> lab.remote().counter("Icmp", "InEchos") == 1);
      pause();
      Await.until("its reply", SOON, () -> lab.host().counter("Icmp", "InEchoReps") == 1);
      BackEnd.control(lab, "migrate", "save", state.toString());
      try (BackEnd target = BackEnd.start(twin, options(twin, "--restore", state.toString()))) {
        target.process().awaitLine(".*1 echo flows go on here, with 1 datagrams", SOON);
        guest = guest.moveTo(target.socket());
        ping.awaitLine(".*icmp_seq=1 .*", SOON);
      }
    }
  }

  private LabProcess ping(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ping", "-n", "-W", "20"));
    command.addAll(List.of(arguments));
    return guest.namespace().start(LabTree.testing().inside(command));
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

  /**
   * Both ways, from the same addresses and ports as before. The first datagram has the host resolve
   * its neighbour: of a burst the kernel would keep only the last ones meanwhile.
   */
  private static void converse(List<DatagramFlow> flows) throws IOException {
    for (DatagramFlow each : flows) {
      converse(each, 10_000, 1);
      converse(each, 20_000, SOME);
    }
  }

  private static void converse(DatagramFlow flow, int first, int count) throws IOException {
    flow.request(first, count);
    flow.expectAtServer(first, count);
    flow.reply(first, count);
    flow.expectAtClient(first, count);
  }

  private static void closeAll(List<DatagramFlow> flows) throws IOException {
    for (DatagramFlow each : flows) {
      each.close();
    }
  }
}
