package org.jpasst.proto.listen;

import java.util.Arrays;
import org.jpasst.config.ForwardRule;

/** A rule, and what became of each of its ports. */
final class RulePorts {
  /** What a port has that nobody has tried to open. */
  static final int UNTRIED = Integer.MIN_VALUE;

  private final ForwardRule rule;

  /** By port: the listener's number, the negated error number, or {@link #UNTRIED}. */
  private final int[] results;

  /** None is open. */
  RulePorts(ForwardRule rule) {
    this.rule = rule;
    results = new int[rule.size()];
    Arrays.fill(results, UNTRIED);
  }

  ForwardRule rule() {
    return rule;
  }

  int size() {
    return results.length;
  }

  /** The port of an index, from 0 on. */
  int port(int index) {
    return rule.first() + index;
  }

  /** The index of a port. */
  int indexOf(int port) {
    return port - rule.first();
  }

  int result(int index) {
    return results[index];
  }

  void set(int index, int result) {
    results[index] = result;
  }

  boolean isOpen(int index) {
    return results[index] >= 0;
  }

  boolean isUntried(int index) {
    return results[index] == UNTRIED;
  }

  /** Whether opening was tried, in vain. */
  boolean isFailed(int index) {
    return results[index] < 0 && results[index] != UNTRIED;
  }

  /** How many ports are open. */
  int open() {
    int open = 0;
    for (int i = 0; i < results.length; i++) {
      open += isOpen(i) ? 1 : 0;
    }
    return open;
  }

  /** Whether what was tried is enough: all of it for a strict rule, one for a best-effort rule. */
  boolean isSatisfied() {
    int open = open();
    int failed = 0;
    for (int i = 0; i < results.length; i++) {
      failed += isFailed(i) ? 1 : 0;
    }
    return failed == 0 || (rule.bestEffort() && open > 0);
  }

  /** Whether a port of both is the same socket: protocol, address and interface are. */
  boolean listensAsDoes(RulePorts other) {
    return rule.protocol() == other.rule.protocol()
        && rule.bind().equals(other.rule.bind())
        && rule.interfaceName().equals(other.rule.interfaceName());
  }

  /** The first port that both may have. */
  int firstShared(RulePorts other) {
    return Math.max(rule.first(), other.rule.first());
  }

  /** The last port that both may have; before the first one if they share none. */
  int lastShared(RulePorts other) {
    return Math.min(rule.last(), other.rule.last());
  }
}
