package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The topology of all lab tests, the one that the frame vectors were recorded in:
 *
 * <pre>
 * guest            host (the back-end runs here)        remote
 *   tap0 ~ bridge ~ socket   vh 192.0.2.1/24    ----- vr  192.0.2.2/24    (default gateway)
 *                            vh 2001:db8::1/64            192.0.2.3/24
 *                                                         198.51.100.7/32
 *                                                         2001:db8::2/64  (default gateway)
 *                                                         2001:db8::3/64
 * </pre>
 *
 * <p>The back-end maps the gateway's address to the host's loopback, so the remote itself is
 * reached by its second address. The host's neighbour entries for the remote are permanent, because
 * passt tells the guest about changes of that table at any time.
 */
public final class Lab implements AutoCloseable {
  /** The host's address, which the guest gets too. */
  public static final String HOST4 = "192.0.2.1";

  /** The host's address, which the guest gets too. */
  public static final String HOST6 = "2001:db8::1";

  /** The default gateway; from the guest this means the host's loopback. */
  public static final String GATEWAY4 = "192.0.2.2";

  /** The default gateway; from the guest this means the host's loopback. */
  public static final String GATEWAY6 = "2001:db8::2";

  /** The remote, as the guest reaches it. */
  public static final String REMOTE4 = "192.0.2.3";

  /** The remote, as the guest reaches it. */
  public static final String REMOTE6 = "2001:db8::3";

  /** An address of the remote that is not on the host's link. */
  public static final String OFF_LINK4 = "198.51.100.7";

  /** A bridge of the remote's, after {@link #joinBySwitch}. */
  static final String SWITCH = "sw0";

  /** The remote's end of the link to the host. */
  private static final String FIRST = "vr";

  /** MAC address of the host's interface. */
  public static final String HOST_MAC = "02:00:00:00:00:01";

  /** MAC address of the remote's interface. */
  public static final String REMOTE_MAC = "02:00:00:00:00:02";

  /** What the back-end sees as /etc/resolv.conf unless a test says otherwise. */
  public static final String RESOLV_CONF =
      "nameserver 192.0.2.3\nnameserver 2001:db8::3\nsearch example.org lab.example.org\n";

  /** A TAP device of the host's that is a port of a bridge, after {@link #bridge}. */
  public static final String UPLINK = "up0";

  /** The remote's end of the link to a twin. */
  private static final Duration SOON = Duration.ofSeconds(30);

  private static final String TWIN = "vt";

  private final NetworkNamespace host;
  private final NetworkNamespace remote;
  private final NetworkNamespace guest;
  private final Path directory;

  /** What joins host and remote, if it isn't the kernel. */
  private Optional<LabProcess> path = Optional.empty();

  private final boolean isTwin;

  private Lab(Path directory) {
    this.directory = directory;
    host = NetworkNamespace.create("host");
    remote = NetworkNamespace.create("remote");
    guest = NetworkNamespace.create("guest");
    isTwin = false;
  }

  private Lab(Path directory, NetworkNamespace remote) {
    this.directory = directory;
    this.remote = remote;
    host = NetworkNamespace.create("twin");
    guest = NetworkNamespace.create("guest");
    isTwin = true;
  }

  /** Makes the three namespaces and the link between host and remote. */
  public static Lab open() {
    return open(Impairment.NONE);
  }

  /** The same with a link between host and remote that loses, delays or reorders frames. */
  public static Lab open(Impairment path) {
    Lab lab = new Lab(temporaryDirectory());
    lab.resolvConf(RESOLV_CONF);
    lab.connect(path);
    return lab;
  }

  /**
   * Another host of the same addresses, for a guest to move to. The remote reaches it only after
   * {@link #becomeReachable}; it reaches the remote at any time. Closed before this one.
   */
  public Lab twin() {
    Lab twin = new Lab(temporaryDirectory(), remote);
    twin.resolvConf(RESOLV_CONF);
    twin.configureHost(
        () ->
            host.ip(
                "link add vh netns %s address %s type veth peer name %s netns %s address %s"
                    .formatted(twin.host.name(), HOST_MAC, TWIN, remote.name(), REMOTE_MAC)));
    remote.ip("link set " + TWIN + " up");
    return twin;
  }

  /** From now on the remote's packets for the host's addresses come to this host. */
  public void becomeReachable() {
    String device = isTwin ? TWIN : FIRST;
    remote.ip("route replace " + HOST4 + "/32 dev " + device);
    remote.ip("-6 route replace " + HOST6 + "/128 dev " + device + " metric 1");
  }

  /**
   * Makes the host a bridge between its interface and a TAP device for back-ends, {@link #UPLINK}.
   * It has no addresses of its own any more: whoever is behind the device may have them.
   *
   * @param mtu of all of them, and of the remote's interface
   */
  public void bridge(int mtu) {
    remote.ip("link set " + (isTwin ? TWIN : FIRST) + " mtu " + mtu);
    host.ip("addr flush dev vh");
    host.ip("link add br0 type bridge");
    host.ip("tuntap add dev " + UPLINK + " mode tap");
    // As long as a guest's: nothing is to be lost while a back-end waits for a processor.
    host.ip("link set " + UPLINK + " txqueuelen " + TapGuest.QUEUE_LENGTH);
    for (String port : List.of("vh", UPLINK)) {
      host.ip("link set " + port + " mtu " + mtu + " master br0 up");
    }
    host.ip("link set br0 mtu " + mtu + " up");
  }

  /**
   * Makes both hosts bridges, as {@link #bridge} does, and joins them by a switch that the remote
   * hangs on, too: its packets for a guest go to where the guest's own came from last.
   */
  public void joinBySwitch(Lab twin, int mtu) {
    remote.ip("link add " + SWITCH + " address " + REMOTE_MAC + " type bridge");
    for (Lab each : List.of(this, twin)) {
      each.bridge(mtu);
      // Both bridges have the same address: nothing of their own is to confuse the switch.
      each.host.sysctl("net.ipv6.conf.br0.disable_ipv6", "1");
    }
    for (String port : List.of(FIRST, TWIN)) {
      remote.ip("addr flush dev " + port);
      remote.ip("link set " + port + " master " + SWITCH + " up");
    }
    remote.ip("link set " + SWITCH + " mtu " + mtu + " up");
    giveAddresses(SWITCH);
  }

  /**
   * From now on the host answers no segment that it has no socket for. A guest has moved away and
   * its peers' packets still come here until they are told: a reset would end its connections.
   */
  public void dropResets() {
    // Only what no socket sends is the superuser's, as back-ends are not.
    for (String family : List.of("", "-6 ")) {
      host.ip(family + "rule add blackhole ipproto tcp uidrange 0-0 iif lo priority 1");
    }
  }

  /** Root's back-end has become nobody, and connects to what root's processes have made. */
  public void admitNobody(Path socket) {
    host.awaitUnixListener(socket, SOON);
    try {
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the back-end runs. */
  public NetworkNamespace host() {
    return host;
  }

  /** The world outside. */
  public NetworkNamespace remote() {
    return remote;
  }

  /** Where the kernel plays the guest; empty at first. */
  public NetworkNamespace guest() {
    return guest;
  }

  /**
   * A directory of this lab's own, under /tmp and writable for everyone, because passt, started as
   * root, makes its socket as nobody.
   */
  public Path directory() {
    return directory;
  }

  /** Sets what the back-ends started from now on see as /etc/resolv.conf. */
  public void resolvConf(String text) {
    try {
      Files.writeString(resolvConf(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file that back-ends see as /etc/resolv.conf. */
  public Path resolvConf() {
    return directory.resolve("resolv.conf");
  }

  /** Frames that the TAP devices of host and remote have dropped; zero where there are none. */
  public long framesDroppedOnPath() {
    return path.isEmpty() ? 0 : host.droppedFrames("vh") + remote.droppedFrames(FIRST);
  }

  @Override
  public void close() {
    path.ifPresent(LabProcess::close);
    guest.close();
    host.close();
    if (!isTwin) {
      remote.close();
    }
    try (Stream<Path> all = Files.walk(directory)) {
      all.sorted(Comparator.reverseOrder()).forEach(each -> each.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void connect(Impairment impairment) {
    configureHost(() -> join(impairment));
    giveAddresses(FIRST);
    remote.ip("link set " + FIRST + " up");
  }

  private void giveAddresses(String device) {
    remote.ip("addr add " + GATEWAY4 + "/24 dev " + device);
    remote.ip("addr add " + REMOTE4 + "/24 dev " + device);
    remote.ip("addr add " + OFF_LINK4 + "/32 dev " + device);
    remote.ip("addr add " + GATEWAY6 + "/64 dev " + device + " nodad");
    remote.ip("addr add " + REMOTE6 + "/64 dev " + device + " nodad");
  }

  private void configureHost(Runnable join) {
    host.sysctl("net.ipv4.ping_group_range", "0 2147483647");
    host.sysctl("net.ipv4.ip_unprivileged_port_start", "0");
    join.run();
    host.ip("addr add " + HOST4 + "/24 dev vh");
    host.ip("addr add " + HOST6 + "/64 dev vh nodad");
    host.ip("link set vh up");
    host.ip("route add default via " + GATEWAY4);
    host.ip("-6 route add default via " + GATEWAY6);
    for (String each : List.of(GATEWAY4, REMOTE4, GATEWAY6, REMOTE6)) {
      host.ip("neigh replace " + each + " lladdr " + REMOTE_MAC + " dev vh nud permanent");
    }
  }

  private void join(Impairment impairment) {
    if (impairment.equals(Impairment.NONE)) {
      host.ip(
          "link add vh netns %s address %s type veth peer name %s netns %s address %s"
              .formatted(host.name(), HOST_MAC, FIRST, remote.name(), REMOTE_MAC));
    } else {
      path =
          Optional.of(
              LossyLink.between(
                  new LossyLink.Device(host, "vh", HOST_MAC),
                  new LossyLink.Device(remote, FIRST, REMOTE_MAC),
                  impairment));
    }
  }

  private static Path temporaryDirectory() {
    try {
      Path directory = Files.createTempDirectory(Path.of("/tmp"), "jpasst-lab-");
      return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
