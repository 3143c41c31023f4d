package org.jpasst.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * A libvirt domain with a vhost-user interface on one of two hosts of the same addresses, each with
 * a libvirt of its own, which moves to the other one whenever it is told to, live. Has the host's
 * addresses, by DHCP and by DHCPv6.
 */
public final class MovingDomain implements AutoCloseable {
  /** A port that is forwarded to the guest; so is the next one. */
  public static final int FORWARDED = 5001;

  /** As in docs/migration.md. */
  private static final String INTERFACE =
      """
      <interface type='vhostuser'>
        <mac address='52:54:00:12:34:56'/>
        <portForward proto='tcp'>
          <range start='5001' end='5002'/>
        </portForward>
        <model type='virtio'/>
        <backend type='passt'/>
        <rom enabled='no'/>
      </interface>
      """;

  private static final Duration MIGRATION = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Lab lab = Lab.open();
  private final Lab twin = lab.twin();
  private Host here;
  private Host there;
  private GuestConsole guest;

  /**
   * A host.
   *
   * @param idle what libvirt has at run time without a guest
   */
  private record Host(Lab lab, Libvirt libvirt, Set<Path> idle) {
    static Host start(Lab lab, Libvirt.Helper helper) {
      lab.dropResets();
      Libvirt libvirt = Libvirt.start(lab, Libvirt.Mode.SYSTEM, helper);
      // It has all its files when it has answered.
      libvirt.virsh("list");
      return new Host(lab, libvirt, libvirt.runtimeFiles());
    }

    void awaitIdle() {
      Await.until("no file of a guest", SOON, () -> libvirt.runtimeFiles().equals(idle));
      List<Long> daemon = List.of(libvirt.daemon().pid());
      Await.until("no process but the daemon", SOON, () -> lab.host().processes().equals(daemon));
    }
  }

  private MovingDomain(Libvirt.Helper helper) {
    here = Host.start(lab, helper);
    there = Host.start(twin, helper);
  }

  /** Starts two libvirts that find this helper, and boots the guest with one of them. */
  public static MovingDomain boot(Libvirt.Helper helper) {
    MovingDomain moving = new MovingDomain(helper);
    try {
      moving.bootAndConfigure();
      return moving;
    } catch (AssertionError e) {
      moving.close();
      throw e;
    }
  }

  private void bootAndConfigure() {
    here.libvirt.define(INTERFACE);
    guest = here.libvirt.boot();
    guest.run("echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad && ip link set eth0 up");
    guest.awaitAddress("fe80:");
    guest.lease4();
    guest.lease6();
    guest.run("ping -c 1 -W 5 " + Lab.REMOTE4);
    guest.await("ping -c 1 -W 5 " + Lab.REMOTE6);
  }

  /** The guest's shell, where it is now. */
  public GuestConsole guest() {
    return guest;
  }

  /** The world outside. */
  public NetworkNamespace remote() {
    return lab.remote();
  }

  /** Moves it to the other host. The remote's packets go there once it runs there. */
  public void move() {
    try (LabProcess virsh = here.libvirt.migrate(there.libvirt, List.of())) {
      if (virsh.awaitExit(MIGRATION) != 0) {
        throw here.libvirt.daemon().failure(virsh.output());
      }
    }
    there.lab.becomeReachable();
    Host before = here;
    here = there;
    there = before;
    guest.close();
    guest = here.libvirt.connect();
  }

  /** Begins to move it, slowly, and aborts that before its state is saved; returns the reason. */
  public String abortMove() {
    try (LabProcess virsh = here.libvirt.migrate(there.libvirt, List.of("--bandwidth", "1"))) {
      Await.until(
          "memory on its way",
          SOON,
          () -> here.libvirt.virsh("domjobinfo", Libvirt.GUEST).contains("Memory processed"));
      here.libvirt.virsh("domjobabort", Libvirt.GUEST);
      return failure(virsh);
    }
  }

  /** Tries to move it where no helper is, so that its connections can't be taken over. */
  public String moveWhereNoHelperIs() {
    there.libvirt.withoutHelper();
    try (LabProcess virsh = here.libvirt.migrate(there.libvirt, List.of())) {
      return failure(virsh);
    }
  }

  private static String failure(LabProcess virsh) {
    if (virsh.awaitExit(MIGRATION) == 0) {
      throw virsh.failure("no failure");
    }
    return virsh.output();
  }

  /** Waits until nothing is left of the guest where it is not: no process, socket, other file. */
  public void awaitNothingLeftThere() {
    there.awaitIdle();
  }

  /** Ends the guest, and waits until nothing is left of it anywhere. */
  public void destroy() {
    here.libvirt.virsh("destroy", Libvirt.GUEST);
    here.awaitIdle();
    there.awaitIdle();
  }

  @Override
  public void close() {
    if (guest != null) {
      guest.close();
    }
    here.libvirt.close();
    there.libvirt.close();
    twin.close();
    lab.close();
  }
}
