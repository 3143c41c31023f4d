package org.jpasst.lab;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A Debian tree with programs of a certain age, made once by debootstrap and reused. Commands run
 * with the tree as their root directory; this machine's /dev, /sys and /tmp, the checkout's target
 * directory and the lab's guest images are visible in it under their own paths.
 */
public final class LabTree {
  /** Debootstrap takes two minutes; another JVM may be at it, and the mirror may be slow. */
  private static final Duration BUILDING = Duration.ofMinutes(20);

  private static final Duration MOUNTING = Duration.ofSeconds(20);

  private static final List<String> TESTING_PACKAGES =
      List.of(
          "qemu-system-x86",
          "passt",
          "iperf3",
          "linux-image-cloud-amd64",
          "busybox",
          "netcat-openbsd",
          "socat",
          "tcpdump",
          "python3-minimal",
          "cpio",
          "xz-utils",
          "iproute2",
          "iputils-ping",
          "strace",
          "libvirt-daemon",
          "libvirt-daemon-driver-qemu",
          "libvirt-clients",
          // Virtual packages that libvirt needs and debootstrap doesn't resolve.
          "dbus",
          "libpam-systemd");

  private final Path directory;

  private LabTree(Path directory) {
    this.directory = directory;
  }

  /** Debian testing: QEMU 11 or newer, passt, libvirt, a cloud kernel, busybox. */
  public static LabTree testing() {
    return make("forky", TESTING_PACKAGES);
  }

  /** Debian 12, with QEMU 7.2: the first version with {@code -netdev stream}. */
  public static LabTree bookworm() {
    return make("bookworm", List.of("qemu-system-x86"));
  }

  /**
   * Another tree with the same in it, whose changes are kept apart: an overlay on this one.
   *
   * @param directory where it is to lie, which must exist
   */
  public LabTree copy(Path directory) {
    Path tree = directory.resolve("tree");
    Path changes = directory.resolve("changes");
    Path work = directory.resolve("work");
    List<String> make = List.of("mkdir", tree.toString(), changes.toString(), work.toString());
    LabProcess.run(make, MOUNTING);
    String layers = "lowerdir=%s,upperdir=%s,workdir=%s".formatted(this.directory, changes, work);
    List<String> mount = List.of("mount", "-t", "overlay", "-o", layers, "copy", tree.toString());
    LabProcess.run(mount, MOUNTING);
    return new LabTree(tree);
  }

  /** Takes a copy away again, once nothing runs in it; its files stay. */
  public void unmount() {
    LabProcess.run(List.of("umount", directory.toString()), MOUNTING);
  }

  /** Where the tree lies. */
  public Path directory() {
    return directory;
  }

  /** The command that runs the given one in the tree, with its own process id. */
  public List<String> inside(List<String> command) {
    return inside(command, List.of());
  }

  /** The same, with the given file shown as /etc/resolv.conf. */
  public List<String> inside(List<String> command, Path resolvConf) {
    return inside(command, List.of("-r", resolvConf.toString()));
  }

  private List<String> inside(List<String> command, List<String> options) {
    var inside = new ArrayList<>(List.of(LabDirectory.script("lab-exec").toString()));
    inside.addAll(List.of("-t", directory.toString()));
    inside.addAll(List.of("-b", LabDirectory.checkout().resolve("target").toString()));
    inside.addAll(List.of("-b", LabDirectory.path().resolve("guest").toString()));
    inside.addAll(options);
    inside.add("--");
    inside.addAll(command);
    return List.copyOf(inside);
  }

  /** Named after its packages: tests of another checkout may be running in a tree of others. */
  private static LabTree make(String suite, List<String> packages) {
    CRC32 checksum = new CRC32();
    checksum.update(String.join(" ", packages).getBytes(StandardCharsets.US_ASCII));
    Path directory = LabDirectory.path().resolve("%s-%08x".formatted(suite, checksum.getValue()));
    var command = new ArrayList<>(List.of(LabDirectory.script("make-tree").toString()));
    command.addAll(List.of(suite, directory.toString()));
    command.addAll(packages);
    LabProcess.run(command, BUILDING);
    return new LabTree(directory);
  }
}
