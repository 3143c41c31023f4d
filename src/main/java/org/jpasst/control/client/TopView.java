package org.jpasst.control.client;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What {@code top} shows: totals, and the flows with the highest rates first. */
final class TopView {
  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private record Rated(FlowLine flow, double fromGuest, double toGuest) {
    double sum() {
      return fromGuest + toGuest;
    }
  }

  private TopView() {}

  /**
   * The lines of a view.
   *
   * @param before what rates are counted from; where there is nothing, they are those of the flows'
   *     whole lives
   * @param rows most lines
   */
  static List<String> lines(Optional<Sample> before, Sample now, int rows) {
    List<String> lines = new ArrayList<>();
    Map<String, Long> types =
        now.flows().stream()
            .collect(Collectors.groupingBy(FlowLine::type, TreeMap::new, Collectors.counting()));
    String each =
        types.entrySet().stream()
            .map(type -> type.getValue() + " " + type.getKey())
            .collect(Collectors.joining(", "));
    lines.add(
        "passt up "
            + Amounts.time(now.uptime())
            + ", "
            + now.flows().size()
            + " flows"
            + (each.isEmpty() ? "" : ": " + each));
    double seconds = before.map(b -> (now.nanos() - b.nanos()) / NANOS_PER_SECOND).orElse(0.0);
    long fromGuest = now.bytesFromGuest() - before.map(Sample::bytesFromGuest).orElse(0L);
    long toGuest = now.bytesToGuest() - before.map(Sample::bytesToGuest).orElse(0L);
    double time = before.isPresent() ? seconds : now.uptime();
    lines.add(
        "from guest "
            + Amounts.bytes(rate(fromGuest, time))
            + "B/s, to guest "
            + Amounts.bytes(rate(toGuest, time))
            + "B/s, in all "
            + Amounts.bytes(now.bytesFromGuest())
            + "B and "
            + Amounts.bytes(now.bytesToGuest())
            + "B, dropped "
            + now.dropped());
    lines.add("");
    lines.addAll(table(rated(before, now, seconds)));
    return lines.subList(0, Math.min(rows, lines.size()));
  }

  private static List<Rated> rated(Optional<Sample> before, Sample now, double seconds) {
    Map<Long, FlowLine> known = new HashMap<>();
    before.ifPresent(sample -> sample.flows().forEach(flow -> known.put(flow.id(), flow)));
    List<Rated> rated = new ArrayList<>();
    for (FlowLine flow : now.flows()) {
      FlowLine old = known.get(flow.id());
      rated.add(
          old == null
              ? new Rated(
                  flow,
                  rate(flow.bytesFromGuest(), flow.age()),
                  rate(flow.bytesToGuest(), flow.age()))
              : new Rated(
                  flow,
                  rate(flow.bytesFromGuest() - old.bytesFromGuest(), seconds),
                  rate(flow.bytesToGuest() - old.bytesToGuest(), seconds)));
    }
    rated.sort(Comparator.comparingDouble(Rated::sum).reversed());
    return rated;
  }

  private static double rate(long bytes, double seconds) {
    return seconds > 0 ? bytes / seconds : 0;
  }

  private static List<String> table(List<Rated> flows) {
    var table =
        new TextTable(
            ">FROM GUEST/s", ">TO GUEST/s", "TYPE", "STATE", ">AGE", "GUEST SIDE", "HOST SIDE");
    for (Rated each : flows) {
      FlowLine flow = each.flow;
      table.row(
          Amounts.bytes(each.fromGuest),
          Amounts.bytes(each.toGuest),
          flow.type(),
          flow.state(),
          Amounts.time(flow.age()),
          flow.guestSide(),
          flow.hostSide());
    }
    return table.lines();
  }
}
