package org.jpasst.migrate.repair;

import java.util.Optional;
import org.jpasst.linux.Sockets;

/**
 * Who switches repair mode: a helper that is connected, else this process where it may, else a
 * helper that comes at once.
 */
public final class RepairAccess {
  /** Why there is nobody, for messages. */
  public static final String NOBODY =
      "no repair helper is connected, and this process has no CAP_NET_ADMIN";

  private final Sockets sockets;
  private final Optional<RepairListener> listener;

  /**
   * Access by this process or by helpers.
   *
   * @param listener where helpers connect, if they can; stays the caller's
   */
  public RepairAccess(Sockets sockets, Optional<RepairListener> listener) {
    this.sockets = sockets;
    this.listener = listener;
  }

  /** Whether somebody can do it now. */
  public boolean isPossible() {
    return listener.filter(RepairListener::hasHelper).isPresent()
        || DirectRepair.isPermitted(sockets);
  }

  /** Whoever can do it now. */
  public Optional<RepairMode> find() {
    if (listener.filter(RepairListener::hasHelper).isEmpty() && DirectRepair.isPermitted(sockets)) {
      return Optional.of(new DirectRepair(sockets));
    }
    return listener.filter(RepairListener::awaitHelper).map(RepairMode.class::cast);
  }

  /** The migration is over: a helper ends by this. */
  public void release() {
    listener.ifPresent(RepairListener::release);
  }
}
