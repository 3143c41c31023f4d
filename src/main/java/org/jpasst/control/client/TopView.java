package org.jpasst.control.client;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jpasst.linux.Terminal;

/** What {@code top} shows: totals, and the flows in the order that is asked for. */
final class TopView {
  /**
   * What is told of flows, from the widest to the narrowest: the first that the window has room for
   * is taken, or the last.
   */
  private enum Layout {
    BOTH_SIDES("GUEST SIDE", "HOST SIDE"),
    GUEST_SIDE("GUEST SIDE"),
    PEER("GUEST PORT AND PEER"),
    PEER_WITHOUT_STATE("GUEST PORT AND PEER");

    private final List<String> sides;

    Layout(String... sides) {
      this.sides = List.of(sides);
    }
  }

  private static final String CUT = "..";

  private TopView() {}

  /**
   * The lines of a view.
   *
   * @param before what rates are counted from; where there is nothing, they are those of the flows'
   *     whole lives
   * @param size of what there is room for
   */
  static List<String> lines(
      Optional<Sample> before, Sample now, TopState state, Terminal.Size size) {
    List<String> lines = new ArrayList<>(totals(before, now, size.columns()));
    lines.add(state.text());
    lines.add("");
    lines.addAll(state.help() ? TopKeys.lines() : table(before, now, state, size.columns()));
    return lines.stream()
        .limit(size.rows())
        .map(line -> line.substring(0, Math.min(line.length(), size.columns())))
        .toList();
  }

  private static List<String> totals(Optional<Sample> before, Sample now, int columns) {
    Map<String, Long> types =
        now.flows().stream()
            .collect(Collectors.groupingBy(FlowLine::type, TreeMap::new, Collectors.counting()));
    String each =
        types.entrySet().stream()
            .map(type -> type.getValue() + " " + type.getKey())
            .collect(Collectors.joining(", "));
    String first =
        "passt up "
            + Amounts.time(now.uptime())
            + ", "
            + now.flows().size()
            + " flows"
            + (each.isEmpty() ? "" : ": " + each);
    double time = before.isPresent() ? RatedFlow.seconds(before, now) : now.uptime();
    long fromGuest = now.bytesFromGuest() - before.map(Sample::bytesFromGuest).orElse(0L);
    long toGuest = now.bytesToGuest() - before.map(Sample::bytesToGuest).orElse(0L);
    String rates =
        "from guest "
            + Amounts.bytes(RatedFlow.rate(fromGuest, time))
            + "B/s, to guest "
            + Amounts.bytes(RatedFlow.rate(toGuest, time))
            + "B/s";
    String sums =
        "in all "
            + Amounts.bytes(now.bytesFromGuest())
            + "B and "
            + Amounts.bytes(now.bytesToGuest())
            + "B, dropped "
            + now.dropped();
    String both = rates + ", " + sums;
    return both.length() <= columns ? List.of(first, both) : List.of(first, rates, sums);
  }

  private static List<String> table(
      Optional<Sample> before, Sample now, TopState state, int columns) {
    Comparator<RatedFlow> order = state.sort().order();
    List<RatedFlow> flows =
        RatedFlow.of(before, now).stream()
            .filter(each -> state.shows(each.flow()))
            .sorted(state.reversed() ? order.reversed() : order)
            .toList();
    for (Layout layout : Layout.values()) {
      List<String> lines = table(flows, layout, Integer.MAX_VALUE);
      if (lines.stream().allMatch(line -> line.length() <= columns)) {
        return lines;
      }
    }
    Layout last = Layout.PEER_WITHOUT_STATE;
    String header = table(flows, last, 0).getFirst();
    int others = header.length() - last.sides.getFirst().length();
    return table(flows, last, Math.max(0, columns - others));
  }

  /**
   * A table.
   *
   * @param most characters that a side may have
   */
  private static List<String> table(List<RatedFlow> flows, Layout layout, int most) {
    boolean isWide = layout.ordinal() < Layout.PEER.ordinal();
    boolean hasState = layout != Layout.PEER_WITHOUT_STATE;
    List<String> header = new ArrayList<>();
    header.add(isWide ? ">FROM GUEST/s" : ">FROM/s");
    header.add(isWide ? ">TO GUEST/s" : ">TO/s");
    header.add("TYPE");
    if (hasState) {
      header.add("STATE");
    }
    header.add(">AGE");
    header.addAll(layout.sides);
    var table = new TextTable(header.toArray(String[]::new));
    for (RatedFlow each : flows) {
      FlowLine flow = each.flow();
      List<String> row = new ArrayList<>();
      row.add(Amounts.bytes(each.fromGuest()));
      row.add(Amounts.bytes(each.toGuest()));
      row.add(flow.type());
      if (hasState) {
        row.add(flow.state());
      }
      row.add(Amounts.time(flow.age()));
      sides(layout).forEach(side -> row.add(shortened(side.apply(flow), most)));
      table.row(row.toArray(String[]::new));
    }
    return table.lines();
  }

  private static List<Function<FlowLine, String>> sides(Layout layout) {
    return switch (layout) {
      case BOTH_SIDES -> List.of(FlowLine::guestSide, FlowLine::hostSide);
      case GUEST_SIDE -> List.of(FlowLine::guestSide);
      case PEER, PEER_WITHOUT_STATE -> List.of(FlowLine::peer);
    };
  }

  /** Cut in the middle, as both ends tell more. */
  private static String shortened(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int kept = Math.max(0, most - CUT.length());
    return text.substring(0, kept / 2) + CUT + text.substring(text.length() - (kept - kept / 2));
  }
}
