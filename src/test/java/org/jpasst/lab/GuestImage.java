package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Kernel and initramfs of QEMU guests, made once from the lab's tree by the script make-guest and
 * kept in the lab's directory. In the guest, {@code /block} is the block that {@link TrafficStream}
 * of seed {@link #SEED} repeats, and {@code /dhcp-script} serves udhcpc and udhcpc6.
 *
 * @param kernel the kernel
 * @param initramfs its root file system
 */
record GuestImage(Path kernel, Path initramfs) {
  /** Seed of the stream whose block the guest has. */
  static final long SEED = 42;

  /**
   * The processor that QEMU makes. With instructions that copy byte by byte, which the kernel takes
   * for fast ones, a guest without acceleration moves its traffic at two thirds of the speed.
   */
  static final String PROCESSOR = "max,erms=off,fsrm=off";

  /**
   * What the kernel is told: nobody attacks it, and its defences are dear without acceleration. On
   * a busy machine its timer may be late; it isn't to take it for broken and give up ("IO-APIC +
   * timer doesn't work").
   */
  static final String KERNEL_ARGUMENTS =
      "console=ttyS0 quiet loglevel=1 panic=-1 mitigations=off no_timer_check";

  private static final Duration BUILDING = Duration.ofMinutes(2);

  /** Finds or makes the image. */
  static GuestImage find() {
    LabTree tree = LabTree.testing();
    Path script = LabDirectory.script("make-guest");
    Path dhcpScript = LabDirectory.script("dhcp-script");
    try {
      CRC32 checksum = new CRC32();
      for (Path each : List.of(script, dhcpScript, tree.directory().resolve(".lab-stamp"))) {
        checksum.update(Files.readAllBytes(each));
      }
      Path directory = LabDirectory.path().resolve("guest/%08x".formatted(checksum.getValue()));
      GuestImage image =
          new GuestImage(directory.resolve("vmlinuz"), directory.resolve("initramfs"));
      if (!Files.exists(image.initramfs)) {
        Files.createDirectories(directory);
        make(image, tree, script, dhcpScript);
      }
      return image;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another JVM may be at it: then there is nothing left to do. */
  private static void make(GuestImage image, LabTree tree, Path script, Path dhcpScript)
      throws IOException {
    Path directory = image.initramfs.getParent();
    Set<OpenOption> open = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try (FileChannel channel = FileChannel.open(directory.resolve("lock"), open);
        FileLock _ = channel.lock()) {
      if (Files.exists(image.initramfs)) {
        return;
      }
      Path files = Files.createDirectories(directory.resolve("files"));
      Files.copy(dhcpScript, files.resolve("dhcp-script"), StandardCopyOption.REPLACE_EXISTING);
      Files.write(files.resolve("block"), new TrafficStream(SEED, 0).block());
      Path visible =
          Files.copy(script, directory.resolve("make-guest"), StandardCopyOption.REPLACE_EXISTING);
      LabProcess.run(
          tree.inside(List.of("sh", visible.toString(), directory.toString())), BUILDING);
    }
  }
}
