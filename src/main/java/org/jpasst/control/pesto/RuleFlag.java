package org.jpasst.control.pesto;

/** Bits of a rule's last byte. */
final class RuleFlag {
  /** Any IPv4 and IPv6 address; the rule's own is {@code ::} then. */
  static final int ANY_FAMILY = 0x01;

  /** Ports that can't be listened at are left out, as long as there is one that can. */
  static final int BEST_EFFORT = 0x02;

  /** Only ports that are in use on the other side, found by scanning; pasta's alone. */
  static final int AUTO_SCAN = 0x04;

  /** All that have a meaning. */
  static final int ALL = ANY_FAMILY | BEST_EFFORT | AUTO_SCAN;

  private RuleFlag() {}
}
