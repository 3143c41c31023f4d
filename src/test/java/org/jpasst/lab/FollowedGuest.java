package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A QEMU guest on the stream socket, on one of two hosts of the same addresses, whose back-ends
 * watch QEMU's monitor and hand its state on when QEMU migrates it: nobody tells them anything. Has
 * the host's addresses, and no DHCP.
 */
public final class FollowedGuest implements AutoCloseable {
  /** How it is attached. */
  public enum Attachment {
    /** The back-end is there before QEMU: {@code -netdev stream}. */
    STREAM,
    /** QEMU starts the back-end: {@code -netdev passt}. */
    PASST
  }

  private static final Duration SOON = Duration.ofSeconds(30);

  private final Lab lab = Lab.open();
  private final Lab twin = lab.twin();
  private final Attachment attachment;
  private Place place;

  /** A host with what runs there. */
  private record Place(Lab lab, Optional<BackEnd> backEnd, QemuGuest guest)
      implements AutoCloseable {
    Path log() {
      return log(lab);
    }

    static Path log(Lab lab) {
      return lab.directory().resolve("log");
    }

    String messages() {
      try {
        return backEnd.isPresent() ? backEnd.get().process().output() : Files.readString(log());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void awaitMessage(String text) {
      Await.until("\"" + text + "\"", SOON, () -> messages().contains(text));
    }

    @Override
    public void close() {
      guest.close();
      backEnd.ifPresent(BackEnd::close);
      try {
        Files.deleteIfExists(log());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private FollowedGuest(Attachment attachment) {
    this.attachment = attachment;
    place = start(lab, twin, Optional.empty());
  }

  /** Boots it and gives it its addresses. */
  public static FollowedGuest boot(Attachment attachment) {
    FollowedGuest followed = new FollowedGuest(attachment);
    QemuGuest guest = followed.guest();
    guest.console().awaitBoot();
    guest.run("echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad && ip link set eth0 up");
    guest.run("ip addr add " + Lab.HOST4 + "/24 dev eth0");
    guest.run("ip addr add " + Lab.HOST6 + "/64 dev eth0");
    guest.run("ip route add default via " + Lab.GATEWAY4);
    guest.run("ping -c 1 -W 5 " + Lab.REMOTE4);
    guest.run("ping -c 1 -W 5 " + Lab.REMOTE6);
    return followed;
  }

  private Place start(Lab here, Lab there, Optional<String> uri) {
    Path monitor = here.directory().resolve("monitor");
    List<String> options = new ArrayList<>(List.of("--migrate-direct"));
    options.addAll(List.of("--debug", "--qmp", monitor.toString()));
    options.addAll(List.of("--migrate-from", state(here), "--migrate-to", state(there)));
    String port = Integer.toString(MovingGuest.FORWARDED);
    options.addAll(List.of("--tcp-ports", port, "--udp-ports", port));
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-qmp", "unix:" + monitor + ",server=on,wait=off", "-netdev"));
    Optional<BackEnd> backEnd =
        switch (attachment) {
          case STREAM -> {
            BackEnd started = BackEnd.start(here, BackEndProgram.underTest(), options);
            arguments.add(
                "stream,server=off,addr.type=unix,addr.path="
                    + started.socket()
                    + ",id="
                    + QemuGuest.NETDEV);
            yield Optional.of(started);
          }
          case PASST -> {
            options.addAll(List.of("--log-file", Place.log(here).toString()));
            arguments.add(
                "passt,quiet=off,id=%s,path=%s,param=%s"
                    .formatted(
                        QemuGuest.NETDEV, BackEnd.program(), String.join(",param=", options)));
            yield Optional.empty();
          }
        };
    String[] all = arguments.toArray(String[]::new);
    QemuGuest guest =
        uri.isPresent()
            ? QemuGuest.incoming(uri.get(), "", here, LabTree.testing(), all)
            : QemuGuest.starting(here, LabTree.testing(), all);
    Place started = new Place(here, backEnd, guest);
    here.admitNobody(monitor);
    here.admitNobody(Path.of(state(here)));
    return started;
  }

  private static String state(Lab lab) {
    return lab.directory().resolve("state").toString();
  }

  /** The guest, where it is now. */
  public QemuGuest guest() {
    return place.guest;
  }

  /** The world outside. */
  public NetworkNamespace remote() {
    return lab.remote();
  }

  /** What the back-end that the guest has now has written. */
  public String messages() {
    return place.messages();
  }

  /** Moves it to the other host; the remote's packets go there once it runs there. */
  public void move() {
    move(false);
  }

  /** The same for one whose migration stops before the switchover, as it does after this failed. */
  public void moveInSteps() {
    move(true);
  }

  private void move(boolean inSteps) {
    Place source = place;
    Place target = begin(inSteps);
    try {
      QemuMonitor monitor = source.guest.monitor();
      if (inSteps) {
        monitor.awaitSwitchover();
        monitor.switchOver();
      }
      String status = monitor.awaitMigration();
      if (!status.equals("completed")) {
        throw new AssertionError("migration " + status + "\n" + source.messages());
      }
      target.guest.monitor().awaitRunning();
      target.awaitMessage("state loaded");
    } catch (AssertionError e) {
      System.out.println("source:\n" + source.messages() + "\ntarget:\n" + target.messages());
      target.close();
      throw e;
    }
    target.lab.becomeReachable();
    place = target;
    source.close();
  }

  private Place begin(boolean pausing) {
    Lab there = place.lab == lab ? twin : lab;
    Path path = there.directory().resolve("migration");
    Place target = start(there, place.lab, Optional.of("unix:" + path));
    there.host().awaitUnixListener(path, SOON);
    if (pausing) {
      place.guest.monitor().pauseBeforeSwitchover();
    }
    place.guest.monitor().migrate("unix:" + path);
    return target;
  }

  /** Begins to move it, and cancels that when its state was handed over. */
  public void moveAndCancel() {
    try (Place target = begin(true)) {
      place.guest.monitor().awaitSwitchover();
      target.awaitMessage("the guest's state is here");
      place.guest.monitor().execute("{'execute':'migrate_cancel'}");
      place.guest.monitor().awaitRunning();
      // Its QEMU ends, and a back-end that this has started with it, before it has told anything.
      Await.until(
          "the end of its arrival",
          SOON,
          () ->
              target.messages().contains("its state is dropped")
                  || !target.guest.process().alive());
    }
  }

  /** Begins to move it to a host that dies when it has the state. */
  public void moveToOneThatDies() {
    Place target = begin(true);
    try {
      place.guest.monitor().awaitSwitchover();
      target.awaitMessage("the guest's state is here");
    } finally {
      target.close();
    }
    place.guest.monitor().switchOver();
    place.guest.monitor().awaitRunning();
  }

  @Override
  public void close() {
    place.close();
    twin.close();
    lab.close();
  }
}
