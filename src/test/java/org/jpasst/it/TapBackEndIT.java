package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.InheritedTap;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.linux.TunFlag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The back-end has a TAP device itself, and the kernel is the guest behind it. */
@LabTest
final class TapBackEndIT {
  private static final String TAP = TapGuest.DEVICE;
  private static final String PORT = Integer.toString(KernelTraffic.PORT);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int DESCRIPTOR = 10;
  private static final int PLAIN = TunFlag.IFF_TAP | TunFlag.IFF_NO_PI;

  private Lab lab;

  @BeforeEach
  void open() {
    assumeFalse(BackEnd.isReal(), "passt has no such link");
    lab = Lab.open();
  }

  @AfterEach
  void close() {
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest(name = "MTU {0}")
  @ValueSource(ints = {1500, 65520})
  void carriesAllKindsOfTrafficOfADeviceThatIsThere(int mtu) throws Exception {
    lab.host().ip("tuntap add dev " + TAP + " mode tap");
    try (LabProcess backEnd = started("--tap", TAP, "--tcp-ports", PORT, "--udp-ports", PORT);
        TapGuest guest = TapGuest.behind(lab, backEnd, mtu).configure("cubic")) {
      KernelTraffic.carryAll(lab);

      assertThat(guest.droppedFrames()).as("frames dropped by the harness").isZero();
      assertThat(guest.retransmittedSegments())
          .as("segments sent again by the guest: %s", guest.retransmissionReasons())
          .isZero();
    }
  }

  @Test
  void configuresAGuestByTheDeviceItMakes() {
    try (LabProcess backEnd = started("--tap", TAP);
        TapGuest guest = TapGuest.behind(lab, backEnd, 1500)) {
      assertThat(guest.configureByDhcp())
          .contains(
              "ipv4.ip=" + Lab.HOST4,
              "ipv4.router=" + Lab.GATEWAY4,
              "ipv6.ipv6=2001:0db8:0000:0000:0000:0000:0000:0001");
    }
  }

  @Test
  void aDescriptorOfADeviceIsTheGuestsLink() throws Exception {
    List<String> options = List.of("--tcp-ports", PORT, "--udp-ports", PORT);
    try (LabProcess backEnd = awaitReady(startWithDescriptor(PLAIN, options));
        TapGuest guest = TapGuest.behind(lab, backEnd, 1500).configure("cubic")) {
      KernelTraffic.carryAll(lab);

      assertThat(guest.retransmittedSegments())
          .as("segments sent again by the guest: %s", guest.retransmissionReasons())
          .isZero();
    }
  }

  @Test
  void aDeviceThatIsDeletedEndsTheRun() {
    try (LabProcess backEnd = started("--tap", TAP)) {
      lab.host().ip("link del " + TAP);

      assertThat(backEnd.awaitExit(SOON)).as(backEnd.output()).isZero();
    }
  }

  @Test
  void aDeviceThatIsDeletedUnderTrafficEndsTheRun() throws Exception {
    try (LabProcess backEnd = started("--tap", TAP);
        TapGuest guest = TapGuest.behind(lab, backEnd, 1500).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, KernelTraffic.PORT);
        TcpPair pair = connect(server)) {
      pair.exchange((byte) 1);
      guest.namespace().ip("link del " + TAP);

      assertThat(backEnd.awaitExit(SOON)).as(backEnd.output()).isZero();
    }
  }

  @Test
  void aConnectionOutlivesAnInterfaceThatIsDownForAWhile() throws Exception {
    try (LabProcess backEnd = started("--tap", TAP);
        TapGuest guest = TapGuest.behind(lab, backEnd, 1500).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, KernelTraffic.PORT);
        TcpPair pair = connect(server)) {
      pair.exchange((byte) 1);
      guest.namespace().ip("link set " + TAP + " down");
      pair.server().write(ByteBuffer.wrap(new byte[] {2}));
      backEnd.awaitLine("the guest's interface is down", SOON);

      guest.namespace().ip("link set " + TAP + " up");
      guest.namespace().ip("route add 192.0.2.0/24 dev " + TAP);

      var received = ByteBuffer.allocate(1);
      assertThat(pair.client().read(received)).isEqualTo(1);
      assertThat(received.get(0)).isEqualTo((byte) 2);
      pair.exchange((byte) 3);
      assertThat(backEnd.alive()).isTrue();
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          TUN            | 0x1001 | is a TUN device, without Ethernet; open it with IFF_TAP
          virtio header  | 0x5002 | in front of frames; open it without IFF_VNET_HDR
          information    | 0x0002 | in front of frames; open it with IFF_NO_PI
          without device | 0      | /dev/net/tun without a device; set one by TUNSETIFF
          """)
  void aDescriptorOfAnotherKindIsRefusedInOneLine(String kind, String flags, String why) {
    try (LabProcess refused = startWithDescriptor(Integer.decode(flags), List.of())) {
      assertRefused(refused, "--fd " + DESCRIPTOR + ": ", why);
    }
  }

  @Test
  void aDeviceDoesNotSpeakVhostUser() {
    try (LabProcess refused = startWithDescriptor(PLAIN, List.of("--vhost-user"))) {
      assertRefused(refused, "--fd " + DESCRIPTOR + ": ", "leave out --vhost-user");
    }
  }

  @Test
  void aDeviceThatCannotBeHadIsRefusedInOneLine() {
    try (LabProcess first = started("--tap", TAP);
        LabProcess second = start(List.of(), List.of("--tap", TAP))) {
      assertRefused(second, "--tap " + TAP + ": ", "EBUSY: device or resource busy; another");
      assertThat(first.alive()).isTrue();
    }
    try (LabProcess other = start(List.of(), List.of("--tap", "vh"))) {
      assertRefused(other, "--tap vh: ", "one has it that isn't a TAP device");
    }
    List<String> unprivileged =
        List.of("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin");
    try (LabProcess mayNot = start(unprivileged, List.of("--tap", TAP))) {
      assertRefused(mayNot, "--tap " + TAP + ": ", "EPERM: operation not permitted; not ours");
    }
  }

  private static void assertRefused(LabProcess process, String what, String why) {
    assertThat(process.awaitExit(SOON)).isEqualTo(1);
    assertThat(process.output().lines())
        .singleElement()
        .asString()
        .startsWith("passt: " + what)
        .contains(why);
  }

  private TcpPair connect(ServerSocketChannel server) throws Exception {
    return TcpPair.connect(lab.guest(), Lab.REMOTE4, KernelTraffic.PORT, server);
  }

  private LabProcess started(String... options) {
    return awaitReady(start(List.of(), List.of(options)));
  }

  private static LabProcess awaitReady(LabProcess backEnd) {
    backEnd.awaitLine("the guest is behind the TAP device " + TAP, SOON);
    return backEnd;
  }

  private LabProcess startWithDescriptor(int flags, List<String> options) {
    var all = new ArrayList<>(List.of("--fd", Integer.toString(DESCRIPTOR)));
    all.addAll(options);
    return start(InheritedTap.by(TAP, flags, DESCRIPTOR, List.of()), all);
  }

  /** Starts the back-end by a command that ends in becoming what follows it. */
  private LabProcess start(List<String> by, List<String> options) {
    var command = new ArrayList<>(by);
    command.addAll(List.of(BackEnd.program(), "--foreground", "--dns", "none"));
    command.addAll(options);
    return lab.host().start(command, BackEnd.environment());
  }
}
