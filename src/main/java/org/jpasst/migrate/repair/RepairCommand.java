package org.jpasst.migrate.repair;

import java.util.Optional;

/** What is done to sockets: values of TCP_REPAIR, linux/tcp.h, and bytes of the protocol. */
public enum RepairCommand {
  /** Enter repair mode. */
  ON(1),
  /** Leave it; the kernel sends a window probe on an established connection. */
  OFF(0),
  /** Leave it quietly. */
  OFF_NO_PROBE(-1);

  private final byte value;

  RepairCommand(int value) {
    this.value = (byte) value;
  }

  /** The number, signed. */
  public byte value() {
    return value;
  }

  /** The command of a number. */
  static Optional<RepairCommand> of(byte value) {
    for (RepairCommand each : values()) {
      if (each.value == value) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }
}
