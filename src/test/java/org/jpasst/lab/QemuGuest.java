package org.jpasst.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Linux guest in QEMU, without acceleration, running in the lab's host namespace. It has one
 * virtio network interface, eth0, down and without addresses at first; a shell obeys commands over
 * the serial console. Boots in some five seconds.
 */
public final class QemuGuest implements AutoCloseable {
  /** The guest's MAC address. */
  public static final String MAC = "52:54:00:12:34:56";

  /** Identifier of the netdev that the interface is attached to: {@code id=n}. */
  public static final String NETDEV = "n";

  /**
   * With -netdev passt,vhost-user=on QEMU 11.1 closes a descriptor once too often, and in one of
   * some ten starts on a busy machine that is its first memory's. A guest with this can't be
   * migrated.
   */
  private static final List<String> SPARE_MEMORY =
      List.of("-object", "memory-backend-memfd,id=spare,size=64K");

  private static final Duration QUIT = Duration.ofSeconds(20);

  private static final AtomicInteger MONITORS = new AtomicInteger();

  private final LabProcess qemu;
  private final QemuMonitor monitor;
  private final GuestConsole console;

  private QemuGuest(LabProcess qemu, QemuMonitor monitor) {
    this.qemu = qemu;
    this.monitor = monitor;
    console = new GuestConsole(qemu);
  }

  /**
   * Starts QEMU and waits until the guest is up.
   *
   * @param tree whose QEMU is to run
   * @param arguments of QEMU that make the netdev {@code n}
   */
  public static QemuGuest boot(Lab lab, LabTree tree, String... arguments) {
    return bootWith("", lab, tree, arguments);
  }

  /**
   * Starts QEMU, whose memory is shared with back-ends that ask for it, and waits until the guest
   * is up.
   *
   * @param device more properties of the network interface, comma-separated, or nothing
   * @param tree whose QEMU is to run
   * @param arguments of QEMU that make the netdev {@code n}
   */
  public static QemuGuest bootWith(String device, Lab lab, LabTree tree, String... arguments) {
    QemuGuest guest = start(device, lab, tree, List.of(arguments));
    guest.console.awaitBoot();
    return guest;
  }

  /**
   * Starts QEMU to take over a guest that is migrated; see {@link #monitor}.
   *
   * @param uri where the guest comes from, as QEMU's -incoming has it
   * @param device more properties of the network interface, as where it comes from
   * @param tree whose QEMU is to run
   * @param arguments of QEMU that make the netdev {@code n}
   */
  public static QemuGuest incoming(
      String uri, String device, Lab lab, LabTree tree, String... arguments) {
    var all = new ArrayList<>(List.of("-incoming", uri));
    all.addAll(List.of(arguments));
    return start(device, lab, tree, all);
  }

  private static QemuGuest start(String device, Lab lab, LabTree tree, List<String> arguments) {
    GuestImage image = GuestImage.find();
    var command = new ArrayList<>(List.of("qemu-system-x86_64"));
    if (arguments.stream().anyMatch(argument -> argument.contains("vhost-user=on"))) {
      command.addAll(SPARE_MEMORY);
    }
    command.addAll(List.of("-object", "memory-backend-memfd,id=m,size=256M,share=on"));
    command.addAll(
        List.of(
            "-M",
            "q35,memory-backend=m",
            "-m",
            "256",
            "-cpu",
            GuestImage.PROCESSOR,
            "-accel",
            "tcg,thread=multi"));
    command.addAll(List.of("-nodefaults", "-display", "none", "-no-reboot"));
    command.addAll(List.of("-kernel", image.kernel().toString()));
    command.addAll(List.of("-initrd", image.initramfs().toString()));
    command.addAll(List.of("-append", GuestImage.KERNEL_ARGUMENTS));
    command.addAll(List.of("-chardev", "stdio,id=console,signal=off"));
    command.addAll(List.of("-serial", "chardev:console"));
    Path monitor = lab.directory().resolve("qmp-" + MONITORS.incrementAndGet());
    command.addAll(List.of("-qmp", "unix:" + monitor + ",server=on,wait=off"));
    command.addAll(arguments);
    // Without the ROM, which the guest does not boot from and the tree need not have.
    String properties = device.isEmpty() ? "" : "," + device;
    command.addAll(List.of("-device", "virtio-net-pci,romfile=,netdev=n,mac=" + MAC + properties));
    LabProcess qemu =
        lab.host().start(tree.inside(command, lab.resolvConf()), BackEnd.environment());
    return new QemuGuest(qemu, new QemuMonitor(monitor));
  }

  /** Starts QEMU, and doesn't wait until the guest is up. */
  static QemuGuest starting(Lab lab, LabTree tree, String... arguments) {
    return start("", lab, tree, List.of(arguments));
  }

  /** The guest's shell. */
  public GuestConsole console() {
    return console;
  }

  /** Runs a line of shell in the guest to its end, for a minute at most. */
  public GuestConsole.Result shell(String line) {
    return console.shell(line);
  }

  /** Runs a line of shell in the guest, which must succeed; see {@link GuestConsole#run}. */
  public String run(String line) {
    return console.run(line);
  }

  /** Runs a line of shell in the guest, which must succeed; see {@link GuestConsole#run}. */
  public String run(String line, Duration limit) {
    return console.run(line, limit);
  }

  /** The line of shell by which a guest sends so many blocks of {@link #stream}, and then a FIN. */
  public static String sending(int blocks, String address, int port) {
    return "i=0; while [ $i -lt %d ]; do cat /block; i=$((i+1)); done | nc -N %s %d"
        .formatted(blocks, address, port);
  }

  /** A stream of whole blocks that the guest has as the file {@code /block}. */
  public static TrafficStream stream(long length) {
    return new TrafficStream(GuestImage.SEED, length);
  }

  /** QEMU's monitor, for migrating the guest. */
  public QemuMonitor monitor() {
    return monitor;
  }

  /** QEMU's process. */
  public LabProcess process() {
    return qemu;
  }

  /** Tells QEMU to end, waits until it has, and returns its exit status. */
  public int quit() {
    qemu.signal("TERM");
    return qemu.awaitExit(QUIT);
  }

  @Override
  public void close() {
    monitor.close();
    qemu.close();
  }
}
