package org.jpasst.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A QEMU guest with a vhost-user back-end on one of two hosts of the same addresses, which moves to
 * the other one whenever it is told to, by QEMU's own migration. Has the host's addresses, and no
 * DHCP.
 */
public final class MovingGuest implements AutoCloseable {
  /**
   * What the real passt doesn't offer, so that a guest that had it couldn't move there: for one
   * whose back-end offers it all the same.
   */
  public static final String AS_WITH_PASST =
      "csum=off,host_tso4=off,host_tso6=off,host_ecn=off,guest_tso4=off,guest_tso6=off,"
          + "guest_ecn=off,host_uso=off,guest_uso4=off,guest_uso6=off,event_idx=off,"
          + "indirect_desc=off";

  /** The port that is forwarded to the guest, TCP's and UDP's. */
  public static final int FORWARDED = 5001;

  /** Segments that a guest's peers send in vain before they find it. */
  private static final int REPETITIONS = 3;

  private static final Duration SOON = Duration.ofSeconds(20);

  private final Lab lab = Lab.open();
  private final Lab twin = lab.twin();
  private final Settings settings;
  private Place place;
  private Duration downtime = Duration.ZERO;

  /** The back-end where it was before, if that lasts. */
  private Optional<Place> other = Optional.empty();

  /**
   * What is the same wherever it is.
   *
   * @param device more properties of its network interface, comma-separated, or nothing
   * @param deployment of back-ends that are the program under test, and whose helper all have
   * @param options more options of its back-ends
   * @param own options that only the program under test has
   * @param traits what is special
   */
  private record Settings(
      String device,
      Deployment deployment,
      List<String> options,
      List<String> own,
      Set<Trait> traits) {
    Settings(String device, Deployment deployment, List<String> options, List<String> own) {
      this(device, deployment, options, own, Set.of());
    }

    boolean bridged() {
      return traits.contains(Trait.BRIDGED);
    }
  }

  /** What is special about a guest's back-ends. */
  public enum Trait {
    /** Its frames pass to a bridge as they are. */
    BRIDGED,
    /** Those that come after its state are sent on. */
    LATE_FRAMES,
    /** They serve it again when it comes back, and don't end when it has gone. */
    LASTING,
    /** Its peers find it where it is only after they have sent to where it was. */
    FOUND_LATE
  }

  /** A host with what runs there. */
  private record Place(
      Lab lab,
      BackEnd backEnd,
      Deployment deployment,
      Optional<LabProcess> helper,
      Optional<QemuGuest> guest)
      implements AutoCloseable {
    static Place start(Lab lab, Lab elsewhere, BackEndProgram program, Settings settings) {
      Deployment deployment = settings.deployment();
      List<String> options = new ArrayList<>(List.of("--vhost-user"));
      if (settings.bridged()) {
        options.addAll(List.of("--uplink", "tap:" + Lab.UPLINK));
      } else {
        options.addAll(List.of("--tcp-ports", Integer.toString(FORWARDED)));
        options.addAll(List.of("--udp-ports", Integer.toString(FORWARDED)));
      }
      if (settings.traits().contains(Trait.LATE_FRAMES)) {
        options.addAll(List.of("--late-frames-from", lab.directory().resolve("late").toString()));
        options.addAll(
            List.of("--late-frames-to", elsewhere.directory().resolve("late").toString()));
      }
      options.addAll(settings.options());
      if (!program.inTree()) {
        options.addAll(settings.own());
      }
      BackEnd backEnd =
          program.inTree()
              ? BackEnd.start(lab, program, options)
              : BackEnd.start(lab, deployment, options);
      if (settings.traits().contains(Trait.LATE_FRAMES)) {
        lab.admitNobody(lab.directory().resolve("late"));
      }
      Optional<LabProcess> helper = backEnd.startHelper(lab, deployment);
      return new Place(lab, backEnd, deployment, helper, Optional.empty());
    }

    /** With another helper where this one has ended, as it serves one migration. */
    Place withHelper() {
      if (helper.isEmpty() || backEnd.hasHelper(lab)) {
        return this;
      }
      helper.get().close();
      return new Place(lab, backEnd, deployment, backEnd.startHelper(lab, deployment), guest);
    }

    /** The back-end stays, and waits for the guest to come back. */
    Place withoutGuest() {
      guest.ifPresent(QemuGuest::close);
      return new Place(lab, backEnd, deployment, helper, Optional.empty());
    }

    Place with(QemuGuest guest) {
      return new Place(lab, backEnd, deployment, helper, Optional.of(guest));
    }

    String[] netdev() {
      return new String[] {
        "-chardev",
        "socket,id=c,path=" + backEnd.socket(),
        "-netdev",
        "vhost-user,chardev=c,id=" + QemuGuest.NETDEV
      };
    }

    @Override
    public void close() {
      guest.ifPresent(QemuGuest::close);
      helper.ifPresent(LabProcess::close);
      backEnd.close();
    }
  }

  private MovingGuest(BackEndProgram program, Settings settings) {
    settings.deployment().assumePossible();
    this.settings = settings;
    if (settings.bridged()) {
      lab.bridge(1500);
      twin.bridge(1500);
    }
    if (settings.traits().contains(Trait.FOUND_LATE)) {
      lab.dropResets();
      twin.dropResets();
    }
    place = Place.start(lab, twin, program, settings);
  }

  /**
   * Boots it and gives it its addresses. Its back-ends are nobody's, with passt's helper.
   *
   * @param program its back-end at first
   * @param device more properties of its network interface, comma-separated, or nothing
   * @param options more options of its back-ends
   */
  public static MovingGuest boot(BackEndProgram program, String device, String... options) {
    Deployment deployment = Deployment.NOBODY_WITH_PASSTS_HELPER;
    return boot(program, new Settings(device, deployment, List.of(options), List.of()));
  }

  /** The same with back-ends that are deployed in another way. */
  public static MovingGuest boot(BackEndProgram program, Deployment deployment) {
    return boot(program, new Settings("", deployment, List.of(), List.of()));
  }

  /**
   * The same with a network interface that has no properties, for back-ends of which some are the
   * real passt: the others offer no more than it does.
   */
  public static MovingGuest bootAsWithPasst(BackEndProgram program, Deployment deployment) {
    List<String> own = List.of("--vhost-user-features", "passt");
    return boot(program, new Settings("", deployment, List.of(), own));
  }

  /** Boots a guest whose frames pass to a bridge as they are, on either host. */
  public static MovingGuest bootBridged() {
    return bootWith(Set.of(Trait.BRIDGED));
  }

  /** Boots a guest whose back-ends are special in some way. */
  public static MovingGuest bootWith(Set<Trait> traits) {
    Deployment deployment = Deployment.DIRECT;
    return boot(
        BackEndProgram.underTest(), new Settings("", deployment, List.of(), List.of(), traits));
  }

  private static MovingGuest boot(BackEndProgram program, Settings settings) {
    MovingGuest moving = new MovingGuest(program, settings);
    try {
      moving.bootAndConfigure();
      return moving;
    } catch (AssertionError e) {
      moving.close();
      throw e;
    }
  }

  private void bootAndConfigure() {
    Place start = place;
    place =
        start.with(
            QemuGuest.bootWith(settings.device(), start.lab, LabTree.testing(), start.netdev()));
    QemuGuest guest = guest();
    guest.run("echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad && ip link set eth0 up");
    guest.run("ip addr add " + Lab.HOST4 + "/24 dev eth0");
    guest.run("ip addr add " + Lab.HOST6 + "/64 dev eth0");
    guest.run("ip route add default via " + Lab.GATEWAY4);
    guest.run("ping -c 1 -W 5 " + Lab.REMOTE4);
    guest.run("ping -c 1 -W 5 " + Lab.REMOTE6);
  }

  /** The guest, where it is now. */
  public QemuGuest guest() {
    return place.guest.orElseThrow();
  }

  /** The host that it is on now. */
  public NetworkNamespace host() {
    return place.lab.host();
  }

  /** The world outside. */
  public NetworkNamespace remote() {
    return lab.remote();
  }

  /** What the back-end that the guest has now has printed. */
  public String messages() {
    return place.backEnd.process().output();
  }

  /** How QEMU carries the guest over. */
  public enum Way {
    /** Over a UNIX socket, from one to the other. */
    SOCKET,
    /** By a file, which the target reads when the source is done. */
    FILE,
    /** The same by processes that QEMU starts. */
    PROCESS
  }

  /** Moves it to the other host over a socket; see the other method. */
  public void move(BackEndProgram program) {
    move(program, Way.SOCKET);
  }

  /** The same, and something is done when the guest has stopped and its state isn't saved yet. */
  public void move(BackEndProgram program, Runnable whenStopped) {
    guest().monitor().pauseBeforeSwitchover();
    move(program, Way.SOCKET, Optional.of(whenStopped));
  }

  /**
   * Moves it to the other host. The remote's packets go there once it runs there.
   *
   * @param program the back-end there
   */
  public void move(BackEndProgram program, Way way) {
    move(program, way, Optional.empty());
  }

  private void move(BackEndProgram program, Way way, Optional<Runnable> whenStopped) {
    place = place.withHelper();
    Place source = place;
    Lab there = source.lab == lab ? twin : lab;
    Path path = there.directory().resolve("migration");
    Place target =
        other
            .map(Place::withHelper)
            .orElseGet(() -> Place.start(there, source.lab, program, settings));
    other = Optional.empty();
    try {
      switch (way) {
        case SOCKET -> {
          String uri = "unix:" + path;
          target = receive(target, uri);
          there.host().awaitUnixListener(path, SOON);
          send(source, uri, whenStopped);
        }
        case FILE -> {
          send(source, "file:" + path, whenStopped);
          target = receive(target, "file:" + path);
        }
        case PROCESS -> {
          send(source, "exec:cat >" + path, whenStopped);
          target = receive(target, "exec:cat " + path);
        }
      }
      target.guest.orElseThrow().monitor().awaitRunning();
    } catch (AssertionError e) {
      target.close();
      throw e;
    }
    if (settings.traits().contains(Trait.FOUND_LATE)) {
      source.guest.orElseThrow().close();
      awaitRepeatedSegments();
    }
    there.becomeReachable();
    place = target;
    if (settings.traits().contains(Trait.LASTING)) {
      other = Optional.of(source.withoutGuest());
    } else {
      source.close();
    }
  }

  /** Until peers have sent again, or have had an answer that they shouldn't. */
  private void awaitRepeatedSegments() {
    long repeated = repeatedSegments();
    long reset = lab.remote().counter("Tcp", "EstabResets");
    Await.until(
        "segments that are sent again",
        SOON,
        () ->
            repeatedSegments() - repeated >= REPETITIONS
                || lab.remote().counter("Tcp", "EstabResets") > reset);
  }

  /** Of whoever has data, or would have if the guest had a window open. */
  private long repeatedSegments() {
    return lab.remote().counter("Tcp", "RetransSegs")
        + lab.remote().counter("TcpExt", "TCPWinProbe");
  }

  private Place receive(Place target, String uri) {
    return target.with(
        QemuGuest.incoming(uri, settings.device(), target.lab, LabTree.testing(), target.netdev()));
  }

  private void send(Place source, String uri, Optional<Runnable> whenStopped) {
    QemuMonitor monitor = source.guest.orElseThrow().monitor();
    monitor.migrate(uri);
    if (whenStopped.isPresent()) {
      monitor.awaitSwitchover();
      whenStopped.get().run();
      monitor.switchOver();
    }
    String status = monitor.awaitMigration();
    if (!status.equals("completed")) {
      throw new AssertionError("migration " + status + "\n" + source.backEnd.process().output());
    }
    downtime = Duration.ofMillis(monitor.downtime());
  }

  /** For how long it stood still when it moved last, by QEMU. */
  public Duration downtime() {
    return downtime;
  }

  /** Has its state saved as if it moved away, and then lets it go on here. */
  public void saveAndContinue() {
    saveAndContinue(Optional.empty());
  }

  /** The same, and something is done when the guest has stopped and its state isn't saved yet. */
  public void saveAndContinue(Runnable whenStopped) {
    guest().monitor().pauseBeforeSwitchover();
    saveAndContinue(Optional.of(whenStopped));
  }

  private void saveAndContinue(Optional<Runnable> whenStopped) {
    place = place.withHelper();
    send(place, "exec:cat >/dev/null", whenStopped);
    guest().monitor().execute("{'execute':'cont'}");
  }

  @Override
  public void close() {
    place.close();
    other.ifPresent(Place::close);
    twin.close();
    lab.close();
  }
}
