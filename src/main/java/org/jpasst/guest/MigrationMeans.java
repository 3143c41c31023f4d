package org.jpasst.guest;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a state migration has at its disposal at present.
 *
 * @param channel somebody can carry a state to another host: a front-end or an operator
 * @param sections more than passt's version 2 may be written
 * @param repair somebody switches TCP_REPAIR
 */
public record MigrationMeans(boolean channel, boolean sections, boolean repair) {
  /** What a backend covers that leaves nothing out that can be done with these means. */
  public Set<TrafficKind> coverable() {
    if (!channel) {
      return Set.of();
    }
    Set<TrafficKind> kinds = EnumSet.of(TrafficKind.ADDRESSES, TrafficKind.OTHER);
    if (repair) {
      kinds.add(TrafficKind.TCP);
    }
    if (sections) {
      kinds.add(TrafficKind.UDP);
      kinds.add(TrafficKind.ECHO);
    }
    return kinds;
  }
}
