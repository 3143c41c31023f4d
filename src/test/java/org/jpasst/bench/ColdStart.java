package org.jpasst.bench;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The first seconds of traffic of a back-end that has just been started, second by second, against
 * what it does later: a new virtual machine should not be slow.
 */
record ColdStart(Direction direction) implements Cell {
  private static final int MTU = 1500;
  private static final int COLD_SECONDS = 10;

  /** Of these the median is the steady state. */
  private static final int STEADY_SECONDS = 10;

  private static final double PERCENT = 100;

  @Override
  public String id() {
    return "cold/" + direction.id(Peer.REMOTE);
  }

  @Override
  public String title() {
    return "%s, MTU %d, 1 stream".formatted(direction.with(Peer.REMOTE), MTU);
  }

  @Override
  public Group group() {
    return Group.COLD;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        Metric.FIRST_SECOND, Metric.COLD_THROUGHPUT, Metric.STEADY_THROUGHPUT, Metric.COLD_SHARE);
  }

  @Override
  public Sample measure(Subject subject) {
    try (TestBed bed = subject.freshBed()) {
      bed.mtu(MTU);
      var plan =
          new StreamTraffic.Plan(
              direction,
              Peer.REMOTE,
              1,
              Duration.ofSeconds(COLD_SECONDS + STEADY_SECONDS),
              Duration.ofSeconds(1));
      List<Double> slots = StreamTraffic.run(bed, plan).slots();
      List<Double> cold = slots.subList(0, COLD_SECONDS);
      double mean = cold.stream().mapToDouble(each -> each).average().orElseThrow();
      double steady =
          Statistics.of(slots.subList(COLD_SECONDS, COLD_SECONDS + STEADY_SECONDS)).median();
      var values = new EnumMap<Metric, Double>(Metric.class);
      values.put(Metric.FIRST_SECOND, cold.getFirst());
      values.put(Metric.COLD_THROUGHPUT, mean);
      values.put(Metric.STEADY_THROUGHPUT, steady);
      values.put(Metric.COLD_SHARE, mean / steady * PERCENT);
      return new Sample(values, List.of(series(cold, steady)));
    }
  }

  private static Series series(List<Double> cold, double steady) {
    return new Series(
        "Throughput in each second after the start",
        "Gbit/s",
        Stream.concat(
                IntStream.rangeClosed(1, COLD_SECONDS).mapToObj(Integer::toString),
                Stream.of("later"))
            .toList(),
        Stream.concat(cold.stream(), Stream.of(steady)).toList());
  }
}
