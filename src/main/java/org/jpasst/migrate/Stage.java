package org.jpasst.migrate;

import java.io.IOException;
import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.StreamReader;
import org.jpasst.migrate.stream.StreamWriter;

/** A part of a migration: what the source does for it, and what the target does. */
interface Stage {
  /** What it carries, for messages. */
  String title();

  /**
   * Source: stops what it carries and writes it.
   *
   * @param covered what the guest's backend lets move; the rest stays
   * @throws IOException if that can't be done; then {@link #rollBack} follows
   */
  void save(Set<TrafficKind> covered, StreamWriter to) throws IOException;

  /** Source: what was saved, or partly so, goes on here after all, if it was stopped. */
  default void rollBack() {
    // Nothing was stopped.
  }

  /** Source: closes the sockets of what goes on elsewhere, without a word to anybody. */
  default void forget() {
    // There are no sockets.
  }

  /**
   * Target: reads its part and goes on with it.
   *
   * @throws IOException if the stream makes no sense or ends; nothing of this part is left then
   */
  void load(StreamReader from) throws IOException;
}
