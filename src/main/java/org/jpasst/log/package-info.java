/** Messages for the operator: levels, limits for what repeats, and where they go. */
package org.jpasst.log;
