/**
 * Numbers for machines: all that is counted as text of OpenMetrics, and a small HTTP server, which
 * serves nothing else.
 */
package org.jpasst.control.metrics;
