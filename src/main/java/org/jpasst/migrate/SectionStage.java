package org.jpasst.migrate;

import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.Section;

/**
 * Something that passt doesn't move, and that has a section of its own. Nothing is stopped for it:
 * the guest stands still, and what comes meanwhile waits.
 *
 * @param <S> its section
 */
interface SectionStage<S extends Section> {
  /** What it carries. */
  TrafficKind kind();

  /** What a section of its has to be. */
  Class<S> type();

  /** Source: its section, empty if there is nothing to be carried. */
  S save(long now);

  /**
   * Target: goes on with what a section says, as far as that can be done.
   *
   * @return one line that tells what came of it
   */
  String load(S section, long now);

  /** Source: closes the sockets of what goes on elsewhere. */
  void forget();
}
