package org.jpasst.guest;

import java.util.Set;

/**
 * The hook by which each backend switches the packet cache: it states which traffic its state
 * migration covers. What is covered waits in its socket while the guest stands still, and moves
 * with its flow; caching it as well would deliver it twice. What isn't covered is cached.
 */
public interface StateCoverage {
  /**
   * What the backend's state migration covers. Asked whenever the guest has stopped; the answer
   * holds until it runs again.
   *
   * @param means what is possible at present
   */
  Set<TrafficKind> covered(MigrationMeans means);
}
