package org.jpasst.lab;

/**
 * What a receiver had got when its answer came: see src/test/lab/arrivals.c. Of a stream's bytes
 * all have different numbers.
 *
 * @param nanos when the answer came, as System.nanoTime() has it
 * @param known the highest number that had come, plus one
 * @param different how many numbers had come
 * @param again how many had come that had come before
 * @param behind how many had come after one with a higher number
 * @param jump the most in a row that were passed over in the last half second
 */
public record Answer(long nanos, long known, long different, long again, long behind, long jump) {
  /** How many had not come, of those that have a higher one behind them. */
  public long missing() {
    return known - different;
  }
}
