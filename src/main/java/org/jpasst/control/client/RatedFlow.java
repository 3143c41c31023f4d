package org.jpasst.control.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A flow and its rates.
 *
 * @param fromGuest bytes a second
 * @param toGuest bytes a second
 */
record RatedFlow(FlowLine flow, double fromGuest, double toGuest) {
  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  double sum() {
    return fromGuest + toGuest;
  }

  /**
   * The flows of a sample.
   *
   * @param before what rates are counted from; where a flow isn't in it, its rates are those of its
   *     whole life
   */
  static List<RatedFlow> of(Optional<Sample> before, Sample now) {
    double seconds = seconds(before, now);
    Map<Long, FlowLine> known = new HashMap<>();
    before.ifPresent(sample -> sample.flows().forEach(flow -> known.put(flow.id(), flow)));
    List<RatedFlow> rated = new ArrayList<>();
    for (FlowLine flow : now.flows()) {
      FlowLine old = known.get(flow.id());
      rated.add(
          old == null
              ? new RatedFlow(
                  flow,
                  rate(flow.bytesFromGuest(), flow.age()),
                  rate(flow.bytesToGuest(), flow.age()))
              : new RatedFlow(
                  flow,
                  rate(flow.bytesFromGuest() - old.bytesFromGuest(), seconds),
                  rate(flow.bytesToGuest() - old.bytesToGuest(), seconds)));
    }
    return rated;
  }

  /** The time between two samples; 0 where there is but one. */
  static double seconds(Optional<Sample> before, Sample now) {
    return before.map(b -> (now.nanos() - b.nanos()) / NANOS_PER_SECOND).orElse(0.0);
  }

  static double rate(long bytes, double seconds) {
    return seconds > 0 ? bytes / seconds : 0;
  }
}
