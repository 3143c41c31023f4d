package org.jpasst.bench;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A candidate while it is measured. Its test bed is made when first needed and lives as long as the
 * run, so that what is measured there is the steady state of a back-end that has seen much traffic.
 */
final class Subject implements AutoCloseable {
  private final Candidate candidate;
  private final GuestSettings settings;
  private final Set<String> warm = new HashSet<>();
  private Optional<TestBed> bed = Optional.empty();

  Subject(Candidate candidate, GuestSettings settings) {
    this.candidate = candidate;
    this.settings = settings;
  }

  String label() {
    return candidate.label();
  }

  Attachment attachment() {
    return candidate.attachment();
  }

  /** The test bed that lives on. */
  TestBed bed() {
    if (bed.isEmpty()) {
      bed = Optional.of(freshBed());
    }
    return bed.get();
  }

  /** One whose back-end has just been started; the caller closes it. */
  TestBed freshBed() {
    return freshBed(Links.PLAIN);
  }

  /** The same with links that may lose, delay or reorder frames. */
  TestBed freshBed(Links links) {
    return attachment().open(settings, links);
  }

  /** Warms up for a cell, if nothing of its kind has been measured on the bed that lives on. */
  void warmUpFor(Cell cell) {
    if (warm.add(cell.kind())) {
      cell.warmUp(this);
    }
  }

  /**
   * Ends the bed: after a failure nothing is known about its state. The next use makes a new one.
   */
  @Override
  public void close() {
    warm.clear();
    Optional<TestBed> ended = bed;
    bed = Optional.empty();
    ended.ifPresent(TestBed::close);
  }
}
