package org.jpasst.lab;

import java.time.Duration;

/**
 * What a link does to the frames that pass it, the same in both directions.
 *
 * @param loss share of the IPv4 and IPv6 frames that are lost at random, from 0 to 1
 * @param delay of each frame, one way
 * @param reordered share of the IPv4 and IPv6 frames that take a millisecond more, so that others
 *     pass them
 */
public record Impairment(double loss, Duration delay, double reordered) {
  /** A link without any. */
  public static final Impairment NONE = new Impairment(0, Duration.ZERO, 0);
}
