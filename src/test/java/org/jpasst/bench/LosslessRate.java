package org.jpasst.bench;

import java.util.Optional;

/**
 * Searches for the highest rate without loss: upwards by doubling until a trial loses, then by
 * halving the gap, until it is narrow enough.
 */
final class LosslessRate {
  /** What one trial gave. */
  interface Outcome {
    /** Whether as much arrived as was sent. */
    boolean lossless();

    /** Whether the sender made the rate that was asked for. */
    boolean fullRate();
  }

  /** Sends at a rate and tells what arrived. */
  interface Trial<T extends Outcome> {
    /**
     * @param rate datagrams per second
     */
    T run(double rate);
  }

  /**
   * What the search found.
   *
   * @param rate the highest without loss, zero if there was none
   * @param outcome of the trial at that rate
   * @param limitedBySender whether the sender could not send more, though nothing was lost
   */
  record Found<T extends Outcome>(double rate, Optional<T> outcome, boolean limitedBySender) {}

  /** A rate below which nothing is tried any more. */
  private static final double LOWEST = 100;

  private final double precision;

  /**
   * @param precision of the rate, such as 1.05 for 5 %
   */
  LosslessRate(double precision) {
    this.precision = precision;
  }

  /**
   * Searches.
   *
   * @param start the rate of the first trial
   */
  <T extends Outcome> Found<T> search(double start, Trial<T> trial) {
    double lossy = Double.POSITIVE_INFINITY;
    Found<T> best = new Found<>(0, Optional.empty(), false);
    double rate = start;
    while (rate >= LOWEST && lossy / Math.max(best.rate(), LOWEST) > precision) {
      T outcome = trial.run(rate);
      if (outcome.lossless()) {
        best = new Found<>(rate, Optional.of(outcome), !outcome.fullRate());
        if (best.limitedBySender()) {
          return best;
        }
      } else {
        lossy = rate;
      }
      rate = next(best.rate(), lossy);
    }
    return best;
  }

  private static double next(double best, double lossy) {
    if (lossy == Double.POSITIVE_INFINITY) {
      return best * 2;
    }
    return best == 0 ? lossy / 2 : Math.sqrt(best * lossy);
  }
}
