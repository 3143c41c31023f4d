package org.jpasst.proto.socket;

import java.util.Optional;
import org.jpasst.config.ForwardRule;

/**
 * What came of opening a forwarding rule's sockets. The descriptors belong to whoever asked.
 *
 * @param rule the rule
 * @param descriptors one for each port in order; negated error numbers where it failed
 * @param failure one line that names everything that failed, where the rule isn't satisfied: a port
 *     of a strict rule failed, or all of a best-effort rule; then no descriptor is open
 */
public record RuleSockets(ForwardRule rule, int[] descriptors, Optional<String> failure) {}
