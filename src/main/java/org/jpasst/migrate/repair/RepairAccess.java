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
      "no repair helper (passt-repair) is connected, and this process has no CAP_NET_ADMIN";

  /** A helper that is a JVM takes half a second to start, and a person somewhat longer. */
  private static final int START_PATIENCE_MILLIS = 60_000;

  private final Sockets sockets;
  private final Optional<RepairListener> listener;
  private int patienceMillis = RepairListener.WAIT_MILLIS;

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

  /**
   * Until the next {@link #release} a helper is waited for: nothing stands still meanwhile, and who
   * starts us can start a helper only once there is something to connect to.
   */
  public void awaitHelpers() {
    patienceMillis = START_PATIENCE_MILLIS;
  }

  /**
   * Whoever can do it now, or comes soon.
   *
   * <p>Without lambdas: a guest stands still, and making one costs a millisecond.
   */
  public Optional<RepairMode> find() {
    boolean connected = listener.isPresent() && listener.get().hasHelper();
    if (!connected && DirectRepair.isPermitted(sockets)) {
      return Optional.of(new DirectRepair(sockets));
    }
    boolean comes = listener.isPresent() && listener.get().awaitHelper(patienceMillis);
    return comes ? Optional.of(listener.get()) : Optional.empty();
  }

  /** The migration is over: a helper ends by this. */
  public void release() {
    patienceMillis = RepairListener.WAIT_MILLIS;
    listener.ifPresent(RepairListener::release);
  }
}
