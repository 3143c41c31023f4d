/** Counters of everything that is dropped or refused, by reason. */
package org.jpasst.stats;
