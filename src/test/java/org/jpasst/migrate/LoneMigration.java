package org.jpasst.migrate;

import java.util.Optional;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.repair.RepairAccess;

/** Migrations without a helper for TCP_REPAIR, and without preparation. */
public final class LoneMigration {
  private LoneMigration() {}

  /** One of a guest's state. */
  public static Migration of(GuestState state, Sockets sockets, EventLoop loop, Log log) {
    return new Migration(
        state,
        sockets,
        new RepairAccess(sockets, Optional.empty()),
        () -> 0,
        true,
        loop::now,
        Preparation.NONE,
        log);
  }
}
