package org.jpasst.proto.listen;

import org.jpasst.config.ForwardRule;

/**
 * Why a table can't be had.
 *
 * @param rule the first one that can't be listened for
 * @param errno why its first port can't
 * @param text one line that names all of its ports that can't, and what else there is to know
 */
public record ForwardFailure(ForwardRule rule, int errno, String text) {
  static ForwardFailure of(RulePorts ports) {
    int first = 0;
    while (!ports.isFailed(first)) {
      first++;
    }
    return new ForwardFailure(ports.rule(), -ports.result(first), ListenFailure.describe(ports));
  }

  ForwardFailure and(String more) {
    return new ForwardFailure(rule, errno, text + more);
  }
}
