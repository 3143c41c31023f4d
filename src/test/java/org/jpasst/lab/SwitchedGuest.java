package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A bridged QEMU guest on one of two hosts that hang on one switch, with the remote. It moves to
 * the other one whenever it is told to, by QEMU's own migration, and nobody tells the switch: it
 * learns from what the guest sends. Has the lab's host's addresses.
 */
public final class SwitchedGuest implements AutoCloseable {
  /** How it is attached. */
  public enum Attachment {
    /** By vhost-user: QEMU carries the back-end's state. */
    VHOST_USER,
    /** By a stream socket: the back-ends carry it, and watch QEMU's monitor. */
    STREAM,
    /** Without a back-end: QEMU has the TAP device itself. */
    QEMU_TAP
  }

  /**
   * In an option of its back-ends, the directory of the host that one runs on; {@link #THERE} is
   * the other host's.
   */
  public static final String HERE = "HERE";

  /** See {@link #HERE}. */
  public static final String THERE = "THERE";

  private static final String STATE_FROM = "--migrate-from";

  /** Options by which a back-end listens for the other host's. */
  private static final List<String> LISTENING = List.of(STATE_FROM, "--late-frames-from");

  private static final int MTU = 1500;
  private static final int UPLOADS = 5002;
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Lab lab = Lab.open();
  private final Lab twin = lab.twin();
  private final Attachment attachment;
  private final List<String> options;
  private Place place;

  /** A host with what runs there. */
  private record Place(Lab lab, Optional<BackEnd> backEnd, QemuGuest guest)
      implements AutoCloseable {
    String messages() {
      return backEnd.map(each -> each.process().output()).orElse("");
    }

    @Override
    public void close() {
      guest.close();
      backEnd.ifPresent(BackEnd::close);
    }
  }

  private SwitchedGuest(Attachment attachment, List<String> options) {
    this.attachment = attachment;
    this.options = options;
    lab.joinBySwitch(twin, MTU);
    place = start(lab, twin, Optional.empty());
  }

  /**
   * Boots it, gives it its addresses, and puts the program {@link CProgram#ARRIVALS} into it.
   *
   * @param options more options of its back-ends, on either host
   */
  public static SwitchedGuest boot(Attachment attachment, List<String> options) {
    SwitchedGuest moving = new SwitchedGuest(attachment, options);
    try {
      moving.configure();
      return moving;
    } catch (AssertionError | UncheckedIOException e) {
      moving.close();
      throw e;
    }
  }

  private void configure() {
    QemuGuest guest = guest();
    guest.console().awaitBoot();
    guest.run("echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad && ip link set eth0 up");
    guest.run("ip addr add " + Lab.HOST4 + "/24 dev eth0");
    guest.run("ip addr add " + Lab.HOST6 + "/64 dev eth0");
    guest.run("ip route add default via " + Lab.GATEWAY4);
    guest.run("ping -c 1 -W 5 " + Lab.REMOTE4);
    guest.run("ping -c 1 -W 5 " + Lab.REMOTE6);
    guest.console().listen("nc -d -l " + UPLOADS + " >/tmp/arrivals", UPLOADS);
    byte[] program = arrivals();
    try (SocketChannel channel = TcpPair.connect(remote(), Lab.HOST4, UPLOADS)) {
      ByteBuffer left = ByteBuffer.wrap(program);
      while (left.hasRemaining()) {
        channel.write(left);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    guest.console().await("[ $(wc -c </tmp/arrivals) = " + program.length + " ]");
    guest.run("wait; chmod +x /tmp/arrivals");
  }

  private static byte[] arrivals() {
    try {
      return Files.readAllBytes(CProgram.ARRIVALS.binary());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Place start(Lab here, Lab there, Optional<String> uri) {
    List<String> arguments = new ArrayList<>();
    Optional<BackEnd> backEnd =
        switch (attachment) {
          case VHOST_USER -> Optional.of(startBackEnd(here, there, "--vhost-user"));
          case STREAM -> {
            String monitor = here.directory().resolve("monitor").toString();
            arguments.addAll(List.of("-qmp", "unix:" + monitor + ",server=on,wait=off"));
            List<String> follow = new ArrayList<>(List.of("--debug", "--qmp", monitor));
            follow.addAll(List.of(STATE_FROM, HERE + "/state", "--migrate-to", THERE + "/state"));
            yield Optional.of(startBackEnd(here, there, follow.toArray(String[]::new)));
          }
          case QEMU_TAP -> Optional.empty();
        };
    arguments.addAll(netdev(backEnd));
    String[] all = arguments.toArray(String[]::new);
    LabTree tree = LabTree.testing();
    QemuGuest guest =
        uri.isPresent()
            ? QemuGuest.incoming(uri.get(), "", here, tree, all)
            : QemuGuest.starting(here, tree, all);
    if (attachment == Attachment.STREAM) {
      here.admitNobody(here.directory().resolve("monitor"));
    }
    return new Place(here, backEnd, guest);
  }

  private BackEnd startBackEnd(Lab here, Lab there, String... own) {
    List<String> all = new ArrayList<>(List.of("--uplink", "tap:" + Lab.UPLINK));
    all.addAll(BackEnd.controlSocketOption(here));
    all.addAll(List.of(own));
    all.addAll(options);
    // In this order, as one has the other in it.
    all.replaceAll(each -> each.replace(THERE, there.directory().toString()));
    all.replaceAll(each -> each.replace(HERE, here.directory().toString()));
    BackEnd backEnd = BackEnd.start(here, Deployment.DIRECT, all);
    LISTENING.stream()
        .filter(all::contains)
        .forEach(each -> here.admitNobody(Path.of(all.get(all.indexOf(each) + 1))));
    return backEnd;
  }

  private List<String> netdev(Optional<BackEnd> backEnd) {
    String socket = backEnd.map(each -> each.socket().toString()).orElse("");
    String id = ",id=" + QemuGuest.NETDEV;
    return switch (attachment) {
      case VHOST_USER ->
          List.of("-chardev", "socket,id=c,path=" + socket, "-netdev", "vhost-user,chardev=c" + id);
      case STREAM ->
          List.of("-netdev", "stream,server=off,addr.type=unix,addr.path=" + socket + id);
      case QEMU_TAP ->
          List.of(
              "-netdev", "tap,ifname=" + Lab.UPLINK + ",script=no,downscript=no,vhost=off" + id);
    };
  }

  /**
   * From now on it says something ten times a second: a switch can't know where a guest is that has
   * moved and only listens.
   */
  public void speak() {
    guest().run("ping -i 0.1 " + Lab.REMOTE4 + " >/dev/null 2>&1 &");
  }

  /**
   * The remote's TCP towards it has this congestion control, which the whole namespace can't have.
   */
  public void setCongestionControl(String name) {
    remote().ip("route add %s/32 dev %s congctl %s".formatted(Lab.HOST4, Lab.SWITCH, name));
  }

  /** The guest, where it is now. */
  public QemuGuest guest() {
    return place.guest;
  }

  /** The host that it is on now. */
  public Lab lab() {
    return place.lab;
  }

  /** The world outside. */
  public NetworkNamespace remote() {
    return lab.remote();
  }

  /** What the back-end that it has now has printed. */
  public String messages() {
    return place.messages();
  }

  /**
   * Moves it to the other host.
   *
   * @return for how many milliseconds it stood still, by QEMU
   */
  public long move() {
    return move(Optional.empty());
  }

  /** The same, and something is done when the guest has stopped and its state isn't saved yet. */
  public long move(Runnable whenStopped) {
    guest().monitor().pauseBeforeSwitchover();
    return move(Optional.of(whenStopped));
  }

  private long move(Optional<Runnable> whenStopped) {
    Place source = place;
    Lab there = source.lab == lab ? twin : lab;
    Path path = there.directory().resolve("migration");
    Place target = start(there, source.lab, Optional.of("unix:" + path));
    try {
      there.host().awaitUnixListener(path, SOON);
      QemuMonitor monitor = source.guest.monitor();
      monitor.migrate("unix:" + path);
      if (whenStopped.isPresent()) {
        monitor.awaitSwitchover();
        whenStopped.get().run();
        monitor.switchOver();
      }
      String status = monitor.awaitMigration();
      if (!status.equals("completed")) {
        throw new AssertionError("migration " + status);
      }
      target.guest.monitor().awaitRunning();
      long downtime = monitor.downtime();
      place = target;
      source.close();
      return downtime;
    } catch (AssertionError e) {
      System.out.println("source:\n" + source.messages() + "\ntarget:\n" + target.messages());
      target.close();
      throw e;
    }
  }

  @Override
  public void close() {
    place.close();
    twin.close();
    lab.close();
  }
}
