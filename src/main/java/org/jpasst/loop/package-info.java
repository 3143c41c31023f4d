/**
 * The one loop that runs everything: readiness, timers, turn ends. It knows nothing of what they
 * mean.
 */
package org.jpasst.loop;
