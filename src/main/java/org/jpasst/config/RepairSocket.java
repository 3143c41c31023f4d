package org.jpasst.config;

import java.nio.file.Path;

/** Where the TCP_REPAIR helper connects, for migration. */
public sealed interface RepairSocket {
  /** Beside the guest's socket, if there is one and it speaks vhost-user. */
  record Usual() implements RepairSocket {}

  /** Nowhere. */
  record None() implements RepairSocket {}

  /** At a path of its own. */
  record At(Path path) implements RepairSocket {}
}
