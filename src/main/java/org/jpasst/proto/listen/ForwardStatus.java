package org.jpasst.proto.listen;

import org.jpasst.config.ForwardRule;

/**
 * A rule in force.
 *
 * @param open how many of its ports are listened at; less than all only where it is best-effort
 */
public record ForwardStatus(ForwardRule rule, int open) {}
