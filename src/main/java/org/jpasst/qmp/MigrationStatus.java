package org.jpasst.qmp;

import java.util.Locale;

/** How far a migration has come, as QEMU calls it (QMP reference, {@code MigrationStatus}). */
enum MigrationStatus {
  NONE,
  SETUP,
  ACTIVE,
  PRE_SWITCHOVER,
  DEVICE,
  POSTCOPY_ACTIVE,
  COMPLETED,
  CANCELLING,
  CANCELLED,
  FAILING,
  FAILED,
  /** Another, that nothing follows from. */
  OTHER;

  /**
   * The status of a name.
   *
   * @param text empty where QEMU tells none, as there was no migration yet
   */
  static MigrationStatus of(String text) {
    if (text.isEmpty()) {
      return NONE;
    }
    for (MigrationStatus each : values()) {
      if (each != OTHER && each.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(text)) {
        return each;
      }
    }
    return OTHER;
  }

  /** Whether one is under way whose guest may be stopped next. */
  boolean isBeginning() {
    return this == SETUP || this == ACTIVE;
  }

  /** Whether the guest stands still, and its devices' state is being saved. */
  boolean isSwitchover() {
    return this == PRE_SWITCHOVER || this == DEVICE;
  }

  /** Whether the guest runs at the target from now on, and there alone. */
  boolean isOver() {
    return this == COMPLETED || this == POSTCOPY_ACTIVE;
  }

  /** Whether the guest goes on at the source, if it ran. */
  boolean isGivenUp() {
    return switch (this) {
      case CANCELLING, CANCELLED, FAILING, FAILED -> true;
      default -> false;
    };
  }
}
