/**
 * What the packet path is made of, piece by piece, by JMH: {@code src/test/bench/pieces} runs them.
 */
package org.jpasst.bench.pieces;
