package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.Station;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Kernels as a guest and as stations behind its link, such as containers and machines that are
 * nested in it.
 */
@LabTest
final class StationsIT {
  /** How the guest is attached. */
  enum Link {
    STREAM,
    VHOST_USER;

    BackEnd start(Lab lab, String... options) {
      var all = new ArrayList<>(List.of(options));
      if (this == VHOST_USER) {
        all.add("--vhost-user");
      }
      return BackEnd.start(lab, all.toArray(String[]::new));
    }

    TapGuest connect(Lab lab, BackEnd backEnd) {
      return this == STREAM
          ? TapGuest.connect(lab, backEnd.socket(), MTU)
          : TapGuest.connectVhostUser(lab, backEnd.socket(), MTU, List.of());
    }
  }

  private static final int MTU = 1500;
  private static final int PORT = 5001;
  private static final int OTHERS_PORT = 5002;
  private static final int FIRST_PORT = 6000;
  private static final int COUNT = 3;
  private static final Duration TRAFFIC = Duration.ofMinutes(3);
  private static final Duration SOON = Duration.ofSeconds(30);

  @ParameterizedTest
  @CsvSource({
    "STREAM, MACVLAN",
    "STREAM, BRIDGE",
    "VHOST_USER, MACVLAN",
    "VHOST_USER, BRIDGE",
  })
  void eachHasTheWholeNetworkAtTheSameTime(Link link, Station.Joint joint) throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd =
            link.start(
                lab,
                "--tcp-ports",
                Integer.toString(PORT),
                "--tcp-ports",
                "0.0.0.0/" + OTHERS_PORT + ":192.0.2.51");
        TapGuest guest = link.connect(lab, backEnd)) {
      joint.configureGuest(lab.guest());
      List<Station> stations =
          IntStream.rangeClosed(1, COUNT)
              .mapToObj(each -> Station.join(lab, joint, each).configure())
              .toList();
      try {
        assertForwardedTo(stations.getFirst().namespace(), lab, OTHERS_PORT);
        var tasks = new ArrayList<Callable<Void>>();
        tasks.add(carryOut(lab, lab.guest(), FIRST_PORT));
        for (Station each : stations) {
          tasks.add(carryOut(lab, each.namespace(), FIRST_PORT + tasks.size()));
        }
        TrafficStream.together(TRAFFIC, tasks);
        assertForwardedTo(lab.guest(), lab, PORT);
        assertForwardedTo(stations.getFirst().namespace(), lab, OTHERS_PORT);
      } finally {
        stations.forEach(Station::close);
      }
      assertThat(guest.droppedFrames()).as("frames dropped by the harness").isZero();
    }
  }

  private static Callable<Void> carryOut(Lab lab, NetworkNamespace from, int port) {
    return () -> {
      KernelTraffic.carryOut(lab, from, port);
      return null;
    };
  }

  /** Of one that hasn't been heard yet the guest's network is asked. */
  private static void assertForwardedTo(NetworkNamespace there, Lab lab, int port)
      throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(there, "0.0.0.0", port);
        TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, port, server)) {
      pair.exchange((byte) 1);
    }
  }

  /** The kernel tells nobody; whatever it sends next does. */
  @ParameterizedTest
  @CsvSource({"MACVLAN", "BRIDGE"})
  void aConnectionFollowsAStationThatGetsAnotherEthernetAddress(Station.Joint joint)
      throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest _ = TapGuest.connect(lab, backEnd.socket(), MTU)) {
      joint.configureGuest(lab.guest());
      try (Station station = Station.join(lab, joint, 1).configure();
          ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
          TcpPair pair = TcpPair.connect(station.namespace(), Lab.REMOTE4, PORT, server)) {
        pair.exchange((byte) 1);
        station.changeAddress(1);
        pair.server().write(ByteBuffer.wrap(new byte[] {2}));
        pair.client().configureBlocking(false);
        Await.until(
            "what was sent to the former address",
            SOON,
            () -> {
              ping(station.namespace());
              return hasByte(pair.client());
            });
      }
    }
  }

  /** On the new host something is for it before it has said a word. */
  @Test
  void whatAStationHasOpenMovesWithTheGuest() throws Exception {
    try (Lab lab = Lab.open();
        Lab twin = lab.twin();
        BackEnd source = BackEnd.start(lab, options(lab));
        TapGuest before = TapGuest.connect(lab, source.socket(), MTU)) {
      Station.Joint.MACVLAN.configureGuest(lab.guest());
      try (Station station = Station.join(lab, Station.Joint.MACVLAN, 1).configure();
          ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
          TcpPair pair = TcpPair.connect(station.namespace(), Lab.REMOTE4, PORT, server);
          DatagramChannel peer = KernelTraffic.bind(lab.remote(), Lab.REMOTE6, PORT);
          DatagramChannel asking = KernelTraffic.bind(station.namespace(), "::", 0)) {
        ping(lab.guest()); // who it is
        pair.exchange((byte) 1);
        byte[] datagram = {2};
        asking.send(ByteBuffer.wrap(datagram), new InetSocketAddress(Lab.REMOTE6, PORT));
        SocketAddress from = KernelTraffic.expect(peer, datagram);
        before.stop();
        BackEnd.control(lab, "migrate", "pause");
        peer.send(ByteBuffer.wrap(datagram), from);
        String state = lab.directory().resolve("state").toString();
        BackEnd.control(lab, "migrate", "save", state);
        assertThat(BackEnd.control(lab, "migrate", "show", state))
            .contains("stations besides the guest: 2");
        try (BackEnd target = BackEnd.start(twin, options(twin, "--restore", state))) {
          target.process().awaitLine("stations besides the guest: 2", SOON);
          twin.becomeReachable();
          try (TapGuest _ = before.moveTo(target.socket())) {
            KernelTraffic.expect(asking, datagram);
            pair.server().write(ByteBuffer.wrap(new byte[] {3}));
            ByteBuffer got = ByteBuffer.allocate(2);
            assertThat(pair.client().read(got)).isEqualTo(1);
            pair.exchange((byte) 4);
          }
        }
      }
    }
  }

  private static String[] options(Lab lab, String... more) {
    List<String> options = new ArrayList<>(BackEnd.controlOption(lab));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  private static void ping(NetworkNamespace from) {
    List<String> ping = List.of("ping", "-n", "-c", "1", "-W", "20", Lab.REMOTE4);
    LabProcess.run(from.inside(LabTree.testing().inside(ping)), SOON);
  }

  private static boolean hasByte(SocketChannel channel) {
    try {
      return channel.read(ByteBuffer.allocate(1)) == 1;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** There is one address: it stays with the guest as long as that has it. */
  @Test
  void aStationThatAsksByDhcpDoesNotTakeTheGuestsAddress() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", Integer.toString(PORT));
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU)) {
      assertThat(guest.configureByDhcp()).contains("ipv4.ip=" + Lab.HOST4);
      try (Station station = Station.join(lab, Station.Joint.MACVLAN, 1)) {
        assertThat(askByDhcp(station)).as("status of the client").isNotZero();
        assertForwardedTo(lab.guest(), lab, PORT);
        lab.guest().ip("addr flush dev " + TapGuest.DEVICE);
        Await.until("the lease of an address that is free", SOON, () -> askByDhcp(station) == 0);
      }
    }
  }

  private static int askByDhcp(Station station) {
    List<String> client =
        List.of(
            "busybox",
            "udhcpc",
            "-f",
            "-n",
            "-q",
            "-t",
            "2",
            "-T",
            "1",
            "-i",
            Station.DEVICE,
            "-s",
            "/bin/true");
    try (LabProcess asking = station.namespace().start(LabTree.testing().inside(client))) {
      return asking.awaitExit(SOON);
    }
  }
}
