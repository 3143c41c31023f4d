package org.jpasst.bench;

import java.util.List;

/** One row of the tables: something that is measured for each candidate. */
interface Cell {
  /** Names it on the command line and in the JSON, such as {@code tcp/guest-remote/1500/1}. */
  String id();

  /** Heads its row. */
  String title();

  /** The group that it belongs to, whose cells share tables. */
  Group group();

  /** What it measures, most important first. */
  List<Metric> metrics();

  /** Whether it can be measured with guests attached in this way. */
  default boolean appliesTo(Attachment attachment) {
    return true;
  }

  /** Measures once. */
  Sample measure(Subject subject);

  /** Cells of one kind need to be warmed up for only once. */
  default String kind() {
    return id();
  }

  /**
   * Runs before the first cell of its kind is measured, so that a JVM has compiled what is hot and
   * what is measured is the steady state. Nothing, for what is measured with a new back-end.
   */
  default void warmUp(Subject subject) {}
}
