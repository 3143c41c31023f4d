package org.jpasst.qmp;

/** Who is told what QEMU's monitor tells. */
interface MonitorListener {
  /**
   * The monitor answers; events follow from now on.
   *
   * @param state what QEMU does with the guest
   * @param last status of the last migration, from here or to here
   */
  void onState(RunState state, MigrationStatus last, long now);

  /** The guest was stopped. */
  void onStopped(long now);

  /** The guest runs. */
  void onResumed(long now);

  /** A migration has come to its next status. */
  void onMigration(MigrationStatus status, long now);

  /** There is a guest whose monitor hasn't answered for some time; it may still do so. */
  void onSilence(long now);

  /** The monitor's connection has ended. */
  void onGone(long now);
}
