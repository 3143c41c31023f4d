package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.InheritedTap;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.UncutDatagrams;
import org.jpasst.lab.VhostUserTraffic;
import org.jpasst.linux.TunFlag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernel is a guest whose frames pass as they are to a TAP device, which is a port of a bridge
 * with the remote behind it: the guest has its own addresses there.
 */
@LabTest
final class BridgedGuestIT {
  private static final String UPLINK = "tap:" + Lab.UPLINK;
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int UNCUT = 20 * KernelTraffic.MAX_DATAGRAM + 300;
  private static final int DESCRIPTOR = 10;
  private static final int PLAIN = TunFlag.IFF_TAP | TunFlag.IFF_NO_PI;
  private static final List<String> OFFLOADS =
      List.of(
          "csum",
          "guest_csum",
          "host_tso4",
          "host_tso6",
          "guest_tso4",
          "guest_tso6",
          "host_uso",
          "guest_uso4",
          "guest_uso6");

  private Lab lab;

  @BeforeEach
  void open() {
    assumeFalse(BackEnd.isReal(), "passt translates");
    lab = Lab.open();
  }

  @AfterEach
  void close() {
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest(name = "MTU {0}")
  @ValueSource(ints = {1500, 9000, 65520})
  void carriesAllKindsOfTrafficOfAStream(int mtu) throws Exception {
    lab.bridge(mtu);
    try (BackEnd backEnd = BackEnd.start(lab, "--uplink", UPLINK);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), mtu).configure("cubic")) {
      carryAll(guest);
      assertThat(backEnd.process().output()).contains("Uplink, frames pass as they are: tap:up0");
    }
  }

  /** All that there is, then without some of it, then none, and rings that are simpler. */
  private static List<List<String>> devices() {
    return List.of(
        List.of(),
        List.of("csum"),
        List.of("guest_csum"),
        List.of("host_tso4", "host_tso6", "host_uso"),
        List.of("guest_tso4"),
        List.of("guest_tso4", "guest_tso6", "guest_uso4", "guest_uso6"),
        OFFLOADS,
        List.of("mrg_rxbuf", "indirect_desc", "event_idx"));
  }

  @ParameterizedTest(name = "without {0}")
  @MethodSource("devices")
  void carriesAllKindsOfTrafficInTheGuestsMemory(List<String> off) throws Exception {
    lab.bridge(1500);
    List<String> properties =
        Stream.concat(Stream.of("queue_size=256"), off.stream().map(each -> each + "=off"))
            .toList();
    try (BackEnd backEnd = BackEnd.start(lab, "--vhost-user", "--uplink", UPLINK);
        TapGuest guest =
            TapGuest.connectVhostUser(lab, backEnd.socket(), 1500, properties).configure("cubic")) {
      carryAll(guest);

      VhostUserTraffic traffic = guest.vhostUserTraffic();
      assertThat(traffic.refused()).as("frames that the guest refused").isZero();
      assertUncut(traffic.sent().uncut(), off, "csum", "host_tso4", "host_tso6");
      assertUncut(traffic.received().uncut(), off, "guest_csum", "guest_tso4", "guest_tso6");
    }
  }

  private static void assertUncut(
      long uncut, List<String> off, String needed, String one, String other) {
    boolean any = !off.contains(needed) && !(off.contains(one) && off.contains(other));
    assertThat(uncut > 0).as("%d frames of several segments", uncut).isEqualTo(any);
  }

  /** Datagrams that a program sends as one (UDP_SEGMENT) cross in one frame, either way. */
  @Test
  void uncutDatagramsPassBothWays() throws Exception {
    lab.bridge(1500);
    try (BackEnd backEnd = BackEnd.start(lab, "--vhost-user", "--uplink", UPLINK);
        TapGuest guest =
            TapGuest.connectVhostUser(lab, backEnd.socket(), 1500, List.of()).configure("cubic")) {
      for (String remote : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
        sendUncut(guest.namespace(), remote, lab.remote());
      }
      for (String host : List.of(Lab.HOST4, Lab.HOST6)) {
        sendUncut(lab.remote(), host, guest.namespace());
      }
      VhostUserTraffic traffic = guest.vhostUserTraffic();
      assertThat(traffic.sent().uncut()).isEqualTo(2);
      assertThat(traffic.received().uncut()).isEqualTo(2);
    }
  }

  private static void sendUncut(NetworkNamespace from, String address, NetworkNamespace to)
      throws IOException {
    byte[] payloads = new byte[UNCUT];
    new SplittableRandom(address.hashCode()).nextBytes(payloads);
    int size = KernelTraffic.MAX_DATAGRAM;
    try (DatagramChannel server = KernelTraffic.bind(to, address, KernelTraffic.PORT)) {
      UncutDatagrams.send(from, address, KernelTraffic.PORT, payloads, size);
      for (int at = 0; at < UNCUT; at += size) {
        KernelTraffic.expect(server, Arrays.copyOfRange(payloads, at, Math.min(UNCUT, at + size)));
      }
    }
  }

  @Test
  void longFramesPassInTheGuestsMemory() throws Exception {
    lab.bridge(9000);
    try (BackEnd backEnd = BackEnd.start(lab, "--vhost-user", "--uplink", UPLINK);
        TapGuest guest =
            TapGuest.connectVhostUser(lab, backEnd.socket(), 9000, List.of("queue_size=256"))
                .configure("cubic")) {
      carryAll(guest);
    }
  }

  private void carryAll(TapGuest guest) throws Exception {
    KernelTraffic.carryAll(lab);
    assertThat(guest.droppedFrames()).as("frames dropped by the harness").isZero();
    // The guest has been asked for its address, by the kernel of the remote, and told its own.
    assertThat(lab.remote().ip("neigh show " + Lab.HOST4)).contains(TapGuest.MAC);
    assertThat(lab.remote().ip("-6 neigh show " + Lab.HOST6)).contains(TapGuest.MAC);
  }

  /** Opened with or without a virtio-net header in front of frames: both can be looked at. */
  @ParameterizedTest(name = "flags {0}")
  @ValueSource(ints = {PLAIN, PLAIN | TunFlag.IFF_VNET_HDR})
  void aDeviceIsPassedAsADescriptor(int flags) throws Exception {
    lab.bridge(1500);
    var socket = lab.directory().resolve("passt.socket");
    List<String> command =
        List.of(
            BackEnd.program(),
            "-f",
            "--vhost-user",
            "-s",
            socket.toString(),
            "--uplink",
            "tap-fd:" + DESCRIPTOR);
    List<String> started = InheritedTap.by(Lab.UPLINK, flags, DESCRIPTOR, command);
    try (LabProcess backEnd = lab.host().start(started, BackEnd.environment())) {
      lab.host().awaitUnixListener(socket, SOON);
      try (TapGuest guest =
          TapGuest.connectVhostUser(lab, socket, 1500, List.of()).configure("cubic")) {
        carryAll(guest);
        boolean header = flags != PLAIN;
        assertThat(guest.vhostUserTraffic().sent().uncut() > 0).isEqualTo(header);
        assertThat(guest.vhostUserTraffic().received().uncut() > 0).isEqualTo(header);
        assertThat(backEnd.alive()).isTrue();
      }
    }
  }

  /** The other back-end is a router with a DHCP server, and its own guest is the bridge. */
  @Test
  void aGuestGetsItsAddressFromAServerOnTheBridge() {
    lab.host().ip("link add br0 type bridge");
    lab.host().ip("tuntap add dev svc0 mode tap");
    lab.host().ip("tuntap add dev " + Lab.UPLINK + " mode tap");
    for (String port : List.of("svc0", Lab.UPLINK)) {
      lab.host().ip("link set " + port + " master br0 up");
    }
    lab.host().ip("link set br0 up");
    try (LabProcess server = BackEnd.launch(lab, List.of("--foreground", "--tap", "svc0"));
        BackEnd backEnd = BackEnd.start(lab, "--vhost-user", "--uplink", UPLINK)) {
      server.awaitLine("the guest is behind the TAP device.*", SOON);
      try (QemuGuest guest =
          QemuGuest.boot(
              lab,
              LabTree.testing(),
              "-chardev",
              "socket,id=c,path=" + backEnd.socket(),
              "-netdev",
              "vhost-user,chardev=c,id=" + QemuGuest.NETDEV)) {
        guest.run("ip link set eth0 up");
        assertThat(guest.console().lease4()).contains("ip=" + Lab.HOST4);
        guest.run("ping -c 1 -W 5 " + Lab.REMOTE4);
      }
    }
  }

  /** A back-end that translates listens at a socket, as one for a guest in QEMU does. */
  @Test
  void anotherBackEndIsTheUplink() throws Exception {
    String port = Integer.toString(KernelTraffic.PORT);
    try (BackEnd router = BackEnd.start(lab, "--tcp-ports", port, "--udp-ports", port)) {
      var front = lab.directory().resolve("front.socket");
      try (LabProcess bridging =
          BackEnd.launch(
              lab,
              List.of("-f", "-s", front.toString(), "--uplink", "stream:" + router.socket()))) {
        lab.host().awaitUnixListener(front, SOON);
        try (TapGuest guest = TapGuest.connect(lab, front, 1500).configure("cubic")) {
          KernelTraffic.carryAll(lab);
          assertThat(guest.retransmittedSegments())
              .as("segments sent again by the guest: %s", guest.retransmissionReasons())
              .isZero();
          router.process().signal("TERM");
          assertThat(bridging.awaitExit(SOON)).isZero();
          assertThat(bridging.output()).contains("stream:" + router.socket() + " is gone: ending");
        }
      }
    }
  }

  @Test
  void aDeviceThatIsDeletedEndsTheRun() {
    lab.bridge(1500);
    try (BackEnd backEnd = BackEnd.start(lab, "--uplink", UPLINK)) {
      // It listens before it opens the device, and would make one that isn't there.
      backEnd.process().awaitLine("Uplink, frames pass as they are: tap:up0", SOON);
      lab.host().ip("link del " + Lab.UPLINK);
      assertThat(backEnd.process().awaitExit(SOON)).isZero();
      assertThat(backEnd.process().output()).contains("the uplink tap:up0 is gone: ending");
    }
  }

  @Test
  void aConnectionOutlivesAnUplinkThatIsDownForAWhile() throws Exception {
    lab.bridge(1500);
    try (BackEnd backEnd = BackEnd.start(lab, "--uplink", UPLINK);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, KernelTraffic.PORT);
        TcpPair pair =
            TcpPair.connect(guest.namespace(), Lab.REMOTE4, KernelTraffic.PORT, server)) {
      pair.exchange((byte) 1);
      lab.host().ip("link set " + Lab.UPLINK + " down");
      pair.client().write(ByteBuffer.wrap(new byte[] {2}));
      backEnd.process().awaitLine("the uplink's interface is down", SOON);

      lab.host().ip("link set " + Lab.UPLINK + " up");

      var received = ByteBuffer.allocate(1);
      assertThat(pair.server().read(received)).isEqualTo(1);
      assertThat(received.get(0)).isEqualTo((byte) 2);
      pair.exchange((byte) 3);
    }
  }

  @Test
  void anUplinkThatCannotBeHadIsRefusedInOneLine() {
    refuse("tap:vh", "one has it that isn't a TAP device");
    refuse("tap-fd:999", "not an open descriptor: EBADF");
    refuse("tap-fd:0", "is no TAP device; pass one that is");
    refuse("stream:/nowhere", "cannot connect: ENOENT");
  }

  private void refuse(String uplink, String why) {
    try (LabProcess refused = BackEnd.launch(lab, List.of("--foreground", "--uplink", uplink))) {
      assertThat(refused.awaitExit(SOON)).isEqualTo(1);
      assertThat(refused.output().lines())
          .singleElement()
          .asString()
          .startsWith("passt: --uplink " + uplink + ": ")
          .contains(why);
    }
  }
}
