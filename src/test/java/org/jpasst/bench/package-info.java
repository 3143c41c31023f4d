/**
 * The benchmark: measures back-ends side by side in the lab's namespaces. {@code
 * src/test/bench/run} starts it, docs/performance.md tells how to read what it prints.
 *
 * <p>A {@link Candidate} is a back-end and the way the guest is attached to it; a {@link Cell} is
 * something to measure, given a candidate. The cells are measured in rounds, all candidates of a
 * cell one after the other, so that whatever disturbs the machine disturbs all of them.
 */
package org.jpasst.bench;
