package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The kernel as the guest: a TAP device in the lab's guest namespace, joined to the back-end by a
 * small program that drops nothing, over a stream socket or vhost-user. Its queue is long, so that
 * the device doesn't drop either; {@link #droppedFrames} tells whether that held.
 */
public final class TapGuest implements AutoCloseable {
  /** The guest's MAC address. */
  public static final String MAC = "52:54:00:12:34:56";

  /** The device's name. */
  public static final String DEVICE = "tap0";

  /** Frames of 1500 bytes that the send buffers of sixteen streams make, 4 MiB each. */
  static final int QUEUE_LENGTH = 50_000;

  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final Duration LEASE = Duration.ofSeconds(30);

  private final Lab lab;
  private final NetworkNamespace guest;
  private final LabProcess bridge;

  private TapGuest(Lab lab, LabProcess bridge) {
    this.lab = lab;
    this.guest = lab.guest();
    this.bridge = bridge;
  }

  /**
   * Makes the device, up but without addresses, and connects it.
   *
   * @param socket what the back-end listens on
   * @param mtu of the device, up to 65520
   */
  public static TapGuest connect(Lab lab, Path socket, int mtu) {
    return connect(lab, socket, mtu, Impairment.NONE);
  }

  /** The same, by a link that loses, delays or reorders frames. */
  public static TapGuest connect(Lab lab, Path socket, int mtu, Impairment link) {
    NetworkNamespace guest = makeDevice(lab, mtu, "");
    LabProcess bridge =
        link.equals(Impairment.NONE)
            ? bridge(guest, socket, List.of())
            : LossyLink.toSocket(guest, DEVICE, socket, link);
    return new TapGuest(lab, bridge);
  }

  /**
   * Makes the device and connects it over a stream socket by a front-end that offers its guest
   * offloads and hands nothing of them on: frames come with checksums unmade and segments uncut, as
   * from libkrun's guests.
   */
  public static TapGuest connectOffloading(Lab lab, Path socket, int mtu) {
    NetworkNamespace guest = makeDevice(lab, mtu, " vnet_hdr");
    return new TapGuest(lab, bridge(guest, socket, List.of("offload")));
  }

  /**
   * Makes the device and connects it by vhost-user: frames cross in shared memory, uncut and
   * unsummed as far as both sides agree.
   *
   * @param properties as QEMU's device has them, such as {@code mrg_rxbuf=off}
   */
  public static TapGuest connectVhostUser(Lab lab, Path socket, int mtu, List<String> properties) {
    NetworkNamespace guest = makeDevice(lab, mtu, " vnet_hdr");
    var command =
        new ArrayList<>(
            List.of(CProgram.VHOST_USER_TAP.binary().toString(), DEVICE, socket.toString()));
    command.addAll(properties);
    LabProcess frontEnd = guest.start(command);
    frontEnd.awaitLine("connected", CONNECT);
    return new TapGuest(lab, frontEnd);
  }

  /**
   * Makes the guest of a device that the back-end has opened itself, in the host's namespace. The
   * device goes to the guest's, without a program between.
   *
   * @param backEnd takes the place of the program: it is ended with the guest
   */
  public static TapGuest behind(Lab lab, LabProcess backEnd, int mtu) {
    lab.host().ip("link set dev " + DEVICE + " netns " + lab.guest().name());
    setUp(lab.guest(), mtu);
    return new TapGuest(lab, backEnd);
  }

  private static NetworkNamespace makeDevice(Lab lab, int mtu, String mode) {
    NetworkNamespace guest = lab.guest();
    guest.ip("tuntap add dev " + DEVICE + " mode tap" + mode);
    setUp(guest, mtu);
    return guest;
  }

  private static void setUp(NetworkNamespace guest, int mtu) {
    guest.ip("link set " + DEVICE + " address " + MAC);
    guest.ip("link set " + DEVICE + " mtu " + mtu + " txqueuelen " + QUEUE_LENGTH + " up");
  }

  private static LabProcess bridge(NetworkNamespace guest, Path socket, List<String> options) {
    var command =
        new ArrayList<>(
            List.of(
                CProgram.TAP_BRIDGE.binary().toString(), DEVICE, socket.toString(), "reconnect"));
    command.addAll(options);
    LabProcess bridge = guest.start(command);
    bridge.awaitLine("connected", CONNECT);
    return bridge;
  }

  /**
   * Gives the device the host's addresses and default routes by hand.
   *
   * <p>The guest waits a second for an acknowledgment instead of 200 ms, or of the few milliseconds
   * after which it would probe whether its last segment was lost (RFC 8985 section 7): on two
   * cores, which it shares with its peer, the bridge and the back-end, the scheduler alone can take
   * that long. What is lost is still sent again, and counted.
   *
   * @param congestionControl of TCP in the guest, such as {@code cubic}
   */
  public TapGuest configure(String congestionControl) {
    guest.sysctl("net.ipv4.tcp_early_retrans", "0");
    return configureRoutes(" rto_min 1s congctl " + congestionControl);
  }

  /** The same with the kernel's own time-outs, as a guest in the wild has them: to measure. */
  public TapGuest configureForMeasurement(String congestionControl) {
    return configureRoutes(" congctl " + congestionControl);
  }

  private TapGuest configureRoutes(String routeAttributes) {
    String attributes = " dev " + DEVICE + routeAttributes;
    guest.ip("addr add " + Lab.HOST4 + "/24 dev " + DEVICE + " noprefixroute");
    guest.ip("-6 addr add " + Lab.HOST6 + "/64 dev " + DEVICE + " noprefixroute nodad");
    guest.ip("route add 192.0.2.0/24" + attributes);
    guest.ip("-6 route add 2001:db8::/64" + attributes);
    guest.ip("route add default via " + Lab.GATEWAY4 + attributes);
    guest.ip("-6 route add default via " + Lab.GATEWAY6 + attributes);
    return this;
  }

  /**
   * Configures the device as a guest does: DHCP by busybox's client, which sets address, MTU and
   * routes; router advertisements by the kernel; DHCPv6 by busybox's client. What the clients were
   * told is returned as lines {@code family.name=value}.
   */
  public List<String> configureByDhcp() {
    guest.sysctl("net.ipv6.conf." + DEVICE + ".accept_ra", "2");
    guest.sysctl("net.ipv6.conf." + DEVICE + ".router_solicitations", "3");
    guest.sysctl("net.ipv6.conf." + DEVICE + ".router_solicitation_delay", "0");
    guest.ip("link set " + DEVICE + " down");
    guest.ip("link set " + DEVICE + " up");
    Path script = LabDirectory.script("dhcp-script");
    Path answer = lab.directory().resolve("dhcp-answer");
    Path own = lab.directory().resolve("dhcp-script");
    try {
      Files.deleteIfExists(answer);
      if (!Files.exists(own)) {
        Files.copy(script, own);
      }
      var lines = new ArrayList<String>();
      for (String client : List.of("udhcpc", "udhcpc6")) {
        lease(client, own, answer);
        lines.addAll(Files.readAllLines(answer));
        Files.delete(answer);
      }
      Await.until("a router advertisement", LEASE, this::hasRouter);
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The guest stands still: what it sends waits in its device, what is sent to it in the socket.
   */
  public void stop() {
    bridge.signal("STOP");
  }

  /** It goes on after {@link #stop}. */
  public void goOn() {
    bridge.signal("CONT");
  }

  /** The same guest with another back-end; frames on their way are lost. */
  public TapGuest moveTo(Path socket) {
    bridge.close();
    return new TapGuest(lab, bridge(guest, socket, List.of()));
  }

  /**
   * The same guest with another back-end that has opened a device itself, after {@link #behind}.
   *
   * @param there where that back-end runs
   */
  public TapGuest moveBehind(Lab there, LabProcess backEnd, int mtu) {
    close();
    there.host().ip("link set dev " + DEVICE + " netns " + guest.name());
    setUp(guest, mtu);
    return new TapGuest(lab, backEnd).configure("cubic");
  }

  /** The namespace that the guest is. */
  public NetworkNamespace namespace() {
    return guest;
  }

  /** The device's name. */
  public String device() {
    return DEVICE;
  }

  /** What has crossed between guest and back-end up to now, if connected by vhost-user. */
  public VhostUserTraffic vhostUserTraffic() {
    return VhostUserTraffic.ask(bridge);
  }

  /** The bridge's process: its end is the guest's cable being pulled. */
  public LabProcess bridge() {
    return bridge;
  }

  /** TCP segments that the guest's kernel has sent again. */
  public long retransmittedSegments() {
    return guest.counter("Tcp", "RetransSegs");
  }

  /** Why segments were sent again: the guest's counters of losses it believed in, if not zero. */
  public String retransmissionReasons() {
    return Stream.of(
            "TCPTimeouts",
            "TCPLossProbes",
            "TCPLossProbeRecovery",
            "TCPFastRetrans",
            "TCPSlowStartRetrans",
            "TCPSackRecovery",
            "TCPRenoRecovery",
            "TCPDSACKRecv",
            "TCPSpuriousRTOs",
            "TCPAbortOnTimeout",
            "TCPWantZeroWindowAdv",
            "TCPFromZeroWindowAdv")
        .map(each -> each + "=" + guest.counter("TcpExt", each))
        .filter(each -> !each.endsWith("=0"))
        .collect(Collectors.joining(" "));
  }

  /** Frames that the TAP device dropped, in either direction: the harness' own losses. */
  public long droppedFrames() {
    return guest.droppedFrames(DEVICE);
  }

  /** Bytes of the frames that the guest has sent, divided by how many these are. */
  public long meanFrameSent() {
    return guest.meanFrameSent(DEVICE);
  }

  @Override
  public void close() {
    bridge.close();
    if (isThere()) {
      guest.ip("link del " + DEVICE);
    }
  }

  /** Whether the device exists: one that isn't persistent goes with its last descriptor. */
  private boolean isThere() {
    return guest.procNet("dev").stream().anyMatch(each -> each.strip().startsWith(DEVICE + ":"));
  }

  private boolean hasRouter() {
    return guest.ip("-6 route show default").contains(" proto ra ");
  }

  private void lease(String client, Path script, Path answer) {
    LabProcess.run(
        guest.inside(
            LabTree.testing()
                .inside(
                    List.of(
                        "env",
                        "DHCP_ANSWER=" + answer,
                        "busybox",
                        client,
                        "--foreground",
                        "--now",
                        "--quit",
                        "-O",
                        "search",
                        "--interface=" + DEVICE,
                        "--script=" + script))),
        LEASE);
  }
}
