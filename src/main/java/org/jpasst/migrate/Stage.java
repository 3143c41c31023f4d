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
  default void rollBack() {}

  /** Source: closes the sockets, if any, of what goes on elsewhere, without a word to anybody. */
  default void forget() {}

  /**
   * Source: there is a guest here, the same after all or another one. Until then, after {@link
   * #save}, whoever comes from outside gets no answer.
   */
  default void welcome() {}

  /**
   * Target: reads its part and goes on with it.
   *
   * @throws IOException if the stream makes no sense or ends; nothing of this part is left then
   */
  void load(StreamReader from) throws IOException;
}
