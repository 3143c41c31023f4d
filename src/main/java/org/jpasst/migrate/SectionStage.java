package org.jpasst.migrate;

import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.Section;

/**
 * Something that passt doesn't move, and that has a section of its own. Nothing is stopped for it:
 * the guest stands still, and what comes meanwhile waits.
 *
 * @param <S> its section
 */
interface SectionStage<S extends Section> {
  /** Source: whether it moves, where the guest's backend covers these kinds of traffic. */
  boolean moves(Set<TrafficKind> covered);

  /** Source: its section, empty if there is nothing to be carried. */
  S save(long now);

  /**
   * Target: goes on with what a section says, as far as that can be done.
   *
   * @return one line on what came of it
   */
  String load(S section, long now);

  /** Source: the guest goes on here after all. */
  default void rollBack() {}

  /** Source: closes the sockets of what goes on elsewhere. */
  void forget();
}
