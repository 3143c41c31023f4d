package org.jpasst.qmp;

/** What QEMU does with the guest (QMP reference, {@code RunState}), as far as it matters here. */
enum RunState {
  RUNNING,
  /** Waits for a guest to come: {@code -incoming}. */
  INMIGRATE,
  /** Any other. */
  OTHER;

  static RunState of(String text) {
    return switch (text) {
      case "running" -> RUNNING;
      case "inmigrate" -> INMIGRATE;
      default -> OTHER;
    };
  }
}
