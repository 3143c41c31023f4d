package org.jpasst.guest.cache;

import java.util.Set;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.StateCoverage;
import org.jpasst.guest.TrafficKind;

/** A backend that covers what it is told to. */
final class CoveringBackend implements StateCoverage {
  Set<TrafficKind> covered;

  CoveringBackend(Set<TrafficKind> covered) {
    this.covered = covered;
  }

  CachePolicy policy() {
    return CachePolicy.askBackend(
        CachePolicy.TRANSLATED, this, () -> new MigrationMeans(true, true, true));
  }

  @Override
  public Set<TrafficKind> covered(MigrationMeans means) {
    return covered;
  }
}
