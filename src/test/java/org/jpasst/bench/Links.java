package org.jpasst.bench;

import org.jpasst.lab.Impairment;

/**
 * What the links of a test bed do to frames.
 *
 * @param guest between the guest and the back-end, or the host where there is none
 * @param path between host and remote
 */
record Links(Impairment guest, Impairment path) {
  /** All arrive, in order and at once. */
  static final Links PLAIN = new Links(Impairment.NONE, Impairment.NONE);
}
