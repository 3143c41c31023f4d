package org.jpasst.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A TAP device joined with another one, or with a back-end's socket, by a program that delays,
 * loses and reorders frames as it is told, and only then. What is lost is chosen at random but the
 * same each time.
 */
public final class LossyLink {
  /** Of a TAP device, which drops what its queue has no room for. */
  static final int QUEUE_LENGTH = 20_000;

  private static final int SEED = 1;
  private static final Duration START = Duration.ofSeconds(10);

  private LossyLink() {}

  /**
   * One end of a link.
   *
   * @param mac of the device
   */
  public record Device(NetworkNamespace namespace, String name, String mac) {
    private String end() {
      return namespace.name() + ":" + name;
    }

    private void make() {
      namespace.ip("tuntap add dev " + name + " mode tap");
      namespace.ip("link set " + name + " address " + mac + " txqueuelen " + QUEUE_LENGTH);
    }
  }

  /** Makes two devices, down and without addresses, and joins them until the process is ended. */
  public static LabProcess between(Device first, Device second, Impairment impairment) {
    first.make();
    second.make();
    return start(first.namespace(), first.end(), second.end(), impairment);
  }

  /**
   * Joins a device that is there with a socket of QEMU's framing until the process is ended.
   *
   * @param socket what a back-end listens on
   */
  static LabProcess toSocket(
      NetworkNamespace namespace, String device, Path socket, Impairment impairment) {
    return start(namespace, namespace.name() + ":" + device, socket.toString(), impairment);
  }

  private static LabProcess start(
      NetworkNamespace namespace, String first, String second, Impairment impairment) {
    String each =
        String.format(
            Locale.ROOT,
            "%f:%d:%f",
            impairment.loss(),
            impairment.delay().toNanos() / 1_000,
            impairment.reordered());
    LabProcess process =
        namespace.start(
            List.of(
                CProgram.LOSSY_LINK.binary().toString(),
                first,
                second,
                each,
                each,
                Integer.toString(SEED)));
    process.awaitLine("connected", START);
    return process;
  }
}
