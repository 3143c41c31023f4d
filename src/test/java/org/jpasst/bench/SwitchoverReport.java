package org.jpasst.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What {@link SwitchoverLoss} has measured, as tables and as a chart. */
final class SwitchoverReport {
  private static final double BITS_PER_MEGABIT = 1e6;
  private static final String SEPARATOR = " · ";

  private final List<SwitchoverOptions.Arm> arms;
  private final List<SwitchoverFlow> flows;
  private final Map<Key, Measured> all = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();

  private record Key(String arm, SwitchoverFlow flow) {}

  /**
   * What was measured of a flow with one of the arms.
   *
   * @param downtimes for how many milliseconds the guest stood still, by QEMU
   * @param perSecond what was sent
   * @param lostBeside what was lost, but not by a move
   */
  private record Measured(
      List<SwitchoverMove> moves, List<Long> downtimes, double perSecond, long lostBeside) {
    String meanAndWorst(ToLongFunction<SwitchoverMove> of) {
      double mean = moves.stream().mapToLong(of).average().orElse(Double.NaN);
      long worst = moves.stream().mapToLong(of).max().orElse(0);
      return worst == 0 ? "0" : "%s (%s)".formatted(Numbers.text(mean), Numbers.text(worst));
    }

    static String medianAndWorst(List<Double> values) {
      Statistics statistics = Statistics.of(values);
      return "%.0f (%.0f)".formatted(statistics.median(), statistics.most());
    }
  }

  /** A row of a chart. */
  private record Row(SwitchoverFlow flow, Metric metric) implements Cell {
    @Override
    public String id() {
      return "switchover/" + flow.title();
    }

    @Override
    public String title() {
      return flow.title();
    }

    @Override
    public Group group() {
      return Group.SWITCHOVER;
    }

    @Override
    public List<Metric> metrics() {
      return List.of(metric);
    }

    @Override
    public Sample measure(Subject subject) {
      throw new IllegalStateException("measured by SwitchoverLoss");
    }
  }

  SwitchoverReport(List<SwitchoverOptions.Arm> arms, List<SwitchoverFlow> flows) {
    this.arms = arms;
    this.flows = flows;
  }

  void add(
      SwitchoverOptions.Arm arm,
      SwitchoverFlow flow,
      List<SwitchoverMove> moves,
      List<Long> downtimes,
      double perSecond,
      long lostBeside) {
    all.put(new Key(arm.label(), flow), new Measured(moves, downtimes, perSecond, lostBeside));
  }

  void fail(SwitchoverOptions.Arm arm, Throwable e) {
    failures.add(arm.label() + ": " + e.getMessage().lines().findFirst().orElse(""));
  }

  /** All of it as Markdown. */
  String text(Environment environment) {
    StringBuilder text = new StringBuilder();
    environment.facts().forEach((name, value) -> text.append("- %s: %s%n".formatted(name, value)));
    text.append(
        """

        | flow | guest's link | sent/s | lost by a move, mean (worst) | twice | out of order \
        | lost besides, in all | longest gap, ms, median (worst) | QEMU's downtime, ms |
        |---|---|---:|---:|---:|---:|---:|---:|---:|
        """);
    for (SwitchoverFlow flow : flows) {
      for (SwitchoverOptions.Arm arm : arms) {
        if (all.containsKey(new Key(arm.label(), flow))) {
          text.append(line(arm, flow)).append('\n');
        }
      }
    }
    failures.forEach(each -> text.append("- failed: ").append(each).append('\n'));
    return text.toString();
  }

  /** The row of one flow and one arm. */
  String line(SwitchoverOptions.Arm arm, SwitchoverFlow flow) {
    Measured measured = all.get(new Key(arm.label(), flow));
    List<String> columns = new ArrayList<>(List.of(flow.title(), arm.label()));
    columns.add(rate(flow, measured.perSecond));
    if (flow.loses()) {
      columns.add(measured.meanAndWorst(SwitchoverMove::lost));
      columns.add(measured.meanAndWorst(SwitchoverMove::again));
      columns.add(measured.meanAndWorst(SwitchoverMove::behind));
      columns.add("%,d".formatted(measured.lostBeside));
    } else {
      columns.addAll(List.of("", "", "", ""));
    }
    columns.add(Measured.medianAndWorst(gaps(measured)));
    columns.add(
        Measured.medianAndWorst(measured.downtimes.stream().map(Long::doubleValue).toList()));
    return columns.stream().collect(Collectors.joining(" | ", "| ", " |"));
  }

  private static String rate(SwitchoverFlow flow, double perSecond) {
    return flow.kind() == SwitchoverFlow.Kind.STREAM
        ? "%.0f Mbit".formatted(perSecond * Byte.SIZE / BITS_PER_MEGABIT)
        : "%,.0f".formatted(perSecond);
  }

  private static List<Double> gaps(Measured measured) {
    return measured.moves.stream().map(SwitchoverMove::gap).toList();
  }

  /** What is lost, and below that the gaps. */
  String chart(Environment environment) {
    Map<String, String> facts = environment.facts();
    List<String> caption =
        List.of(
            Stream.of("date", "processor", "kernel")
                .map(facts::get)
                .collect(Collectors.joining(SEPARATOR)),
            String.join(
                SEPARATOR,
                facts.get("QEMU") + ", without acceleration",
                "JDK " + facts.get("JDK"),
                "jpasst " + facts.get("jpasst"),
                "moves: " + facts.get("moves")));
    return SvgChart.stacked(
        Stream.of(Metric.LOST_BY_MOVE, Metric.LONGEST_GAP)
            .map(each -> new SvgChart(results(each), Group.SWITCHOVER, each, caption))
            .toList());
  }

  private Results results(Metric metric) {
    List<Cell> rows =
        flows.stream()
            .filter(each -> each.loses() || metric == Metric.LONGEST_GAP)
            .map(each -> (Cell) new Row(each, metric))
            .toList();
    Results results = new Results(rows, arms.stream().map(SwitchoverOptions.Arm::label).toList());
    all.forEach((key, measured) -> add(results, key, measured, metric));
    return results;
  }

  private static void add(Results results, Key key, Measured measured, Metric metric) {
    for (SwitchoverMove move : measured.moves) {
      double value = metric == Metric.LONGEST_GAP ? move.gap() : move.lost();
      results.add(new Row(key.flow, metric), key.arm, new Sample(Map.of(metric, value)));
    }
  }
}
